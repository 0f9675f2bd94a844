"""Statistics for ``stadtfunk statistics``: as words, for programs, as a picture."""

import json
from pathlib import Path

from bot.clock import SystemClock
from bot.config import Settings
from bot.errors import ConfigurationError, SchemaError
from bot.services import statistics, statistics_picture, statistics_words
from bot.services.statistics import Statistics
from bot.storage import schema
from bot.storage.engine import Database
from bot.text.renderers import to_plain


async def read(settings: Settings) -> Statistics:
    """Count what was asked in the last weeks, by the clocks of the hub; changes nothing.

    Raises:
        SchemaError: There is no database, or it does not fit this program.
        StorageError: The database can't be reached.
    """
    now = SystemClock().now()
    if _is_absent(settings.database_url):
        raise SchemaError("there is no database yet: run `stadtfunk migrate`")
    database = Database(settings.database_url)
    try:
        await schema.check(database)
        async with database.begin() as session:
            titles = await statistics.stored_titles(session)
            return await statistics.gather(session, titles=titles, zone=settings.hub.zone, now=now)
    finally:
        await database.close()


def _is_absent(url: str) -> bool:
    """Tell whether *url* names a SQLite file that is not there; connecting would make it."""
    file = url.removeprefix("sqlite:///")
    return file != url and not Path(file).exists()


def text(found: Statistics, *, language: str, as_json: bool) -> str:
    """Return statistics as words, or as JSON in one line."""
    if as_json:
        return json.dumps(statistics.tree(found), ensure_ascii=False)
    return to_plain(statistics_words.message(found, language))


def draw(found: Statistics, file: Path, *, language: str) -> None:
    """Draw statistics into a file.

    Raises:
        ConfigurationError: It can't be written.
    """
    content = statistics_picture.draw(found, language)
    try:
        file.write_bytes(content)
    except OSError as error:
        raise ConfigurationError([f"{file}: can't be written: {error}"]) from None
