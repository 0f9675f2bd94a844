"""What was asked in the last weeks, for editors."""

from bot.dispatch.commands import Command, fold
from bot.dispatch.context import Context, Reply
from bot.dispatch.router import Router
from bot.errors import UserError
from bot.services import inbox_posts, statistics, statistics_picture, statistics_words
from bot.services.members import Role
from bot.services.statistics import Statistics
from bot.text.document import Attachment

router = Router()

_PICTURE = {"bild", "als bild", "grafik", "diagramm", "picture", "image", "chart"}


def _is_picture(argument: str) -> bool:
    return not argument or fold(argument) in _PICTURE


@router.command(
    "stats", de="statistik", en="statistics", about="command-statistics", role=Role.EDITOR,
    bare=_is_picture,
)  # fmt: skip
async def show(command: Command, context: Context) -> Reply:
    """Tell what was asked, with ``bild`` beside a picture of it."""
    _require_place(context)
    if not _is_picture(command.argument):
        raise UserError("statistics-usage")
    found = await _gathered(context)
    words = statistics_words.message(found, context.language)
    if not found.total:
        return words
    if not command.argument:
        return words.with_buttons([context.button("statistics-as-picture", "statistics:picture")])
    return words.with_attachment(await _picture(found, context))


@router.button("statistics", role=Role.EDITOR)
async def draw(_rest: str, context: Context) -> Reply:
    """Send the picture, with the sums of the same moment."""
    _require_place(context)
    found = await _gathered(context)
    words = statistics_words.summary(found, context.language)
    return words.with_attachment(await _picture(found, context)) if found.total else words


def _require_place(context: Context) -> None:
    """Make sure that only editors read along.

    Raises:
        UserError: Others may.
    """
    here = context.chat.address
    rooms = {(one.channel, one.chat) for one in inbox_posts.rooms(context.settings)}
    if not context.is_direct and (here.channel, here.chat) not in rooms:
        typed = "statistics" if context.language == "en" else "statistik"
        raise UserError("statistics-elsewhere", command=context.prefix + typed)


async def _gathered(context: Context) -> Statistics:
    return await statistics.gather(
        context.session,
        titles=statistics.titles(context.knowledge.entries),
        zone=context.settings.hub.zone,
        now=context.now,
    )


async def _picture(found: Statistics, context: Context) -> Attachment:
    return await statistics_picture.attach(
        context.session, found, context.language, now=context.now
    )
