"""The project of a member, named once so that answers fit."""

import re

from bot import places
from bot.dispatch.commands import Command
from bot.dispatch.context import Context, Edit, Reply
from bot.dispatch.router import Router
from bot.services import projects
from bot.services.projects import Misspelt, Own
from bot.text.document import Button, Document

router = Router()

_FORGET = frozenset({"vergessen", "löschen", "loeschen", "forget", "delete"})
_PHASE = re.compile(r"phase\s+(a|b|unbekannt|unknown)", re.IGNORECASE)
_UNKNOWN = "-"
"""What stands in a button for a phase that somebody does not know."""


def _is_bare(argument: str) -> bool:
    """Tell what is surely meant for us without a prefix; "Projekt Gera" may be a question."""
    return not argument or argument.casefold() in _FORGET or bool(_PHASE.fullmatch(argument))


@router.command(de="projekt", en="project", about="command-project", bare=_is_bare)
async def project(command: Command, context: Context) -> Reply:
    """Show one's own project; take another one or its phase, or forget it."""
    typed = command.argument
    if not typed:
        known = await projects.own(context.session, member_id=context.member.id)
        return (
            _shown(known, context) if known else context.say("project-none", command=_me(context))
        )
    if typed.casefold() in _FORGET:
        return await _forget(context)
    phase = _PHASE.fullmatch(typed)
    if phase is not None:
        return await _enter(phase[1].casefold(), context)
    found = projects.find(typed)
    if isinstance(found, Misspelt):
        return _proposal(found, context)
    return await _choose(found, context)


@router.button("project")
async def pressed(rest: str, context: Context) -> Reply:
    """Do what a button says; *rest* is ``is:name``, ``phase:a`` or ``forget``."""
    if not context.is_direct:  # there anybody may press it, and would change their own
        return context.say("button-gone")
    verb, _, value = rest.partition(":")
    found = places.find_project(value) if verb == "is" else None
    if found is not None:
        return Edit(await _choose(found, context))
    if verb == "phase" and value in {*projects.PHASES, _UNKNOWN}:
        return Edit(await _enter(value, context))
    if verb == "forget":
        return Edit(await _forget(context))
    return context.say("button-gone")


async def _choose(found: places.Project, context: Context) -> Document:
    chosen = await projects.choose(context.session, member_id=context.member.id, project=found)
    return _shown(chosen, context)


async def _enter(phase: str, context: Context) -> Document:
    wanted = phase if phase in projects.PHASES else None
    entered = await projects.enter(context.session, member_id=context.member.id, phase=wanted)
    return _shown(entered, context, ask=False)


async def _forget(context: Context) -> Document:
    forgotten = await projects.forget(context.session, member_id=context.member.id)
    return context.say("project-forgotten" if forgotten else "project-none", command=_me(context))


def _proposal(found: Misspelt, context: Context) -> Document:
    name = found.project.name
    document = context.say("project-nearest", typed=found.typed, nearest=name)
    if not context.is_direct:
        return document
    return document.with_buttons([context.button("yes", f"project:is:{places.fold(name)}")])


def _shown(own: Own, context: Context, *, ask: bool = True) -> Document:
    """Show a project; alone with the bot with buttons, which in a room were everybody's."""
    known = own.project
    document = context.say(
        "project-own",
        project=known.name,
        land=", ".join(places.land_name(code, context.language) for code in known.laender),
        staffel=known.staffel,
        phase=f", {_phase(own.phase, context)}" if own.phase else "",
    ) + context.say("project-hint", command=_me(context))
    if not context.is_direct:
        return document
    if own.phase is None and ask:
        document += context.say("project-ask-phase")
    phases = [
        Button(label=_phase(phase, context), value=f"project:phase:{phase}")
        for phase in (*projects.PHASES, _UNKNOWN)
    ]
    return document.with_buttons(phases, [context.button("project-forget", "project:forget")])


def _phase(phase: str, context: Context) -> str:
    names = {"a": "project-phase-a", "b": "project-phase-b"}
    return context.text(names.get(phase, "project-phase-unknown"))


def _me(context: Context) -> str:
    """Return the command as this person types it here."""
    return context.prefix + ("project" if context.language == "en" else "projekt")
