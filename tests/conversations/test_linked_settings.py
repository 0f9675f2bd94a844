"""Who is linked finds the network among the other settings."""

from tests.conversations.announcing import button
from tests.conversations.linked import Networks, linked
from tests.conversations.stage import Stage
from tests.fakes import Person


async def test_the_settings_tell_the_network_and_lead_to_it(hub: Stage) -> None:
    """Of who is linked, and nobody else."""
    both = await Networks.over(hub)
    tina, mina = Person(both.telegram, "4711"), Person(both.matrix, "@mina:a.example")
    (board,) = await both.hears(tina.says("/abo"))
    assert "Meldungen kommen auf" not in board.text
    await linked(both, tina, mina)
    (board,) = await both.hears(mina.says("/abo"))
    assert "Meldungen kommen auf Telegram, und auf Matrix, wenn es dort nicht geht" in board.text
    await both.hears(mina.taps(board, value=button(board, "Weiteres")))
    await both.hears(mina.taps(board, value=button(board, "Netz ändern")))
    await both.hears(mina.taps(board, value="link:net:matrix"))
    (board,) = await both.hears(mina.says("/abo"))
    assert "Meldungen kommen auf Matrix, und auf Telegram" in board.text
