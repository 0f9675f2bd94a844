"""What all processes share and only the operator's key opens."""

from sqlalchemy import select

from bot.storage.engine import Database
from bot.storage.process_models import SealedSecret
from bot.storage.upserts import insert_into


class SecretStore:
    """Sealed secrets by their names, each in a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, name: str) -> str | None:
        """Return a secret, as it was sealed.

        Raises:
            StorageError: The database can't be used.
        """
        async with self._database.begin(reading=True) as session:
            query = select(SealedSecret.sealed).where(SealedSecret.name == name)
            return await session.scalar(query)

    async def keep(self, name: str, sealed: str, *, replace: bool) -> str:
        """Keep a secret, and return what is kept then: without *replace* the first one stays.

        Raises:
            StorageError: The database can't be used.
        """
        async with self._database.begin() as session:
            statement = insert_into(session, SealedSecret).values(name=name, sealed=sealed)
            kept = [SealedSecret.name]
            await session.execute(
                statement.on_conflict_do_update(index_elements=kept, set_={"sealed": sealed})
                if replace
                else statement.on_conflict_do_nothing(index_elements=kept)
            )
            query = select(SealedSecret.sealed).where(SealedSecret.name == name)
            return (await session.scalars(query)).one()
