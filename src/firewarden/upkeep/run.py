"""How is one job run: alone, with its rights only, and so that everybody can see how it went?"""

from datetime import datetime

import structlog
from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from firewarden.store.database import Role, connect
from firewarden.store.only_one import try_be_only_one
from firewarden.upkeep.jobs import JOBS, Done, JobKind, Outcome
from firewarden.upkeep.rollup import SQL

_LOCKS = 0x46_57_55_50 << 32  # "FWUP" and the job's number
_DETAIL_CHARACTERS_MAX = 2_000

log = structlog.stdlib.get_logger("upkeep")


async def run_job(url: str, name: str) -> Done | None:
    """Run a job now and record how it went; None where somebody else is running it.

    Raises what the job raised, after that was recorded; KeyError for an unknown name, DatabaseUnreachableError.
    """
    job = JOBS[name]
    connection = await connect(url, Role.UPKEEP, name=f"firewarden upkeep {name}")
    async with connection:
        await connection.execute(SQL["patient"])
        if not await try_be_only_one(connection, _LOCKS | job.lock):
            log.info("job_runs_elsewhere", job=name)
            return None
        await connection.execute(SQL["job_started"], {"name": name, "period_s": job.period_s})
        done = await _attempt(url, connection, job)
        await _record(connection, name, done)
        log.info("job_ended", job=name, outcome=done.outcome.value, rows=done.rows, detail=done.detail)
        return done


async def _attempt(url: str, connection: AsyncConnection, job: JobKind) -> Done:
    try:
        return await job.run(connection, await _database_now(connection))
    except BaseException as error:
        failed = Done(
            rows=0, outcome=Outcome.FAILED, detail=f"{type(error).__name__}: {error}"[:_DETAIL_CHARACTERS_MAX]
        )
        if connection.closed or connection.broken:
            await _record_elsewhere(url, job.name, failed)
        else:
            await _record(connection, job.name, failed)
        raise


async def _record(connection: AsyncConnection, name: str, done: Done) -> None:
    values = {"name": name, "outcome": done.outcome.value, "rows": done.rows, "detail": done.detail}
    await connection.execute(SQL["job_finished"], values)


async def _record_elsewhere(url: str, name: str, done: Done) -> None:
    """The job's connection is gone. With no database at all the row stays 'running', which the check finds."""
    try:
        async with await connect(url, Role.UPKEEP, name=f"firewarden upkeep {name}") as other:
            await _record(other, name, done)
    except Exception as error:  # noqa: BLE001 - the job's own error is the one to be raised
        log.warning("job_not_recorded", job=name, reason=str(error))


async def _database_now(connection: AsyncConnection) -> datetime:
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["database_now"])
        now: datetime | None = await cursor.fetchone()
    assert now is not None
    return now
