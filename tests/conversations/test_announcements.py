"""Announcements: written, looked at, released, watched, changed, taken back."""

from datetime import timedelta

import pytest

from bot.errors import MessageRejectedError, RecipientGoneError
from bot.services import topics
from schedules.announcements import publish_announcements
from schedules.digests import send_digests
from tests.conversations.announcing import (
    ONE_LINE,
    button,
    report,
    sends,
    shown,
    subscribed,
    taps,
    ticks,
)
from tests.conversations.stage import Stage
from tests.fakes import Person
from tests.samples import PDF


@pytest.fixture(autouse=True)
async def _shipped(hub: Stage) -> None:
    async with hub.database.begin() as session:
        await topics.ship(session, now=hub.clock.now())


async def test_an_announcement_is_written_step_by_step(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """Text, audience, preview, sent: by somebody who does this twice a year."""
    await subscribed(hub, anna, bert)
    text = await hub.says(chefin.says("/ankuendigung"))
    assert text.startswith("Bitte den Text schicken.")
    (board,) = await hub.hears(chefin.says("Die **Anmeldung** ist offen."))
    assert board.text.startswith("Wer soll es bekommen?")
    (preview,) = await hub.hears(chefin.says("Thema Konferenzen"))
    assert preview.text.startswith(
        "Vorschau (Fake)\n\nDie Anmeldung ist offen.\n\n"
        "Thema: Konferenzen\n\n"
        "Geht an 2 Personen und 0 Räume (Fake 2).\n\n"
        "[1] Jetzt senden   [2] Zeit wählen\n"
        "[3] Test nur an mich   [4] Verwerfen"
    )
    assert await taps(hub, chefin, preview, "Jetzt senden") == []
    assert preview.text.startswith("Ankündigung Nr. 1 wird gesendet.")
    await ticks(hub)
    for person in (anna, bert):
        assert shown(hub, person.user)[-1] == "Die Anmeldung ist offen."
    assert report(hub).text == (
        "Nr. 1 · Fertig: 2 zugestellt\n\n[1] Ändern   [2] Zurückziehen   [3] Einzelheiten"
    )
    sent = next(one for one in hub.channel.messages if one.address.chat == "anna" and one.notify)
    assert sent.text == "Die Anmeldung ist offen."


async def test_the_audience_is_chosen_by_buttons_too(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """The same message is edited on every tap."""
    await subscribed(hub, anna, to="Konferenzen in Sachsen")
    await subscribed(hub, bert, to="Konferenzen in Bayern")
    await hub.hears(chefin.says("/ankuendigung"))
    (board,) = await hub.hears(chefin.says("Nur für Sachsen."))
    assert await taps(hub, chefin, board, "Nach Thema") == []
    await taps(hub, chefin, board, "Konferenzen")
    assert "✓ Konferenzen" in board.text
    await taps(hub, chefin, board, "Zurück")
    await taps(hub, chefin, board, "Nach Land")
    await taps(hub, chefin, board, "Sachsen")
    await taps(hub, chefin, board, "Zurück")
    await taps(hub, chefin, board, "Weiter zur Vorschau")
    assert "Thema: Konferenzen · Land: Sachsen\n\nGeht an 1 Person" in board.text
    await taps(hub, chefin, board, "Jetzt senden")
    await ticks(hub)
    assert shown(hub, "anna")[-1] == "Nur für Sachsen."
    assert "Nur für Sachsen." not in shown(hub, "bert")


async def test_each_reads_it_in_their_language(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """Where there is an English version, those who chose English get that one alone."""
    await subscribed(hub, anna, bert)
    await hub.hears(bert.says("/meldesprache Englisch"))
    await sends(hub, chefin, "/ankuendigung Konferenzen: Es geht los.\nEN:\nWe begin.")
    assert shown(hub, "anna")[-1] == "Es geht los."
    assert shown(hub, "bert")[-1] == "We begin."


async def test_an_attachment_goes_with_it(hub: Stage, anna: Person, chefin: Person) -> None:
    """The file follows the words."""
    await subscribed(hub, anna)
    await hub.hears(chefin.says("/ankuendigung"))
    (board,) = await hub.hears(chefin.says("Das Programm.", file=chefin.file(PDF)))
    await taps(hub, chefin, board, "Weiter zur Vorschau")
    assert "Anhang: plan.pdf" in board.text
    await taps(hub, chefin, board, "Jetzt senden")
    await ticks(hub)
    words, file = [one for one in hub.channel.messages if one.address.chat == "anna"][-2:]
    assert (words.text, file.file) == ("Das Programm.", PDF)


async def test_quiet_hours_hold_it_and_urgent_ones_pass(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """The announcer is told who gets it later, and when."""
    await subscribed(hub, anna, bert)
    await hub.hears(bert.says("/ruhe aus"))
    hub.clock.advance(timedelta(hours=12))
    (preview,) = await hub.hears(chefin.says(ONE_LINE))
    assert (
        "1 davon will gerade Ruhe oder sammelt und bekommt es später, "
        "ab Samstag, 16. Januar 2027, 08:00 Uhr." in preview.text
    )
    await taps(hub, chefin, preview, "Jetzt senden")
    await ticks(hub)
    assert shown(hub, "bert")[-1] == "Die Anmeldung ist offen."
    assert report(hub).text.startswith(
        "Nr. 1 · Fertig: 1 zugestellt · 1 in der Ruhezeit oder Sammlung"
    )
    (urgent,) = await hub.hears(chefin.says("/ankuendigung Konferenzen: Absage!"))
    await taps(hub, chefin, urgent, "Wichtigkeit: normal")
    assert "dringend" in urgent.text
    await taps(hub, chefin, urgent, "Jetzt senden")
    await ticks(hub)
    assert shown(hub, "anna")[-1] == "Absage!"
    hub.clock.advance(timedelta(hours=10))
    await ticks(hub)
    assert shown(hub, "anna")[-1] == "Die Anmeldung ist offen."


async def test_what_waits_follows_what_is_wanted_now(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """A pause holds it longer; the end of the quiet hours brings it at once."""
    await subscribed(hub, anna, bert)
    hub.clock.advance(timedelta(hours=12))
    await sends(hub, chefin)
    await hub.hears(anna.says("/pause bis 1.2."))
    await hub.hears(bert.says("/ruhe aus"))
    assert shown(hub, "bert")[-1] == "Die Anmeldung ist offen."
    hub.clock.advance(timedelta(hours=12))
    await ticks(hub)
    assert "Die Anmeldung ist offen." not in shown(hub, "anna")
    hub.clock.advance(timedelta(days=17))
    await ticks(hub)
    assert shown(hub, "anna")[-1] == "Die Anmeldung ist offen."


async def test_it_can_be_scheduled_and_taken_back_before(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """At its minute, once; or not at all."""
    await subscribed(hub, anna)
    (preview,) = await hub.hears(chefin.says(ONE_LINE))
    await taps(hub, chefin, preview, "Zeit wählen")
    assert "vorbei" in await hub.says(chefin.says("heute, 9 Uhr"))
    (planned,) = await hub.hears(chefin.says("heute, 15 Uhr"))
    assert planned.text.startswith(
        "Ankündigung Nr. 1 ist geplant: Freitag, 15. Januar 2027, 15:00"
    )
    await taps(hub, chefin, planned, "Doch nicht")
    assert planned.text.startswith("Vorschau")
    await taps(hub, chefin, planned, "Zeit wählen")
    await hub.hears(chefin.says("heute, 16 Uhr"))
    hub.clock.advance(timedelta(hours=5, minutes=30))
    await ticks(hub)
    assert "Die Anmeldung ist offen." not in shown(hub, "anna")
    hub.clock.advance(timedelta(minutes=30))
    await ticks(hub)
    assert shown(hub, "anna").count("Die Anmeldung ist offen.") == 1


async def test_a_scheduled_one_that_was_missed_follows_its_late_policy(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Sent with a note, sent all the same, or not sent and its author told."""
    await subscribed(hub, anna)
    for late in ("mit Hinweis", "trotzdem", "nicht mehr"):
        (preview,) = await hub.hears(chefin.says(f"/ankuendigung Konferenzen: {late}."))
        while f"Wenn zu spät: {late}" not in preview.text:
            await taps(hub, chefin, preview, "Wenn zu spät")
        await taps(hub, chefin, preview, "Zeit wählen")
        await hub.hears(chefin.says("heute, 12 Uhr"))
    hub.clock.advance(timedelta(hours=4))
    await ticks(hub)
    texts = shown(hub, "anna")
    note = "Diese Nachricht kommt verspätet, vorgesehen war Freitag, 15. Januar 2027, 12:00 Uhr."
    assert texts[-2:] == [f"mit Hinweis.\n\n{note}", "trotzdem."]
    assert any("Nr. 3 wurde nicht gesendet" in text for text in shown(hub, "chefin"))
    await hub.hears(chefin.says("/ankuendigung 3"))


async def test_a_test_goes_to_its_author_alone(hub: Stage, anna: Person, chefin: Person) -> None:
    """As everybody would get it."""
    await subscribed(hub, anna)
    (preview,) = await hub.hears(chefin.says(ONE_LINE))
    (sent,) = await taps(hub, chefin, preview, "Test nur an mich")
    assert (sent.address.chat, sent.text) == ("chefin", "Die Anmeldung ist offen.")
    await ticks(hub)
    assert "Die Anmeldung ist offen." not in shown(hub, "anna")


async def test_it_can_be_halted_and_sent_on(hub: Stage, chefin: Person) -> None:
    """At any moment; the report says so at once."""
    people = [Person(hub.channel, f"p{number}") for number in range(3)]
    await subscribed(hub, *people)
    for person in people:
        await hub.hears(person.says("/ruhe 9-23"))
    (preview,) = await hub.hears(chefin.says(ONE_LINE))
    await taps(hub, chefin, preview, "Jetzt senden")
    await ticks(hub)
    held = report(hub)
    assert "3 in der Ruhezeit" in held.text
    await hub.hears(chefin.taps(held, value="ann:pause:1"))
    assert held.text.startswith("Nr. 1 · Angehalten: 0 von 3")
    hub.clock.advance(timedelta(hours=23))
    await ticks(hub)
    assert shown(hub, "p0")[-1] != "Die Anmeldung ist offen."
    await taps(hub, chefin, held, "Weiter senden")
    await ticks(hub)
    assert shown(hub, "p0")[-1] == "Die Anmeldung ist offen."
    assert report(hub).text.startswith("Nr. 1 · Fertig: 3 zugestellt")


async def test_the_rest_can_be_struck_off(hub: Stage, anna: Person, chefin: Person) -> None:
    """What has arrived stays."""
    await subscribed(hub, anna)
    await hub.hears(anna.says("/ruhe 9-23"))
    (preview,) = await hub.hears(chefin.says(ONE_LINE))
    await taps(hub, chefin, preview, "Jetzt senden")
    await ticks(hub)
    await hub.hears(chefin.taps(report(hub), value="ann:pause:1"))
    await taps(hub, chefin, report(hub), "Rest streichen")
    await ticks(hub)
    assert report(hub).text.startswith("Nr. 1 · Fertig: 0 zugestellt · 1 wartende gestrichen")
    hub.clock.advance(timedelta(hours=24))
    await ticks(hub)
    assert "Die Anmeldung ist offen." not in shown(hub, "anna")


async def test_it_is_changed_wherever_it_was_sent(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """And where it still waits, it arrives in its new words."""
    await subscribed(hub, anna, bert)
    await hub.hears(bert.says("/ruhe 9-23"))
    await sends(hub, chefin)
    (asked,) = await taps(hub, chefin, report(hub), "Ändern")
    assert asked.text.endswith("Bisher steht dort:\n\nDie Anmeldung ist offen.")
    (preview,) = await hub.hears(chefin.says("Die Anmeldung ist **zu**."))
    assert preview.text.startswith("So steht es dann überall")
    await taps(hub, chefin, preview, "Übernehmen")
    await ticks(hub)
    assert shown(hub, "anna")[-1] == "Die Anmeldung ist zu."
    assert "1 geändert" in report(hub).text
    hub.clock.advance(timedelta(hours=24))
    await ticks(hub)
    assert shown(hub, "bert")[-1] == "Die Anmeldung ist zu."
    assert shown(hub, "anna").count("Die Anmeldung ist zu.") == 1


async def test_a_longer_or_shorter_version_has_as_many_messages_as_it_needs(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """New parts are sent, those that are left over deleted."""
    await subscribed(hub, anna)
    await sends(hub, chefin)
    long = "\n\n".join(f"Absatz {number} " + "x" * 1500 for number in range(6))
    for text, parts in ((long, 3), ("Kurz.", 1), (long, 3), ("Kurz.", 1)):
        await taps(hub, chefin, report(hub), "Ändern")
        (preview, *_) = await hub.hears(chefin.says(text))
        value = "ann:edit-yes:1"
        await hub.hears(chefin.taps(preview, value=value))
        await ticks(hub)
        got = [one for one in shown(hub, "anna") if "Absatz" in one or "Kurz" in one]
        assert len(got) == parts
    assert shown(hub, "anna")[-1] == "Kurz."


async def test_it_is_taken_back_everywhere(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """After one more question; what still waits is struck off, and the report tells the truth."""
    await subscribed(hub, anna, bert)
    await hub.hears(bert.says("/ruhe 9-23"))
    await sends(hub, chefin)
    assert shown(hub, "anna")[-1] == "Die Anmeldung ist offen."
    (sure,) = await taps(hub, chefin, report(hub), "Zurückziehen")
    await taps(hub, chefin, sure, "Ja")
    await ticks(hub)
    assert "Die Anmeldung ist offen." not in shown(hub, "anna")
    assert report(hub).text.startswith(
        "Nr. 1 · Zurückgezogen: 1 auf Fake gelöscht, "
        "1 wartende gestrichen, nicht mehr rückholbar: 0"
    )
    hub.clock.advance(timedelta(hours=24))
    await ticks(hub)
    assert "Die Anmeldung ist offen." not in shown(hub, "bert")


async def test_what_can_not_be_deleted_is_replaced_by_a_note(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """Telegram deletes for 48 hours; and somebody may be gone altogether."""
    await subscribed(hub, anna, bert)
    await sends(hub, chefin)
    (sure,) = await taps(hub, chefin, report(hub), "Zurückziehen")
    await hub.receives(chefin.taps(sure, value="ann:recall-yes:1"))
    hub.channel.fail_next(
        MessageRejectedError("the reply"),
        MessageRejectedError("too old"),
        RecipientGoneError("blocked"),
    )
    await hub.delivers()
    await ticks(hub, 4)
    notes = [one for one in hub.channel.messages if "zurückgezogen" in one.text and one.edited]
    assert [one.address.chat for one in notes if one.address.chat != "chefin"] in (
        ["anna"], ["bert"],
    )  # fmt: skip
    assert "1 durch einen Hinweis ersetzt, nicht mehr rückholbar: 1" in report(hub).text


async def test_what_was_changed_before_is_not_counted_as_replaced(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """A report tells the truth after any number of changes, and after taking it all back."""
    await subscribed(hub, anna, bert)
    await sends(hub, chefin)
    for text in ("Die Anmeldung ist zu.", "Die Anmeldung ist wieder offen."):
        await taps(hub, chefin, report(hub), "Ändern")
        (preview,) = await hub.hears(chefin.says(text))
        await taps(hub, chefin, preview, "Übernehmen")
        await ticks(hub)
        assert report(hub).text.startswith("Nr. 1 · Fertig: 2 zugestellt · 2 geändert\n")
    (sure,) = await taps(hub, chefin, report(hub), "Zurückziehen")
    await hub.receives(chefin.taps(sure, value="ann:recall-yes:1"))
    hub.channel.fail_next(MessageRejectedError("the reply"), RecipientGoneError("blocked"))
    await hub.delivers()
    await ticks(hub, 4)
    assert report(hub).text.startswith(
        "Nr. 1 · Zurückgezogen: 1 auf Fake gelöscht, nicht mehr rückholbar: 1\n"
    )


async def test_only_what_failed_is_tried_again(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """Nobody gets it twice."""
    await subscribed(hub, anna, bert)
    (preview,) = await hub.hears(chefin.says(ONE_LINE))
    await taps(hub, chefin, preview, "Jetzt senden")
    hub.channel.fail_next(MessageRejectedError("no rights"))
    await hub.ticks(publish_announcements)
    await ticks(hub)
    assert "Fertig: 1 zugestellt · 1 fehlgeschlagen" in report(hub).text
    (details,) = await taps(hub, chefin, report(hub), "Einzelheiten")
    assert details.text.endswith("- 1: no rights")
    await taps(hub, chefin, report(hub), "Fehlgeschlagene")
    await ticks(hub)
    for person in (anna, bert):
        assert shown(hub, person.user).count("Die Anmeldung ist offen.") == 1
    assert "Fertig: 2 zugestellt" in report(hub).text


async def test_too_many_failures_pause_it(hub: Stage, chefin: Person) -> None:
    """It says so, and goes on when somebody decides that it may."""
    people = [Person(hub.channel, f"p{number}") for number in range(30)]
    await subscribed(hub, *people)
    for person in people[:5]:
        await hub.hears(person.says("/ruhe 9-23"))
    (preview,) = await hub.hears(chefin.says(ONE_LINE))
    await taps(hub, chefin, preview, "Jetzt senden")
    hub.channel.fail_next(*[MessageRejectedError("no rights")] * 10)
    await hub.ticks(publish_announcements)
    await ticks(hub)
    assert report(hub).text.startswith(
        "Nr. 1 · Angehalten: 15 von 30 · 5 in der Ruhezeit oder Sammlung · 10 fehlgeschlagen\n\n"
        "Zu viele Nachrichten sind fehlgeschlagen"
    )
    hub.clock.advance(timedelta(hours=24))
    await ticks(hub)
    assert "Die Anmeldung ist offen." not in shown(hub, "p0")
    await taps(hub, chefin, report(hub), "Weiter senden")
    await ticks(hub)
    assert shown(hub, "p0")[-1] == "Die Anmeldung ist offen."


async def test_a_second_pair_of_eyes(
    hub: Stage, anna: Person, bert: Person, carla: Person, chefin: Person
) -> None:
    """Above the limit somebody else has to approve; not the author, and not too late."""
    hub.configured(announcements={"approval_above": 1})
    await subscribed(hub, anna, bert)
    await hub.hears(carla.says("Hallo"))
    await hub.hears(chefin.says("/rolle fake:carla Ankündigungen"))
    (preview,) = await hub.hears(carla.says(ONE_LINE))
    await hub.hears(carla.taps(preview, value=button(preview, "Jetzt senden")))
    assert "wartet auf die Freigabe durch eine zweite Person" in preview.text
    asked = next(one for one in hub.channel.messages if one.text.startswith("Bitte freigeben"))
    assert asked.address.chat == "chefin"
    await ticks(hub)
    assert "Die Anmeldung ist offen." not in shown(hub, "anna")
    await taps(hub, chefin, asked, "Freigeben")
    assert asked.text == "Ankündigung Nr. 1 ist freigegeben."
    await ticks(hub)
    assert shown(hub, "anna")[-1] == "Die Anmeldung ist offen."


async def test_an_approval_that_nobody_gives_expires(
    hub: Stage, anna: Person, bert: Person, carla: Person, chefin: Person
) -> None:
    """The author is told, and the old buttons do nothing any more."""
    hub.configured(announcements={"approval_above": 1})
    await subscribed(hub, anna, bert)
    await hub.hears(carla.says("Hallo"))
    await hub.hears(chefin.says("/rolle fake:carla Ankündigungen"))
    (preview,) = await hub.hears(carla.says(ONE_LINE))
    await hub.hears(carla.taps(preview, value=button(preview, "Jetzt senden")))
    asked = next(one for one in hub.channel.messages if one.text.startswith("Bitte freigeben"))
    hub.clock.advance(timedelta(days=1, minutes=1))
    await hub.ticks()
    assert "hat niemand rechtzeitig freigegeben" in shown(hub, "carla")[-1]
    (refusal,) = await taps(hub, chefin, asked, "Freigeben")
    assert "steht inzwischen anders" in refusal.text
    await ticks(hub)
    assert "Die Anmeldung ist offen." not in shown(hub, "anna")


async def test_a_digest_tells_it_and_takes_it_back(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """What was told in a digest is edited out of it."""
    await subscribed(hub, anna)
    await hub.hears(anna.says("/sammeln täglich um 12"))
    await sends(hub, chefin, "/ankuendigung Konferenzen: Eins.")
    await sends(hub, chefin, "/ankuendigung Konferenzen: Zwei.")
    hub.clock.advance(timedelta(hours=2))
    await hub.ticks(send_digests)
    digest = next(one for one in hub.channel.messages if "2 Nachrichten" in one.text)
    assert "Eins." in digest.text
    await ticks(hub)
    first = next(one for one in hub.channel.messages if one.text.startswith("Nr. 1"))
    (sure,) = await taps(hub, chefin, first, "Zurückziehen")
    await taps(hub, chefin, sure, "Ja")
    await ticks(hub)
    assert digest.text == "Zwei."


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ("/ankuendigung Thema Konfrenzen: Hallo", "Gemeint: Konferenzen?"),
        ("/ankuendigung Land Saksen: Hallo", "Sachsen"),
        ("/ankuendigung nur Signal: Hallo", "Möglich sind Matrix und Telegram."),
        ("/ankuendigung Raum Nirgends: Hallo", "Einen Raum „Nirgends“ kennt der Bot nicht."),
        ("/ankuendigung Hallo", "Bitte erst schreiben, für wen"),
        ("/ankuendigung 99", "Eine Ankündigung Nr. 99 gibt es nicht."),
        ("/ankuendigung Konferenzen: ***", "Der Text fehlt noch."),
    ],
)
async def test_every_refusal_is_a_sentence_that_says_what_to_do(
    hub: Stage, chefin: Person, typed: str, refusal: str
) -> None:
    """And nothing is kept."""
    assert refusal in await hub.says(chefin.says(typed))


async def test_nobody_to_tell_is_said_before_anything_is_sent(hub: Stage, chefin: Person) -> None:
    """An empty audience is a mistake."""
    (preview,) = await hub.hears(chefin.says(ONE_LINE))
    assert "Niemand würde das bekommen." in preview.text
    (refusal,) = await taps(hub, chefin, preview, "Jetzt senden")
    assert "Es wurde nichts gesendet." in refusal.text


async def test_who_may_not_announce_is_told_so(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """Neither by command nor by a button of somebody else's."""
    assert "ein Admin das erlaubt" in await hub.says(anna.says(ONE_LINE))
    await subscribed(hub, bert)
    (preview,) = await hub.hears(chefin.says(ONE_LINE))
    (refusal,) = await hub.hears(anna.taps(preview, value=button(preview, "Jetzt senden")))
    assert "ein Admin das erlaubt" in refusal.text


async def test_the_log_says_who_did_what(hub: Stage, anna: Person, chefin: Person) -> None:
    """Every step of an announcement."""
    await subscribed(hub, anna)
    await sends(hub, chefin)
    (sure,) = await taps(hub, chefin, report(hub), "Zurückziehen")
    await taps(hub, chefin, sure, "Ja")
    text = await hub.says(chefin.says("/protokoll ankündigung 1"))
    assert "Ankündigung 1 gesendet" in text
    assert "Ankündigung 1 zurückgezogen" in text


async def test_a_file_can_not_be_exchanged_by_an_edit(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """It is said, instead of being left out without a word."""
    await subscribed(hub, anna)
    await sends(hub, chefin)
    await taps(hub, chefin, report(hub), "Ändern")
    said = await hub.says(chefin.says("Neu.", file=chefin.file(PDF)))
    assert said.startswith("Beim Ändern bleibt der Anhang")


async def test_rooms_are_told_beside_a_land(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """What the preview names is what is chosen."""
    await subscribed(hub, anna, to="Konferenzen in Sachsen")
    await subscribed(hub, bert, to="Konferenzen in Bayern")
    await hub.hears(chefin.says("Hallo", room="stadt", addressed=True))
    await sends(hub, chefin, "/ankuendigung Raum stadt, Land Sachsen: Hallo zusammen.")
    assert shown(hub, "anna")[-1] == shown(hub, "stadt")[-1] == "Hallo zusammen."
    assert "Hallo zusammen." not in shown(hub, "bert")
