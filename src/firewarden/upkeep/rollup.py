"""How do readings become hours and days, and stay right when readings come late?

Only what got new readings is made anew, always from all its readings, so that doing it twice changes nothing. What got
new readings is known from the notes that ingest commits with them; the notes are followed by snapshot (docs/adr/0002)
and kept as rows of `rollup_due` until their hours are over and made.
"""

import time
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as day_time
from zoneinfo import ZoneInfo

import structlog
from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

from firewarden.store.queries import Queries
from firewarden.store.reading_after import NOTHING_READ, followed
from firewarden.upkeep.hours import Stretch, closed_before, split

READER = "upkeep.rollup"
CHINA = ZoneInfo("Asia/Shanghai")
MIDNIGHT = day_time()
SQL = Queries("firewarden.upkeep")

log = structlog.stdlib.get_logger("upkeep.rollup")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolled:
    """What one run did."""

    readings: int
    """How many readings were aggregated."""
    days: int
    finished: bool
    """False: the time was up, and the rest is still due."""


async def roll_up(connection: AsyncConnection, now: datetime, *, budget_s: float) -> Rolled:
    """Notice what is new, then make what is due and over, newest day first, until nothing is left or time is up."""
    await notice(connection)
    begun_s, readings, days = time.monotonic(), 0, 0
    closed = closed_before(now)
    while (day := await _newest_due_day(connection, closed)) is not None:
        if time.monotonic() - begun_s > budget_s:
            return Rolled(readings=readings, days=days, finished=False)
        readings += await _make_day(connection, day, closed)
        days += 1
    return Rolled(readings=readings, days=days, finished=True)


async def notice(connection: AsyncConnection) -> None:
    """Turn the notes that are new into hours that are due; the place in the notes moves on in the same transaction."""
    async with followed(connection, READER) as window:
        if window.since == NOTHING_READ:
            await connection.execute(SQL["begin_rollups"])
        await connection.execute(SQL["notice"], {"since": window.since})


async def make_due(connection: AsyncConnection, first: date, last: date) -> int:
    """Have the days from `first` to `last` made anew by the next run; returns how many."""
    values = {"first": datetime.combine(first, MIDNIGHT, CHINA), "last": datetime.combine(last, MIDNIGHT, CHINA)}
    return (await connection.execute(SQL["make_due"], values)).rowcount


async def _newest_due_day(connection: AsyncConnection, closed: datetime) -> datetime | None:
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["newest_due_day"], {"closed": closed})
        return await cursor.fetchone()


async def _make_day(connection: AsyncConnection, day: datetime, closed: datetime) -> int:
    """One transaction: off the list, hours, day, and back on the list what is not over. Returns readings aggregated."""
    async with connection.transaction():
        async with connection.cursor(row_factory=class_row(Stretch)) as cursor:
            await cursor.execute(SQL["take_due"], {"day": day})
            due = await cursor.fetchall()
        parts = split(due, begin=await _readings_begin(connection), closed=closed)
        readings = 0
        if parts.now is not None:
            readings = await _roll_hours(connection, parts.now)
            await connection.execute(SQL["roll_day"], {"day": day, "point_ids": parts.now.point_ids})
        if parts.later is not None:
            await connection.execute(SQL["put_due"], {"day": day, **_values(parts.later)})
    log.debug("day_rolled_up", day=day.isoformat(), readings=readings)
    return readings


async def _readings_begin(connection: AsyncConnection) -> datetime | None:
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["readings_begin"])
        return await cursor.fetchone()


async def _roll_hours(connection: AsyncConnection, hours: Stretch) -> int:
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["roll_hours"], _values(hours))
        return int(await cursor.fetchone() or 0)


def _values(hours: Stretch) -> dict[str, object]:
    return {"from_at": hours.from_at, "to_at": hours.to_at, "point_ids": hours.point_ids}
