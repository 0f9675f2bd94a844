"""A month comes as a picture, with a list that says the same."""

from io import BytesIO

import pytest
from PIL import Image

from tests.conversations import calendar
from tests.conversations.stage import Stage
from tests.fakes import Person


@pytest.fixture(autouse=True)
async def _calendar(hub: Stage) -> None:
    await calendar.fill(hub)


async def test_a_month_comes_as_a_picture_with_all_its_words(hub: Stage, anna: Person) -> None:
    """Nothing depends on seeing it."""
    words, picture = await hub.hears(anna.says("/termine bild Februar"))
    assert words.text == (
        "Termine und Fristen im Februar 2027\n\n"
        "- Mi., 03.02.2027, 10:00 Uhr: Sprechstunde\n"
        "- Ausschlussfrist, Fr., 12.02.2027, 23:59 Uhr: Verlängert: Digitale Ortsmitte\n"
        "- Mi., 17.02.2027, 10:00 Uhr: Sprechstunde\n"
        "- Do., 18.02.2027, 09:00 Uhr: Abgesagt: Treffen Musterstadt (Beispiel)"
    )
    assert picture.file is not None
    with Image.open(BytesIO(picture.file)) as drawn:
        assert (drawn.format, drawn.size[0]) == ("PNG", 1080)


async def test_a_month_without_anything_comes_without_a_picture(hub: Stage, anna: Person) -> None:
    """One sentence is enough."""
    (told,) = await hub.hears(anna.says("!events picture August Saarland"))
    assert told.text.endswith("In diesem Monat steht nichts im Kalender.")


@pytest.mark.parametrize("typed", ["/termine bild Kongress", "/termine bild 2099"])
async def test_what_is_no_month_is_refused_with_an_example(
    hub: Stage, anna: Person, typed: str
) -> None:
    """And a month that is too far away as well."""
    (told,) = await hub.hears(anna.says(typed))
    assert told.text == (
        "Ein Bild gibt es von einem Monat, auch für ein Land, zum Beispiel: "
        "/termine bild März Sachsen"
    )
