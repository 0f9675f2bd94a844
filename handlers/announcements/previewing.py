"""What an announcer is shown before anybody else is: the text, whom it reaches, what to mind."""

from collections.abc import Sequence

from babel import lists

from bot import places
from bot.dispatch.context import Context
from bot.services import announcements, targeting, topics
from bot.services.announcement_words import network
from bot.services.announcements import Actor, Announcement, Reach
from bot.services.targeting import Wanted
from bot.services.topics import name_of
from bot.text.catalogue import LANGUAGES
from bot.text.dates import format_datetime
from bot.text.document import Button, Document

_IMPORTANCES = {
    "normal": "importance-normal",
    "urgent": "importance-urgent",
    "quiet": "importance-quiet",
}
_LONGEST_LINE = 200
_LATE = {"mark": "late-mark", "send": "late-send", "drop": "late-drop"}


def actor(context: Context) -> Actor:
    """Return who acts here."""
    return Actor(context.member.id, context.chat.address, context.language, context.now)


async def preview(row: Announcement, context: Context) -> Document:
    """Show an announcement as it will look, whom it reaches, and what can be done with it."""
    found = await announcements.reach(
        context.session, row, settings=context.settings, now=context.now
    )
    return await _with_facts(shown(row, found, context), row, found, context)


async def preview_again(row: Announcement, context: Context) -> Document:
    """Show it in place of what was shown before, where a long text has its first line alone.

    One message can't become several: the others would be sent anew on each tap.
    """
    document = await preview(row, context)
    if announcements.is_one_message(document, context.chat.address.channel):
        return document
    found = await announcements.reach(
        context.session, row, settings=context.settings, now=context.now
    )
    line = announcements.first_line(row)
    short = line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1]}…"
    brief = context.say("preview-title-none") + Document.of(short)
    return await _with_facts(brief, row, found, context)


async def _with_facts(
    text: Document, row: Announcement, found: Reach, context: Context
) -> Document:
    document = text + await _audience(row, found, context) + _warnings(found, context)
    return document.with_attachment(None).with_buttons(*_buttons(row, context))


def shown(row: Announcement, found: Reach, context: Context) -> Document:
    """Show the text as each network will have it; alike ones once."""
    document = Document()
    for names in _alike(found):
        named = lists.format_list([network(one) for one in names], locale=context.language)
        count = found.messages[names[0]]
        title = context.say("preview-title", networks=named)
        if count > 1:
            title = context.say("preview-title-parts", networks=named, count=count)
        document += title + _texts(row, context)
    if not found.messages:
        document = context.say("preview-title-none") + _texts(row, context)
    if row.attachment:
        document += context.say("preview-file", file=row.attachment["name"])
    return document


def _alike(found: Reach) -> list[list[str]]:
    """Return the networks, those together on which it is the same number of messages."""
    groups: dict[int, list[str]] = {}
    for channel, count in found.messages.items():
        groups.setdefault(count, []).append(channel)
    return list(groups.values())


def _texts(row: Announcement, context: Context) -> Document:
    document = Document()
    for language in LANGUAGES:
        if language not in row.texts:
            continue
        if len(row.texts) > 1:
            name = "preview-german" if language == "de" else "preview-english"
            document += context.say(name)
        document += announcements.body(row, language).with_attachment(None)
    return document.model_copy(update={"everyone": False, "preview": False})


async def _audience(row: Announcement, found: Reach, context: Context) -> Document:
    document = Document.of(await for_whom(Wanted.of(row.audience), context))
    if not found.total:
        return document + context.say("reach-nobody")
    networks = ", ".join(
        f"{network(channel)} {number}" for channel, number in found.by_channel.items()
    )
    people = context.text("reach-people", count=found.people)
    rooms = context.text("reach-rooms", count=found.rooms)
    document += context.say("reach", people=people, rooms=rooms, networks=networks)
    if found.held and found.next_at is not None:
        when = format_datetime(found.next_at, context.language, context.settings.hub.zone)
        document += context.say("reach-held", count=found.held, when=when)
    return document


async def for_whom(wanted: Wanted, context: Context) -> str:
    """Say for whom an announcement is, in one line."""
    parts = []
    if wanted.topics:
        # Also one that was retired meanwhile: without it all would seem to be meant.
        named = await topics.by_ids(context.session, wanted.topics)
        names = ", ".join(name_of(one, context.language) for one in named)
        parts.append(context.text("for-topics", names=names))
    elif not wanted.chats:
        parts.append(context.text("for-everybody"))
    if wanted.laender:
        laender = [places.land_name(code, context.language) for code in wanted.laender]
        parts.append(context.text("for-laender", names=", ".join(laender)))
    if wanted.staffeln:
        parts.append(context.text("staffel", years=", ".join(wanted.staffeln)))
    if wanted.channels:
        networks = ", ".join(network(one) for one in wanted.channels)
        parts.append(context.text("for-networks", names=networks))
    if wanted.chats:
        titles = {number: title for number, title, _ in await targeting.rooms(context.session)}
        rooms = ", ".join(titles.get(one, str(one)) for one in wanted.chats)
        parts.append(context.text("for-rooms", names=rooms))
    return " · ".join(parts)


def _warnings(found: Reach, context: Context) -> Document:
    document = Document()
    for channel, count in found.messages.items():
        if count > 1:
            document += context.say("warn-long", count=count, network=network(channel))
    if found.unencrypted:
        document += context.say("warn-unencrypted", count=found.unencrypted)
    if found.unreachable:
        document += context.say("warn-unreachable", names=", ".join(found.unreachable))
    return document


def _buttons(row: Announcement, context: Context) -> Sequence[Sequence[Button]]:
    def button(name: str, verb: str) -> Button:
        return context.button(name, f"ann:{verb}:{row.id}")

    everyone = "everyone-on" if row.everyone else "everyone-off"
    return [
        [button("announcement-send", "send"), button("announcement-time", "time")],
        [button("announcement-test", "test"), button("announcement-drop", "drop")],
        [button("announcement-audience", "to"), button("announcement-text", "text")],
        [button(_IMPORTANCES[row.importance], "importance"), button(everyone, "everyone")],
        [button(_LATE[row.late], "late")],
    ]
