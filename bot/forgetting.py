"""``stadtfunk erase``: an operator erases somebody who asked for it, but not in chat."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.errors import ConfigurationError, SchemaError
from bot.invoking import CONFIG, Config, explained, settings_of

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.services.erasure import Outlook


def erase(
    channel: Annotated[str, typer.Argument(help="The network: telegram, matrix, telegram.west.")],
    user: Annotated[str, typer.Argument(help="The account: 4711, @anna:example.org.")],
    config: Config = CONFIG,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Erase; else it is only shown.")] = False,
) -> None:
    """Erase a person, as /loeschen_alles does: all accounts of theirs, for good."""
    with explained():
        for line in asyncio.run(forget(settings_of(config), channel, user, sure=yes)):
            typer.echo(line)
        if not yes:
            raise ConfigurationError(["nothing was erased yet; to do it, add --yes"])
    typer.echo("erased; the hub cleans the database's file within minutes")


async def forget(settings: "Settings", channel: str, user: str, *, sure: bool) -> list[str]:
    """Erase a person if that is *sure*, and return what it means, a line each.

    May run beside the hub. The audit log says that it was done, and not of whom.

    Raises:
        ConfigurationError: Nobody of this account is known.
        SchemaError: The database does not fit this program.
        StorageError: The database can't be reached, or the tombstones' key not be kept.
    """
    from bot.clock import SystemClock
    from bot.messages import Identity, network
    from bot.services import audit, erasure, members
    from bot.storage import schema
    from bot.storage.engine import Database

    now = SystemClock().now()
    if _is_absent(settings.database_url):
        raise SchemaError("there is no database yet: run `stadtfunk migrate`")
    database = Database(settings.database_url)
    try:
        await schema.check(database)
        async with database.begin() as session:
            found = await members.known(session, identity=Identity(channel.casefold(), user))
            if found is None:
                raise ConfigurationError([f"{channel}:{user}: nobody of this account is known"])
            outlook = await erasure.outlook(session, member_id=found, settings=settings)
            if sure:
                await erasure.erase(session, member_id=found, settings=settings, now=now)
                await audit.note(
                    session, action="person-erased", subject="member:0", member_id=None, now=now,
                    network=network(channel.casefold()).title(),
                )  # fmt: skip
    finally:
        await database.close()
    return _lines(outlook)


def _is_absent(url: str) -> bool:
    """Tell whether a SQLite file is missing, which connecting would make."""
    kind, _, file = url.partition(":///")
    return kind == "sqlite" and not Path(file).exists()


def _lines(outlook: "Outlook") -> list[str]:
    lines = [
        f"{count} {what}"
        for count, what in (
            (outlook.subscriptions, "subscriptions end"),
            (outlook.questions, "questions are emptied"),
            (outlook.waiting, "of them wait for an editor and are withdrawn"),
            (outlook.roles, "roles end"),
            (outlook.drafts, "announcements that nobody released are deleted"),
            (outlook.released, "announcements stay, without their author"),
        )
        if count
    ]
    return lines + [f"admins: {one} stays in the configuration" for one in outlook.configured]
