"""Topics: listed, subscribed to, unsubscribed from."""

from collections.abc import Sequence

from bot.dispatch.commands import Command
from bot.dispatch.context import Context, Edit, Reply
from bot.dispatch.router import Router
from bot.errors import UserError
from bot.services import reminders, subscriptions, topics
from bot.services.members import Role
from bot.services.preferences import Preferences
from bot.services.subscriptions import Held
from bot.services.topics import Misspelt, name_of
from bot.services.wishes import EVERYTHING, Wish
from bot.text.dates import format_datetime
from bot.text.document import MAX_BUTTON_VALUE, Document, Listing, Span
from handlers.subscriptions import wording
from handlers.subscriptions.board import author, board, choices, typed

router = Router()


@router.command(de="themen", en="topics", about="command-topics")
async def show_topics(_command: Command, context: Context) -> Reply:
    """List what one can subscribe to."""
    offered = await topics.offered(context.session)
    if not offered:
        return context.say("topics-none")
    items = [name_of(topic, context.language) for topic in offered]
    hint = context.say("topics-hint", subscribe=typed(context, "abo", "subscribe"))
    return context.say("topics-title") + _listing(items) + hint


def _listing(items: Sequence[str]) -> Document:
    return Document.of(Listing(items=tuple((Span(text=item),) for item in items)))


@router.command(de="abo", en="subscribe", about="command-subscribe", role=Role.MODERATOR)
async def subscribe(command: Command, context: Context) -> Reply:
    """Show the settings message, or subscribe to what was named."""
    if not command.argument:
        return await board(context)
    wish, found = await subscriptions.read_wish(context.session, command.argument)
    if isinstance(found, Misspelt):
        return _proposal(found, wish, context)
    return await _subscribed(found, wish, _words(command, context), context)


def _words(command: Command, context: Context) -> str:
    return context.typed(f"{command.name} {command.argument}".strip())


async def _subscribed(
    wanted: Sequence[topics.Topic], wish: Wish, words: str, context: Context
) -> Document:
    new = [
        topic
        for topic in wanted
        if await subscriptions.subscribe(
            context.session, author(context), topic=topic, wish=wish, words=words
        )
    ]
    named = ", ".join(name_of(topic, context.language) for topic in new or wanted)
    if not new:
        return context.say("subscribed-already", topics=named)
    held = await subscriptions.held(context.session, chat=context.chat, now=context.now)
    narrowed = _narrowing(held, new, context)
    if narrowed:
        document = context.say("subscribed-narrow", topics=named, narrow=narrowed)
    else:
        document = context.say("subscribed", topics=named)
    return document + context.say("subscriptions-stop", stop=typed(context, "stopp", "stop"))


def _narrowing(held: Sequence[Held], new: Sequence[topics.Topic], context: Context) -> str:
    """Say to what the new subscriptions are narrowed, which is the same for all of them."""
    one = next(one for one in held if one.topic.id == new[0].id)
    return wording.narrowing(one.laender, one.staffeln, one.kinds, context)


def _proposal(found: Misspelt, wish: Wish, context: Context) -> Document:
    name = name_of(found.topic, context.language)
    document = context.say("topic-nearest", typed=found.typed, nearest=name)
    parts = (",".join(wish.laender), ",".join(wish.staffeln), ",".join(wish.kinds))
    value = f"sub-yes:{found.topic.id}:{':'.join(parts)}"
    if len(value) > MAX_BUTTON_VALUE:
        return document
    return document.with_buttons([context.button("yes", value)])


@router.button("sub-yes", role=Role.MODERATOR)
async def accept(rest: str, context: Context) -> Reply:
    """Subscribe to the topic that was meant; *rest* is ``topic:Länder:Staffeln:kinds``."""
    number, *parts = rest.split(":")
    topic = await _topic(number, context)
    if topic is None or len(parts) != len(("Länder", "Staffeln", "kinds")):
        return context.say("button-gone")
    laender, staffeln, kinds = (tuple(filter(None, part.split(","))) for part in parts)
    wish = Wish(topic.name_de, laender, staffeln, kinds)
    words = f"[{name_of(topic, context.language)}] {context.text('yes')}"
    return Edit(await _subscribed([topic], wish, words, context))


@router.button("sub", role=Role.MODERATOR)
async def switch(rest: str, context: Context) -> Reply:
    """Switch a topic on or off, or turn the page; *rest* is ``topic:page`` or ``page:number``."""
    number, _, page = rest.partition(":")
    if number != "page":
        topic = await _topic(number, context)
        if topic is None:
            return context.say("button-gone")
        await _toggle(topic, context)
    return Edit(await board(context, int(page) if page.isdecimal() and page.isascii() else 0))


async def _toggle(topic: topics.Topic, context: Context) -> None:
    words = f"[{name_of(topic, context.language)}]"
    who = author(context)
    if not await subscriptions.unsubscribe(context.session, who, topic=topic, words=words):
        wish = Wish(topic.name_de)
        await subscriptions.subscribe(context.session, who, topic=topic, wish=wish, words=words)


async def _topic(number: str, context: Context) -> topics.Topic | None:
    if not (number.isascii() and number.isdecimal() and len(number) < len("1000000000000")):
        return None
    return await topics.by_id(context.session, int(number))


@router.command(
    de="abbestellen", en="unsubscribe", about="command-unsubscribe", role=Role.MODERATOR
)
async def unsubscribe(command: Command, context: Context) -> Reply:
    """End the subscription to what was named; without a name show the settings message."""
    if not command.argument:
        return await board(context)
    if command.argument.casefold() in EVERYTHING:
        return await stop(command, context)
    found = await topics.find(context.session, command.argument)
    if isinstance(found, Misspelt):
        name = name_of(found.topic, context.language)
        document = context.say("topic-nearest", typed=found.typed, nearest=name)
        return document.with_buttons([context.button("yes", f"unsub:{found.topic.id}")])
    return await _unsubscribed(found, _words(command, context), context)


@router.button("unsub", role=Role.MODERATOR)
async def accept_end(rest: str, context: Context) -> Reply:
    """End the subscription to the topic that was meant."""
    topic = await _topic(rest, context)
    if topic is None:
        return context.say("button-gone")
    words = f"[{name_of(topic, context.language)}] {context.text('yes')}"
    return Edit(await _unsubscribed(topic, words, context))


async def _unsubscribed(topic: topics.Topic, words: str, context: Context) -> Document:
    name = name_of(topic, context.language)
    done = await subscriptions.unsubscribe(
        context.session, author(context), topic=topic, words=words
    )
    if not done:
        mine = typed(context, "meine", "mine")
        raise UserError("unsubscribed-already", topic=name, mine=mine)
    return context.say("unsubscribed", topic=name)


@router.command(
    "abmelden", de="stopp", en="stop", about="command-stop", role=Role.MODERATOR, always=True
)
async def stop(command: Command, context: Context) -> Reply:
    """End everything at once."""
    count = await subscriptions.stop(
        context.session, author(context), words=_words(command, context)
    )
    again = typed(context, "abo", "subscribe")
    return context.say("stopped" if count else "stopped-already", subscribe=again)


@router.command(de="meine", en="mine", about="command-mine", role=Role.MODERATOR)
async def mine(_command: Command, context: Context) -> Reply:
    """Say what comes here, and when."""
    held = await subscriptions.held(context.session, chat=context.chat, now=context.now)
    if not held:
        return context.say("mine-none", subscribe=choices(context))
    preferences = await subscriptions.preferences_of(
        context.session, chat=context.chat, settings=context.settings, now=context.now
    )
    listing = _listing([wording.subscription(one, context) for one in held])
    document = context.say("mine-title") + listing + wording.summary(preferences, context)
    at = preferences.arrives(context.now)
    if at == context.now:
        document += context.say("mine-now")
    else:
        when = format_datetime(at, context.language, preferences.zone)
        document += context.say("mine-later", when=when)
    return document + await _next(context, preferences)


async def _next(context: Context, preferences: Preferences) -> Document:
    """Say which reminder comes next, and when."""
    found = await reminders.upcoming(
        context.session, chat=context.chat, settings=context.settings, now=context.now
    )
    if found is None:
        return context.say("mine-next-none")
    when = format_datetime(found.at, context.language, preferences.zone)
    return context.say("mine-next", when=when, title=found.due.event.title)
