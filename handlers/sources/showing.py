"""One source as an editor sees it, and what can be done about it."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta

from bot.dispatch.context import Context
from bot.services import source_words, sources, topics
from bot.services.sources import Source, SourceKind, SourceMode
from bot.text import laender
from bot.text.dates import format_datetime
from bot.text.document import Button, Document, Listing, Span

SUBJECT = "source"
MODES = {
    SourceMode.ANNOUNCE: "source-mode-announce",
    SourceMode.APPROVE: "source-mode-approve",
    SourceMode.CALENDAR: "source-mode-calendar",
}
"""The catalogue's names of what becomes of the items of a source."""


async def shown(row: Source, context: Context) -> Document:
    """Return what a source is, how it does, and buttons."""
    lines = [line async for line in _facts(row, context)]
    body = context.say("source-title", number=row.id, name=row.name)
    body += Document.of(Listing(items=tuple((Span(text=line),) for line in lines)))
    body += context.say("source-change-hint", command=context.typed(f"quellen {row.id}"))
    return body.with_buttons(*_buttons(row, context))


async def _facts(row: Source, context: Context) -> AsyncIterator[str]:
    sends = row.kind == SourceKind.WEBHOOK
    yield context.text("source-webhook") if sends else sources.shown_address(row)
    topic = next(iter(await topics.by_ids(context.session, [row.topic_id])))
    yield context.text("source-topic", topic=topics.name_of(topic, context.language))
    if row.laender:
        names = ", ".join(laender.name(code, context.language) for code in row.laender.split())
        yield context.text("source-laender", laender=names)
    yield context.text("source-mode", mode=context.text(MODES[SourceMode(row.mode)]))
    if not sends:
        yield context.text("source-every", every=every(row, context))
    words = sources.keywords_of(row)
    if words.wanted:
        yield context.text("source-wanted", words=", ".join(words.wanted))
    if words.unwanted:
        yield context.text("source-unwanted", words=", ".join(words.unwanted))
    if row.template:
        yield context.text("source-template", template=row.template)
    yield state(row, context)


def every(row: Source, context: Context) -> str:
    """Say how often a source is read."""
    length = timedelta(seconds=row.every)
    for unit, name in ((86400, "source-days"), (3600, "source-hours"), (60, "source-minutes")):
        if row.every % unit == 0:
            return context.text(name, count=row.every // unit)
    return str(length)


def state(row: Source, context: Context) -> str:
    """Say in one line how reading a source goes."""
    zone, language = context.settings.hub.zone, context.language
    if row.paused_at is not None:
        when = format_datetime(row.paused_at, language, zone)
        return context.text("source-state-paused", when=when)
    if row.problem:
        since = row.ok_at or row.created_at
        when = format_datetime(since, language, zone)
        why = source_words.problem(row, language)
        return context.text("source-state-failing", when=when, why=why)
    if row.checked_at is None:
        return context.text("source-state-new")
    when = format_datetime(row.checked_at, language, zone)
    return context.text("source-state-ok", when=when)


def _buttons(row: Source, context: Context) -> Iterator[list[Button]]:
    modes = []
    for mode, name in MODES.items():
        mark = "✓ " if row.mode == mode else ""
        label = mark + context.text(name)
        modes.append(Button(label=label, value=f"{SUBJECT}:mode:{row.id}:{mode.value}"))
    yield modes
    acts = {"source-resume": "resume"}
    if row.paused_at is None:
        acts = {"source-pause": "pause"}
        if row.kind != SourceKind.WEBHOOK:
            acts = {"source-read-now": "read", **acts}
    acts["source-remove"] = "remove"
    yield [context.button(name, f"{SUBJECT}:{verb}:{row.id}") for name, verb in acts.items()]
