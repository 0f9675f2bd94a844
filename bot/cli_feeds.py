"""The part of the `stadtfunk feeds` command that is about the sources of a hub."""

import asyncio
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:  # reading a feed takes no configuration, and is to begin at once
    from bot.config import Settings

Config = Annotated[
    Path, typer.Option("--config", "-c", help="The configuration file.", envvar="STADTFUNK_CONFIG")
]
_CONFIG = Path("config.toml")


def register(
    feeds: typer.Typer,
    *,
    configured: "Callable[[Path], Settings]",
    explained: Callable[[], AbstractContextManager[None]],
) -> None:
    """Give *feeds* its commands.

    Args:
        feeds: The group of commands.
        configured: Reads the configuration.
        explained: Turns what goes wrong into lines on standard error and exit code 1.
    """
    _register_adding(feeds, configured, explained)
    _register_looking(feeds, configured, explained)
    _register_sending(feeds, configured, explained)


def _register_adding(
    feeds: typer.Typer,
    configured: "Callable[[Path], Settings]",
    explained: Callable[[], AbstractContextManager[None]],
) -> None:
    @feeds.command("add")
    def add_source(
        address: Annotated[
            str, typer.Argument(help="A feed or calendar (https://…), or a folder of such files.")
        ],
        *,
        topic: Annotated[str, typer.Option(help="The topic whose subscribers hear of it.")],
        config: Config = _CONFIG,
        land: Annotated[str, typer.Option(help="Only for these Länder: SN, Bayern.")] = "",
        mode: Annotated[
            str, typer.Option(help="announce, approve (an editor decides), or calendar.")
        ] = "",
        every: Annotated[str, typer.Option(help="How often: 30m, 2h, 1d.")] = "",
        language: Annotated[str, typer.Option(help="In which it is written: de or en.")] = "",
        name: Annotated[str, typer.Option(help="What people read as its name.")] = "",
        zone: Annotated[str, typer.Option(help="The IANA zone of times that have none.")] = "",
        wanted: Annotated[str, typer.Option(help="Only what has one of these words.")] = "",
        unwanted: Annotated[str, typer.Option(help="Nothing that has one of these words.")] = "",
        template: Annotated[str, typer.Option(help="How its news are worded.")] = "",
    ) -> None:
        """Let the hub read a source; what stands in it already waits for an editor."""
        from bot import sourcing

        said = {
            "laender": land, "mode": mode, "every": every, "language": language, "name": name,
            "zone": zone, "wanted": wanted, "unwanted": unwanted, "template": template,
        }  # fmt: skip
        chosen = {what: typed for what, typed in said.items() if typed}
        with explained():
            settings = configured(config)
            row = asyncio.run(sourcing.add(settings, address=address, topic=topic, wanted=chosen))
        typer.echo(f"{row.id}: {row.name}")

    @feeds.command("remove")
    def remove_source(
        number: Annotated[int, typer.Argument(help="The source's number.")],
        config: Config = _CONFIG,
    ) -> None:
        """Read a source never again; what was made of its items stays."""
        from bot import sourcing

        with explained():
            row = asyncio.run(sourcing.remove(configured(config), number))
        typer.echo(f"{row.id}: {row.name}: removed")


def _register_looking(
    feeds: typer.Typer,
    configured: "Callable[[Path], Settings]",
    explained: Callable[[], AbstractContextManager[None]],
) -> None:
    @feeds.command("list")
    def list_sources(config: Config = _CONFIG) -> None:
        """List the sources, how they are and when they were read last."""
        from bot import sourcing

        _speak_utf8()
        with explained():
            for line in asyncio.run(sourcing.listed(configured(config))):
                typer.echo(line)

    @feeds.command("check")
    def check_sources(
        number: Annotated[int | None, typer.Argument(help="Only this source.")] = None,
        config: Config = _CONFIG,
    ) -> None:
        """Read sources now without keeping anything, and show what would be new."""
        from bot import sourcing

        _speak_utf8()
        with explained():
            for line in asyncio.run(sourcing.check(configured(config), number)):
                typer.echo(line)


def _register_sending(
    feeds: typer.Typer,
    configured: Callable[[Path], "Settings"],
    explained: Callable[[], AbstractContextManager[None]],
) -> None:
    @feeds.command("webhook")
    def add_webhook(
        *,
        name: Annotated[str, typer.Option(help="What people read as its name.")],
        topic: Annotated[str, typer.Option(help="The topic whose subscribers hear of it.")],
        mode: Annotated[
            str, typer.Option(help="announce, approve (an editor decides), or calendar.")
        ] = "",
        config: Config = _CONFIG,
    ) -> None:
        """Let a program send items; prints its address and its token, which is shown once."""
        from bot import sourcing

        chosen = {"mode": mode} if mode else {}
        with explained():
            settings = configured(config)
            asked = sourcing.add_webhook(settings, name=name, topic=topic, wanted=chosen)
            for line in asyncio.run(asked):
                typer.echo(line)

    @feeds.command("token")
    def renew_token(
        number: Annotated[int, typer.Argument(help="The source's number.")],
        config: Config = _CONFIG,
    ) -> None:
        """Give a source that sends another token; the old one is of no use any more."""
        from bot import sourcing

        with explained():
            for line in asyncio.run(sourcing.renew_token(configured(config), number)):
                typer.echo(line)


def _speak_utf8() -> None:
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr] # a real stream
