"""How is each process doing? The reports that processes write, judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from psycopg import AsyncConnection
from pydantic import Field

from firewarden.api.fetch import fetch_all, fetch_the_one
from firewarden.figures.spans import Span
from firewarden.figures.verdict import Condition, judge

EXPECTED = ("ingest", "desk", "risk", "upkeep", "api")
"""Kinds of processes that a platform cannot do without."""

SERIES_MAX = 40
MINUTES_MAX = 1_440


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRow:
    """One process: how it is doing, and the figures that say so."""

    process: str
    worker: str
    standby: Annotated[bool, Field(description="it waits until the one that works under its name has ended")]
    version: str
    started_at: datetime
    seen_at: Annotated[datetime, Field(description="of its last report")]
    condition: Condition
    since: Annotated[datetime | None, Field(description="of its silence, or of its end")]
    lag_s: Annotated[float | None, Field(description="by how much it is behind, where it is too much")]
    of: Annotated[str | None, Field(description="with what")]
    errors: Annotated[
        tuple[str, ...], Field(description="what was tried again in the last minute, the commonest first")
    ]
    last_error: str | None
    last_error_at: datetime | None
    figures: Annotated[dict[str, float], Field(description="of the last report, by series as on /metrics")]
    before: Annotated[dict[str, float], Field(description="of about a minute before that, of the same run")]
    before_s: Annotated[float, Field(description="how long before")]

    @property
    def span(self) -> Span:
        """What happened in the minute before the last report."""
        return Span(after=self.figures, before=self.before, seconds=self.before_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Processes:
    """Every process that reported in the last days, and the kinds of which none ever did."""

    at: datetime
    processes: tuple[ProcessRow, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The values of one minute, in the order of the series asked for."""

    process: str
    worker: str
    at: datetime
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reported:
    process: str
    worker: str
    standby: bool
    version: str
    started_at: datetime
    at: datetime
    every_s: float
    ended_at: datetime | None
    last_error: str | None
    last_error_at: datetime | None
    figures: dict[str, float]
    before: dict[str, float]
    before_at: datetime
    now: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    now: datetime


async def list_processes(connection: AsyncConnection) -> Processes:
    """All processes as data flows through them, judged by the database's clock, with which they also report."""
    rows = await fetch_all(connection, "processes", {}, _Reported)
    kinds = {row.process for row in rows}
    return Processes(
        at=(await fetch_the_one(connection, "database_now", {}, _Moment)).now,
        processes=tuple(_judged(row) for row in sorted(rows, key=_place)),
        missing=tuple(kind for kind in EXPECTED if kind not in kinds),
    )


async def figures_history(connection: AsyncConnection, *, series: Sequence[str], minutes: int) -> tuple[History, ...]:
    """Some series of every process, one row a minute, oldest first within a process."""
    params = {"series": list(series), "minutes": minutes}
    return await fetch_all(connection, "figures_history", params, History)


def _place(row: _Reported) -> tuple[int, str, str, bool]:
    known = EXPECTED.index(row.process) if row.process in EXPECTED else len(EXPECTED)
    return known, row.process, row.worker, row.standby


def _judged(row: _Reported) -> ProcessRow:
    before_s = (row.at - row.before_at).total_seconds()
    span = Span(after=row.figures, before=row.before, seconds=before_s)
    verdict = judge(at=row.at, every_s=row.every_s, ended_at=row.ended_at, span=span, now=row.now)
    return ProcessRow(
        process=row.process,
        worker=row.worker,
        standby=row.standby,
        version=row.version,
        started_at=row.started_at,
        seen_at=row.at,
        condition=verdict.condition,
        since=verdict.since,
        lag_s=verdict.lag_s,
        of=verdict.of,
        errors=verdict.errors,
        last_error=row.last_error,
        last_error_at=row.last_error_at,
        figures=row.figures,
        before=row.before,
        before_s=max(0.0, before_s),
    )
