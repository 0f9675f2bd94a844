"""The preferences of a chat in words."""

from collections.abc import Sequence
from datetime import time

from babel import dates, lists

from bot import places
from bot.dispatch.context import Context
from bot.services.preferences import Preferences
from bot.services.subscriptions import Held
from bot.services.topics import name_of
from bot.text.dates import format_date, format_short_date
from bot.text.document import Document
from bot.timing.digest import Digest, Rhythm
from bot.timing.leads import Lead, Unit
from bot.timing.quiet import Quiet


def summary(preferences: Preferences, context: Context) -> Document:
    """Say when and how messages come."""
    document = context.say(
        "preferences",
        land=land(preferences, context),
        leads=leads(preferences, context),
        quiet=quiet(preferences, context),
        digest=digest(preferences, context),
    )
    if preferences.silent:
        document += context.say("preferences-silent")
    if preferences.zone != context.settings.hub.zone:
        document += context.say("preferences-zone", zone=preferences.zone.key)
    until = preferences.paused_until
    if until is not None and until > context.now:
        day = format_date(until.astimezone(preferences.zone).date(), context.language)
        document += context.say("preferences-paused", day=day)
    return document


def land(preferences: Preferences, context: Context) -> str:
    """Name the Länder."""
    return laender(preferences.laender, context) or context.text("land-all")


def laender(codes: tuple[str, ...], context: Context) -> str:
    """Name Länder; empty for none."""
    names = [places.land_name(code, context.language) for code in codes]
    return lists.format_list(names, locale=context.language) if names else ""


def leads(preferences: Preferences, context: Context) -> str:
    """Say how long before and at what time: ``30, 14, 1 Tage vorher um 9 Uhr``."""
    if not preferences.leads:
        return context.text("leads-none")
    named = _leads(preferences.leads, context)
    return context.text("leads", leads=named, time=clock(preferences.remind_at, context))


def _leads(wanted: Sequence[Lead], context: Context) -> str:
    longest = wanted[0]
    if any(one.unit is not longest.unit for one in wanted):
        return lists.format_list([_lead(one, context) for one in wanted], locale=context.language)
    counts = ", ".join(str(one.count) for one in wanted)
    return _lead(longest, context).replace(str(longest.count), counts, 1)


def _lead(lead: Lead, context: Context) -> str:
    match lead.unit:
        case Unit.DAYS:
            return context.text("lead-days", count=lead.count)
        case Unit.WORKDAYS:
            return context.text("lead-workdays", count=lead.count)
        case Unit.WEEKS:
            return context.text("lead-weeks", count=lead.count)


def quiet(preferences: Preferences, context: Context) -> str:
    """Say when it is quiet: from when to when, and whether Sundays too."""
    hours: Quiet = preferences.quiet
    if not hours.on:
        return context.text("quiet-off")
    start, end = clock(hours.start, context), clock(hours.end, context)
    if hours.days:
        return context.text("quiet-days", start=start, end=end)
    return context.text("quiet-nights", start=start, end=end)


def digest(preferences: Preferences, context: Context) -> str:
    """Say how messages are collected: ``wöchentlich, Montag um 8 Uhr``."""
    wanted: Digest = preferences.digest
    at = clock(wanted.at, context)
    match wanted.rhythm:
        case Rhythm.NOW:
            return context.text("digest-now")
        case Rhythm.DAILY:
            return context.text("digest-daily", time=at)
        case Rhythm.WEEKLY:
            day = dates.get_day_names(locale=context.language)[wanted.weekday]
            return context.text("digest-weekly", day=day, time=at)


def pause(preferences: Preferences, context: Context) -> str:
    """Say until when nothing comes."""
    if preferences.paused_until is None:
        return context.text("pause-off")
    day = preferences.paused_until.astimezone(preferences.zone).date()
    return context.text("pause-until", day=format_short_date(day, context.language))


def clock(at: time, context: Context) -> str:
    """Return a time of day as short as it can be: ``8``, ``8:30``; in English ``08:30``."""
    if context.language == "en":
        return f"{at:%H:%M}"
    return f"{at.hour}:{at.minute:02}" if at.minute else str(at.hour)


def subscription(held: Held, context: Context) -> str:
    """Say what a chat has subscribed to and since when."""
    since = format_short_date(
        held.since.astimezone(context.settings.hub.zone).date(), context.language
    )
    name = name_of(held.topic, context.language)
    narrowed = narrowing(held.laender, held.staffeln, held.kinds, context)
    if narrowed:
        return context.text("subscription-narrow", topic=name, narrow=narrowed, since=since)
    return context.text("subscription", topic=name, since=since)


def narrowing(
    codes: tuple[str, ...], staffeln: tuple[str, ...], kinds: tuple[str, ...], context: Context
) -> str:
    """Say to what a subscription is narrowed; empty for nothing."""
    parts = [laender(codes, context)]
    if staffeln:
        parts.append(context.text("staffel", years=", ".join(staffeln)))
    words = {
        "deadline": context.text("kind-deadline"),
        "event": context.text("kind-event"),
        "news": context.text("kind-news"),
    }
    if kinds:
        named = lists.format_list([words[kind] for kind in kinds], locale=context.language)
        parts.append(context.text("kinds-only", kinds=named))
    return ", ".join(part for part in parts if part)
