import json
import logging
from collections.abc import Callable, Iterator
from typing import Literal

import pytest
import structlog

from bot import logs

CALENDAR = "Zk3vXw8Q_2bN-7tLr1yUe5aMc9hGd0sPf4iKj6oWxVq"
TOKEN = "4711000001:AAE5ySfz8nSmbRPLvq5lcQZ-tVK4YQs_abc"
MATRIX = "syt_c3RhZHRmdW5r_aBcDeFgHiJkLmNoPqRsT_0AbCdE"
PASSWORD = "hunter-zwei"
SECRETS = {
    "a Telegram token": f"the token {TOKEN} was refused",
    "a Telegram token in an address": f"POST https://api.telegram.org/bot{TOKEN}/sendMessage",
    "a Telegram token, encoded": f"GET /bot{TOKEN.replace(':', '%3A')}/getMe",
    "a calendar": f"GET https://hub.example.org/calendar/{CALENDAR}.ics",
    "a Telegram file": f"https://api.telegram.org/file/bot{TOKEN}/photo.jpg",
    "a Matrix access token": f"login of {MATRIX} failed",
    "a Matrix token in a query": "GET /sync?access_token=opaqueT0ken-x.y&since=s1",
    "a Matrix token in a header": "Authorization: Bearer opaqueT0ken-x.y",
    "a token of the authentication service": "mat_Y2ZkN2U5opaqueT0ken_Ab12 expired",
    "a Matrix token in JSON": '{"access_token": "opaqueT0ken-x.y", "device_id": "D"}',
    "a Matrix password in Python": f"{{'type': 'm.login.password', 'password': '{PASSWORD}'}}",
    "a database password": f"connect to postgresql://stadtfunk:{PASSWORD}@db:5432/hub failed",
    "a database password with an at": f"postgresql+asyncpg://stadtfunk:p@{PASSWORD}@db/hub",
    "a database password without a user": f"postgresql://:{PASSWORD}@db/hub",
}
HIDDEN = (CALENDAR, TOKEN.partition(":")[2], MATRIX, PASSWORD, "opaqueT0ken")
WORDS = "I lost my key, said Anna"
Style = Literal["pretty", "json"]
Level = Literal["debug", "info", "warning", "error"]
Write = Callable[..., str]


@pytest.fixture(params=["pretty", "json"])
def style(request: pytest.FixtureRequest) -> Iterator[Style]:
    """Each of the two styles; the logging of the tests is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield request.param
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
def write(style: Style, capsys: pytest.CaptureFixture[str]) -> Write:
    """Call a function with the logging configured, and return what was written."""

    def run(action: Callable[[], None], level: Level = "debug") -> str:
        logs.configure(level=level, style=style)
        action()
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err
        return captured.err

    return run


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS.keys())
def test_no_secret_reaches_the_output_in_whatever_place(write: Write, secret: str) -> None:
    """In the event, in a value, deep in a value, in an exception or in a library's line."""

    def speak() -> None:
        log = structlog.get_logger("bot.test")
        log.info(secret)
        log.info("event", address=secret)
        log.info("event", detail={"request": [{"url": secret}], secret: 1})
        log.info("event", error=ValueError(secret))
        log.info("event %s", secret)
        try:
            raise ConnectionError(secret)  # noqa: TRY301 # only a raised one has a traceback
        except ConnectionError:
            log.exception("crashed")
            logging.getLogger("library").exception("crashed")
        log.error("crashed", exc_info=ValueError(secret))
        logging.getLogger("library").warning("request to %s failed", secret)
        with structlog.contextvars.bound_contextvars(request=secret):
            log.info("event")

    text = write(speak)
    assert text.count("[secret]") >= 10
    for hidden in HIDDEN:
        assert hidden not in text


@pytest.mark.parametrize("key", ["text", "body", "formatted_body", "document", "content"])
def test_no_message_body_reaches_the_output(write: Write, key: str) -> None:
    """Whoever put it into an event, bound it, or packed it into something else."""

    def speak() -> None:
        log = structlog.get_logger("bot.test")
        log.info("received", **{key: WORDS})
        log.bind(**{key: WORDS}).info("received")
        log.info("received", matrix={"type": "m.room.message", "content": {key: WORDS}})
        log.info("received", list=[{key: [WORDS]}])
        with structlog.contextvars.bound_contextvars(**{key: WORDS}):
            logging.getLogger("library").warning("received")

    text = write(speak)
    assert text.count("[not logged]") == 5
    assert "Anna" not in text


@pytest.mark.parametrize("key", ["token", "password", "access_token", "secret"])
def test_a_value_that_is_named_a_secret_is_not_printed(write: Write, key: str) -> None:
    """A secret need not look like one."""
    text = write(lambda: structlog.get_logger("bot.test").info("login", **{key: "abc"}))
    assert "abc" not in text
    assert "[secret]" in text


@pytest.mark.parametrize(
    "harmless",
    [
        "channels.telegram.token: Field required when the channel is enabled",
        "the token was refused (401): channels.telegram.token",
        "https://matrix.example.org/_matrix/client/v3/sync?since=s72594_4483",
        "@stadtfunk:example.org in !room:example.org at 2027-01-15T09:00:00Z",
        "format_exception_of_a_long_name failed",
    ],
)
def test_what_is_no_secret_stays_readable(harmless: str) -> None:
    """A log that hides everything helps nobody."""
    assert logs.scrub(harmless) == harmless


@pytest.mark.parametrize("style", ["json"], indirect=True)
def test_numbers_and_names_stay_what_they_are(write: Write) -> None:
    """Machines that read the log can count and compare."""
    log = structlog.get_logger("bot.test")
    line = json.loads(write(lambda: log.info("sent", count=3, share=0.5, ok=True, chat=None)))
    assert (line["count"], line["share"], line["ok"], line["chat"]) == (3, 0.5, True, None)
    assert (line["event"], line["level"], line["logger"]) == ("sent", "info", "bot.test")
    assert line["timestamp"].endswith("Z")


@pytest.mark.parametrize("style", ["json"], indirect=True)
def test_json_is_one_valid_object_a_line(write: Write) -> None:
    """Also with line breaks, exceptions, and values that JSON has no word for."""

    def speak() -> None:
        log = structlog.get_logger("bot.test")
        log.info("two\nlines", value="a\r\nb\u2028c", odd=object(), path={1: {2}}, data=b"\xff")
        log.info("half a pair \ud800", name="\x1b[31mred")
        try:
            raise KeyError("x\ny")  # noqa: TRY301 # only a raised one has a traceback
        except KeyError:
            log.exception("crashed")
            logging.getLogger("library").exception("from\na library", stack_info=True)

    lines = write(speak).removesuffix("\n").split("\n")
    assert len(lines) == 4
    events = [json.loads(line) for line in lines]
    assert [event["level"] for event in events] == ["info", "info", "error", "error"]
    assert "KeyError" in events[2]["exception"]
    assert events[3]["logger"] == "library"


@pytest.mark.parametrize("style", ["pretty"], indirect=True)
@pytest.mark.filterwarnings("error")
def test_a_traceback_shows_no_values_of_variables(write: Write) -> None:
    """They are where the words of members are."""

    def handle(text: str) -> None:
        raise KeyError(len(text))

    def speak() -> None:
        words = WORDS
        try:
            handle(words)
        except KeyError:
            structlog.get_logger("bot.test").exception("crashed")

    text = write(speak)
    assert "KeyError: 24" in text
    assert "Anna" not in text


def test_lines_below_the_level_are_left_out(write: Write) -> None:
    """The operator decides how much is written."""

    def speak() -> None:
        log = structlog.get_logger("bot.test")
        log.info("quiet")
        log.warning("loud")
        logging.getLogger("library").info("quiet")

    text = write(speak, level="warning")
    assert "loud" in text
    assert "quiet" not in text


def test_libraries_that_log_addresses_are_silent_below_a_warning(write: Write) -> None:
    """Even at the level debug: their lines are full of requests and bodies."""

    def speak() -> None:
        for name in ("httpx", "httpcore.http11", "telegram.Bot", "peewee", "markdown_it"):
            logging.getLogger(name).debug("chatter")
            logging.getLogger(name).info("chatter")
            logging.getLogger(name).warning("matter")

    text = write(speak, level="debug")
    assert text.count("matter") == 5
    assert "chatter" not in text


def test_configuring_twice_writes_each_line_once(write: Write, style: Style) -> None:
    """The command configures before and after it has read the settings."""

    def speak() -> None:
        logs.configure(style=style)
        structlog.get_logger("bot.test").info("once")

    assert write(speak).count("once") == 1


ACCOUNTS = (
    "@vera:quitte.example", "!Quitte:quitte.example:8448", "telegram:4711000001",
    "telegram:-1004711000001", "console:vera", "$" + "q" * 43, "!" + "q" * 43,
)  # fmt: skip


@pytest.mark.parametrize("account", ACCOUNTS)
def test_accounts_and_chats_are_told_by_pseudonyms(write: Write, account: str) -> None:
    """Wherever they stand: as a value, in a sentence, in the words of an error."""

    def speak() -> None:
        log = structlog.get_logger("bot.test")
        log.info("left", chat=account, error=f"{account}: unknown", list=[account])
        try:
            raise KeyError(account)  # noqa: TRY301 # only a raised one has a traceback
        except KeyError:
            log.exception("crashed")

    text = write(speak)
    assert account not in text
    assert text.count("~") >= 4


@pytest.mark.parametrize("style", ["json"], indirect=True)
def test_a_pseudonym_is_the_same_for_the_same_account(write: Write) -> None:
    """So that an operator can follow a trouble from line to line."""

    def speak() -> None:
        log = structlog.get_logger("bot.test")
        for chat in ("4711", "4712", "4711"):
            log.info("left", chat=chat)

    first, other, again = [json.loads(line)["chat"] for line in write(speak).splitlines()]
    assert first == again != other


def test_the_database_quotes_no_row(write: Write) -> None:
    """PostgreSQL's details are the values of whom it concerns."""
    refusal = 'duplicate key\nDETAIL:  Key (channel, "user")=(telegram, 4711) already exists.'
    text = write(lambda: structlog.get_logger("bot.test").error("refused", error=refusal))
    assert "4711" not in text


@pytest.mark.parametrize("harmless", ["channels.telegram.token: missing", "a@b", "5 !important"])
def test_what_names_nobody_stays_readable(write: Write, harmless: str) -> None:
    text = write(lambda: structlog.get_logger("bot.test").info("seen", error=harmless))
    assert harmless in text
