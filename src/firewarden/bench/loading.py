"""Filling a database with a city's year: register, incidents, readings by COPY over several connections, rollups."""

import asyncio
import shutil
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import psycopg

from firewarden.bench.options import QuerySize
from firewarden.bench.progress import Bars, OnDone
from firewarden.bench.year import Year, packed_day
from firewarden.deploy.errors import DeployError
from firewarden.deploy.state import write_atomic
from firewarden.store.queries import Queries

SQL = Queries("firewarden.bench", "loading.sql")
CONNECTIONS = 2
ROW_BYTES = 130
"""What a reading takes on the disk, with its index and its part of the rollups."""
SPARE_BYTES = 6_000_000_000
"""For the write-ahead log, and so that the disk is not full afterwards."""
MARK = "loaded.json"


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What the database in a folder holds. `rows`: found by counting; `load_s`: how long loading took.

    `dense_venues`: so many of the first venues have sensors that are read every five minutes.
    """

    size: QuerySize
    dense_venues: int
    until: datetime
    rows: int
    rows_expected: int
    database_bytes: int
    load_s: float
    rollup_s: float


def require_space(folder: Path, rows: int) -> None:
    """Raise DeployError where the disk is too small for so many readings."""
    needed, free = rows * ROW_BYTES + SPARE_BYTES, shutil.disk_usage(folder).free
    if free < needed:
        raise DeployError(
            f"{rows:,} readings need {needed / 1e9:.0f} GB below {folder}; {free / 1e9:.0f} GB are free.",
            "Take fewer (--rows), or another disk (--data DIR, or TMPDIR).",
        )


def read_mark(folder: Path) -> Loaded | None:
    """What an earlier run loaded there; None where there is nothing, or nothing that can be read."""
    try:
        return msgspec.json.decode((folder / MARK).read_bytes(), type=Loaded)
    except (OSError, msgspec.DecodeError):
        return None


def write_mark(folder: Path, loaded: Loaded) -> None:
    """Remember what the folder holds: written last, so that half a load is none."""
    write_atomic(folder / MARK, msgspec.json.encode(loaded).decode())


@dataclass(slots=True)
class _Done:
    """What several threads have done together."""

    on_done: OnDone
    total: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, count: int) -> None:
        with self._lock:
            self.total += count
            self.on_done(self.total)


async def load(database_url: str, size: QuerySize, bars: Bars) -> Loaded:
    """Fill the empty database; returns what it then holds."""
    until = datetime.now(tz=UTC).replace(second=0, microsecond=0)
    with bars.bar("register, incidents", 7) as on_done:
        sensors = await asyncio.to_thread(_register, database_url, size, until, on_done)
    year = Year(sensors=sensors, of_venue=size.sensors, days=size.days, rows=size.rows, until=until)
    begun_s = asyncio.get_running_loop().time()
    with bars.bar("readings", year.rows_in_all) as on_done:
        await _side_by_side(database_url, range(year.days), _copier(year, _Done(on_done)))
    loaded_s = asyncio.get_running_loop().time()
    days = shanghai_days(year)
    with bars.bar("rollups", len(days)) as on_done:
        await _side_by_side(database_url, days, _roller(_Done(on_done)))
    rolled_s = asyncio.get_running_loop().time()
    with bars.bar("vacuum, analyze, count", 3) as on_done:
        rows, database_bytes = await asyncio.to_thread(_finish, database_url, on_done)
    return Loaded(
        size=size,
        dense_venues=year.dense // size.sensors,
        until=until,
        rows=rows,
        rows_expected=year.rows_in_all,
        database_bytes=database_bytes,
        load_s=loaded_s - begun_s,
        rollup_s=rolled_s - loaded_s,
    )


def _register(database_url: str, size: QuerySize, until: datetime, on_done: OnDone) -> tuple[int, ...]:
    values = {
        "venues": size.venues,
        "sensors": size.sensors,
        "points": size.points,
        "incidents": size.incidents,
        "open": size.incidents_open,
        "hold": size.states_held,
        "every": timedelta(days=size.days) / size.incidents,
        "days": size.days,
        "until": until,
    }
    with _connected(database_url) as connection:
        for number, name in enumerate(
            ("venues", "gateways", "buildings", "points", "incidents", "episodes", "scores"), start=1
        ):
            connection.execute(SQL[name], values if "%(" in SQL[name] else None)
            on_done(number)
        return tuple(int(row[0]) for row in connection.execute(SQL["sensors"]))


def _connected(database_url: str) -> psycopg.Connection:
    connection = psycopg.connect(database_url, autocommit=True)
    connection.execute(SQL["patient"])
    return connection


Work = Callable[[psycopg.Connection, object], None]


async def _side_by_side(database_url: str, items: Sequence[object], work: Work) -> None:
    """Work on the items over several connections, each item once."""

    def some(first: int) -> None:
        with _connected(database_url) as connection:
            for item in items[first::CONNECTIONS]:
                work(connection, item)

    await asyncio.gather(*(asyncio.to_thread(some, first) for first in range(CONNECTIONS)))


def _copier(year: Year, done: _Done) -> Work:
    def copy(connection: psycopg.Connection, day: object) -> None:
        assert isinstance(day, int)
        rows = packed_day(year, day)
        with connection.transaction(), connection.cursor() as cursor, cursor.copy(SQL["copy_readings"]) as stream:
            stream.write(rows)
        done.add(year.rows_of_day)

    return copy


def _roller(done: _Done) -> Work:
    rollup = Queries("firewarden.upkeep")  # its statements, so that the bench asks what the job would have made

    def roll(connection: psycopg.Connection, day: object) -> None:
        assert isinstance(day, datetime)
        values = {"day": day, "from_at": day, "to_at": day + timedelta(days=1), "point_ids": None}
        with connection.transaction():
            connection.execute(rollup["roll_hours"], values)
            connection.execute(rollup["roll_day"], values)
        done.add(1)

    return roll


def shanghai_days(year: Year) -> list[datetime]:
    """The beginnings of the days of Asia/Shanghai (which has no summer time) that hold readings."""
    eight = timedelta(hours=8)
    first = (year.begin_of(0) + eight).replace(hour=0, minute=0) - eight
    return [day for n in range(year.days + 1) if (day := first + timedelta(days=n)) < year.until]


def _finish(database_url: str, on_done: OnDone) -> tuple[int, int]:
    with _connected(database_url) as connection:
        connection.execute(SQL["rolled_up"])
        connection.execute(SQL["vacuum"])
        on_done(1)
        counts = [int(row[0]) for name in ("readings", "size") for row in connection.execute(SQL[name])]
        on_done(3)
    return counts[0], counts[1]
