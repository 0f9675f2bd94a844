"""Looking into the inbox."""

import re

from bot.dispatch.commands import Command
from bot.dispatch.context import Context, Edit, Reply
from bot.dispatch.router import Router
from bot.errors import UserError
from bot.messages import Address
from bot.services import entry_words, inbox, inbox_posts, inbox_words
from bot.services.inbox import Listed
from bot.services.members import Role
from bot.text.dates import format_datetime
from bot.text.document import Button, Document, Listing, Span

router = Router()

_ON_A_PAGE = 5
_LONGEST = 80
_NUMBER = re.compile(r"(?:nr\.?\s*)?([0-9]{1,15})", re.IGNORECASE)
_DIGITS = re.compile(r"[0-9]{1,15}")


@router.command(
    "posteingang", de="inbox", en="inbox", about="command-inbox", role=Role.EDITOR,
    bare=lambda argument: not argument or bool(_NUMBER.fullmatch(argument)),
)  # fmt: skip
async def show(command: Command, context: Context) -> Reply:
    """List the open items, or show one."""
    _require_place(context)
    if not command.argument:
        return await _page(0, context)
    found = _NUMBER.fullmatch(command.argument)
    if found is None:
        raise UserError("inbox-usage", prefix=context.prefix)
    return await _open(int(found[1]), context)


def _require_place(context: Context) -> None:
    """Make sure that only editors read along.

    Raises:
        UserError: Others may; it says what makes this a room of the editors.
    """
    here = context.chat.address
    rooms = {(one.channel, one.chat) for one in inbox_posts.rooms(context.settings)}
    if not context.is_direct and (here.channel, here.chat) not in rooms:
        raise UserError("inbox-elsewhere", place=str(Address(here.channel, here.chat)))


@router.button("inbox-page", role=Role.EDITOR)
async def turn(rest: str, context: Context) -> Reply:
    """Turn to a page; *rest* is how many items to pass over."""
    _require_place(context)
    if not _DIGITS.fullmatch(rest):
        return context.say("button-gone")
    return Edit(await _page(int(rest), context))


@router.button("inbox-open", role=Role.EDITOR)
async def pick(rest: str, context: Context) -> Reply:
    """Show one item; *rest* is its number."""
    _require_place(context)
    return await _open(int(rest), context) if _DIGITS.fullmatch(rest) else None


async def _open(number: int, context: Context) -> Reply:
    # As one of the messages that follow the item, so that it can be replied to as well.
    await inbox_posts.open_here(
        context.session,
        number,
        address=context.chat.address,
        asked=context.message,
        knowledge=context.knowledge,
        settings=context.settings,
        now=context.now,
    )
    return None


async def _page(offset: int, context: Context) -> Document:
    total = await inbox.count(context.session)
    found = await inbox.listing(context.session, offset=offset, limit=_ON_A_PAGE)
    if not found:
        return context.say("inbox-empty")
    items = tuple((Span(text=_line(one, context)),) for one in found)
    rows = [[Button(label=str(one.number), value=f"inbox-open:{one.number}") for one in found]]
    turning = []
    if offset:
        turning.append(context.button("inbox-before", f"inbox-page:{max(offset - _ON_A_PAGE, 0)}"))
    if total > offset + len(found):
        turning.append(context.button("inbox-after", f"inbox-page:{offset + _ON_A_PAGE}"))
    title = context.say("inbox-title", count=total)
    page = title + Document.of(Listing(items=items)) + context.say("inbox-hint")
    return page.with_buttons(*rows, *([turning] if turning else []))


def _line(one: Listed, context: Context) -> str:
    zone = context.settings.hub.zone
    line = context.text(
        "inbox-line",
        number=one.number,
        count=one.people,
        when=inbox_words.moment(one.asked_at, context.language, zone, now=context.now),
        text=entry_words.short(" ".join(one.text.split()), _LONGEST),
    )
    if one.hidden_until is None or one.hidden_until <= context.now:
        return line
    when = format_datetime(one.hidden_until, context.language, zone)
    return f"{line} ({context.text('inbox-line-hidden', when=when)})"
