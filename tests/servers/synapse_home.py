"""The directory that a Synapse of the tests lives in: configuration, key, migrated database."""

import base64
import fcntl
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

SECRET = "registration-secret-of-the-tests"
DATABASE = "homeserver.db"
CONFIGURATION = "homeserver.yaml"

Limits = Literal["lifted", "stock"]

_UNLIMITED = {"per_second": 100_000, "burst_count": 100_000}

# Every limit that a client of one homeserver can meet.
# https://element-hq.github.io/synapse/latest/usage/configuration/config_documentation.html#ratelimiting
_LIFTED_LIMITS: Mapping[str, Any] = {
    "rc_message": _UNLIMITED,
    "rc_registration": _UNLIMITED,
    "rc_login": {"address": _UNLIMITED, "account": _UNLIMITED, "failed_attempts": _UNLIMITED},
    "rc_admin_redaction": _UNLIMITED,
    "rc_joins": {"local": _UNLIMITED, "remote": _UNLIMITED},
    "rc_joins_per_room": _UNLIMITED,
    "rc_invites": {"per_room": _UNLIMITED, "per_user": _UNLIMITED, "per_issuer": _UNLIMITED},
    "rc_room_creation": _UNLIMITED,
    "rc_key_requests": _UNLIMITED,
    "rc_media_create": _UNLIMITED,
    "rc_reports": _UNLIMITED,
    "rc_user_directory": _UNLIMITED,
    "rc_profile": _UNLIMITED,
}


def _configuration(home: Path, *, server_name: str, port: int, limits: Limits) -> dict[str, Any]:
    """Describe a lean homeserver: loopback, no federation, no presence, cheap passwords."""
    listener = {
        "port": port,
        "type": "http",
        "tls": False,
        "bind_addresses": ["127.0.0.1"],
        "resources": [{"names": ["client"]}],
    }
    return {
        "server_name": server_name,
        "public_baseurl": f"http://127.0.0.1:{port}/",
        "listeners": [listener],
        "database": {"name": "sqlite3", "args": {"database": str(home / DATABASE)}},
        "media_store_path": str(home / "media"),
        "signing_key_path": str(home / "signing.key"),
        "log_config": str(home / "log.yaml"),
        "registration_shared_secret": SECRET,
        "macaroon_secret_key": "macaroons-of-the-tests",
        "form_secret": "forms-of-the-tests",
        "bcrypt_rounds": 4,
        "report_stats": False,
        "federation_domain_whitelist": [],
        "trusted_key_servers": [],
        "suppress_key_server_warning": True,
        "presence": {"enabled": False},
        "url_preview_enabled": False,
        **(_LIFTED_LIMITS if limits == "lifted" else {}),
    }


_LOGGING = {
    "version": 1,
    "handlers": {"console": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr"}},
    "root": {"level": "WARNING", "handlers": ["console"]},
}


def _write(home: Path, *, server_name: str, port: int, limits: Limits) -> None:
    seed = base64.b64encode(os.urandom(32)).decode().rstrip("=")
    (home / "signing.key").write_text(f"ed25519 tests {seed}\n")
    settings = _configuration(home, server_name=server_name, port=port, limits=limits)
    # JSON is YAML as well.
    (home / CONFIGURATION).write_text(json.dumps(settings, indent=2))
    (home / "log.yaml").write_text(json.dumps(_LOGGING))


def create_home(home: Path, *, server_name: str, port: int, limits: Limits) -> None:
    """Fill the empty directory *home* with all that Synapse needs to start fast."""
    _write(home, server_name=server_name, port=port, limits=limits)
    shutil.copyfile(_migrated_database(), home / DATABASE)


def _migrated_database() -> Path:
    """Return an empty database with the schema of the installed Synapse.

    Migrating takes longer than everything else in a start, so it happens once for each version
    of Synapse and machine, in the directory for temporary files.
    """
    name = f"stadtfunk-tests-synapse-{version('matrix-synapse')}.db"
    path = Path(tempfile.gettempdir()) / name
    with _locked(path.with_suffix(".lock")):
        if not path.exists():
            _migrate(path)
    return path


def _migrate(path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="synapse-migration-") as directory:
        home = Path(directory)
        _write(home, server_name="migration.test", port=1, limits="stock")
        tool = ["synapse._scripts.update_synapse_database", "--database-config", CONFIGURATION]
        subprocess.run(
            [sys.executable, "-m", *tool, "--run-background-updates"],
            cwd=home,
            check=True,
            capture_output=True,
        )
        # The write-ahead log is a property of the file, and of every copy: writers then wait
        # for the disk less often.
        with closing(sqlite3.connect(home / DATABASE)) as database:
            database.execute("PRAGMA journal_mode = WAL")
        # Renamed into place: whoever sees the file sees all of it.
        partial = path.with_suffix(f".{os.getpid()}")
        shutil.copyfile(home / DATABASE, partial)
        partial.replace(path)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock between the worker processes of one test run."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
