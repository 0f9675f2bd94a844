"""Choosing by buttons whom an announcement is for; the message is edited in place."""

from collections.abc import Sequence

from bot import places
from bot.dispatch.context import Context
from bot.services import targeting, topics
from bot.services.announcement_words import network
from bot.services.announcements import Announcement
from bot.services.targeting import NETWORKS, Wanted
from bot.services.topics import name_of
from bot.text.document import Button, Document
from handlers.announcements.previewing import for_whom

_ROOMS = 6
"""Rooms on one page: with the other buttons they are no more than Matrix can show."""
_LONGEST = 40
MENUS = ("topics", "laender", "staffeln", "channels", "chats")


async def board(row: Announcement, context: Context) -> Document:
    """Ask whom an announcement is for, and say what has been chosen."""
    chosen = await for_whom(Wanted.of(row.audience), context)

    def button(name: str, menu: str) -> Button:
        return context.button(name, f"ann:menu:{row.id}:{menu}")

    document = context.say("announcement-ask-audience") + Document.of(chosen)
    return document.with_buttons(
        [button("by-topic", "topics"), button("by-land", "laender")],
        [button("by-staffel", "staffeln"), button("by-network", "channels")],
        [button("by-room", "chats")],
        [context.button("announcement-preview", f"ann:preview:{row.id}")],
    )


async def menu(row: Announcement, what: str, page: int, context: Context) -> Document:
    """Show what can be chosen of one kind; what is chosen has a tick."""
    wanted = Wanted.of(row.audience)
    options = await _options(what, context)
    shown = options[page * _ROOMS : (page + 1) * _ROOMS] if what == "chats" else options
    chosen = {str(one) for one in getattr(wanted, what)}
    buttons = [
        Button(
            label=("✓ " if value in chosen else "") + label[:_LONGEST],
            value=f"ann:toggle:{row.id}:{what}:{page}:{value}",
        )
        for value, label in shown
    ]
    rows = [buttons[start : start + 2] for start in range(0, len(buttons), 2)]
    if len(options) > len(shown):
        following = page + 1 if (page + 1) * _ROOMS < len(options) else 0
        more = context.button("topics-more", f"ann:menu:{row.id}:{what}:{following}")
        rows.append([more])
    back = context.button("back", f"ann:to:{row.id}")
    document = context.say("announcement-choose") + Document.of(await for_whom(wanted, context))
    return document.with_buttons(*rows, [back])


async def _options(what: str, context: Context) -> Sequence[tuple[str, str]]:
    match what:
        case "topics":
            offered = await topics.offered(context.session)
            return [(str(one.id), name_of(one, context.language)) for one in offered]
        case "laender":
            return [(code, places.land_name(code, context.language)) for code in places.LAENDER]
        case "staffeln":
            return [(year, year) for year in places.STAFFELN]
        case "channels":
            return [(one, network(one)) for one in NETWORKS]
        case _:
            rooms = await targeting.rooms(context.session)
            return [(str(one), f"{title} ({network(channel)})") for one, title, channel in rooms]
