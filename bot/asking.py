"""What the engine would do with a question, for ``stadtfunk ask``."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, TextIO

from bot.config import Settings
from bot.errors import ConfigurationError, ModelError
from bot.knowledge.combining import Taught
from bot.knowledge.engine import Explanation, Verdict
from bot.knowledge.local_model import LocalModel
from bot.services.knowledge import KnowledgeBase


def knowledge_base(
    settings: Settings,
    paths: Sequence[Path],
    *,
    thorough: bool | None = None,
    model: Path | None = None,
    known: Taught | None = None,
) -> KnowledgeBase:
    """Load the entries in *paths*, or else the configured ones, or else the sample.

    Problems of single entries are written to standard error; the others are used.

    Args:
        settings: The operator's.
        paths: Files and folders.
        thorough: Whether the thorough encoder reads along; ``None`` if the settings say so.
        model: The folder of a sentence model that reads along instead of the configured one.
        known: What was taught in chat.

    Raises:
        ConfigurationError: There is not one entry, or *model* can't be used.
    """
    chosen = paths or settings.knowledge.paths or [_sample()]
    base = KnowledgeBase(
        chosen,
        encoder=settings.knowledge.encoder,
        thorough=settings.knowledge.thorough if thorough is None else thorough,
        model=_model(settings, model, thorough=thorough),
        # Next time it goes faster; but where there is no hub nothing is left behind.
        vectors=settings.hub.data_dir / "vectors" if settings.hub.data_dir.is_dir() else None,
    )
    base.load(known)
    problems = [str(problem) for problem in base.problems]
    if not base.entries:
        raise ConfigurationError([*problems, "there is no entry to answer with"])
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    return base


def _model(settings: Settings, folder: Path | None, *, thorough: bool | None) -> LocalModel | None:
    """Open the model that was asked for, or make ready the configured one."""
    if folder is None:
        configured = settings.knowledge.model
        return LocalModel(configured) if configured and thorough is None else None
    if not settings.knowledge.encoder:
        raise ConfigurationError(["--model: needs the first encoder: knowledge.encoder = true"])
    model = LocalModel(folder)
    try:
        model.open()
    except ModelError as error:
        raise ConfigurationError([f"--model: {error}"]) from None
    return model


def _sample() -> Path:
    return Path(__file__).parent / "sample" / "knowledge"


def verdict(base: KnowledgeBase, *, name: Any, text: str, explain: bool = False) -> dict[str, Any]:
    """Return the engine's verdict on *text*, in a direct chat, as a JSON tree.

    ``entry`` is the best one when it is answered or suggested, and null when nothing is said.

    Args:
        base: The entries.
        name: Returned as ``id``.
        text: The question.
        explain: Whether to add under ``why`` what scores and confidence are made of.
    """
    if explain:
        found, why = base.engine.explain(text)
        return _tree(found, name) | {"why": _reasons(why)}
    return _tree(base.engine.ask(text), name)


def _tree(found: Verdict, name: Any) -> dict[str, Any]:
    best = found.candidates[0].entry if found.candidates else None
    return {
        "id": name,
        "decision": found.decision,
        "entry": None if found.decision == "silent" else best,
        "confidence": round(found.confidence, 4),
        "candidates": [
            {"entry": candidate.entry, "score": round(candidate.score, 4)}
            for candidate in found.candidates
        ],
    }


def _reasons(why: Explanation) -> dict[str, Any]:
    return {
        "mode": why.mode,
        "corrections": dict(why.corrections),
        "rule": why.rule,
        "weights": _rounded(why.weights),
        "parts": [_rounded(parts) for parts in why.parts],
        "features": _rounded({name: value for name, (value, _) in why.features.items()}),
        "pushes": _rounded({name: push for name, (_, push) in why.features.items()}),
    }


def _rounded(numbers: Mapping[str, float]) -> dict[str, float]:
    return {name: round(number, 3) for name, number in numbers.items()}


def batch(base: KnowledgeBase, file: Path, *, explain: bool = False) -> Iterator[dict[str, Any]]:
    """Yield a verdict for each line of *file*, in its order; ``-`` is standard input.

    Raises:
        ConfigurationError: The file can't be read, or a line is not of the right form.
    """
    where = "standard input" if str(file) == "-" else str(file)
    try:
        with _opened(file) as lines:
            yield from _verdicts(base, lines, where, explain=explain)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError([f"{where}: can't be read: {error}"]) from None


def _opened(file: Path) -> AbstractContextManager[TextIO]:
    # A byte order mark, as some editors write it, is no part of the first line.
    return nullcontext(sys.stdin) if str(file) == "-" else file.open(encoding="utf-8-sig")


def _verdicts(
    base: KnowledgeBase, lines: TextIO, where: str, *, explain: bool
) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            name, text = _query(line)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            hint = 'a line is of the form {"id": …, "text": …}'
            raise ConfigurationError([f"{where}:{number}: {hint}"]) from None
        yield verdict(base, name=name, text=text, explain=explain)


def _query(line: str) -> tuple[Any, str]:
    query = json.loads(line)
    if not isinstance(query["text"], str):
        raise TypeError
    return query.get("id"), query["text"]


def readable(base: KnowledgeBase, verdict: dict[str, Any]) -> str:
    """Return a verdict as lines for a person."""
    lines = [f"{verdict['decision']} (confidence {verdict['confidence']:.2f})"]
    why = verdict.get("why")
    for number, candidate in enumerate(verdict["candidates"]):
        title = base.engine.entries[candidate["entry"]].questions[0]
        lines.append(f"  {candidate['score']:.2f}  {candidate['entry']}: {title}")
        if why is not None:
            lines += _made_of(why["weights"], why["parts"][number])
    return "\n".join(lines if why is None else [*lines, *_because(why)])


def _made_of(weights: Mapping[str, float], parts: Mapping[str, float]) -> Iterator[str]:
    """Yield the parts of a score: each one's value and weight."""
    for name, value in parts.items():
        weight = weights[name]
        yield f"          {weight * value:5.2f} = {weight:.2f} * {value:5.2f}  {name}"


def _because(why: dict[str, Any]) -> Iterator[str]:
    """Yield what the confidence is made of."""
    yield f"compared by: {why['mode']}"
    for word, meant in why["corrections"].items():
        yield f"read {word} as {meant}"
    if why["rule"] is not None:
        yield f"decided by rule: {why['rule']}"
    for name, value in why["features"].items():
        yield f"  {why['pushes'][name]:+.2f}  {name} {value:.2f}"
