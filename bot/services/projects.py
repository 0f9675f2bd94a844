"""A member's own project, by which answers are chosen that do not hold for everybody."""

from dataclasses import dataclass

from bot import places
from bot.errors import UserError
from bot.knowledge.scope import Scope, scope
from bot.places import Project
from bot.storage import members, subscriptions
from bot.storage.engine import Session
from bot.timing.times import echo

PHASES = ("a", "b")
"""Strategy and implementation."""


@dataclass(frozen=True, slots=True)
class Misspelt:
    """Something typed, and the project that was probably meant."""

    typed: str
    project: Project


@dataclass(frozen=True, slots=True)
class Own:
    """A member's project.

    Attributes:
        project: Where it is, and since when.
        phase: One of :data:`PHASES`; ``None`` if the member has not said.
    """

    project: Project
    phase: str | None


def find(text: str) -> Project | Misspelt:
    """Return the project that *text* means, or the one that was probably meant.

    Raises:
        UserError: No project is called anything like it.
    """
    found = places.find_project(text)
    if found is not None:
        return found
    nearest = places.nearest_project(text)
    if nearest is None:
        raise UserError("project-unknown", typed=echo(text))
    return Misspelt(echo(text), nearest)


async def own(session: Session, *, member_id: int) -> Own | None:
    """Return the project that a member has named; ``None`` if it is in no list any more."""
    member = await members.by_number(session, member_id=member_id)
    project = places.find_project(member.project) if member.project else None
    return None if project is None else Own(project, member.phase)


async def choose(session: Session, *, member_id: int, project: Project) -> Own:
    """Keep which project is a member's; another one is in a phase of its own."""
    member = await members.by_number(session, member_id=member_id)
    if member.project != project.name:
        member.project, member.phase = project.name, None
    return Own(project, member.phase)


async def enter(session: Session, *, member_id: int, phase: str | None) -> Own:
    """Keep in which phase a member's project is.

    Raises:
        UserError: The member has named no project.
    """
    known = await own(session, member_id=member_id)
    if known is None:
        raise UserError("project-first")
    member = await members.by_number(session, member_id=member_id)
    member.phase = phase
    return Own(known.project, phase)


async def forget(session: Session, *, member_id: int) -> bool:
    """Forget a member's project; ``False`` if there was none."""
    member = await members.by_number(session, member_id=member_id)
    was = member.project is not None
    member.project, member.phase = None, None
    return was


async def scope_of(session: Session, *, member_id: int) -> Scope:
    """Return what is known of a member's project.

    Who has named none may have chosen one Land or one Staffel for the messages to them alone.
    """
    known = await own(session, member_id=member_id)
    if known is not None:
        phases = [f"Phase {known.phase}"] if known.phase else []
        return scope([f"Staffel {known.project.staffel}", *known.project.laender, *phases])
    laender, staffeln = await subscriptions.wanted_by(session, member_id=member_id)
    return scope([
        *(laender if len(laender) == 1 else ()),
        *(f"Staffel {year}" for year in staffeln if len(staffeln) == 1),
    ])  # fmt: skip
