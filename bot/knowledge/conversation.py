"""Asking the engine in the course of a conversation."""

import re
from dataclasses import replace
from typing import Final

from bot.knowledge.decision import ChatKind, Decision
from bot.knowledge.engine import MOST_CANDIDATES, Engine, Setting, Verdict
from bot.knowledge.following import continues, is_follow_up
from bot.knowledge.scope import Scope, holds, scope, unscoped
from bot.knowledge.tokens import LONGEST_MESSAGE

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

    One that only names another Land, Staffel or phase asks the question before it for that. What
    is known of who asks chooses among answers; it never makes a worse one sure.
    """
    verdict = engine.ask(text, chat=chat, setting=setting)
    if setting.before is not None and is_follow_up(text) and _only_names(text):
        return _rescoped(engine, text, chat, setting) or _unless_for_others(
            engine, text, verdict, setting
        )
    return _not_instead(engine, text, verdict, chat, setting) if setting.scope else verdict


def _rescoped(engine: Engine, text: str, chat: ChatKind, setting: Setting) -> Verdict | None:
    """The verdict on the question before for what *text* names, if that is another sure answer."""
    if setting.before is None:
        return None
    named = scope([text])
    other = Setting(scope={**setting.scope, **named})
    # Where it names the same itself, that would count.
    before = unscoped(setting.before) if scope([setting.before]).keys() & named else setting.before
    verdict = engine.ask(before, chat=chat, setting=other)
    return verdict if verdict.entry not in {None, setting.given} else None


def _unless_for_others(engine: Engine, text: str, verdict: Verdict, setting: Setting) -> Verdict:
    """Nothing, if what was given does not hold for what *text* names, which asks for no more."""
    given = engine.entries.get(setting.given or "")
    if verdict.decision == "answer" or given is None:
        return verdict
    if holds(scope(given.valid_for), scope([text])):
        return verdict
    return replace(verdict, decision="silent")


def _not_instead(
    engine: Engine, text: str, verdict: Verdict, chat: ChatKind, setting: Setting
) -> Verdict:
    """A choice, if *text* asks for what holds only for others.

    The entry that holds for everybody and comes next would else be given as if it was meant.
    """
    free = engine.ask(text, chat=chat, setting=replace(setting, scope={}))
    found = {candidate.entry for candidate in verdict.candidates}
    if free.entry is None or free.entry in found:
        return verdict
    if verdict.entry is not None and scope(engine.entries[verdict.entry].valid_for):
        return verdict
    candidates = (free.candidates[0], *verdict.candidates)[:MOST_CANDIDATES]
    decision: Decision = "silent" if chat == "ambient" else "suggest"
    return Verdict(decision, None, verdict.confidence, candidates)


def whole(text: str, setting: Setting) -> str:
    """*text* as somebody can understand it who has not read what was asked before."""
    if setting.before is not None and (continues(text) or _only_names(text)):
        # No more of either is looked at; who goes on for ever must not make it ever longer.
        return f"{setting.before[:LONGEST_MESSAGE]} {text[:LONGEST_MESSAGE]}"
    return text


def _only_names(text: str) -> bool:
    rest = unscoped(text)
    if rest == " ".join(text.split()):
        return False
    return _FILLERS.issuperset(re.findall(r"\w+", _OPENINGS.sub(" ", rest).casefold()))
