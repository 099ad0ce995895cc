"""A running scorer, and looks at what it wrote."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Literal

import psycopg
from psycopg.rows import class_row

from firewarden.figures.signals import nobody
from firewarden.risk import worker
from firewarden.risk.scoring.codes import Cause
from firewarden.risk.scoring.model import Factor
from firewarden.risk.scoring.wire import decode_factors
from firewarden.risk.signals import Tell
from tests.integration.polling import until

QUICK = worker.Pace(step_s=0.05, idle_s=0.1, rank_s=3_600, reign_s=0.05, retry_max_s=0.2)
"""Steps follow each other at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A venue's stored score."""

    venue_id: int
    score: Decimal
    grade: str
    confidence: Decimal
    base: Decimal
    factors: str
    rules: list[str]

    def tenths(self, code: Cause) -> int:
        """What one factor adds."""
        return next((factor.tenths for factor in self.reasons() if factor.code is code), 0)

    @property
    def total(self) -> Decimal:
        """Base and factors: the score."""
        return self.base + sum(Decimal(factor.tenths) / 10 for factor in self.reasons())

    def reasons(self) -> tuple[Factor, ...]:
        """The stored factors."""
        return decode_factors(self.factors)


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What a database holds of scores."""

    url: str

    def scores(self) -> dict[int, Row]:
        """Every stored score by venue."""
        with psycopg.connect(self.url) as connection, connection.cursor(row_factory=class_row(Row)) as cursor:
            rows = cursor.execute(
                "SELECT venue_id, score, grade::text AS grade, confidence, base, factors::text AS factors,"
                " ARRAY(SELECT h ->> 'rule' FROM jsonb_array_elements(hits) h) AS rules FROM risk_score"
            ).fetchall()
        return {row.venue_id: row for row in rows}

    def count(self, table: Literal["risk_score_history", "event"], venue: int) -> int:
        """How many rows of `risk_score_history`, or risk.changed rows of `event`, a venue has."""
        with psycopg.connect(self.url) as connection:
            if table == "event":
                cursor = connection.execute(
                    "SELECT count(*) FROM event WHERE kind = 'risk.changed' AND venue_id = %s", [venue]
                )
            else:
                cursor = connection.execute("SELECT count(*) FROM risk_score_history WHERE venue_id = %s", [venue])
            row = cursor.fetchone()
        assert row is not None
        return int(row[0])

    async def tenths(self, venue: int, code: Cause, wanted: Callable[[int], bool]) -> Row:
        """The stored score once one of its factors is as wanted."""

        def look() -> Row | None:
            row = self.scores().get(venue)
            return row if row is not None and wanted(row.tenths(code)) else None

        row = await until(look, f"a score of venue {venue} whose {code} is as wanted")
        assert row is not None
        return row


@asynccontextmanager
async def scoring(
    url: str,
    folder: Path,
    pace: worker.Pace = QUICK,
    clock: Callable[[], datetime] = worker.wall_clock,
    tell: Tell = nobody,
) -> AsyncGenerator[None]:
    """A scorer that is ready, ended afterwards."""
    ready = folder / "risk.ready"
    ready.unlink(missing_ok=True)
    task = asyncio.create_task(worker.run(url, ready_file=ready, pace=pace, clock=clock, tell=tell))
    try:
        await until(lambda: ready.exists() or task.done(), "the scorer's readiness")
        yield
        assert not task.done(), f"the scorer ended: {task}"
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
