"""Pages as people see and hear them, in a real browser."""

from typing import Literal

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser

PAGES = (
    "/month/2027-03",
    "/month/2027-03?topic=deadlines&land=SN&lang=en",
    "/month/2029-06",
    "/events/1",
    "/events/2",
    "/events/3",
    "/events/6",
    "/topics",
    "/topics/conferences",
    "/nothing-here",
)
SIDEWAYS = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (320, "dark"), (1280, "light")])
async def test_pages_fit_and_break_no_rule_of_accessibility(
    browser: Browser, address: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    """Nothing has to be pushed sideways, contrasts are enough, and the policy stops nothing."""
    context = await browser.new_context(
        viewport={"width": width, "height": 700}, color_scheme=scheme, locale="de-DE"
    )
    page = await context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    for path in PAGES:
        await page.goto(address + path)
        assert await page.evaluate(SIDEWAYS) <= 0, path
        found = await Axe().run(page)
        assert [(one["id"], one["nodes"]) for one in found.response["violations"]] == [], path
    assert [one for one in said if "404" not in one] == []


async def test_a_wide_screen_has_the_table_and_a_narrow_one_the_list(
    browser: Browser, address: str
) -> None:
    """One of them at a time, for eyes and screen readers alike."""
    page = await browser.new_page(locale="de-DE", viewport={"width": 1280, "height": 800})
    await page.goto(f"{address}/month/2027-03")
    table = page.get_by_role("table", name="März 2027: Woche für Woche, Montag bis Sonntag")
    assert await table.get_by_role("columnheader").count() == 8
    assert await table.get_by_role("rowheader").all_inner_texts() == ["9", "10", "11", "12", "13"]
    assert await page.get_by_role("heading", level=2).count() == 0
    assert await page.get_by_role("heading", level=1).inner_text() == (
        "Termine und Fristen im März 2027"
    )
    await page.set_viewport_size({"width": 320, "height": 800})
    assert await page.get_by_role("table").count() == 0
    days = page.get_by_role("heading", level=2)
    assert (await days.all_inner_texts())[0] == "Mittwoch, 3. März 2027"


async def test_paper_gets_the_list_and_no_buttons(browser: Browser, address: str) -> None:
    """Nobody can press them there."""
    page = await browser.new_page(locale="de-DE", viewport={"width": 1280, "height": 800})
    await page.emulate_media(media="print")
    await page.goto(f"{address}/month/2027-03")
    assert await page.get_by_role("table").count() == 0
    assert await page.get_by_role("button").count() == 0
    assert await page.get_by_role("heading", level=2).count() > 0


async def test_a_keyboard_is_enough(browser: Browser, address: str) -> None:
    """The first key leads past the navigation, and filters are chosen without a mouse."""
    page = await browser.new_page(locale="de-DE", viewport={"width": 1280, "height": 800})
    await page.goto(f"{address}/month/2027-03")
    await page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Zum Inhalt")
    box = await skip.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "main"
    await page.get_by_label("Thema").select_option(label="Förderfristen")
    await page.get_by_label("Land").select_option(label="Sachsen")
    await page.get_by_role("button", name="Anzeigen").press("Enter")
    await page.wait_for_url("**/month/2027-03?topic=deadlines&land=SN")
    links = page.get_by_role("table").get_by_role("link")
    assert await links.all_inner_texts() == ["Aufruf Klimaanpassung"]
