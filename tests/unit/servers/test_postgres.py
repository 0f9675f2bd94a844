import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from tests.servers.postgres import Postgres

pytest_plugins = ["tests.servers.fixtures"]


async def ask(url: str, sql: str) -> str:
    engine: AsyncEngine = create_async_engine(url, poolclass=NullPool)
    async with engine.begin() as connection:
        return str((await connection.execute(text(sql))).scalar_one())


async def test_sqlalchemy_reaches_a_real_postgresql(postgres_url: str) -> None:
    assert (await ask(postgres_url, "SELECT version()")).startswith("PostgreSQL ")


async def test_a_test_starts_with_an_empty_database(postgres_database: str) -> None:
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    assert await ask(postgres_database, tables) == "0"


def test_a_database_can_be_copied_with_its_contents(postgres: Postgres) -> None:
    original = postgres.create_database()
    postgres.execute("CREATE TABLE topic AS SELECT 'parking' AS name", database=original)

    copy = postgres.create_database(template=original)

    assert postgres.execute("SELECT name FROM topic", database=copy) == "parking"
    postgres.drop_database(copy)
    postgres.drop_database(original)


async def test_data_survives_an_outage(postgres: Postgres, postgres_database: str) -> None:
    """Connections fail while the server is down and work again afterwards."""
    name = postgres_database.rpartition("/")[2]
    postgres.execute("CREATE TABLE topic AS SELECT 'parking' AS name", database=name)
    await postgres.stop()
    try:
        with pytest.raises((OSError, DBAPIError)):
            await ask(postgres_database, "SELECT 1")
    finally:
        await postgres.start()

    assert await ask(postgres_database, "SELECT name FROM topic") == "parking"
