"""How does a process make sure that no other of its kind works, and take over when the other ends?"""

import asyncio

from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from firewarden.store.queries import Queries

_SQL = Queries("firewarden.store")


async def try_be_only_one(connection: AsyncConnection, key: int) -> bool:
    """Whether this connection now holds the lock `key`; it does so until it ends."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(_SQL["try_lock"], {"key": key})
        return bool(await cursor.fetchone())


async def be_only_one(connection: AsyncConnection, key: int, *, ask_every_s: float) -> None:
    """Return when this connection holds the lock `key`.

    Asked for again and again: a waiting pg_advisory_lock would hold a snapshot, and with it every dead row.
    """
    while not await try_be_only_one(connection, key):  # noqa: ASYNC110 - the event is in the database
        await asyncio.sleep(ask_every_s)
