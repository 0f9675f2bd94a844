"""The `stadtfunk` command, one thin function per subcommand."""

import asyncio
import json
import sys
from getpass import getuser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from bot import __version__, cli_feeds
from bot.backups.commands import backup, restore
from bot.errors import ConfigurationError, SchemaError, StadtfunkError
from bot.forgetting import erase
from bot.invoking import CONFIG as _CONFIG
from bot.invoking import Config
from bot.invoking import explained as _explained
from bot.invoking import settings_of as _settings

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.knowledge.combining import Taught

app = typer.Typer(
    name="stadtfunk",
    help="Community chat bot and notification hub for Matrix and Telegram.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

events = typer.Typer(help="Events and deadlines.", no_args_is_help=True)
app.add_typer(events, name="events")

feeds = typer.Typer(help="Other people's feeds and calendars.", no_args_is_help=True)
app.add_typer(feeds, name="feeds")

knowledge = typer.Typer(help="The knowledge base.", no_args_is_help=True)
app.add_typer(knowledge, name="knowledge")

app.command()(backup)
app.command()(restore)
app.command()(erase)


def _version(wanted: bool) -> None:  # noqa: FBT001 # typer's signature
    if wanted:
        typer.echo(f"stadtfunk {__version__}")
        raise typer.Exit


@app.callback()
def main(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Community chat bot and notification hub for Matrix and Telegram."""


@app.command()
def init(
    directory: Annotated[Path, typer.Argument(help="Where to write.")] = Path(),
) -> None:
    """Write config.toml, the sample knowledge base and events; never overwrites."""
    from bot import operations

    with _explained():
        for path, written in operations.write_sample(directory):
            typer.echo(f"{'wrote' if written else 'kept '} {path}")


@app.command()
def check(
    config: Config = _CONFIG,
    *,
    online: Annotated[bool, typer.Option(help="Also ask every network and the database.")] = False,
) -> None:
    """Validate the configuration and the knowledge base; exit code 1 if there are problems."""
    from bot import operations

    with _explained():
        settings = _settings(config)
        problems = operations.check(settings)
        if online:
            problems += asyncio.run(operations.check_online(settings))
        if problems:
            raise ConfigurationError(problems)
    typer.echo(f"{config}: ok")


@app.command()
def run(config: Config = _CONFIG) -> None:
    """Run all enabled channels until SIGINT or SIGTERM."""
    from bot import app as hub

    with _explained():
        asyncio.run(hub.run(_settings(config, quiet=False)))


@app.command()
def chat(
    config: Config = _CONFIG,
    person: Annotated[str, typer.Option("--as", help="Who is talking.")] = "",
    lang: Annotated[
        Literal["de", "en"] | None, typer.Option(help="The language of the answers.")
    ] = None,
) -> None:
    """Talk with the bot in this terminal, or through a pipe, a message a line."""
    from bot import app as hub

    for stream in (sys.stdin, sys.stdout):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr] # real streams
    with _explained():
        settings = _settings(config)
        try:
            asyncio.run(hub.chat(settings, person=person or _user(), language=lang))
        except KeyboardInterrupt:
            typer.echo()


def _user() -> str:
    try:
        return getuser()
    except (KeyError, OSError):  # an account without a name, as in some containers
        return "guest"


@app.command()
def ask(
    text: Annotated[str, typer.Argument(help="The question.")] = "",
    *,
    config: Config = _CONFIG,
    knowledge: Annotated[
        list[Path] | None, typer.Option(help="A folder or file instead of the configured ones.")
    ] = None,
    batch: Annotated[
        Path | None, typer.Option(help='A file with {"id": …, "text": …} a line; - is a pipe.')
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    explain: Annotated[bool, typer.Option(help="Also show why: the parts of the scores.")] = False,
    thorough: Annotated[
        bool | None,
        typer.Option("--thorough/--quick", help="Read with the second encoder, or without it."),
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help="The folder of a sentence model as the second encoder.")
    ] = None,
) -> None:
    """Show what the engine would do with a question, without a chat."""
    from bot import asking

    # A byte order mark is no part of the first line; half a character of an id is printed as
    # JSON writes it.
    sys.stdin.reconfigure(encoding="utf-8-sig")  # type: ignore[union-attr] # real streams
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr] # the same
    with _explained():
        settings = _settings(config, needed=False)
        known = None if knowledge else _taught(settings)
        base = asking.knowledge_base(
            settings, knowledge or [], thorough=thorough, model=model, known=known
        )
        if batch is not None:
            for verdict in asking.batch(base, batch, explain=explain):
                typer.echo(json.dumps(verdict, ensure_ascii=False))
        elif text:
            verdict = asking.verdict(base, name=None, text=text, explain=explain)
            line = json.dumps(verdict, ensure_ascii=False)
            typer.echo(line if as_json else asking.readable(base, verdict))
        else:
            raise ConfigurationError(["ask: a question or --batch FILE is needed"])


def _taught(settings: "Settings") -> "Taught | None":
    """Return what was taught in chat; asking goes on without it where it can't be read."""
    from bot import curating

    if not settings.knowledge.paths:
        typer.echo("no knowledge is configured here, so the sample answers", err=True)
        return None
    try:
        return asyncio.run(curating.what_was_taught(settings))
    except StadtfunkError as error:
        typer.echo(f"what was taught in chat is left out: {error}", err=True)
        return None


@events.command("import")
def import_events(
    file: Annotated[Path, typer.Argument(help="TOML, CSV, iCalendar or JSON; or a folder.")],
    config: Config = _CONFIG,
) -> None:
    """Take in a file of events: all of it, or nothing if there is a problem."""
    from bot import operations

    with _explained():
        done = asyncio.run(operations.import_events(_settings(config), file))
    typer.echo(f"{done.added} new, {done.changed} changed, {done.unchanged} unchanged")


@events.command("list")
def list_events(
    config: Config = _CONFIG,
    *,
    past: Annotated[bool, typer.Option("--all", help="Also what is over.")] = False,
) -> None:
    """List the events and deadlines that are kept."""
    from bot import operations

    with _explained():
        for line in asyncio.run(operations.list_events(_settings(config), past=past)):
            typer.echo(line)


@events.command("export")
def export_events(
    target: Annotated[Path, typer.Argument(help="A file that ends with .ics or .csv, or -.")],
    config: Config = _CONFIG,
    *,
    form: Annotated[
        Literal["ics", "csv"] | None,
        typer.Option("--format", help="A calendar or a table, if the file's name does not say."),
    ] = None,
    force: Annotated[bool, typer.Option(help="Write a file anew that is there already.")] = False,
) -> None:
    """Write all events into one file, also what is over; it can be taken in again."""
    from bot import operations

    with _explained():
        form = form or operations.form_of(target)
        found = asyncio.run(operations.export_events(_settings(config), form))
        operations.write(found, target, force=force)
    for uid in found.inexact:
        typer.echo(f"{uid}: a table can't hold all of it; a calendar can", err=True)
    if str(target) != "-":
        typer.echo(f"wrote {target}: {found.count} events")


@feeds.command("read")
def read_feed(
    source: Annotated[
        str,
        typer.Argument(
            help="RSS, Atom, JSON Feed or iCalendar: a file, an address (https://…), - is a pipe."
        ),
    ],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    zone: Annotated[
        str, typer.Option(help="The IANA zone of times that have none.")
    ] = "Europe/Berlin",
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Also ask addresses of private networks.")
    ] = False,
) -> None:
    """Show the items of a feed, and what was skipped and why; needs no configuration."""
    import gc

    from bot import gathering

    gc.disable()  # it would look through every item again and again; all of them are printed
    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr] # real streams
    with _explained():
        found = gathering.read(source, zone=zone, allow_private=allow_private)
        if as_json:
            typer.echo("\n".join(gathering.as_json(found)))
        gathering.make_sure(found, source)
    if not as_json:
        for line in gathering.readable(found):
            typer.echo(line)


cli_feeds.register(feeds, configured=_settings, explained=_explained)


@app.command("statistics")
def show_statistics(
    config: Config = _CONFIG,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    png: Annotated[Path | None, typer.Option(help="Also draw a picture into this file.")] = None,
    lang: Annotated[
        Literal["de", "en"] | None, typer.Option(help="The language, instead of the hub's.")
    ] = None,
) -> None:
    """Show what was asked in the last weeks, and what became of it."""
    from bot import counting

    sys.stdout.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr] # a real stream
    with _explained():
        settings = _settings(config)
        found = asyncio.run(counting.read(settings))
        language = lang or settings.hub.language
        if png is not None:
            counting.draw(found, png, language=language)
        typer.echo(counting.text(found, language=language, as_json=as_json))


@knowledge.command("export")
def export_knowledge(
    target: Annotated[Path, typer.Argument(help="A folder, or a file that ends with .md.")],
    config: Config = _CONFIG,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="All entries, not only those that differ from files.")
    ] = False,
    force: Annotated[bool, typer.Option(help="Write files anew that are there already.")] = False,
) -> None:
    """Write what was taught in chat as Markdown.

    taught.md can be put beside the other files; another file takes the place of the one that
    it is called like, or that it was made of.
    """
    from bot import curating

    with _explained():
        base = asyncio.run(curating.read(_settings(config)))
        written = list(curating.export(base, target, everything=everything, force=force))
    for one in written:
        typer.echo(f"wrote {one.file}: {one.entries} {'entry' if one.entries == 1 else 'entries'}")
    if not written:
        typer.echo("nothing to write: the files have everything that was taught")


@knowledge.command("check")
def check_knowledge(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Files or folders instead of the configured ones.")
    ] = None,
    config: Config = _CONFIG,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Without asking each phrasing, which takes long.")
    ] = False,
) -> None:
    """Say what might be better, the worst first; exit code 1 if something is seriously wrong."""
    from bot import curating

    sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr] # real streams
    with _explained():
        settings = _settings(config, needed=not paths)
        base = asyncio.run(curating.read(settings, paths or []))
        report = curating.check(settings, base, ask=not quick)
    lines = curating.readable(report)
    typer.echo(
        json.dumps(curating.tree(report), ensure_ascii=False) if as_json else "\n".join(lines)
    )
    if report.is_serious:
        raise typer.Exit(1)


@app.command()
def migrate(config: Config = _CONFIG) -> None:
    """Bring the database to the newest schema."""
    from bot import operations

    with _explained():
        typer.echo(asyncio.run(operations.migrate(_settings(config))))


@app.command("status")
def show_status(
    config: Config = _CONFIG,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show who does what, what waits, and how much goes through; needs no network."""
    from bot import status

    with _explained():
        settings = _settings(config)
        if status.is_absent(settings):
            raise SchemaError("there is no database yet: run `stadtfunk migrate`")
        found = asyncio.run(status.read(settings))
    typer.echo(status.as_json(found) if as_json else "\n".join(status.lines(found)))


@app.command()
def doctor(config: Config = _CONFIG) -> None:
    """Look at every part and say what to do; exit code 1 if one fails."""
    from bot import operations

    with _explained():
        findings = asyncio.run(operations.diagnose(_settings(config)))
    for finding in findings:
        typer.echo(f"{finding.subject:<9} {finding.level.value:<5} {finding.text}")
    if operations.has_failures(findings):
        raise typer.Exit(1)
