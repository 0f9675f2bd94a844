"""What an operator can set; `config.example.toml` explains each key."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    Field,
    HttpUrl,
    ModelWrapValidatorHandler,
    SecretStr,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.config.bridges import BridgeSettings
from bot.config.completeness import is_on, table, with_missing
from bot.config.feeds import FeedSettings
from bot.config.linking import LinkingSettings
from bot.config.privacy import PrivacySettings
from bot.config.section import Section
from bot.config.values import DIGITS, FOR_EVER, LIST, Account, AccountName, ChatPlace, Duration
from bot.config.web import WebSettings

LAENDER = (
    "BW", "BY", "BE", "BB", "HB", "HH", "HE", "MV", "NI", "NW", "RP", "SL", "SN", "ST", "SH", "TH",
)  # fmt: skip
"""ISO 3166-2:DE codes without the ``DE-``."""

Language = Literal["de", "en"]
_S = TypeVar("_S", bound=Section)
_SHORTEST_SECRET = 16
_REQUIRED_TO_SHARE = (
    "Field required when identity_secret is set, since each process logs in by itself"
)
_REQUIRED = "Field required when the channel is enabled"


class HubSettings(Section):
    """Who the hub is and where it keeps its files."""

    name: str = "Stadtfunk"
    language: Language = "de"
    timezone: str = "Europe/Berlin"
    land: str | None = None
    data_dir: Path = Path("data")
    operator: str = ""
    operator_url: HttpUrl | None = None
    privacy_url: HttpUrl | None = None
    answer_within: Duration = timedelta(days=2)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            msg = "is not an IANA time zone such as Europe/Berlin"
            raise ValueError(msg)
        return value

    @field_validator("land")
    @classmethod
    def _known_land(cls, value: str | None) -> str | None:
        if value is not None and value not in LAENDER:
            msg = f"must be one of {', '.join(LAENDER)}"
            raise ValueError(msg)
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The hub's time zone."""
        return ZoneInfo(self.timezone)


class DatabaseSettings(Section):
    """Where the hub's memory is; empty means a SQLite file in the data directory."""

    url: SecretStr = SecretStr("")
    migrate_at_start: bool = True

    @field_validator("url")
    @classmethod
    def _known_database(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        if url and not url.startswith(("sqlite:///", "postgresql://")):
            msg = "must begin with sqlite:/// or postgresql://"
            raise ValueError(msg)
        if url.startswith("postgresql://") and not _has_sound_port(url):
            msg = "is no address; in a password write %2F for /, %3A for : and %40 for @"
            raise ValueError(msg)
        return value


def _has_sound_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


class ConsoleSettings(Section):
    """The terminal, for trying out."""

    enabled: bool = True


class TelegramSettings(Section):
    """One Telegram bot."""

    enabled: bool = False
    token: SecretStr = SecretStr("")
    base_url: HttpUrl = HttpUrl("https://api.telegram.org")
    mode: Literal["polling", "webhook"] = "polling"
    public_url: HttpUrl | None = None
    webhook_secret: SecretStr = SecretStr("")
    poll_timeout: Duration = timedelta(seconds=50)
    window: Annotated[int, Field(ge=1, le=100)] = 8

    @model_validator(mode="wrap")
    @classmethod
    def _complete(cls, data: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        return with_missing(data, handler, _missing_of_telegram)


class TelegramNetworkSettings(TelegramSettings):
    """The Telegram bot, and further ones by their names."""

    accounts: dict[AccountName, TelegramSettings] = Field(default_factory=dict)


def _missing_of_telegram(values: dict[str, Any]) -> dict[str, str]:
    if not is_on(values):
        return {}
    missing = {} if values.get("token") else {"token": _REQUIRED}
    if values.get("mode") == "webhook" and not values.get("public_url"):
        missing["public_url"] = "Field required in webhook mode"
    return missing


class MatrixSettings(Section):
    """One Matrix account."""

    enabled: bool = False
    homeserver: HttpUrl | None = None
    user_id: str = ""
    password: SecretStr = SecretStr("")
    access_token: SecretStr = SecretStr("")
    identity_secret: SecretStr = SecretStr("")
    device_name: str = "Stadtfunk"
    allowed_inviters: Annotated[tuple[str, ...], *LIST] = ()
    window: Annotated[int, Field(ge=1, le=100)] = 8
    sync_timeout: Duration = timedelta(seconds=30)

    @field_validator("identity_secret")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < _SHORTEST_SECRET:
            msg = f"must have at least {_SHORTEST_SECRET} characters"
            raise ValueError(msg)
        return value

    @field_validator("user_id")
    @classmethod
    def _a_user(cls, value: str) -> str:
        if value and not (value.startswith("@") and ":" in value):
            msg = "must look like @stadtfunk:example.org"
            raise ValueError(msg)
        return value

    @model_validator(mode="wrap")
    @classmethod
    def _complete(cls, data: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        return with_missing(data, handler, _missing_of_matrix)


class MatrixNetworkSettings(MatrixSettings):
    """The Matrix account, and further ones by their names."""

    store_dir: Path | None = None
    accounts: dict[AccountName, MatrixSettings] = Field(default_factory=dict)


def _missing_of_matrix(values: dict[str, Any]) -> dict[str, str]:
    if not is_on(values):
        return {}
    missing = {key: _REQUIRED for key in ("homeserver", "user_id") if not values.get(key)}
    if not (values.get("password") or values.get("access_token")):
        missing["password"] = f"{_REQUIRED} (or access_token)"
    elif values.get("identity_secret") and not values.get("password"):
        missing["password"] = _REQUIRED_TO_SHARE
    return missing


class ChannelsSettings(Section):
    """The networks the hub speaks on."""

    console: ConsoleSettings = ConsoleSettings()
    telegram: TelegramNetworkSettings = TelegramNetworkSettings()
    matrix: MatrixNetworkSettings = MatrixNetworkSettings()

    @property
    def bots(self) -> Mapping[str, TelegramSettings]:
        """The Telegram bots by the names of their channels, those included that are off."""
        return _by_channel("telegram", self.telegram, self.telegram.accounts)

    @property
    def homes(self) -> Mapping[str, MatrixSettings]:
        """The Matrix accounts, likewise."""
        return _by_channel("matrix", self.matrix, self.matrix.accounts)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all channels, those included that are off."""
        return ("console", *self.bots, *self.homes)


def _by_channel(network: str, first: _S, further: Mapping[str, _S]) -> dict[str, _S]:
    return {network: first} | {f"{network}.{name}": one for name, one in further.items()}


class KnowledgeSettings(Section):
    """Where the entries are kept."""

    paths: Annotated[tuple[Path, ...], *LIST] = ()
    encoder: bool = True
    thorough: bool | Literal["auto"] = "auto"
    model: Path | None = None
    reload_every: Annotated[timedelta, Field(ge=timedelta(seconds=1), le=FOR_EVER), DIGITS] = (
        timedelta(seconds=5)
    )
    keep_questions: Annotated[timedelta, Field(ge=timedelta(days=1), le=FOR_EVER), DIGITS] = (
        timedelta(days=180)
    )
    review_every: Annotated[timedelta, Field(ge=timedelta(days=1), le=FOR_EVER), DIGITS] | None = (
        None
    )
    editors: Annotated[tuple[ChatPlace, ...], *LIST] = ()


class EventSettings(Section):
    """Where events and deadlines are kept, beside those that are entered in chat."""

    paths: tuple[Path, ...] = ()
    reload_every: Annotated[timedelta, Field(ge=timedelta(seconds=1), le=FOR_EVER), DIGITS] = (
        timedelta(seconds=60)
    )


class BackupSettings(Section):
    """How `stadtfunk backup` encrypts."""

    recipients: Annotated[tuple[str, ...], *LIST] = ()
    passphrase: SecretStr = SecretStr("")


class ReminderSettings(Section):
    """What becomes of a reminder whose moment passed while the hub was down."""

    late: Literal["send", "mark", "drop"] = "mark"


class AnnouncementSettings(Section):
    """How announcements are released and watched."""

    approval_above: Annotated[int, Field(ge=0)] | None = None
    approval_expires: Duration = timedelta(days=1)
    pause_at_failures: Annotated[float, Field(gt=0, le=1)] = 0.2


class AuditSettings(Section):
    """How long it is known who did what."""

    keep: Annotated[timedelta, Field(ge=timedelta(days=1), le=FOR_EVER), DIGITS] = timedelta(
        days=730
    )


class DeliverySettings(Section):
    """How the outbox is emptied."""

    max_attempts: Annotated[int, Field(ge=1)] = 12
    first_retry: Duration = timedelta(seconds=2)
    longest_retry: Duration = timedelta(minutes=15)
    max_age: Duration = timedelta(days=2)
    send_timeout: Duration = timedelta(seconds=60)
    refused_pause: Duration = timedelta(seconds=60)
    keep_sent: Duration = timedelta(days=30)


class LimitSettings(Section):
    """How much a member or a room may ask, so that nobody floods the others."""

    member_messages: Annotated[int, Field(ge=1)] = 12
    room_messages: Annotated[int, Field(ge=1)] = 60
    window: Duration = timedelta(minutes=1)


class LogSettings(Section):
    """What the log looks like."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["pretty", "json"] = "pretty"


def _missing_of_all(values: dict[str, Any]) -> dict[str, str]:
    telegram = table(table(values, "channels"), "telegram")
    bots = [
        telegram,
        *(bot for bot in table(telegram, "accounts").values() if isinstance(bot, dict)),
    ]
    webhook = any(is_on(bot) and bot.get("mode") == "webhook" for bot in bots)
    web = table(values, "web")
    if webhook and not is_on(web):
        return {"web.enabled": "must be true, because channels.telegram.mode is webhook"}
    if web.get("public_url") and not is_on(web):
        return {"web.enabled": "must be true, because web.public_url is set"}
    if is_on(web, "public_pages") and not web.get("public_url"):
        return {"web.public_url": "must be set, because web.public_pages is true"}
    return {}


class Settings(BaseSettings):
    """Everything an operator can set; `config.example.toml` explains each key."""

    model_config = SettingsConfigDict(
        env_prefix="STADTFUNK_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    admins: Annotated[tuple[Account, ...], *LIST] = ()
    hub: HubSettings = HubSettings()
    database: DatabaseSettings = DatabaseSettings()
    channels: ChannelsSettings = ChannelsSettings()
    knowledge: KnowledgeSettings = KnowledgeSettings()
    events: EventSettings = EventSettings()
    feeds: FeedSettings = FeedSettings()
    reminders: ReminderSettings = ReminderSettings()
    announcements: AnnouncementSettings = AnnouncementSettings()
    audit: AuditSettings = AuditSettings()
    bridges: BridgeSettings = BridgeSettings()
    linking: LinkingSettings = LinkingSettings()
    privacy: PrivacySettings = PrivacySettings()
    backup: BackupSettings = BackupSettings()
    delivery: DeliverySettings = DeliverySettings()
    limits: LimitSettings = LimitSettings()
    web: WebSettings = WebSettings()
    log: LogSettings = LogSettings()

    @model_validator(mode="wrap")
    @classmethod
    def _complete(cls, data: object, handler: ModelWrapValidatorHandler[Self]) -> Self:
        return with_missing(data, handler, _missing_of_all)

    @property
    def database_url(self) -> str:
        """The database's address; the embedded default is a file in the data directory."""
        return self.database.url.get_secret_value() or f"sqlite:///{self.hub.data_dir}/hub.sqlite3"

    @property
    def secrets(self) -> tuple[str, ...]:
        """Every secret in force, so that it can be kept out of the logs."""
        channels = self.channels
        held = (
            *(
                secret
                for bot in channels.bots.values()
                for secret in (bot.token, bot.webhook_secret)
            ),
            *(
                secret
                for home in channels.homes.values()
                for secret in (home.password, home.access_token, home.identity_secret)
            ),
            self.backup.passphrase,
            self.privacy.secret_key,
        )
        password = urlsplit(self.database.url.get_secret_value()).password
        values = [secret.get_secret_value() for secret in held]
        return tuple(value for value in (*values, password) if value)
