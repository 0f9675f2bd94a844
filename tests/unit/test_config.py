"""What the configuration takes and refuses; one long file on purpose, with a case for each key."""

import os
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

from bot import config
from bot.config import Settings
from bot.errors import ConfigurationError
from bot.messages import Address

Load = Callable[..., Settings]


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of whoever runs the tests out of them."""
    for variable in list(os.environ):
        if variable.upper().startswith("STADTFUNK_"):
            monkeypatch.delenv(variable)


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Read settings from this TOML and a secrets directory of these files."""

    def read(toml: str = "", **secrets: str | bytes) -> Settings:
        path = tmp_path / "config.toml"
        path.write_text(toml, encoding="utf-8")
        return config.load(path, environment=with_secrets(tmp_path, **secrets))

    return read


def with_secrets(folder: Path, **secrets: str | bytes) -> dict[str, str]:
    if not secrets:
        return {}
    directory = folder / "secrets"
    directory.mkdir(exist_ok=True)
    for name, content in secrets.items():
        data = content if isinstance(content, bytes) else content.encode()
        (directory / name).write_bytes(data)
    return {"STADTFUNK_SECRETS_DIR": str(directory)}


@contextmanager
def refused(*lines: str) -> Iterator[None]:
    """Expect exactly these problems, in any order."""
    with pytest.raises(ConfigurationError) as caught:
        yield
    assert sorted(caught.value.problems) == sorted(lines)
    assert str(caught.value).splitlines() == caught.value.problems


def leaves(model: type[BaseModel], path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Give each key, dotted, with its type."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from leaves(kind, (*path, name))
        else:
            yield ".".join((*path, name)), kind


KEYS = dict(leaves(Settings))
DURATIONS = sorted(key for key, kind in KEYS.items() if kind is timedelta)
SECRETS = sorted(key for key, kind in KEYS.items() if kind is SecretStr)


def value_of(settings: BaseModel, key: str) -> Any:
    value: Any = settings
    for part in key.split("."):
        value = getattr(value, part)
    return value


def test_an_empty_file_is_enough(load: Load) -> None:
    """Every key has a default, and no network is enabled by it."""
    settings = load()
    assert settings.hub.name == "Stadtfunk"
    assert not settings.channels.telegram.enabled
    assert not settings.channels.matrix.enabled


def test_without_a_file_defaults_and_environment_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """A container needs no file."""
    monkeypatch.setenv("STADTFUNK_HUB__NAME", "Hub")
    settings = config.load(None, environment={})
    assert settings.hub.name == "Hub"
    assert settings.hub.data_dir == Path("data")


def test_all_problems_are_reported_in_one_run_each_with_its_key(load: Load) -> None:
    """The operator corrects the file once, not once for each mistake."""
    with refused(
        "config.toml: hub.timezone: is not an IANA time zone such as Europe/Berlin (at line 6)",
        f"config.toml: hub.land: must be one of {', '.join(config.LAENDER)} (at line 7)",
        "config.toml: hub.colour: there is no such key (at line 8)",
        "config.toml: channels.telegram.token: Field required when the channel is enabled"
        " (at line 9)",
        "config.toml: channels.telegram.public_url: Field required in webhook mode (at line 9)",
        "config.toml: channels.telegram.tokn: there is no such key;"
        " meant: channels.telegram.token? (at line 12)",
        "config.toml: channels.matrix.homeserver: Field required when the channel is enabled"
        " (at line 13)",
        "config.toml: channels.matrix.password: Field required when the channel is enabled"
        " (or access_token) (at line 13)",
        "config.toml: channels.matrix.user_id: must look like @stadtfunk:example.org (at line 15)",
        "config.toml: delivery.max_attempts: Input should be greater than or equal to 1"
        " (at line 4)",
        "config.toml: web.enabled: must be true, because channels.telegram.mode is webhook",
        "config.toml: admins.0: 'anna' is no account; "
        "for example telegram:4711, matrix:@anna:example.org, console:anna (at line 2)",
        "config.toml: wbe: there is no such key; meant: web? (at line 3)",
    ):
        load("""
            admins = ["anna"]
            wbe.port = 80
            delivery.max_attempts = 0
            [hub]
            timezone = "Berlin"
            land = "Sachsen"
            colour = "blue"
            [channels.telegram]
            enabled = true
            mode = "webhook"
            tokn = "4711:abc"
            [channels.matrix]
            enabled = true
            user_id = "stadtfunk"
        """)


@pytest.mark.parametrize(
    ("toml", "key"),
    [
        ("channels = 3", "channels"),
        ("channels.telegram = 3", "channels.telegram"),
        ("channels.telegram.enabled = [1]", "channels.telegram.enabled"),
        ("web = true", "web"),
        ("hub = []", "hub"),
        ("admins = 'telegram:4711'", "admins"),
        ("admins = [4711]", "admins.0"),
        ("knowledge.paths = [1]", "knowledge.paths.0"),
        ("channels.telegram.token = 4711", "channels.telegram.token"),
        ("channels.telegram.base_url = 'telegram'", "channels.telegram.base_url"),
        ("web.port = 65536", "web.port"),
        ("log.level = 'loud'", "log.level"),
        ("database.url = 'mysql://x/y'", "database.url"),
        ("database.url = 'sqlite:hub'", "database.url"),
        ("database.url = 'sqlite://'", "database.url"),
        ("database.url = 'postgresql://me:a/b@host/name'", "database.url"),
        ("feeds.max_bytes = 17000000", "feeds.max_bytes"),
        ("feeds.host_concurrency = 0", "feeds.host_concurrency"),
        ("feeds.allow_networks = ['intranet']", "feeds.allow_networks.0"),
        ("feeds.allow_networks = ['10.0.0.0/8', '10.0.0.1/8']", "feeds.allow_networks.1"),
        ("feeds.contact = 'Stadt (Rathaus)'", "feeds.contact"),
        (r'feeds.contact = "a@example.org\r\nX: y"', "feeds.contact"),
        ("_case_sensitive = true", "_case_sensitive"),
        ("self = 1", "self"),
    ],
)
def test_a_wrong_value_is_one_line_with_its_key(load: Load, toml: str, key: str) -> None:
    """Whatever stands there, the answer is no traceback."""
    with pytest.raises(ConfigurationError) as caught:
        load(toml)
    (line,) = caught.value.problems
    assert line.startswith(f"config.toml: {key}: ")


def test_braces_in_a_value_are_quoted_as_they_are(load: Load) -> None:
    """The operator finds the line by what stands in it."""
    line = (
        "config.toml: admins.0: '{a}' is no account; "
        "for example telegram:4711, matrix:@anna:example.org, console:anna (at line 1)"
    )
    with refused(line):
        load('admins = ["{a}"]')


def test_a_mistake_in_the_syntax_names_its_line(load: Load) -> None:
    """The place is half of the repair."""
    with pytest.raises(ConfigurationError, match=r"^config\.toml: .*\(at line 3, column 18\)$"):
        load('\n[hub]\nname = "Stadtfunk\n')


def test_a_missing_file_is_named_with_the_way_out(tmp_path: Path) -> None:
    """A first call without preparation ends in the next step."""
    path = tmp_path / "config.toml"
    with refused(f"{path}: there is no such file; `stadtfunk init` writes one"):
        config.load(path, environment={})


def test_an_unreadable_file_is_refused_in_one_line(tmp_path: Path) -> None:
    """A folder in its place, or an encoding other than UTF-8."""
    with pytest.raises(ConfigurationError, match=r"can't be read: .*Is a directory"):
        config.load(tmp_path, environment={})
    path = tmp_path / "config.toml"
    path.write_bytes('hub.name = "Straße"'.encode("latin-1"))
    with pytest.raises(ConfigurationError, match=r"config\.toml: can't be read: 'utf-8' codec"):
        config.load(path, environment={})


def test_a_file_from_a_windows_editor_is_read(tmp_path: Path) -> None:
    """A byte order mark and Windows line ends make no difference."""
    path = tmp_path / "config.toml"
    path.write_bytes(b'\xef\xbb\xbf[hub]\r\nname = "Hub"\r\n')
    assert config.load(path, environment={}).hub.name == "Hub"


def test_the_environment_wins_over_the_secrets_and_those_over_the_file(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each key by itself: what one source leaves out the next one gives."""
    toml = """
        [channels.telegram]
        enabled = true
        token = "of the file"
        webhook_secret = "of the file"
        [channels.matrix]
        password = "of the file"
    """
    monkeypatch.setenv("STADTFUNK_CHANNELS__TELEGRAM__TOKEN", "of the environment")
    channels = load(
        toml,
        channels__telegram__token="of a secret",
        channels__telegram__webhook_secret="of a secret",
    ).channels
    assert channels.telegram.enabled
    assert channels.telegram.token.get_secret_value() == "of the environment"
    assert channels.telegram.webhook_secret.get_secret_value() == "of a secret"
    assert channels.matrix.password.get_secret_value() == "of the file"


@pytest.mark.parametrize(
    ("variable", "value", "key", "expected"),
    [
        ("STADTFUNK_HUB__LAND", "SN", "hub.land", "SN"),
        ("stadtfunk_hub__land", "SN", "hub.land", "SN"),
        ("STADTFUNK_WEB__PORT", "0", "web.port", 0),
        ("STADTFUNK_WEB__ENABLED", "true", "web.enabled", True),
        ("STADTFUNK_CHANNELS__TELEGRAM__WINDOW", "3", "channels.telegram.window", 3),
        ("STADTFUNK_ADMINS", '["telegram:4711"]', "admins", ("telegram:4711",)),
        ("STADTFUNK_LOG", '{"format": "json"}', "log.format", "json"),
    ],
)
def test_every_depth_can_be_set_in_the_environment(  # noqa: PLR0917 # pytest's parameters
    load: Load,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    key: str,
    expected: object,
) -> None:
    """Two underscores between the parts, lists and whole tables as JSON."""
    monkeypatch.setenv(variable, value)
    assert value_of(load(), key) == expected


@pytest.mark.parametrize(
    ("variable", "value", "word"),
    [
        (
            "STADTFUNK_CHANNELS__TELEGRAM__TOKN",
            "x",
            "channels.telegram.tokn: there is no such key",
        ),
        ("STADTFUNK_WEB__PORT", "eighty", "web.port: Input should be a valid integer"),
        ("STADTFUNK_ADMINS", "telegram:4711", "environment: admins: should be a list"),
        (
            "STADTFUNK_CHANNELS__MATRIX__ALLOWED_INVITERS",
            "@a:b",
            "environment: channels.matrix.allowed_inviters: should be a list",
        ),
        ("STADTFUNK_HUB", "{", 'field "hub"'),
    ],
)
def test_a_mistake_in_the_environment_is_one_line_with_its_key(
    load: Load, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, word: str
) -> None:
    """A list that is no JSON gets the same care as a wrong number in the file."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigurationError) as caught:
        load()
    (line,) = caught.value.problems
    assert word in line


@pytest.mark.parametrize("off", ["false", "False", "0", "no", "off"])
def test_a_network_that_the_environment_switches_off_needs_nothing(
    load: Load, monkeypatch: pytest.MonkeyPatch, off: str
) -> None:
    """In the environment even a switch is a word."""
    for channel in ("TELEGRAM", "MATRIX"):
        monkeypatch.setenv(f"STADTFUNK_CHANNELS__{channel}__ENABLED", off)
    settings = load('channels.telegram = {enabled = true, mode = "webhook"}')
    assert not settings.channels.telegram.enabled
    assert not settings.channels.matrix.enabled


@pytest.mark.parametrize("on", ["true", "TRUE", "1", "yes", "on"])
def test_a_network_that_the_environment_switches_on_needs_its_keys(
    load: Load, monkeypatch: pytest.MonkeyPatch, on: str
) -> None:
    """The same words as pydantic's."""
    monkeypatch.setenv("STADTFUNK_CHANNELS__TELEGRAM__ENABLED", on)
    with refused(
        "config.toml: channels.telegram.token: Field required when the channel is enabled"
    ):
        load()


def test_further_accounts_are_checked_like_the_first(load: Load) -> None:
    """Each has a name that can be part of a channel's, and its secrets are secrets."""
    settings = load("""
        [channels.telegram.accounts.west]
        enabled = true
        token = "4712:abc"
    """)
    assert [*settings.channels.bots] == ["telegram", "telegram.west"]
    assert "4712:abc" in settings.secrets
    with refused(
        "config.toml: channels.telegram.accounts.west.token: Field required when the channel"
        " is enabled (at line 2)",
        "config.toml: web.enabled: must be true, because channels.telegram.mode is webhook",
        "config.toml: channels.telegram.accounts.west.public_url: Field required in webhook mode"
        " (at line 2)",
    ):
        load("""
            [channels.telegram.accounts.west]
            enabled = true
            mode = "webhook"
        """)


@pytest.mark.parametrize("name", ["West", "a.b", "-", "x" * 17])
def test_an_account_needs_a_plain_name(load: Load, name: str) -> None:
    with pytest.raises(ConfigurationError, match=r"channels\.matrix\.accounts"):
        load(f'[channels.matrix.accounts."{name}"]\nenabled = false\n')


def test_webhook_mode_needs_the_web_wherever_it_is_switched_off(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram would call and nobody would answer."""
    toml = """
        web.enabled = true
        [channels.telegram]
        enabled = true
        token = "4711:abc"
        mode = "webhook"
        public_url = "https://bot.example.org"
    """
    assert load(toml).web.enabled
    monkeypatch.setenv("STADTFUNK_WEB__ENABLED", "false")
    problem = "config.toml: web.enabled: must be true, because channels.telegram.mode is webhook"
    with refused(problem):
        load(toml)


def test_a_secret_is_a_file_without_its_last_line_break(load: Load) -> None:
    """As `echo` and every editor write it; the key may be required."""
    settings = load("channels.telegram.enabled = true", channels__telegram__token="4711:abc\n")
    assert settings.channels.telegram.token.get_secret_value() == "4711:abc"


def test_other_files_in_the_secrets_directory_do_no_harm(tmp_path: Path) -> None:
    """Credentials of other services, and the folders that Kubernetes mounts."""
    environment = with_secrets(tmp_path, tls_key="x", channels__telegram__token="4711:abc")
    (tmp_path / "secrets" / "..2027_01").mkdir()
    (tmp_path / "secrets" / "..2027_01" / "channels__telegram__token").write_text("old")
    (tmp_path / "secrets" / "..data").symlink_to("..2027_01")
    settings = config.load(None, environment=environment)
    assert settings.channels.telegram.token.get_secret_value() == "4711:abc"


def test_systemd_names_the_secrets_directory_and_ours_goes_first(tmp_path: Path) -> None:
    """`LoadCredential=` works without another variable."""
    ours = with_secrets(tmp_path, hub__name="ours")
    theirs = tmp_path / "credentials"
    theirs.mkdir()
    (theirs / "hub__name").write_text("theirs")
    systemd = {"CREDENTIALS_DIRECTORY": str(theirs)}
    assert config.load(None, environment=systemd).hub.name == "theirs"
    assert config.load(None, environment=systemd | ours).hub.name == "ours"


def test_a_secrets_directory_that_can_not_be_read_is_refused(load: Load, tmp_path: Path) -> None:
    """A wrong path is not taken for an empty directory."""
    missing = str(tmp_path / "nowhere")
    with refused(f"STADTFUNK_SECRETS_DIR: {missing} is no directory"):
        config.load(None, environment={"STADTFUNK_SECRETS_DIR": missing})
    with pytest.raises(ConfigurationError, match="can't be read"):
        load(channels__telegram__token=b"\xff\xfe")


@pytest.mark.parametrize("key", sorted(KEYS))
def test_every_key_is_refused_with_a_wrong_spelling(load: Load, key: str) -> None:
    """A typo never leaves a default in force unnoticed."""
    line = f"config.toml: {key}x: there is no such key; meant: {key}? (at line 1)"
    with refused(line):
        load(f"{key}x = 1")


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("90000", 90000), ("90000.5", 90000.5), ('"P1DT1H"', 90000), ('"90000"', 90000)],
)
@pytest.mark.parametrize("key", DURATIONS)
def test_every_duration_is_seconds_or_iso_8601(
    load: Load, key: str, written: str, seconds: float
) -> None:
    """Also as digits in quotes, which is all that the environment can say."""
    assert value_of(load(f"{key} = {written}"), key) == timedelta(seconds=seconds)


@pytest.mark.parametrize("written", ["0", "-1", '"-PT1S"', '"soon"', "inf", "nan", '"P400000D"'])
@pytest.mark.parametrize("key", DURATIONS)
def test_a_duration_that_makes_no_sense_is_refused(load: Load, key: str, written: str) -> None:
    """Nothing waits for no time, a negative time, or longer than calendars reach."""
    with pytest.raises(ConfigurationError, match=rf"^config\.toml: {key}: Input should be"):
        load(f"{key} = {written}")


def test_relative_paths_are_those_of_the_file(tmp_path: Path) -> None:
    """The same from wherever the command is called."""
    path = tmp_path / "config.toml"
    path.write_text("""
        hub.data_dir = "data"
        knowledge.paths = ["entries", "/srv/entries"]
        database.url = "sqlite:///db/hub.sqlite3"
        channels.matrix.store_dir = "keys"
    """)
    settings = config.load(path, environment={})
    assert settings.hub.data_dir == tmp_path / "data"
    assert settings.knowledge.paths == (tmp_path / "entries", Path("/srv/entries"))
    assert settings.channels.matrix.store_dir == tmp_path / "keys"
    assert settings.database_url == f"sqlite:///{tmp_path}/db/hub.sqlite3"


def test_the_defaults_lie_in_the_data_directory(load: Load, tmp_path: Path) -> None:
    """One folder holds everything that needs a backup."""
    settings = load('hub.data_dir = "/srv/hub"')
    assert settings.database_url == "sqlite:////srv/hub/hub.sqlite3"
    assert settings.channels.matrix.store_dir == Path("/srv/hub/matrix")
    assert load().database_url == f"sqlite:///{tmp_path}/data/hub.sqlite3"


@pytest.mark.parametrize(
    "url", ["sqlite:////srv/hub.sqlite3", "postgresql://me:p%40ss@host:5433/name"]
)
def test_a_complete_database_address_stays_as_it_is(load: Load, url: str) -> None:
    """Absolute paths and servers have nothing to do with the file's folder."""
    assert load(f'database.url = "{url}"').database_url == url


def test_settings_can_not_be_changed_later(load: Load) -> None:
    """What was validated is what runs."""
    with pytest.raises(ValueError, match="frozen"):
        load().hub.name = "other"  # type: ignore[misc] # that is the point


MARKER = "s3cret-marker"
BROKEN = [
    "hub.timezone = 1",
    "channels.telegram = 1",
    "channels.telegram.mode = 'fax'",
    "channels.telegram.enabled = 'perhaps'",
    "channels.matrix.user_id = 'x'",
    "channels.matrix.homeserver = 'x'",
    "channels = 1",
    "database.port = 1",
    "delivery.max_attempts = 'x'",
    "admins = ['x']",
    "[[",
]
SECRET_VALUES = [
    f"'{MARKER}'",
    f"'postgresql://me:{MARKER}@host/name'",
    f"'postgresql://me:{MARKER}/x@host/name'",
    f"'mysql://me:{MARKER}@host/name'",
    f"['{MARKER}']",
    f"{{x = '{MARKER}'}}",
]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    values=st.dictionaries(st.sampled_from(SECRETS), st.sampled_from(SECRET_VALUES), min_size=1),
    broken=st.lists(st.sampled_from(BROKEN), max_size=3, unique=True),
    source=st.sampled_from(["file", "environment", "secrets"]),
    spelling=st.sampled_from(["", "", "x"]),
)
def test_a_secret_is_in_no_error_and_no_output(
    tmp_path_factory: pytest.TempPathFactory,
    values: dict[str, str],
    broken: list[str],
    source: str,
    spelling: str,
) -> None:
    """Wherever it stands and whatever else is wrong: errors end up in logs and in chats."""
    folder = tmp_path_factory.mktemp("config")
    written = {f"{key}{spelling}": value for key, value in values.items()}
    lines = [f"{key} = {value}" for key, value in written.items()] if source == "file" else []
    plain = {key.replace(".", "__"): value.strip("'") for key, value in written.items()}
    variables = {f"STADTFUNK_{key}".upper(): value for key, value in plain.items()}
    path = folder / "config.toml"
    path.write_text("\n".join(lines + broken))
    directory = with_secrets(folder, **plain) if source == "secrets" else {}
    with mock.patch.dict(os.environ, variables if source == "environment" else {}):
        try:
            loaded = config.load(path, environment=directory)
        except ConfigurationError as error:
            shown = "".join(traceback.format_exception(error)) + repr(error)
        else:
            shown = f"{loaded!r} {loaded!s} {loaded.model_dump()} {loaded.model_dump_json()}"
    assert MARKER not in shown


def test_every_secret_key_is_a_secret() -> None:
    """A key that is named like a secret is never printed."""
    named = [
        key
        for key in KEYS
        if any(
            word in key for word in ("token", "password", "passphrase", "secret", "database.url")
        )
    ]
    assert sorted(named) == SECRETS


def test_a_variable_that_names_no_section_is_refused(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A misspelt variable would otherwise be ignored without a word."""
    monkeypatch.setenv("STADTFUNK_HUBB__NAME", "x")
    with pytest.raises(ConfigurationError, match="environment: STADTFUNK_HUBB__NAME") as it:
        load("[delivery]\nmax_attempts = 0\n")
    assert len(it.value.problems) == 2


@pytest.mark.parametrize("account", ["telegram:@anna", "foo:1", "matrix:anna", "console:", ":x"])
def test_an_admin_who_could_never_be_recognised_is_refused(load: Load, account: str) -> None:
    """Each account is checked by itself, in the form of its network."""
    with pytest.raises(ConfigurationError, match=r"admins\.1: .* is no account") as it:
        load(f'admins = ["console:anna", "{account}", "bar"]')
    assert len(it.value.problems) == 2


@pytest.mark.parametrize(
    ("place", "address"),
    [
        ("matrix:!abc:example.org", Address("matrix", "!abc:example.org")),
        ("matrix:!abcdef", Address("matrix", "!abcdef")),
        ("telegram:-1001234567890", Address("telegram", "-1001234567890")),
        ("telegram:-1001234567890:17", Address("telegram", "-1001234567890", "17")),
        ("console:anna", Address("console", "anna")),
    ],
)
def test_a_room_of_the_editors_is_a_chat_on_a_network(place: str, address: Address) -> None:
    """A topic of a Telegram forum is one as well."""
    settings = Settings.model_validate({"knowledge": {"editors": [place]}})
    assert [Address.parse(text) for text in settings.knowledge.editors] == [address]
    assert str(address) == place


@pytest.mark.parametrize(
    "place",
    ["redaktion", "matrix:#redaktion:example.org", "telegram:@gruppe", "irc:#x", "matrix:"],
)
def test_what_is_no_chat_is_refused_with_an_example(place: str) -> None:
    """An alias may mean another room tomorrow."""
    with pytest.raises(ValueError, match=r"is no chat.*; for example") as caught:
        Settings.model_validate({"knowledge": {"editors": [place]}})
    assert "knowledge.editors.0" in str(caught.value)


@pytest.mark.parametrize(
    "address", ["https://hub.example.org/stadtfunk/", "http://127.0.0.1:8080"]
)
def test_where_people_reach_the_web_is_put_before_each_path(load: Load, address: str) -> None:
    """With or without a slash at its end; the own machine needs no certificate."""
    settings = load(f'web = {{enabled = true, public_url = "{address}"}}')
    assert settings.web.public("/calendar/x.ics") == f"{address.rstrip('/')}/calendar/x.ics"
    assert load().web.public("/calendar/x.ics") is None


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("http://hub.example.org", "must begin with https://, because private calendars"),
        ("https://hub.example.org/?a=b", "is an address and a path, without ?, # and user"),
        ("https://anna:secret@hub.example.org", "is an address and a path, without ?"),
    ],
)
def test_keys_of_calendars_never_travel_in_the_open(
    load: Load, address: str, problem: str
) -> None:
    """Nor are they put behind something that makes no address of them."""
    with pytest.raises(ConfigurationError, match=r"config\.toml: web\.public_url: ") as caught:
        load(f'web = {{enabled = true, public_url = "{address}"}}')
    assert problem in str(caught.value)
    assert "secret" not in str(caught.value)


def test_an_address_that_nobody_serves_is_refused(load: Load) -> None:
    """Members would be given addresses that lead nowhere."""
    with refused("config.toml: web.enabled: must be true, because web.public_url is set"):
        load('web.public_url = "https://hub.example.org"')


def test_pages_need_an_address_that_stands_in_them(load: Load) -> None:
    """Feeds without one would lead nowhere; who is not asked publishes nothing."""
    with refused("config.toml: web.public_url: must be set, because web.public_pages is true"):
        load("web = {enabled = true, public_pages = true}")
    assert load().web.public_pages is False
