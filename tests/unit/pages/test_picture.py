"""The picture of a month."""

from io import BytesIO

from PIL import Image

from bot.events.event import Event
from bot.pages.lettering import DOTS, WIDTH, Lettering
from bot.pages.month_page import Choice
from bot.pages.months import Month
from bot.pages.picture import MOST, month_picture
from tests.unit.pages import made

MARCH = Month(2027, 3)


def size(content: bytes) -> tuple[int, int]:
    with Image.open(BytesIO(content)) as picture:
        assert picture.format == "PNG"
        return picture.size


def test_a_month_is_drawn_as_phones_show_it() -> None:
    """The same data are the same picture; more events make it longer, up to a bound."""
    drawn = month_picture(made.USUAL, MARCH, Choice(), made.GERMAN)
    assert drawn == month_picture(made.USUAL, MARCH, Choice(), made.GERMAN)
    assert size(drawn)[0] == round(WIDTH * DOTS)
    many = [
        Event(uid=f"m{one}", title=f"$x^2 {one}", start=made.at("2027-03-01", one))
        for one in range(MOST + 50)
    ]
    full = month_picture(made.calendar_of(*many), MARCH, Choice(), made.ENGLISH)
    assert size(drawn)[1] < size(full)[1] < 2500


def test_an_empty_month_is_a_picture_as_well() -> None:
    """It says that there is nothing."""
    assert size(month_picture(made.calendar_of(), MARCH, Choice(land="SN"), made.GERMAN))[0] > 0


def test_words_are_cut_to_the_room_that_they_have() -> None:
    """Bold ones are wider; what the font has no picture of is a box."""
    long = "Wort " * 60
    usual, bold = Lettering(14), Lettering(14, bold=True)
    assert len(bold.fitting(long, 3)) < len(usual.fitting(long, 3)) < len(long)
    assert usual.fitting(long, 3).endswith("…")
    assert usual.fitting("a\n b\U0001f6b2", 3) == "a b□"
