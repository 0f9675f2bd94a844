"""People are reminded when they want it, of what holds now, once."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.services import topics
from schedules.digests import send_digests
from schedules.reminders import remind_of_events, tell_changes
from tests.conversations.stage import Stage
from tests.fakes import Person, Sent

DEADLINE = "/frist neu Skizze Klima; bis 12. Februar 2027, 23:59 Uhr; Sachsen"
"""A Friday, four weeks after the clock's start (Friday, 15 January 2027, 10:00 in Berlin)."""
EVENT = "/termin neu Regionalkonferenz; am 28. März 2027, 14 Uhr; Ort Plauen; Art Konferenz"
"""A Sunday, and the day on which the clocks go forward."""


@pytest.fixture(autouse=True)
async def _shipped(hub: Stage) -> None:
    async with hub.database.begin() as session:
        await topics.ship(session, now=hub.clock.now())
    await hub.ticks()


async def saves(hub: Stage, chefin: Person, text: str, *, button: int = 1) -> list[Sent]:
    """Let an editor write and save, and return what others are told at once."""
    (draft,) = await hub.hears(chefin.says(text))
    await hub.hears(chefin.taps(draft, number=button))
    return await hub.ticks(tell_changes)


BERLIN = ZoneInfo("Europe/Berlin")


async def passes(hub: Stage, until: date, *hours: str) -> str:
    """Let days pass up to *until*, look at these hours of each, and return what was sent when.

    Hours are those of Berlin; without any, the end of the quiet hours and the usual hour.
    """
    lines = []
    day = hub.clock.now().astimezone(BERLIN).date()
    while day <= until:
        for hour in sorted(hours or ("08:00", "09:00")):
            at = datetime.combine(day, time.fromisoformat(hour), tzinfo=BERLIN)
            if at <= hub.clock.now():
                continue
            hub.clock.advance(at - hub.clock.now())
            for sent in await hub.ticks(remind_of_events, send_digests):
                who, first = sent.address.chat, sent.text.splitlines()[0]
                lines.append(f"{at:%a %d.%m. %H:%M} {who}: {first}")
        day += timedelta(days=1)
    return "\n".join(lines)


async def test_reminders_come_at_the_lead_times_of_each(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """Each at the hour and with the lead times that they chose; the words count the days."""
    await hub.hears(anna.says("/abo Förderfristen"))
    await hub.hears(bert.says("/abo Förderfristen in Sachsen"))
    await hub.hears(bert.says("/erinnern 3 Werktage, 1 Tag um 16:30"))
    await saves(hub, chefin, DEADLINE, button=3)
    text = await passes(hub, date(2027, 2, 13), "09:00", "16:30")
    assert text == (
        "Fri 29.01. 09:00 anna: Frist in 14 Tagen: Skizze Klima\n"
        "Tue 09.02. 16:30 bert: Frist in 3 Tagen: Skizze Klima\n"
        "Thu 11.02. 09:00 anna: Frist morgen: Skizze Klima\n"
        "Thu 11.02. 16:30 bert: Frist morgen: Skizze Klima"
    )


async def test_a_reminder_says_what_one_needs(hub: Stage, anna: Person, chefin: Person) -> None:
    """When, what is due before, where it comes from, and how to hear no more of it."""
    await hub.hears(anna.says("/abo Förderfristen"))
    more = "; Stufe Registrierung bis 5.2.2027, 12 Uhr; https://www.a.example/aufruf"
    await saves(hub, chefin, DEADLINE + more, button=3)
    await passes(hub, date(2027, 1, 29))
    sent = hub.channel.messages[-1]
    assert sent.text == (
        "Frist in 14 Tagen: Skizze Klima\n\n"
        "Fällig: Freitag, 12. Februar 2027, 23:59 Uhr\n\n"
        "Vorher nötig: Registrierung bis Freitag, 5. Februar 2027, 12:00 Uhr\n\n"
        "Quelle: https://www.a.example/aufruf\n\n"
        "Nr. 1\n\n"
        "[1] Kalenderdatei\n[2] Nicht mehr erinnern"
    )
    assert sent.notify


async def test_what_is_due_before_is_reminded_of_as_well(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Who misses the registration can't hand in anything."""
    await hub.hears(anna.says("/abo Förderfristen"))
    await hub.hears(anna.says("/erinnern 1 Tag"))
    await saves(hub, chefin, f"{DEADLINE}; Stufe Registrierung bis 5.2.2027, 12 Uhr", button=3)
    assert await passes(hub, date(2027, 2, 13)) == (
        "Thu 04.02. 09:00 anna: Frist morgen: Registrierung (für „Skizze Klima“)\n"
        "Thu 11.02. 09:00 anna: Frist morgen: Skizze Klima"
    )


async def test_nothing_comes_at_night_on_sundays_and_holidays(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """It is held until the quiet hours end, and counts the days that are left then."""
    await hub.hears(anna.says("/abo Konferenzen"))
    await hub.hears(anna.says("/erinnern 7, 5 Tage um 22"))
    await saves(hub, chefin, EVENT, button=3)
    # 21 March is a Sunday, 26 March is Good Friday; summer time begins on the 28th.
    assert await passes(hub, date(2027, 3, 28), "08:00", "19:00", "22:00") == (
        "Mon 22.03. 08:00 anna: In 6 Tagen: Regionalkonferenz\n"
        "Wed 24.03. 08:00 anna: In 4 Tagen: Regionalkonferenz"
    )


async def test_what_would_come_too_late_comes_before_the_quiet_hours(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """A reminder of Sunday afternoon that is held until Monday is of no use to anybody."""
    await hub.hears(anna.says("/abo Konferenzen"))
    await hub.hears(anna.says("/erinnern 0 Tage"))
    await saves(hub, chefin, EVENT, button=3)
    assert await passes(hub, date(2027, 3, 28), "08:00", "09:00", "19:45", "22:00") == (
        "Sat 27.03. 19:45 anna: Morgen: Regionalkonferenz"
    )


async def test_two_lead_times_that_meet_are_one_reminder(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Sunday's reminder and Monday's would arrive together."""
    await hub.hears(anna.says("/abo Förderfristen"))
    await hub.hears(anna.says("/erinnern 5, 4, 1 Tage um 8"))
    await saves(hub, chefin, DEADLINE, button=3)
    assert await passes(hub, date(2027, 2, 13)) == (
        "Mon 08.02. 08:00 anna: Frist in 4 Tagen: Skizze Klima\n"
        "Thu 11.02. 08:00 anna: Frist morgen: Skizze Klima"
    )


async def test_a_hub_that_was_down_reminds_late_and_says_so(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Once, of what is nearest, and not of what is over."""
    await hub.hears(anna.says("/abo Förderfristen"))
    await saves(hub, chefin, DEADLINE, button=3)
    await saves(hub, chefin, "/frist neu Vorbei; bis 1. Februar 2027", button=3)
    hub.clock.advance(datetime(2027, 2, 11, 11, 0, tzinfo=UTC) - hub.clock.now())
    sent, told = sorted(await hub.ticks(), key=lambda one: one.address.chat)
    assert told.text.endswith("Vorbei (Nr. 2)")
    assert sent.text.startswith(
        "Frist morgen: Skizze Klima\n\n"
        "Diese Erinnerung kommt verspätet: Der Bot war nicht erreichbar."
    )
    assert await hub.ticks() == []


async def test_late_reminders_can_be_dropped_or_sent_as_if_nothing_had_been(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """As the operator decides."""
    await hub.hears(anna.says("/abo Förderfristen"))
    await saves(hub, chefin, DEADLINE, button=3)
    hub.configured(reminders={"late": "drop"})
    hub.clock.advance(datetime(2027, 1, 29, 11, 0, tzinfo=UTC) - hub.clock.now())
    (told,) = await hub.ticks(remind_of_events)
    assert told.address.chat == "chefin"
    assert told.text.endswith("die nicht mehr gesendet werden: Skizze Klima (Nr. 1)")
    hub.configured(reminders={"late": "send"})
    hub.clock.advance(datetime(2027, 2, 11, 11, 0, tzinfo=UTC) - hub.clock.now())
    (sent,) = await hub.ticks(remind_of_events)
    assert "verspätet" not in sent.text


async def test_an_extension_is_told_and_reminds_anew(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """What waited for the morning is taken back; the new date has its own reminders."""
    await hub.hears(anna.says("/abo Förderfristen"))
    await hub.hears(anna.says("/erinnern 1 Tag um 21"))
    await saves(hub, chefin, DEADLINE, button=3)
    assert await passes(hub, date(2027, 2, 11), "21:00") == ""
    night = await saves(hub, chefin, "/frist verlängern 1 bis 5.3.2027, 24 Uhr")
    assert night == []
    assert await passes(hub, date(2027, 3, 6), "08:00", "21:00") == (
        "Fri 12.02. 08:00 anna: Verlängert: Skizze Klima\n"
        "Fri 05.03. 08:00 anna: Frist heute: Skizze Klima"
    )
    extended = next(sent for sent in hub.channel.messages if "Verlängert" in sent.text)
    assert (
        "Jetzt: Freitag, 5. März 2027, 24:00 Uhr (bisher Freitag, 12. Februar 2027, 23:59 Uhr)"
        in extended.text
    )


async def test_a_held_reminder_is_told_in_the_new_words(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """A corrected title is not news, but nobody reads the old one any more."""
    await hub.hears(anna.says("/abo Förderfristen"))
    await hub.hears(anna.says("/erinnern 1 Tag um 21"))
    await saves(hub, chefin, DEADLINE, button=3)
    assert await passes(hub, date(2027, 2, 11), "21:00") == ""
    assert await saves(hub, chefin, "/frist ändern 1; Titel: Skizze Hitze") == []
    assert await passes(hub, date(2027, 2, 12)) == (
        "Fri 12.02. 08:00 anna: Frist heute: Skizze Hitze"
    )


async def test_a_correction_at_night_does_not_swallow_what_was_to_be_told(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """The extension waits for the morning; the address that was forgotten is added meanwhile."""
    await hub.hears(anna.says("/abo Förderfristen"))
    await saves(hub, chefin, DEADLINE, button=3)
    hub.clock.advance(timedelta(hours=12))
    assert await saves(hub, chefin, "/frist verlängern 1 bis 5.3.2027") == []
    assert await saves(hub, chefin, "/frist ändern 1; Quelle: https://www.a.example/b") == []
    assert (
        await passes(hub, date(2027, 1, 16)) == "Sat 16.01. 08:00 anna: Verlängert: Skizze Klima"
    )


async def test_two_dates_called_off_in_one_night_are_both_told(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Neither of them takes the place of the other."""
    await hub.hears(anna.says("/abo Konferenzen"))
    await hub.hears(anna.says("/erinnern aus"))
    runde = "/termin neu Runde; 3.2.2027, 10 Uhr; wöchentlich bis 31.3.2027"
    await saves(hub, chefin, runde, button=3)
    hub.clock.advance(timedelta(hours=12))
    for day in ("10.2.2027", "17.2.2027"):
        assert await saves(hub, chefin, f"/termin absagen 1 {day}") == []
    assert await passes(hub, date(2027, 1, 16)) == "\n".join(
        ["Sat 16.01. 08:00 anna: Abgesagt: Runde"] * 2
    )


async def test_what_is_new_is_told_once_as_it_is_when_it_is_read(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Of an event that is corrected before the digest goes out one reads only what holds."""
    await hub.hears(anna.says("/abo Förderfristen"))
    await hub.hears(anna.says("/sammeln montags um 9"))
    assert await saves(hub, chefin, DEADLINE) == []
    assert await saves(hub, chefin, "/frist ändern 1; Titel: Skizze Hitze") == []
    assert await passes(hub, date(2027, 1, 18)) == (
        "Mon 18.01. 09:00 anna: Neue Frist: Skizze Hitze"
    )


async def test_what_is_overtaken_is_not_told_any_more(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Nobody reads of the first extension after the second."""
    await hub.hears(anna.says("/abo Förderfristen"))
    await saves(hub, chefin, DEADLINE, button=3)
    await hub.hears(anna.says("/sammeln montags um 9"))
    for day in ("5.3.2027", "12.3.2027"):
        assert await saves(hub, chefin, f"/frist verlängern 1 bis {day}") == []
    assert await passes(hub, date(2027, 1, 18)) == (
        "Mon 18.01. 09:00 anna: Verlängert: Skizze Klima"
    )
    assert "Jetzt: Freitag, 12. März 2027" in hub.channel.texts[-1]


async def test_a_daily_digest_reminds_on_the_day_that_was_chosen(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Not on the next one, because its hour comes before the usual one, or a second too early."""
    await hub.hears(anna.says("/abo Förderfristen"))
    await hub.hears(anna.says("/sammeln täglich um 8"))
    await hub.hears(anna.says("/erinnern 1 Tag"))
    await saves(hub, chefin, DEADLINE, button=3)
    assert "Die nächste Erinnerung: Donnerstag, 11. Februar 2027, 08:00 Uhr" in await hub.says(
        anna.says("/meine")
    )
    hub.clock.advance(timedelta(seconds=7))
    await passes(hub, date(2027, 2, 10), "08:00")
    hub.clock.advance(datetime(2027, 2, 11, 7, 0, 7, tzinfo=UTC) - hub.clock.now())
    assert await hub.ticks(send_digests) == []  # it waits for the reminders
    (sent,) = await hub.ticks(remind_of_events, send_digests)
    assert sent.text.startswith("Frist morgen: Skizze Klima")


async def test_a_cancellation_comes_once_and_at_once(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """Also to those who collect their messages; no reminder follows."""
    await hub.hears(anna.says("/abo Konferenzen"))
    await hub.hears(bert.says("/abo Konferenzen"))
    await hub.hears(bert.says("/sammeln montags um 9"))
    await saves(hub, chefin, EVENT, button=3)
    told = await saves(hub, chefin, "/termin absagen 1")
    assert sorted(sent.address.chat for sent in told) == ["anna", "bert"]
    assert told[0].text.startswith(
        "Abgesagt: Regionalkonferenz\n\nWar geplant: Sonntag, 28. März 2027, 14:00 Uhr"
    )
    assert await hub.ticks() == []
    assert await passes(hub, date(2027, 3, 29)) == ""


async def test_what_is_called_off_a_few_hours_before_may_disturb(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Somebody may be about to leave."""
    await hub.hears(anna.says("/abo Konferenzen"))
    await saves(hub, chefin, "/termin neu Frühstück; am 18.1.2027, 8 Uhr; Art Konferenz", button=3)
    hub.clock.advance(datetime(2027, 1, 17, 21, 0, tzinfo=UTC) - hub.clock.now())
    (told,) = await saves(hub, chefin, "/termin absagen 1")
    assert told.text.startswith("Abgesagt: Frühstück")


async def test_a_new_event_is_told_to_those_whom_it_concerns(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """The editor is shown to how many, and may save without telling."""
    await hub.hears(anna.says("/abo Förderfristen in Sachsen"))
    await hub.hears(bert.says("/abo Förderfristen in Bayern"))
    (draft,) = await hub.hears(chefin.says(DEADLINE))
    assert "1 Chat erfährt davon, sobald gespeichert wird." in draft.text
    assert draft.text.endswith("[1] Speichern   [2] Verwerfen   [3] Nur speichern")
    await hub.hears(chefin.taps(draft, number=1))
    (told,) = await hub.ticks(tell_changes)
    assert told.address.chat == "anna"
    assert told.text.startswith("Neue Frist: Skizze Klima")


async def test_one_event_can_be_asked_for_or_left_out(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """Without a subscription, or in spite of one."""
    await hub.hears(anna.says("/abo Förderfristen"))
    await hub.hears(anna.says("/erinnern 1 Tag"))
    await saves(hub, chefin, DEADLINE, button=3)
    (shown,) = await hub.hears(bert.says("/frist 1"))
    await hub.hears(bert.taps(shown, number=2))
    assert hub.channel.texts[-1] == "An „Skizze Klima“ wird hier erinnert."
    await hub.hears(bert.says("/erinnern 2 Tage"))
    (sent,) = await hub.hears(anna.says("/frist 1"))
    await hub.hears(anna.taps(sent, value="event-mute:1"))
    assert await passes(hub, date(2027, 2, 13)) == (
        "Wed 10.02. 09:00 bert: Frist in 2 Tagen: Skizze Klima"
    )


async def test_a_digest_is_one_message(hub: Stage, anna: Person, chefin: Person) -> None:
    """What was collected comes together, at the chosen hour."""
    await hub.hears(anna.says("/abo Förderfristen, Konferenzen"))
    await hub.hears(anna.says("/sammeln freitags um 12"))
    await hub.hears(anna.says("/erinnern 16, 17 Tage"))
    await saves(hub, chefin, DEADLINE)
    await saves(hub, chefin, EVENT)
    await saves(hub, chefin, "/termin neu Werkstatt; am 13.2.2027, 14 Uhr; Art Konferenz")
    await passes(hub, date(2027, 1, 15), "12:00")
    sent = hub.channel.messages[-1]
    assert sent.text.splitlines()[0] == "3 Nachrichten, gesammelt bis Freitag, 15. Januar 2027"
    assert "Neue Frist: Skizze Klima" in sent.text
    assert "Neuer Termin: Regionalkonferenz" in sent.text
    assert "[1]" not in sent.text
    assert await passes(hub, date(2027, 1, 29), "09:00", "12:00") == (
        "Fri 29.01. 12:00 anna: 2 Nachrichten, gesammelt bis Freitag, 29. Januar 2027"
    )


async def test_who_stops_gets_nothing_that_was_collected_or_held(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """At once means at once."""
    await hub.hears(anna.says("/abo Förderfristen"))
    await hub.hears(bert.says("/abo Förderfristen"))
    await hub.hears(bert.says("/sammeln täglich um 9"))
    hub.clock.advance(timedelta(hours=12))
    assert await saves(hub, chefin, DEADLINE) == []
    for person in (anna, bert):
        await hub.hears(person.says("Stopp"))
    assert await passes(hub, date(2027, 1, 18)) == ""


async def test_mine_names_the_next_reminder(hub: Stage, anna: Person, chefin: Person) -> None:
    """What comes when, as it is now."""
    await hub.hears(anna.says("/abo Förderfristen in Sachsen"))
    assert "Zurzeit steht keine Erinnerung an." in await hub.says(anna.says("/meine"))
    await saves(hub, chefin, "/frist neu Nur Bayern; bis 20.1.2027; Bayern", button=3)
    await saves(hub, chefin, DEADLINE, button=3)
    assert (
        "Die nächste Erinnerung: Freitag, 29. Januar 2027, 09:00 Uhr, „Skizze Klima“."
        in await hub.says(anna.says("/meine"))
    )
