"""Who did what, for admins."""

import re

from bot.dispatch.commands import Command, fold
from bot.dispatch.context import Context, Edit, Reply
from bot.dispatch.router import Router
from bot.errors import UserError
from bot.messages import ChatKind
from bot.services import audit
from bot.services.audit import Noted
from bot.services.members import Role
from bot.text.dates import format_short_date, format_time
from bot.text.document import Document, Listing, Span

router = Router()

_ON_A_PAGE = 8
_SUBJECTS = {
    "ankuendigung": "announcement",
    "announcement": "announcement",
    "termin": "event",
    "frist": "event",
    "event": "event",
    "deadline": "event",
    "frage": "inbox",
    "question": "inbox",
    "quelle": "source",
    "source": "source",
}
_WANTED = re.compile(r"([^\W\d_]+)\s*(?:nr\.?\s*)?([0-9]{1,15})", re.IGNORECASE)
_ENTRY = re.compile(r"(?:eintrag|entry)\s+(\S.*)", re.IGNORECASE)
_BUTTON = re.compile(r"([0-9]{1,9}):((?:[a-z]+:[a-z0-9-]{1,40})?)")


@router.command(
    de="protokoll", en="audit", about="command-audit", role=Role.ADMIN, where=ChatKind.DIRECT
)
async def show(command: Command, context: Context) -> Reply:
    """Show what was done last, or what was done to one announcement or event."""
    if not context.is_direct:
        typed = "audit" if context.language == "en" else "protokoll"
        raise UserError("direct-only", command=context.prefix + typed)
    return await _page(_subject(command.argument), 0, context)


def _subject(text: str) -> str | None:
    if not text:
        return None
    if entry := _ENTRY.fullmatch(text):
        return audit.of_entry(entry[1])
    found = _WANTED.fullmatch(text)
    kind = _SUBJECTS.get(fold(found[1])) if found else None
    if found is None or kind is None:
        raise UserError("log-usage")
    return f"{kind}:{int(found[2])}"


@router.button("audit", role=Role.ADMIN)
async def turn(rest: str, context: Context) -> Reply:
    """Turn to a page; *rest* is ``offset:subject``."""
    found = _BUTTON.fullmatch(rest)
    if found is None:
        return context.say("button-gone")
    return Edit(await _page(found[2] or None, int(found[1]), context))


async def _page(subject: str | None, offset: int, context: Context) -> Document:
    found = await audit.recent(
        context.session, subject=subject, offset=offset, limit=_ON_A_PAGE + 1
    )
    if not found:
        return context.say("log-none")
    items = tuple((Span(text=_line(one, context)),) for one in found[:_ON_A_PAGE])
    buttons = []
    if offset:
        value = f"audit:{max(offset - _ON_A_PAGE, 0)}:{subject or ''}"
        buttons.append(context.button("log-newer", value))
    if len(found) > _ON_A_PAGE:
        value = f"audit:{offset + _ON_A_PAGE}:{subject or ''}"
        buttons.append(context.button("log-older", value))
    page = context.say("log-title") + Document.of(Listing(items=items))
    return page.with_buttons(*([buttons] if buttons else []))


def _line(entry: Noted, context: Context) -> str:
    zone = context.settings.hub.zone
    day = format_short_date(entry.at.astimezone(zone).date(), context.language)
    return context.text(
        "log-line",
        day=day,
        time=format_time(entry.at, context.language, zone),
        who=entry.who or context.text("log-bot"),
        what=audit.sentence(context.language, entry),
    )
