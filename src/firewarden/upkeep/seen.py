"""How did the periodic jobs go, and which should have run and did not? What the api, the console and the check show."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg import AsyncConnection
from psycopg.rows import class_row

from firewarden.upkeep.jobs import JOBS, JobKind
from firewarden.upkeep.rollup import SQL

PERIODS_MAX = 2
"""A job is overdue after so many periods, and a while, without ending well."""
WHILE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """The last run of a job. `done_at` is when it last ended well, maybe in an earlier run."""

    name: str
    started_at: datetime
    finished_at: datetime | None
    outcome: str
    rows: int
    duration_s: float | None
    detail: str
    done_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """A periodic job and its last run; `last` is null where it never ran."""

    name: str
    purpose: str
    period_s: int
    overdue: bool
    last: JobRun | None


def overdue(job: JobKind, last: JobRun | None, *, since: datetime, now: datetime) -> bool:
    """Whether it neither ended well nor had a reason to be skipped for too long; `since` is when it could first run."""
    well = since
    if last is not None:
        ended = last.finished_at if last.outcome == "skipped" else last.done_at
        well = max(since, ended) if ended is not None else since
    return now - well > PERIODS_MAX * timedelta(seconds=job.period_s) + WHILE


async def job_states(connection: AsyncConnection, now: datetime) -> tuple[JobState, ...]:
    """Every job, by name."""
    async with connection.cursor(row_factory=class_row(JobRun)) as cursor:
        await cursor.execute(SQL["job_runs"])
        runs = {run.name: run for run in await cursor.fetchall()}
    row = await (await connection.execute(SQL["jobs_since"])).fetchone()
    since: datetime = now if row is None else row[0]
    return tuple(
        JobState(
            name=job.name,
            purpose=job.purpose,
            period_s=job.period_s,
            overdue=overdue(job, runs.get(job.name), since=since, now=now),
            last=runs.get(job.name),
        )
        for job in sorted(JOBS.values(), key=lambda each: each.name)
    )
