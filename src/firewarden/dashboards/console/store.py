"""What do the console's pages read beside what the api offers to everybody? Small lists, each bounded."""

from dataclasses import dataclass
from datetime import datetime

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row, dict_row, scalar_row

from firewarden.risk.catalogue import Grade
from firewarden.store.queries import Queries

DISTRICTS_MAX = 100
UNREGISTERED_MAX = 50

_SQL = Queries("firewarden.dashboards.console")


@dataclass(frozen=True, slots=True, kw_only=True)
class GradeCount:
    """How many venues have a grade."""

    grade: Grade
    venues: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnregisteredPoint:
    """A point that the register does not know."""

    address: str
    gateway_id: str
    created_at: datetime


async def districts(connection: AsyncConnection) -> tuple[str, ...]:
    """The districts, those with most venues first; at most DISTRICTS_MAX."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(_SQL["districts"], {"rows": DISTRICTS_MAX})
        return tuple(str(name) for name in await cursor.fetchall())


async def grade_counts(connection: AsyncConnection, *, as_of: datetime | None = None) -> dict[Grade, int]:
    """The number of venues of every grade, now or at a moment."""
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_SQL["grade_counts"], {"as_of": as_of})
        rows = msgspec.convert(await cursor.fetchall(), tuple[GradeCount, ...])
    return {**dict.fromkeys(Grade, 0), **{row.grade: row.venues for row in rows}}


async def unregistered_points(connection: AsyncConnection, venue_id: int) -> tuple[UnregisteredPoint, ...]:
    """The newest points that nobody has registered; at most UNREGISTERED_MAX."""
    async with connection.cursor(row_factory=class_row(UnregisteredPoint)) as cursor:
        await cursor.execute(_SQL["unregistered_points"], {"venue_id": venue_id, "rows": UNREGISTERED_MAX})
        return tuple(await cursor.fetchall())
