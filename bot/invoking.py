"""What all commands have in common: the configuration, and how they say what went wrong."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.errors import ConfigurationError, StadtfunkError

if TYPE_CHECKING:  # it takes a while to load, and not every command has a configuration
    from bot.config import Settings

Config = Annotated[
    Path, typer.Option("--config", "-c", help="The configuration file.", envvar="STADTFUNK_CONFIG")
]
CONFIG = Path("config.toml")


@contextmanager
def explained() -> Iterator[None]:
    """Turn what goes wrong into lines on standard error and exit code 1."""
    try:
        yield
    except ConfigurationError as error:
        for problem in error.problems:
            typer.echo(problem, err=True)
        raise typer.Exit(1) from None
    except StadtfunkError as error:
        from bot import logs

        typer.echo(logs.scrub(str(error)), err=True)
        raise typer.Exit(1) from None


def _may_be_missing(config: Path, *, needed: bool) -> bool:
    """Tell whether the command can do without the file, as containers configure by variables."""
    configured = any(name.startswith("STADTFUNK_") for name in os.environ)
    return config == CONFIG and not config.exists() and (configured or not needed)


def settings_of(config: Path, *, quiet: bool = True, needed: bool = True) -> "Settings":
    """Read the configuration, and log as it says, from now on without its secrets.

    Args:
        config: The file.
        quiet: Log errors only, for commands whose output is not the log.
        needed: Whether the command makes no sense without a configuration.
    """
    from bot import logs
    from bot.config import load

    settings = load(None if _may_be_missing(config, needed=needed) else config)
    level = "error" if quiet else settings.log.level
    logs.configure(level=level, style=settings.log.format, secrets=settings.secrets)
    return settings
