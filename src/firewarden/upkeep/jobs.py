"""What is done periodically, how often, and why?"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from psycopg import AsyncConnection

from firewarden.upkeep.retention import compress, forget
from firewarden.upkeep.rollup import roll_up

ROLLUP_BUDGET_S = 240.0
"""Less than the period, so that a backlog never makes two runs overlap."""

NIGHTLY_BUDGET_S = 3_600.0
COMPRESSED_AFTER = timedelta(days=30)
"""By then late readings have come; one that comes still later costs more, and is stored all the same."""


class Outcome(StrEnum):
    """How a run ended."""

    DONE = "done"
    SKIPPED = "skipped"
    """There is nothing that this job could do here; `detail` says why."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a run did: `rows` is what it worked on."""

    rows: int
    outcome: Outcome = Outcome.DONE
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobKind:
    """A periodic job. `cron` is in UTC; `period_s` is what it amounts to."""

    name: str
    cron: str
    period_s: int
    lock: int
    """Number of its advisory lock among upkeep's."""
    purpose: str
    run: Callable[[AsyncConnection, datetime], Awaitable[Done]]


async def _rollup(connection: AsyncConnection, now: datetime) -> Done:
    rolled = await roll_up(connection, now, budget_s=ROLLUP_BUDGET_S)
    return Done(rows=rolled.readings, detail="" if rolled.finished else "the rest is done by the next run")


async def _retention(connection: AsyncConnection, now: datetime) -> Done:  # noqa: ARG001 - the database's own clock
    forgotten = await forget(connection, budget_s=NIGHTLY_BUDGET_S)
    return Done(rows=sum(forgotten.rows.values()), detail=forgotten.text)


async def _compression(connection: AsyncConnection, now: datetime) -> Done:  # noqa: ARG001 - the database's own clock
    chunks = await compress(connection, older_than=COMPRESSED_AFTER, budget_s=NIGHTLY_BUDGET_S)
    if chunks is None:
        return Done(rows=0, outcome=Outcome.SKIPPED, detail="this edition of TimescaleDB has no compression")
    return Done(rows=chunks, detail=f"{chunks} chunks" if chunks else "")


async def _guards(connection: AsyncConnection, now: datetime) -> Done:
    from firewarden.risk.guarding import guard  # noqa: PLC0415 - numpy is not needed for the other jobs

    done = await guard(connection, now)
    fired = [one.name for one in done.findings if one.fired]
    frozen = f"; frozen by {', '.join(done.frozen_by)}" if done.frozen_by else ""
    return Done(rows=len(done.findings), detail=f"fired: {', '.join(fired)}{frozen}" if fired else "")


JOBS: Mapping[str, JobKind] = {
    job.name: job
    for job in (
        JobKind(
            name="rollup",
            cron="*/5 * * * *",
            period_s=300,
            lock=1,
            purpose="readings to hours and days",
            run=_rollup,
        ),
        JobKind(
            name="retention",
            cron="10 19 * * *",  # 03:10 in Shanghai
            period_s=86_400,
            lock=2,
            purpose="forget what is old enough",
            run=_retention,
        ),
        JobKind(
            name="compression",
            cron="40 19 * * *",
            period_s=86_400,
            lock=3,
            purpose="compress old readings",
            run=_compression,
        ),
        JobKind(
            name="risk_guards",
            cron="20 18 * * *",
            period_s=86_400,
            lock=4,
            purpose="judge whether the risk model can still be believed",
            run=_guards,
        ),
    )
}
