"""How does the result of a named query become dataclasses, and a page?"""

from collections.abc import Callable, Mapping, Sequence
from typing import LiteralString, TypeVar

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from firewarden.api import cursors
from firewarden.api.rows import Page
from firewarden.store.queries import Queries

LIMIT_MAX = 200
"""Rows of one page, whatever the caller asks for."""

Row = TypeVar("Row")
Params = Mapping[str, object]

_SQL = Queries("firewarden.api")
_RISK = Queries("firewarden.api", "risk_queries.sql")


def query(name: str) -> LiteralString:
    """The statement of that name. Raises KeyError."""
    return _RISK[name] if name in _RISK.names() else _SQL[name]


async def fetch_all(connection: AsyncConnection, name: str, params: Params, kind: type[Row]) -> tuple[Row, ...]:
    """All rows of the query `name`, each checked against `kind` (enums and nested JSON included)."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query(name), params)
        return msgspec.convert(await cursor.fetchall(), tuple[kind, ...])


async def fetch_one(connection: AsyncConnection, name: str, params: Params, kind: type[Row]) -> Row | None:
    """The first row, or None where there is none."""
    rows = await fetch_all(connection, name, params, kind)
    return rows[0] if rows else None


async def fetch_the_one(connection: AsyncConnection, name: str, params: Params, kind: type[Row]) -> Row:
    """The row of a query that always has one. Raises LookupError."""
    row = await fetch_one(connection, name, params, kind)
    if row is None:
        raise LookupError(f"expected a row from the query {name}, got none")
    return row


async def execute(connection: AsyncConnection, name: str, params: Params) -> int:
    """Run a statement that returns nothing of interest; the number of rows it touched."""
    return (await connection.execute(query(name), params)).rowcount


def rows_wanted(limit: int) -> int:
    """How many rows to ask for: one more than are shown says whether a next page exists."""
    return min(max(limit, 1), LIMIT_MAX) + 1


def page_of(rows: Sequence[Row], limit: int, place: Callable[[Row], cursors.Place]) -> Page[Row]:
    """The rows asked for by `rows_wanted(limit)` as a page; `place` names a row in the list's order."""
    shown = tuple(rows[: rows_wanted(limit) - 1])
    return Page(items=shown, next=cursors.encode(place(shown[-1])) if len(rows) > len(shown) else None)
