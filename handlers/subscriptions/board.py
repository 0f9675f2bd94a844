"""The settings message: every topic as a switch, every preference as a button."""

from collections.abc import Sequence

from bot.dispatch.context import Context
from bot.services import linking, subscriptions, topics
from bot.services.announcement_words import network
from bot.services.linking import Linked
from bot.services.subscriptions import Author
from bot.services.topics import name_of
from bot.text.document import Button, Document
from handlers.subscriptions import wording

PAGE = 4
"""Topics on one page: with the six other buttons it makes ten, as many as Matrix can show."""


def author(context: Context) -> Author:
    """Return who decides here; a chat that is only read begins with the hub's language."""
    language = context.settings.hub.language if context.afar else context.language
    return Author(context.chat, context.member.id, language, context.now)


async def board(context: Context, page: int = 0) -> Document:
    """Return the settings message of this chat, with one page of topics."""
    offered = await topics.offered(context.session)
    held = await subscriptions.held(context.session, chat=context.chat, now=context.now)
    preferences = await subscriptions.preferences_of(
        context.session, chat=context.chat, settings=context.settings, now=context.now
    )
    page = page if 0 <= page * PAGE < len(offered) else 0
    on = {one.topic.id for one in held}
    switches = [
        _switch(topic.id, name_of(topic, context.language), page, on=topic.id in on)
        for topic in offered[page * PAGE : (page + 1) * PAGE]
    ]
    if len(offered) > PAGE:
        following = page + 1 if (page + 1) * PAGE < len(offered) else 0
        switches.append(context.button("topics-more", f"sub:page:{following}"))
    title = context.say("subscriptions-title" if offered else "topics-none")
    stop = context.say("subscriptions-stop", stop=typed(context, "stopp", "stop"))
    summary = wording.summary(preferences, context) + await _network(context)
    return (title + summary + stop).with_buttons(*rows(switches), *_changes(context))


async def linked(context: Context) -> Linked | None:
    """Return how the person who writes here alone is linked, if they are."""
    if not context.is_direct or context.afar:
        return None
    channel = context.chat.address.channel
    return await linking.found(context.session, member_id=context.member.id, channel=channel)


async def _network(context: Context) -> Document:
    """Say on which network a linked person is told things."""
    found = await linked(context)
    if found is None:
        return Document()
    channels = {found.mine.channel, found.other.channel} - {found.preferred}
    return context.say(
        "urgent-network-both" if found.urgent_both else "preferred-network",
        preferred=network(found.preferred),
        fallback=network(channels.pop()),
    )


def _switch(number: int, name: str, page: int, *, on: bool) -> Button:
    return Button(label=f"✓ {name}" if on else name, value=f"sub:{number}:{page}")


def _changes(context: Context) -> Sequence[Sequence[Button]]:
    return rows(
        [
            context.button("change-land", "set:land"),
            context.button("change-leads", "set:leads"),
            context.button("change-quiet", "set:quiet"),
            context.button("change-digest", "set:digest"),
            context.button("change-more", "set:more"),
        ]
    )


def rows(buttons: Sequence[Button], width: int = 2) -> list[Sequence[Button]]:
    """Lay buttons out in rows."""
    return [buttons[start : start + width] for start in range(0, len(buttons), width)]


def typed(context: Context, german: str, english: str) -> str:
    """Return a command as it is typed here."""
    return context.typed(english if context.language == "en" else german)


def choices(context: Context) -> str:
    """Return the command that shows what can be subscribed to; from afar there are no buttons."""
    if context.afar:
        return context.prefix + ("topics" if context.language == "en" else "themen")
    return typed(context, "abo", "subscribe")
