"""`stadtfunk backup` and `stadtfunk restore`."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.invoking import CONFIG, Config, explained, settings_of

Identity = Annotated[
    Path | None, typer.Option(help="The file with the age identity that opens it.")
]
PassphraseFile = Annotated[
    Path | None, typer.Option(help="A file whose first line is the passphrase.")
]


def backup(
    file: Annotated[Path, typer.Argument(help="Where to write, or what to check.")],
    config: Config = CONFIG,
    *,
    recipient: Annotated[
        list[str] | None, typer.Option(help="Encrypt for this age recipient (age1…).")
    ] = None,
    passphrase_file: PassphraseFile = None,
    identity: Identity = None,
    check: Annotated[
        bool, typer.Option("--check", help="Read it, and say what is in it.")
    ] = False,
) -> None:
    """Write everything of this hub into one encrypted file; the hub may run meanwhile."""
    from bot.backups import collecting, locking, restoring

    with explained():
        if check:
            settings = settings_of(config, needed=False)
            key = locking.key(settings, passphrase_file, identity, ask=_ask_for_passphrase)
            lines = collecting.described(*restoring.check(file, key))
        else:
            settings = settings_of(config)
            lock = locking.lock(settings, recipient, passphrase_file, ask=_ask_for_new_passphrase)
            source = config if config.exists() else None
            found = asyncio.run(collecting.make(settings, source, file, lock))
            lines = [f"wrote {file}: {sum(found.rows.values())} rows, {len(found.files)} files"]
    typer.echo("\n".join(lines))


def restore(
    file: Annotated[Path, typer.Argument(help="The backup.")],
    config: Config = CONFIG,
    *,
    into: Annotated[
        Path | None, typer.Option(help="A folder for the hub, with the backup's configuration.")
    ] = None,
    passphrase_file: PassphraseFile = None,
    identity: Identity = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Keep the hub that is there beside the new one.")
    ] = False,
    resend: Annotated[
        bool, typer.Option("--resend", help="Send what waited: nothing was sent after the backup.")
    ] = False,
) -> None:
    """Put a hub back from a backup; it must not run. Nothing is overwritten."""
    from bot.backups import locking, restoring

    with explained():
        known = None if into else settings_of(config)
        key = locking.key(known, passphrase_file, identity, ask=_ask_for_passphrase)
        if into:
            config = restoring.configuration(file, key, into)
        settings = known or restoring.settings_for(config)
        wish = restoring.Wish(replace=replace, resend=resend)
        done = asyncio.run(restoring.restore(settings, file, key, wish))
    typer.echo("\n".join(restoring.described(done)))


def _ask_for_passphrase() -> str:
    return str(typer.prompt("Passphrase", hide_input=True, err=True))


def _ask_for_new_passphrase() -> str:
    return str(typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True))
