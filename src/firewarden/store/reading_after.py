"""How does one process follow the rows that others commit, and lose none? (docs/adr/0002)

Ids are given when a row is written, not when it becomes visible, so `id > last` skips rows of slower transactions.
A reader here remembers the database snapshot up to which it has read: new is what it can see now and could not see
then. A transaction that stays open for an hour delays only its own rows, nobody else's. Rooms write it in their
queries as `xid >= pg_snapshot_xmin(since) AND NOT pg_visible_in_snapshot(xid, since)`.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from firewarden.store.queries import Queries

Snapshot = str
"""The text form of PostgreSQL's pg_snapshot, "xmin:xmax:xip,xip,…"."""

NOTHING_READ: Snapshot = "1:1:"

_SQL = Queries("firewarden.store")


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What is new: visible in `until`, not visible in `since`."""

    since: Snapshot
    until: Snapshot


@dataclass(slots=True, kw_only=True)
class Following:
    """A window, when its reader last read, and whether the place moves on when the transaction is committed."""

    window: Window
    read_at: datetime | None
    moves: bool = True


@asynccontextmanager
async def window_after(connection: AsyncConnection, since: Snapshot) -> AsyncGenerator[Window]:
    """One REPEATABLE READ transaction in which every query sees exactly what `until` sees."""
    async with connection.transaction():
        await connection.execute(_SQL["repeatable_read"])
        yield Window(since=since, until=await current_snapshot(connection))


@asynccontextmanager
async def followed(connection: AsyncConnection, reader: str) -> AsyncGenerator[Window]:
    """The window since `reader` last read; its place moves on in the same transaction as the caller's effects.

    A concurrent writer may end it with psycopg.errors.SerializationFailure: nothing happened then, do it again.
    """
    async with following(connection, reader) as place:
        yield place.window


@asynccontextmanager
async def following(connection: AsyncConnection, reader: str) -> AsyncGenerator[Following]:
    """As `followed`, for who takes a large window in parts: with `moves` set to False the place stays where it is."""
    async with connection.transaction():
        await connection.execute(_SQL["repeatable_read"])
        until = await current_snapshot(connection)
        since, read_at = await _load_place(connection, reader)
        place = Following(window=Window(since=since, until=until), read_at=read_at)
        yield place
        if place.moves:
            await save_cursor(connection, reader, until)


async def _load_place(connection: AsyncConnection, reader: str) -> tuple[Snapshot, datetime | None]:
    cursor = await connection.execute(_SQL["load_place"], {"reader": reader})
    row = await cursor.fetchone()
    return (NOTHING_READ, None) if row is None else (str(row[0]), row[1])


async def current_snapshot(connection: AsyncConnection) -> Snapshot:
    """The snapshot of the running REPEATABLE READ transaction, else of this moment."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(_SQL["current_snapshot"])
        return str(await cursor.fetchone())


async def save_cursor(connection: AsyncConnection, reader: str, snapshot: Snapshot) -> None:
    """Set how far `reader` has come, in the running transaction."""
    await connection.execute(_SQL["save_cursor"], {"reader": reader, "snapshot": snapshot})


async def load_cursor(connection: AsyncConnection, reader: str) -> Snapshot | None:
    """How far `reader` has come; None when it never read."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(_SQL["load_cursor"], {"reader": reader})
        value: object = await cursor.fetchone()
    return value if isinstance(value, str) else None
