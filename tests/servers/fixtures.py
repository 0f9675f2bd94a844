"""The servers as pytest fixtures; a test module takes them with ``pytest_plugins``.

Servers start and stop synchronously, because they outlive the event loop of any test.
"""

from collections.abc import Iterator

import pytest

from tests.servers.postgres import Postgres
from tests.servers.synapse import Synapse


def pytest_configure(config: pytest.Config) -> None:
    """Keep mautrix quiet about fields that it goes on using itself."""
    message = "The (sender_key|device_id) field in Megolm events"
    config.addinivalue_line("filterwarnings", f"ignore:{message}:DeprecationWarning")


@pytest.fixture(scope="session")
def homeserver() -> Iterator[Synapse]:
    """The homeserver that all tests of one worker process share.

    Take user names of your own and create your own rooms; never stop it.
    """
    with Synapse.running() as synapse:
        yield synapse


@pytest.fixture
def fresh_homeserver() -> Iterator[Synapse]:
    """A homeserver for one test, which may stop, restart and freeze it."""
    with Synapse.running() as synapse:
        yield synapse


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The PostgreSQL that all tests of one worker process share.

    A test that stops it starts it again, whatever happens.
    """
    with Postgres.running() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_url(postgres: Postgres) -> str:
    """The URL of the maintenance database; create no tables in it."""
    return postgres.url()


@pytest.fixture
def postgres_database(postgres: Postgres) -> Iterator[str]:
    """The URL of an empty database that only this test uses."""
    name = postgres.create_database()
    yield postgres.url(name)
    postgres.drop_database(name)
