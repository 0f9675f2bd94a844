"""Letting an announcement go: now, at its time, or after somebody else has approved it."""

from datetime import datetime

from bot.dispatch.context import Context, Edit, Reply
from bot.dispatch.router import Router
from bot.errors import UserError
from bot.services import announcements, informing, roles
from bot.services.announcements import Announcement, State
from bot.services.members import Role
from bot.text import catalogue, datetimes
from bot.text.dates import format_datetime
from bot.text.document import Button, Document
from bot.text.moments import Moment
from handlers.announcements.previewing import actor, shown

router = Router()

_USUAL_HOUR = 9 * 60


async def at(number: int, text: str, context: Context) -> Document:
    """Schedule a draft for the time that was typed."""
    zone = context.settings.hub.zone
    written = datetimes.read(text, today=context.now.astimezone(zone).date())
    minute = _USUAL_HOUR if written.start.minute is None else written.start.minute
    when = Moment(day=written.start.day, minute=minute).begins(zone)
    return await release(number, when, context)


async def release(number: int, when: datetime | None, context: Context) -> Document:
    """Let a draft be sent at its time; say what becomes of it."""
    row = await announcements.release(
        context.session, actor(context), number, at=when, settings=context.settings
    )
    if row.state == State.AWAITING:
        await _ask_approvers(row, context)
        until = _worded(row.decide_by, context)
        return context.say("announcement-awaits", number=number, until=until).with_buttons(
            [context.button("announcement-back", f"ann:back:{number}")]
        )
    if when is None:
        return context.say("announcement-released", number=number)
    return context.say(
        "announcement-scheduled", number=number, when=_worded(when, context)
    ).with_buttons([context.button("announcement-back", f"ann:back:{number}")])


def _worded(when: datetime | None, context: Context) -> str:
    zone = context.settings.hub.zone
    return format_datetime(when or context.now, context.language, zone)


async def _ask_approvers(row: Announcement, context: Context) -> None:
    """Show the announcement to everybody who may approve it, but its author.

    Raises:
        UserError: There is nobody.
    """
    people = [
        one
        for one in await roles.reachable(
            context.session, roles=(Role.APPROVER,), settings=context.settings
        )
        if one.member_id != row.author_id
    ]
    if not people:
        raise UserError("announcement-no-approver", prefix=context.prefix)
    found = await announcements.reach(
        context.session, row, settings=context.settings, now=context.now
    )
    text = shown(row, found, context)

    def word(language: str) -> Document:
        title = catalogue.document(language, "approval-asked", number=row.id, count=found.total)
        value = f"{row.id}:{row.version}"
        return (title + text).with_buttons(
            [
                Button(label=catalogue.text(language, "approve"), value=f"ann-yes:{value}"),
                Button(label=catalogue.text(language, "refuse"), value=f"ann-no:{value}"),
            ]
        )

    key = f"{announcements.source(row.id)}:approve:{row.version}"
    await informing.show(context.session, people, word, key=key, now=context.now)


@router.button("ann-yes", role=Role.APPROVER)
async def approve(rest: str, context: Context) -> Reply:
    """Approve somebody else's announcement; *rest* is ``number:version``."""
    number, version = _parts(rest)
    row = await announcements.approve(context.session, actor(context), number, version=version)
    await _tell_author(row, "approval-given", context)
    return Edit(context.say("approved", number=number))


@router.button("ann-no", role=Role.APPROVER)
async def refuse(rest: str, context: Context) -> Reply:
    """Give somebody else's announcement back; *rest* is ``number:version``."""
    number, version = _parts(rest)
    row = await announcements.refuse(context.session, actor(context), number, version=version)
    await _tell_author(row, "approval-refused", context)
    return Edit(context.say("refused", number=number))


async def _tell_author(row: Announcement, name: str, context: Context) -> None:
    document = (
        catalogue.document(row.language, "approval-given", number=row.id)
        if name == "approval-given"
        else catalogue.document(row.language, "approval-refused", number=row.id)
    )
    key = f"decided:{row.version}"
    await announcements.tell_author(context.session, row, document, key=key, now=context.now)


def _parts(rest: str) -> tuple[int, int]:
    number, _, version = rest.partition(":")
    if not (number.isascii() and number.isdecimal() and version.isascii() and version.isdecimal()):
        raise UserError("button-gone")
    return int(number), int(version)
