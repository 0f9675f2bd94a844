"""Commands in both languages, and what is shown to whom."""

import pytest

from tests.conversations.stage import Stage
from tests.fakes import Person


@pytest.mark.parametrize(
    "typed",
    ["/help", "!help", "/hilfe", "!HILFE", "/help@stadtfunk_bot", "help", "Hilfe", " hilfe "],
)
async def test_commands_work_in_both_languages_and_with_both_prefixes(
    hub: Stage, anna: Person, typed: str
) -> None:
    """Nobody has to remember which network wants which; alone with the bot the name is enough."""
    assert (await hub.says(anna.says(typed))).startswith("Was Stadtfunk kann\n")


async def test_a_bare_name_within_a_sentence_is_no_command(hub: Stage, anna: Person) -> None:
    """A question that begins with the word is a question."""
    assert "Team Vergabe" in await hub.says(anna.says("Wer hilft bei der Vergabe?"))
    assert not (await hub.says(anna.says("hilfe bei qrxx"))).startswith("Was Stadtfunk kann")


@pytest.mark.parametrize("typed", ["/sprache", "!language", "sprache", "/SPRACHE"])
async def test_the_languages_are_offered_as_buttons(hub: Stage, anna: Person, typed: str) -> None:
    """Each in its own language, so that everybody finds theirs."""
    (offer,) = await hub.hears(anna.says(typed))
    assert [button.label for button in offer.body.numbered_buttons()] == ["Deutsch", "English"]


@pytest.mark.parametrize("wanted", ["en", "English", "englisch", " EN "])
async def test_the_chosen_language_holds_after_a_restart_and_in_rooms(
    hub: Stage, anna: Person, wanted: str
) -> None:
    """The choice is the member's, wherever they ask."""
    assert await hub.says(anna.says(f"/sprache {wanted}")) == (
        "From now on, answers come in English."
    )
    hub.restart()
    assert (await hub.says(anna.says("/start"))).startswith("This is Stadtfunk.")
    in_room = await hub.says(anna.says("/start", room="stadt", addressed=True))
    assert in_room.startswith("This is Stadtfunk.")


async def test_a_language_button_changes_its_own_message(hub: Stage, anna: Person) -> None:
    """The offer becomes the confirmation, in the chosen language."""
    (offer,) = await hub.hears(anna.says("/sprache"))
    assert await hub.hears(anna.taps(offer, number=2)) == []
    assert offer.text == "From now on, answers come in English."


@pytest.mark.parametrize("wanted", ["klingonisch", "x" * 3000, "*fett*"])
async def test_an_unknown_language_is_refused_with_the_choice(
    hub: Stage, anna: Person, wanted: str
) -> None:
    """What was typed is repeated briefly and literally."""
    text = await hub.says(anna.says(f"/sprache {wanted}"))
    assert text.startswith(f"„{wanted[:40]}“ gibt es hier nicht.")
    assert len(text) < 200


async def test_the_networks_language_counts_in_direct_chats_only(hub: Stage, anna: Person) -> None:
    """In a room everybody reads along, so it is answered in the hub's language."""
    anna.language = "en-GB"
    assert (await hub.says(anna.says("/start"))).startswith("This is Stadtfunk.")
    in_room = await hub.says(anna.says("/start", room="stadt", addressed=True))
    assert in_room.startswith("Das ist Stadtfunk.")


async def test_a_language_that_the_hub_does_not_speak_is_answered_in_its_own(
    hub: Stage, anna: Person
) -> None:
    """The hub's language is the operator's choice."""
    anna.language = "fr"
    hub.configured(hub={"language": "en"})
    assert (await hub.says(anna.says("/start"))).startswith("This is Stadtfunk.")


async def test_a_choice_outweighs_what_the_network_says(hub: Stage, anna: Person) -> None:
    """The telephone is set to English, the answers are wanted in German."""
    anna.language = "en"
    await hub.hears(anna.says("/language deutsch"))
    assert (await hub.says(anna.says("/start"))).startswith("Das ist Stadtfunk.")


async def test_the_nearest_command_is_proposed(hub: Stage, anna: Person) -> None:
    """A slip of the finger is named together with the way out."""
    assert await hub.says(anna.says("/datenschuz")) == (
        "/datenschuz gibt es nicht. Gemeint: /datenschutz?\n\nAlle Befehle zeigt /help."
    )


async def test_a_command_like_nothing_is_refused_with_the_way_out(
    hub: Stage, anna: Person
) -> None:
    """However long it is, only its beginning is repeated."""
    assert await hub.says(anna.says("/qwxyz")) == (
        "/qwxyz gibt es nicht.\n\nAlle Befehle zeigt /help."
    )
    assert len(await hub.says(anna.says("/" + "q" * 4000))) < 100


async def test_a_foreign_command_in_a_room_is_left_to_other_bots(hub: Stage, anna: Person) -> None:
    """Only what is hardly anything else is taken as a slip."""
    for typed in ("!play", "!wetter", "/sprich"):
        assert await hub.hears(anna.says(typed, room="stadt", addressed=True)) == []
    near = await hub.says(anna.says("!datenschuz", room="stadt", addressed=True))
    assert "Gemeint: /datenschutz?" in near


@pytest.mark.parametrize("text", ["!!!", "/", "/ 5", "/?", "!1", "👍", "???"])
async def test_what_has_no_words_is_no_question(hub: Stage, anna: Person, text: str) -> None:
    """The member reads how to ask, and nobody on the team has to read it."""
    assert "in eigenen Worten" in await hub.says(anna.says(text))
    assert await hub.hears(anna.says(text, room="stadt", addressed=True)) == []
    assert "questions" not in await hub.rows()


async def test_a_prefix_before_words_makes_no_command(hub: Stage, anna: Person) -> None:
    """It is read as a question."""
    assert "beim Team der KTS" in await hub.says(anna.says("! Achtung Baustelle"))


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("sprache englisch", "From now on"),
        ("Hilfe!", "Was Stadtfunk kann"),
    ],
)
async def test_a_command_needs_no_prefix_where_only_the_bot_is_meant(
    hub: Stage, anna: Person, text: str, reply: str
) -> None:
    """A word, and an argument that can be meant for nothing else."""
    assert reply in await hub.says(anna.says(text))


async def test_a_word_that_begins_a_question_is_no_command(hub: Stage, anna: Person) -> None:
    """People ask for help in many words."""
    text = await hub.says(anna.says("hilfe bei der Antragstellung"))
    assert "Was Stadtfunk kann" not in text


async def test_members_are_proposed_no_command_that_they_may_not_use(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Otherwise they would be sent from one refusal to the next."""
    said = [
        await hub.hears(who.says("!mitrede", room="stadt", addressed=True))
        for who in (anna, chefin)
    ]
    assert said[0] == []
    assert "/mitreden?" in said[1][0].text


async def test_help_shows_members_what_they_may_do_here(
    hub: Stage, anna: Person, chefin: Person
) -> None:
    """Admins see more in rooms than members do, and more than in their direct chat."""

    async def commands(person: Person, room: str | None = None) -> list[str]:
        text = await hub.says(person.says("/help", room=room, addressed=True))
        return [line.split()[1] for line in text.splitlines() if line.startswith("- ")]

    def private(listed: list[str]) -> list[str]:
        first, last = listed.index("/projekt"), listed.index("/impressum") + 1
        linking = ["/verknuepfen", "/netz", "/trennen"]
        erasing = ["/meine_daten", "/loeschen_alles"]
        return [*listed[:first], *linking, *listed[first:last], *erasing, *listed[last:]]

    first, last = (
        ["/start", "/help", "/frage", "/termine", "/fristen"],
        ["/sprache", "/projekt", "/datenschutz", "/impressum", "/abbrechen"],
    )
    roles = ["/rollen"]
    chosen = [
        "/abo", "/abbestellen", "/stopp", "/meine", "/land", "/erinnern", "/ruhe", "/sammeln",
        "/pause", "/leise", "/zeitzone", "/meldesprache",
    ]  # fmt: skip
    everybody = [*first, "/themen", *last, "/bruecke", "/loeschen", *roles]
    own = ["/kalender", "/themen", *chosen]
    moderators = [*first, *own, *last]
    bridging = ["/verbinden", "/trennen", "/bruecke", "/eigenesnetz", "/loeschen"]
    assert await commands(anna) == private([*moderators, *roles])
    assert await commands(anna, "stadt") == everybody
    pflege = [*first, "/terminpflege", *own, *last[:-1], "/inbox", last[-1]]
    pflege[-1:-1] = ["/lehren", "/eintrag", "/formulierung", "/quellen"]
    announcing = [*pflege[:-1], "/ankuendigung", "/ankuendigungen", pflege[-1]]
    kanal = ["/kanaele", "/kanal"]
    alone = [*announcing, "/thema", *kanal, *roles, "/rolle", "/protokoll", "/statistik"]
    assert await commands(chefin) == private(alone)
    in_room = [*pflege, "/mitreden", *bridging, "/thema", *roles, "/rolle", "/statistik"]
    assert await commands(chefin, "stadt") == in_room
    hub.channel.moderators.add(("land", "anna"))
    assert await commands(anna, "land") == [*moderators, *bridging, *roles]


async def test_help_says_how_to_ask_in_this_sort_of_chat(hub: Stage, anna: Person) -> None:
    """In a room questions need a mention; alone with the bot they do not."""
    assert "Fragen bitte einfach hier" in await hub.says(anna.says("/help"))
    in_room = await hub.says(anna.says("/help", room="stadt", addressed=True))
    assert "mit einer Erwähnung" in in_room


async def test_help_in_english_names_the_english_commands(hub: Stage, anna: Person) -> None:
    """The German names work as well."""
    anna.language = "en"
    text = await hub.says(anna.says("/hilfe"))
    assert "- /privacy " in text
    assert "Show what is stored" in text
    assert "/datenschutz" not in text


async def test_commands_begin_with_an_exclamation_mark_on_matrix(hub: Stage, anna: Person) -> None:
    """Matrix clients keep words with a slash to themselves."""
    hub.channel.name = "matrix"
    assert "- !frage " in await hub.says(anna.says("!help"))
    assert "Alle Befehle zeigt !help." in await hub.says(anna.says("!start"))
    assert "!qwxyz gibt es nicht." in await hub.says(anna.says("!qwxyz"))


async def test_privacy_tells_the_configured_period_and_operator(hub: Stage, anna: Person) -> None:
    """What is said is what is done."""
    hub.configured(
        hub={"operator": "Stadt Beispiel", "privacy_url": "https://beispiel.de/datenschutz"},
        knowledge={"keep_questions": "P30D"},
    )
    text = await hub.says(anna.says("/datenschutz"))
    assert "30 Tage lang" in text
    assert "Auskunft und Löschung: Stadt Beispiel" in text
    assert "https://beispiel.de/datenschutz" in text


async def test_privacy_without_an_operator_still_names_somebody(hub: Stage, anna: Person) -> None:
    """There is always a team that runs the bot."""
    text = await hub.says(anna.says("/datenschutz"))
    assert "180 Tage lang" in text
    assert "Auskunft und Löschung: beim Team, das den Bot betreibt" in text


async def test_the_imprint_names_the_operator(hub: Stage, anna: Person) -> None:
    """With the page, if there is one."""
    hub.configured(hub={"operator": "Stadt Beispiel"})
    assert (
        await hub.says(anna.says("/impressum")) == "Stadtfunk wird betrieben von: Stadt Beispiel"
    )
    hub.configured(hub={"operator": "Stadt Beispiel", "operator_url": "https://beispiel.de/wir"})
    assert "https://beispiel.de/wir" in await hub.says(anna.says("/imprint"))


async def test_a_missing_imprint_is_admitted(hub: Stage, anna: Person) -> None:
    """An operator who tries out the bot is told what is missing."""
    assert "noch kein Impressum" in await hub.says(anna.says("/impressum"))
