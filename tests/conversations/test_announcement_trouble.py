"""Announcements that are changed, halted and taken back while something else happens."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.errors import MessageRejectedError
from bot.scheduling import Job, JobContext
from bot.services import publishing, topics
from bot.storage import claims
from bot.storage.claims import Claimed
from bot.storage.models import DeliveryState
from bot.text.document import Document
from schedules.announcements import publish_announcements, watch_announcements
from schedules.digests import send_digests
from schedules.reminders import remind_of_events
from tests.conversations.announcing import (
    ONE_LINE,
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

SAID = "Die Anmeldung ist offen."
LONG = "\n\n".join(f"Absatz {number} " + "x" * 1500 for number in range(6))


@pytest.fixture(autouse=True)
async def _shipped(hub: Stage) -> None:
    async with hub.database.begin() as session:
        await topics.ship(session, now=hub.clock.now())


async def changes(hub: Stage, person: Person, text: str) -> None:
    """Let the newest announcement be given another text, which waits in the outbox."""
    await taps(hub, person, report(hub), "Ändern")
    (preview, *_) = await hub.hears(person.says(text))
    await hub.hears(person.taps(preview, value=_last_button(hub, "Übernehmen")))


def _last_button(hub: Stage, label: str) -> str:
    return next(
        one.value
        for sent in reversed(hub.channel.messages)
        for one in sent.body.numbered_buttons()
        if one.label.startswith(label)
    )


async def recalls(hub: Stage, person: Person) -> None:
    """Let the announcement be taken back; what follows waits in the outbox."""
    await hub.receives(person.taps(report(hub), value="ann:recall-yes:1"))


async def runs(hub: Stage, *jobs: Job) -> None:
    """Let jobs tick without anything being sent."""
    context = JobContext(hub.database, hub.clock, hub.settings, hub.knowledge)
    for one in jobs:
        await one.run(context)


async def releases(hub: Stage, person: Person) -> None:
    """Let an announcement get into the outbox."""
    (preview,) = await hub.hears(person.says(ONE_LINE))
    await taps(hub, person, preview, "Jetzt senden")
    await runs(hub, publish_announcements)


async def claimed(hub: Stage, *, limit: int = 100) -> Sequence[Claimed]:
    """Let another process begin to send."""
    now = hub.clock.now()
    async with hub.database.begin() as session:
        return await claims.claim_due(
            session, channel=hub.channel.name, chat=None, owner="other",
            now=now, until=now + timedelta(hours=1), limit=limit,
        )  # fmt: skip


async def falls_back(hub: Stage, flying: Sequence[Claimed]) -> None:
    """Let the network refuse for now what was being sent."""
    async with hub.database.begin() as session:
        for one in flying:
            await claims.postpone(
                session, id=one.id, owner="other", due_at=hub.clock.now(), error="flood",
                spend_attempt=True,
            )  # fmt: skip


async def arrives(hub: Stage, flying: Sequence[Claimed]) -> None:
    """Let the network take what was being sent."""
    for one in flying:
        body = Document.model_validate(one.content)
        message = await hub.channel.send(one.address, body, key=one.key)
        async with hub.database.begin() as session:
            await claims.finish(
                session, id=one.id, owner="other", state=DeliveryState.SENT,
                now=hub.clock.now(), message=message,
            )  # fmt: skip


async def test_what_was_a_draft_again_is_sent_once_and_not_edited(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Thinking twice before it was sent is no change of what was sent."""
    await subscribed(hub, anna)
    (preview,) = await hub.hears(chefin.says(ONE_LINE))
    await taps(hub, chefin, preview, "Zeit wählen")
    (planned,) = await hub.hears(chefin.says("heute, 15 Uhr"))
    await taps(hub, chefin, planned, "Doch nicht")
    await taps(hub, chefin, planned, "Jetzt senden")
    await hub.ticks(publish_announcements)
    await ticks(hub)
    (sent,) = [one for one in hub.channel.messages if one.address.chat == "anna" and one.notify]
    assert (sent.text, sent.edited) == (SAID, False)
    assert "geändert" not in report(hub).text


async def test_parts_that_were_about_to_go_are_taken_back_too(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """A shorter version and a recall at once: nothing of either stays."""
    await subscribed(hub, anna)
    await sends(hub, chefin)
    await changes(hub, chefin, LONG)
    await ticks(hub)
    await changes(hub, chefin, "Kurz.")
    await runs(hub, watch_announcements)
    await recalls(hub, chefin)
    await ticks(hub)
    assert not [text for text in shown(hub, "anna") if "Absatz" in text or "Kurz" in text]


async def test_what_failed_on_its_way_is_not_sent_after_the_recall(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """It was taken back before the network was asked again."""
    await subscribed(hub, anna)
    await releases(hub, chefin)
    flying = await claimed(hub)
    await hub.receives(chefin.taps(hub.channel.messages[-1], value="ann:recall-yes:1"))
    await falls_back(hub, flying)
    await ticks(hub)
    assert "announcement:1:c1" not in hub.channel.attempts


async def test_what_failed_on_its_way_waits_while_it_is_halted(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Halted is halted; sent on, it arrives."""
    await subscribed(hub, anna)
    await releases(hub, chefin)
    flying, message = await claimed(hub), hub.channel.messages[-1]
    await hub.receives(chefin.taps(message, value="ann:pause:1"))
    await falls_back(hub, flying)
    await runs(hub, watch_announcements)
    await ticks(hub)
    assert SAID not in shown(hub, "anna")
    await hub.hears(chefin.taps(message, value="ann:resume:1"))
    await ticks(hub)
    assert shown(hub, "anna")[-1] == SAID


async def test_who_has_stopped_still_has_it_taken_back(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Nothing more arrives, but what was wrong does not stay there either."""
    await subscribed(hub, anna)
    await sends(hub, chefin)
    await recalls(hub, chefin)
    await hub.receives(anna.says("Stopp"))
    await ticks(hub)
    assert SAID not in shown(hub, "anna")


async def test_a_digest_on_its_way_does_not_tell_what_was_taken_back(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """Neither one that waits for its network, nor for long one that was just being sent."""
    await subscribed(hub, anna, bert)
    for person in (anna, bert):
        await hub.hears(person.says("/sammeln täglich um 12"))
    await sends(hub, chefin, "/ankuendigung Konferenzen: Eins.")
    hub.clock.advance(timedelta(hours=2))
    await runs(hub, remind_of_events, send_digests)
    flying = await claimed(hub, limit=1)
    await recalls(hub, chefin)
    await ticks(hub)
    assert "Zurückgezogen" not in report(hub).text
    await arrives(hub, flying)
    await ticks(hub)
    assert "Eins." not in shown(hub, "anna") + shown(hub, "bert")
    assert "Zurückgezogen" in report(hub).text


async def test_a_digest_on_its_way_is_changed_as_well(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """Whoever collects reads the newest version in the end."""
    await subscribed(hub, anna, bert)
    for person in (anna, bert):
        await hub.hears(person.says("/sammeln täglich um 12"))
    await sends(hub, chefin, "/ankuendigung Konferenzen: Eins.")
    hub.clock.advance(timedelta(hours=2))
    await runs(hub, remind_of_events, send_digests)
    flying = await claimed(hub, limit=1)
    await hub.receives(chefin.taps(report(hub), value="ann:edit:1"))
    await hub.receives(chefin.says("Zwei."))
    await hub.receives(chefin.taps(report(hub), value="ann:edit-yes:1"))
    await runs(hub, watch_announcements)
    await arrives(hub, flying)
    await ticks(hub)
    assert [shown(hub, chat)[-1] for chat in ("anna", "bert")] == ["Zwei.", "Zwei."]


async def test_a_digest_can_be_changed_back(hub: Stage, anna: Person, chefin: Person) -> None:
    """To words that it had before."""
    await subscribed(hub, anna)
    await hub.hears(anna.says("/sammeln täglich um 12"))
    await sends(hub, chefin, "/ankuendigung Konferenzen: Eins.")
    hub.clock.advance(timedelta(hours=2))
    await hub.ticks(send_digests)
    await ticks(hub)
    for text in ("Zwei.", "Drei.", "Zwei."):
        await changes(hub, chefin, text)
        await ticks(hub)
        assert shown(hub, "anna")[-1] == text


async def test_what_was_attached_is_taken_back_with_a_digest(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """The file is a message of its own behind it."""
    await subscribed(hub, anna)
    await hub.hears(anna.says("/sammeln täglich um 12"))
    await hub.hears(chefin.says("/ankuendigung"))
    (board,) = await hub.hears(chefin.says("Das Programm.", file=chefin.file(PDF)))
    await hub.hears(chefin.taps(board, value="ann:send:1"))
    await ticks(hub)
    hub.clock.advance(timedelta(hours=2))
    await hub.ticks(send_digests)
    assert [one.file for one in hub.channel.messages if one.address.chat == "anna"][-1] == PDF
    await hub.receives(chefin.taps(board, value="ann:recall-yes:1"))
    await ticks(hub)
    got = [one for one in hub.channel.messages if one.address.chat == "anna"]
    assert [one.file for one in got if one.file] == []
    assert "zurückgezogen" in got[-1].text


async def test_the_report_counts_the_newest_version_alone(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """However often it was changed before."""
    await subscribed(hub, anna)
    await sends(hub, chefin)
    for text in ("Eins.", "Zwei.", "Drei."):
        await changes(hub, chefin, text)
        await ticks(hub)
    assert "· 1 geändert" in report(hub).text


async def test_trying_again_brings_no_old_version_back(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """A change that failed is of no use once there is a newer one."""
    await subscribed(hub, anna, bert)
    await releases(hub, chefin)
    hub.channel.fail_next(MessageRejectedError("no rights"))
    await hub.delivers()
    await ticks(hub)
    await changes(hub, chefin, "Eins.")
    await runs(hub, watch_announcements)
    hub.channel.fail_next(MessageRejectedError("odd"))
    await hub.delivers()
    await changes(hub, chefin, "Zwei.")
    await ticks(hub)
    await taps(hub, chefin, report(hub), "Fehlgeschlagene")
    await ticks(hub)
    assert [shown(hub, chat)[-1] for chat in ("anna", "bert")] == ["Zwei.", "Zwei."]


async def test_who_releases_what_another_wrote_does_not_approve_it(
    hub: Stage, anna: Person, bert: Person, carla: Person, chefin: Person
) -> None:
    """Two people look at it, whoever wrote the words."""
    hub.configured(announcements={"approval_above": 1})
    await subscribed(hub, anna, bert)
    await hub.hears(carla.says("Hallo"))
    await hub.hears(chefin.says("/rolle fake:carla Ankündigungen"))
    await hub.hears(chefin.says("/rolle fake:carla Freigabe"))
    await hub.hears(chefin.says(ONE_LINE))
    (preview,) = await hub.hears(carla.says("/ankuendigung 1"))
    await hub.hears(carla.taps(preview, value="ann:send:1"))
    (refusal,) = await hub.hears(carla.taps(preview, value="ann-yes:1:1"))
    assert "jemand anderes" in refusal.text
    await hub.hears(chefin.taps(preview, value="ann-yes:1:1"))
    await ticks(hub)
    assert shown(hub, "anna")[-1] == SAID


async def test_a_retired_topic_is_not_taken_for_everybody(
    hub: Stage, anna: Person, bert: Person, chefin: Person
) -> None:
    """A draft for it reaches nobody, and says so."""
    await subscribed(hub, anna)
    await subscribed(hub, bert, to="Schulungen")
    await hub.hears(chefin.says(ONE_LINE))
    async with hub.database.begin() as session:
        topic = await topics.exact(session, "Konferenzen")
        await topics.retire(session, topic, member_id=1, now=hub.clock.now())
    text = await hub.says(chefin.says("/ankuendigung 1"))
    assert "Alle Abonnenten" not in text
    assert "Konferenzen" in text


@pytest.mark.parametrize(
    "choice",
    [
        "topics:0:99999999999999999999",
        "topics:0:-1",
        "topics:0:\u0663",
        "chats:0:1_0",
        "staffeln:0:x",
        "channels:0:x",
        "laender:0:x",
        "state:0:sent",
        "",
    ],
)
async def test_a_button_that_was_never_shown_chooses_nothing(
    hub: Stage, anna: Person, chefin: Person, choice: str
) -> None:
    """However it came about, the draft stays as it was."""
    await subscribed(hub, anna)
    (preview,) = await hub.hears(chefin.says(ONE_LINE))
    await hub.hears(chefin.taps(preview, value=f"ann:toggle:1:{choice}"))
    assert preview.text in await hub.says(chefin.says("/ankuendigung 1"))


async def test_of_two_who_change_it_at_once_the_second_is_told(
    hub: Stage, anna: Person, carla: Person, chefin: Person
) -> None:
    """Nobody overwrites what they have not seen."""
    await subscribed(hub, anna)
    await hub.hears(carla.says("Hallo"))
    await hub.hears(chefin.says("/rolle fake:carla Ankündigungen"))
    await sends(hub, chefin)
    previews = {}
    for person in (chefin, carla):
        (status,) = await hub.hears(person.says("/ankuendigung 1"))
        await taps(hub, person, status, "Ändern")
        (previews[person.user],) = await hub.hears(person.says(f"Von {person.user}."))
    assert await taps(hub, chefin, previews["chefin"], "Übernehmen") == []
    (refusal,) = await taps(hub, carla, previews["carla"], "Übernehmen")
    assert "steht inzwischen anders" in refusal.text
    await ticks(hub)
    assert shown(hub, "anna")[-1] == "Von chefin."


async def test_a_question_about_a_draft_that_is_gone_is_asked_no_more(
    hub: Stage, anna: Person, carla: Person, chefin: Person
) -> None:
    """Else every message would get the same refusal."""
    await subscribed(hub, anna)
    await hub.hears(carla.says("Hallo"))
    await hub.hears(chefin.says("/rolle fake:carla Ankündigungen"))
    (preview,) = await hub.hears(chefin.says(ONE_LINE))
    await hub.hears(chefin.taps(preview, value="ann:text:1"))
    await hub.hears(carla.taps(preview, value="ann:drop:1"))
    assert "steht inzwischen anders" in await hub.says(chefin.says("Ein neuer Text."))
    assert "steht inzwischen anders" not in await hub.says(chefin.says("Was ist die KTS?"))


async def test_an_author_who_can_not_be_reached_is_reported_to_no_more(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """What is over is watched for a while, not for ever."""
    await subscribed(hub, anna)
    await releases(hub, chefin)
    await runs(hub, watch_announcements)
    hub.channel.fail_next(MessageRejectedError("no rights"))
    await hub.delivers()
    assert shown(hub, "anna")[-1] == SAID
    await ticks(hub)
    hub.clock.advance(timedelta(minutes=10))
    async with hub.database.begin() as session:
        assert await publishing.watched(session, now=hub.clock.now()) == []


async def test_a_clock_set_back_does_not_silence_the_report(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """It is edited as before."""
    await subscribed(hub, anna)
    await hub.hears(anna.says("/ruhe 9-23"))
    await sends(hub, chefin)
    hub.clock.advance(timedelta(days=-2))
    await hub.hears(anna.says("/ruhe aus"))
    await ticks(hub)
    assert "1 zugestellt" in report(hub).text


async def test_a_long_text_is_not_shown_again_on_every_tap(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """The message with the buttons is edited, and nothing is sent beside it."""
    await subscribed(hub, anna)
    await hub.hears(chefin.says("/ankuendigung"))
    (board,) = await hub.hears(chefin.says("Beginn. " + "wort " * 3900))
    *_, last = await taps(hub, chefin, board, "Weiter zur Vorschau")
    for label in ("Wichtigkeit: normal", "Wenn zu spät"):
        assert await taps(hub, chefin, last, label) == []
        assert last.text.startswith("Vorschau\n\nBeginn. wort")
        assert "Geht an 1 Person" in last.text
