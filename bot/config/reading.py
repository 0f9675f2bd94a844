"""Where the settings come from, and in which order."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NestedSecretsSettingsSource,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsError,
)
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from bot.config.lines import line_of
from bot.config.settings import Settings
from bot.errors import ConfigurationError

_UNKNOWN = "Extra inputs are not permitted"
"""How pydantic says that it knows no such key."""
_NEAR = 0.6
_PREFIX = "STADTFUNK_"
_BETWEEN = "__"
"""Between the parts of a key in a variable's name."""


def load(path: Path | None = None, *, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings from a file, a secrets directory and the environment.

    The environment wins over the secrets directory, and that over the file. The secrets
    directory is ``STADTFUNK_SECRETS_DIR``, or the one systemd names in
    ``CREDENTIALS_DIRECTORY``; a secret is a file named as the variable would be, in lower case
    and without the prefix (``channels__telegram__token``).

    Args:
        path: The TOML file; ``None`` means defaults and environment alone.
        environment: Where the secrets directory is looked up.

    Raises:
        ConfigurationError: Every problem in one line each, with its key.
    """
    name = path.name if path else "environment"
    text, values = _read(path) if path else ("", {})
    secrets = _secrets_directory(environment)
    strangers = _unknown_variables()
    try:
        settings = _from_sources(values, secrets)()
    except ValidationError as error:
        problems = [_line(name, text, problem) for problem in error.errors()]
        raise ConfigurationError(strangers + problems) from None
    except SettingsError as error:
        # It names the key and the source, not the value.
        raise ConfigurationError([f"{error}; lists are written as JSON"]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError([f"{secrets}: can't be read: {error}"]) from None
    if strangers:
        raise ConfigurationError(strangers)
    return _resolved(settings, path.parent if path else Path())


def _unknown_variables() -> list[str]:
    """Return a line for each variable with our prefix that names no section."""
    known = {*(field.upper() for field in Settings.model_fields), "CONFIG", "SECRETS_DIR"}
    return [
        f"environment: {name}: there is no such key"
        for name in sorted(os.environ)
        if name.startswith(_PREFIX)
        and name.removeprefix(_PREFIX).upper().partition(_BETWEEN)[0] not in known
    ]


def _secrets_directory(environment: Mapping[str, str]) -> Path | None:
    for variable in ("STADTFUNK_SECRETS_DIR", "CREDENTIALS_DIRECTORY"):
        if name := environment.get(variable):
            if not Path(name).is_dir():
                raise ConfigurationError([f"{variable}: {name} is no directory"])
            return Path(name)
    return None


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        # Some editors on Windows begin a file with a byte order mark.
        text = path.read_text(encoding="utf-8-sig")
        return text, tomllib.loads(text)
    except FileNotFoundError:
        raise ConfigurationError(
            [f"{path}: there is no such file; `stadtfunk init` writes one"]
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError([f"{path}: can't be read: {error}"]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError([f"{path.name}: {error}"]) from None


def _from_sources(values: dict[str, Any], directory: Path | None) -> type[Settings]:
    class Sourced(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,  # noqa: ARG003 # pydantic's signature
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 # the same
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 # the same
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            file = InitSettingsSource(settings_cls, init_kwargs=values)
            if directory is None:
                return env_settings, file
            secrets = NestedSecretsSettingsSource(
                SecretsSettingsSource(settings_cls, directory),
                secrets_nested_delimiter="__",
                env_prefix="",
            )
            return env_settings, secrets, file

    return Sourced


def _line(name: str, text: str, problem: ErrorDetails) -> str:
    parts = [str(part) for part in problem["loc"]]
    variable = _PREFIX + _BETWEEN.join(parts).upper()
    place = line_of(text, parts)
    if any(one in os.environ for one in (variable, variable.rpartition(_BETWEEN)[0])):
        name, place = "environment", None
    key = ".".join(parts)
    sentence = problem["msg"].removeprefix("Value error, ").replace("valid tuple", "list")
    if sentence == _UNKNOWN:
        sentence = f"there is no such key{_meant(key)}"
    where = f" (at line {place})" if place else ""
    return f"{name}: {key}: {sentence}{where}" if key else f"{name}: {sentence}"


def _meant(key: str) -> str:
    """Return the known key that is most like one that is not."""
    found = process.extractOne(
        key, list(_keys(Settings)), scorer=DamerauLevenshtein.normalized_similarity,
        score_cutoff=_NEAR,
    )  # fmt: skip
    return f"; meant: {found[0]}?" if found else ""


def _keys(section: type[BaseModel], before: str = "") -> Iterator[str]:
    for name, field in section.model_fields.items():
        yield before + name
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _keys(field.annotation, f"{before}{name}.")


def _resolved(settings: Settings, base: Path) -> Settings:
    """Return *settings* with relative paths taken from the folder of the configuration file."""
    hub = settings.hub.model_copy(update={"data_dir": base / settings.hub.data_dir})
    paths = tuple(base / path for path in settings.knowledge.paths)
    model = settings.knowledge.model and base / settings.knowledge.model
    knowledge = settings.knowledge.model_copy(update={"paths": paths, "model": model})
    files = tuple(base / path for path in settings.events.paths)
    events = settings.events.model_copy(update={"paths": files})
    matrix = settings.channels.matrix
    store = base / matrix.store_dir if matrix.store_dir else hub.data_dir / "matrix"
    channels = settings.channels.model_copy(
        update={"matrix": matrix.model_copy(update={"store_dir": store})}
    )
    database = settings.database.model_copy(update={"url": _resolved_url(settings, base)})
    return settings.model_copy(
        update={
            "hub": hub,
            "knowledge": knowledge,
            "events": events,
            "channels": channels,
            "database": database,
        }
    )


def _resolved_url(settings: Settings, base: Path) -> SecretStr:
    url = settings.database.url.get_secret_value()
    if not url.startswith("sqlite:///"):
        return settings.database.url
    return SecretStr(f"sqlite:///{base / url.removeprefix('sqlite:///')}")
