"""A month as a picture."""

from bot.dispatch.context import Context, Reply
from bot.errors import UserError
from bot.events import filters
from bot.pages.month_page import Choice, is_shown
from bot.services import month_pictures


async def picture(words: str, context: Context) -> Reply:
    """Draw a month; *words* name it and a Land, and without any it is the present one.

    Raises:
        UserError: Something else was written as well, or the month is too far away.
    """
    wanted = filters.parse(words, deadlines=False)
    today = context.now.astimezone(context.settings.hub.zone)
    month = month_pictures.wanted_month(wanted, today)
    if wanted.words or wanted.kind or wanted.staffel or not is_shown(month, context.now):
        raise UserError(
            "picture-usage", command=f"{context.prefix}{context.text('picture-command')}"
        )
    return await month_pictures.message(
        context.session,
        month=month,
        choice=Choice(land=wanted.land),
        language=context.language,
        settings=context.settings,
        now=context.now,
    )
