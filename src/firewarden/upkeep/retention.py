"""What is old enough to be forgotten? (docs/adr/0097)

How long each class is kept stands in the table `retention`; the minimum ages, and that nothing open is forgotten, are
built into the database's functions, so that this process could not do otherwise.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import LiteralString

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

from firewarden.upkeep.rollup import SQL

ROWS_A_STEP = 5_000
"""Deleted in one transaction, so that no lock is held for long."""


class DataClass(StrEnum):
    """What is kept for the same time."""

    READINGS = "readings"
    RAW = "raw"
    HOURS = "hours"
    DAYS = "days"
    SCORES = "scores"
    INCIDENTS = "incidents"
    AUDIT = "audit"


CHUNKED = (DataClass.READINGS, DataClass.HOURS, DataClass.DAYS, DataClass.INCIDENTS, DataClass.RAW)
"""Of these, whole chunks are dropped; of incidents it is the state changes behind them, of raw the devices' frames."""

ROWS: Mapping[str, LiteralString] = {
    "quarantine": SQL["forget_quarantine"],
    "audit": SQL["forget_audit"],
    "incidents": SQL["forget_incidents"],
    "episodes": SQL["forget_episodes"],
    "acts": SQL["forget_acts"],
    "commands": SQL["forget_commands"],
    "scores": SQL["forget_scores"],
    "risk facts": SQL["forget_facts"],
    "unknown devices": SQL["forget_unknown"],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """How long a class is kept."""

    data_class: DataClass
    keep: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What one run deleted: rows by kind, and chunks by class."""

    rows: Mapping[str, int]
    chunks: Mapping[str, int]
    finished: bool

    @property
    def text(self) -> str:
        """The same in words, without what is zero."""
        rows = [f"{n} {kind}" for kind, n in self.rows.items() if n]
        chunks = [f"{n} chunks of {kind}" for kind, n in self.chunks.items() if n]
        return ", ".join(rows + chunks) + ("" if self.finished else "; the rest is done by the next run")


async def forget(connection: AsyncConnection, *, budget_s: float) -> Forgotten:
    """Drop and delete what is older than its class is kept, in small steps, until the time is up."""
    begun_s = time.monotonic()
    chunks = {kind.value: await _number(connection, SQL["drop_old_chunks"], {"class": kind.value}) for kind in CHUNKED}
    rows = dict.fromkeys(ROWS, 0)
    finished = True
    for kind, statement in ROWS.items():
        while n := await _number(connection, statement, {"rows_max": ROWS_A_STEP}):
            rows[kind] += n
            if time.monotonic() - begun_s > budget_s:
                finished = False
                break
    return Forgotten(rows=rows, chunks=chunks, finished=finished)


async def compress(connection: AsyncConnection, *, older_than: timedelta, budget_s: float) -> int | None:
    """Compress chunks of readings that hardly change any more; None where this edition cannot."""
    begun_s, chunks = time.monotonic(), 0
    while time.monotonic() - begun_s <= budget_s:
        async with connection.cursor(row_factory=scalar_row) as cursor:
            await cursor.execute(SQL["compress_one_chunk"], {"older_than": older_than})
            n: int | None = await cursor.fetchone()
        if n is None:
            return None
        if n == 0:
            break
        chunks += n
    return chunks


async def kept(connection: AsyncConnection) -> tuple[Kept, ...]:
    """How long each class is kept."""
    async with connection.cursor(row_factory=class_row(Kept)) as cursor:
        await cursor.execute(SQL["retention"])
        return tuple(await cursor.fetchall())


async def keep(connection: AsyncConnection, data_class: DataClass, days: int) -> None:
    """Keep a class for so many days. Raises psycopg.errors.CheckViolation where that is less than it must be kept."""
    await connection.execute(SQL["set_retention"], {"class": data_class.value, "days": days})


async def _number(connection: AsyncConnection, statement: LiteralString, values: Mapping[str, object]) -> int:
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(statement, values)
        return int(await cursor.fetchone() or 0)
