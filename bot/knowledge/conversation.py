"""Asking the engine in the course of a conversation."""

import re
from typing import Final

from bot.knowledge.decision import ChatKind
from bot.knowledge.engine import Engine, Setting, Verdict
from bot.knowledge.following import continues, is_follow_up
from bot.knowledge.scope import Scope, scope, unscoped

_FILLERS: Final = frozenset(
    word
    for line in (
        "und aber oder ok okay danke für fuer in im bei der die das den dem des denn dann auch",
        "uns wir sind unsere unserer projekt",
        "and or for in the it we are our project then also",
    )
    for word in line.split()
)
"""What may stand beside a Staffel without saying more: "und für die Staffel 3?"."""

_OPENINGS: Final = re.compile(
    r"\b(?:wie ist (?:es|das)|was ist mit|was gilt|wie sieht es aus|what about|how about)\b",
    re.IGNORECASE,
)
"""The same in several words; "was ist Phase B?" asks for something else."""


def setting(engine: Engine, *, before: str, given: str | None, scope: Scope) -> Setting:
    """By what a message is understood that comes after another.

    Args:
        engine: What answered.
        before: The question before.
        given: The id of the entry that answered it. Its title stands for the question, since it
            says what was meant where that was vague, or went on from another one.
        scope: What is known of who asks.
    """
    entry = engine.entries.get(given or "")
    if entry is None:
        return Setting(before, None, scope)
    return Setting(entry.questions[0], entry.id, scope)


def ask(engine: Engine, text: str, *, chat: ChatKind, setting: Setting) -> Verdict:
    """What to do about *text*.

    One that only names another Land, Staffel or phase asks the question before it for that.
    """
    return _rescoped(engine, text, chat, setting) or engine.ask(text, chat=chat, setting=setting)


def _rescoped(engine: Engine, text: str, chat: ChatKind, setting: Setting) -> Verdict | None:
    """The verdict on the question before for what *text* names, if that is another sure answer."""
    if setting.before is None or not is_follow_up(text) or not _only_names(text):
        return None
    named = scope([text])
    other = Setting(scope={**setting.scope, **named})
    # Where it names the same itself, that would count.
    before = unscoped(setting.before) if scope([setting.before]).keys() & named else setting.before
    verdict = engine.ask(before, chat=chat, setting=other)
    return verdict if verdict.entry not in {None, setting.given} else None


def whole(text: str, setting: Setting) -> str:
    """*text* as somebody can understand it who has not read what was asked before."""
    if setting.before is not None and (continues(text) or _only_names(text)):
        return f"{setting.before} {text}"
    return text


def _only_names(text: str) -> bool:
    rest = unscoped(text)
    if rest == " ".join(text.split()):
        return False
    return _FILLERS.issuperset(re.findall(r"\w+", _OPENINGS.sub(" ", rest).casefold()))
