"""Do the jobs run when they are due, alone, and so that everybody sees how they went?"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from firewarden.cli.app import build
from firewarden.store import job_queue
from firewarden.store.database import Role, connect
from firewarden.store.errors import MigrationMismatchError
from firewarden.store.migrate import migrate
from firewarden.upkeep.jobs import JOBS
from firewarden.upkeep.run import run_job
from firewarden.upkeep.seen import JobRun, job_states, overdue
from tests.integration.polling import until
from tests.integration.upkeep.measured import rolled, write

pytestmark = pytest.mark.services

NOW = datetime(2026, 11, 24, tzinfo=UTC)


@asynccontextmanager
async def process(url: str, ready: Path) -> AsyncGenerator[asyncio.subprocess.Process]:
    """`firewarden upkeep`, ready; killed afterwards if it still runs."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "FIREWARDEN_DATABASE_URL": url,
        "FIREWARDEN_READY_FILE": str(ready),
    }
    started = await asyncio.create_subprocess_exec(sys.executable, "-m", "firewarden", "upkeep", env=environment)
    try:
        await until(lambda: ready.exists() or started.returncode is not None, "the process's readiness")
        assert started.returncode is None
        yield started
    finally:
        if started.returncode is None:
            started.kill()
            await started.wait()


def outcomes(url: str) -> dict[str, str]:
    """The outcome of every job's last run."""
    with psycopg.connect(url) as connection:
        return dict(connection.execute("SELECT name, outcome FROM upkeep_job").fetchall())


async def test_the_process_runs_what_was_due_and_ends_when_told(database: str, tmp_path: Path) -> None:
    """Started at any minute, it makes up for the newest run that was missed; SIGTERM ends it with status 0."""
    with psycopg.connect(database) as connection:
        write(connection, [(1, 1, datetime.now(tz=UTC) - timedelta(hours=3), 2.0)])
    async with process(database, tmp_path / "ready") as running:
        await until(lambda: outcomes(database).get("rollup") == "done", "the first rollup")
        with psycopg.connect(database) as connection:
            assert rolled(connection, "reading_hour")[1] == [2.0]
        running.send_signal(signal.SIGTERM)
        assert await running.wait() == 0


async def test_of_two_that_start_a_job_one_works(database: str) -> None:
    """The other is told that it runs already, and changes nothing."""
    async with await connect(database, Role.UPKEEP, name="test") as other:
        await other.execute("SELECT pg_advisory_lock(%s::bigint)", [(0x46_57_55_50 << 32) | JOBS["rollup"].lock])
        assert await run_job(database, "rollup") is None
    assert outcomes(database) == {}
    done = await run_job(database, "rollup")
    assert done is not None
    assert outcomes(database) == {"rollup": "done"}


async def test_a_job_that_fails_says_why_and_is_tried_again(database: str) -> None:
    """What the database refused stands in the record, and the next run starts afresh."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("REVOKE INSERT ON rollup_due FROM fw_upkeep")
        write(connection, [(1, 1, NOW, 2.0)])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await run_job(database, "rollup")
        assert outcomes(database) == {"rollup": "failed"}
        environment = {"FIREWARDEN_DATABASE_URL": database}
        result = await asyncio.to_thread(CliRunner().invoke, build("db"), ["db", "jobs"], env=environment)
        assert (result.exit_code, "failed" in result.output) == (1, True)
        connection.execute("GRANT INSERT ON rollup_due TO fw_upkeep")
    await run_job(database, "rollup")
    async with await connect(database, Role.API, name="test") as reader:
        states = await job_states(reader, datetime.now(tz=UTC))
    [last] = [state.last for state in states if state.name == "rollup"]
    assert last is not None
    assert (last.outcome, last.detail) == ("done", "")


def test_a_job_is_run_by_hand(database: str) -> None:
    """`upkeep run` does it now; an unknown name is answered with those that exist."""
    environment = {"FIREWARDEN_DATABASE_URL": database}
    result = CliRunner().invoke(build("upkeep"), ["upkeep", "run", "rollup"], env=environment)
    assert result.exit_code == 0, result.output
    assert result.output.splitlines()[-1] == "rollup: done, 0 rows"
    result = CliRunner().invoke(build("upkeep"), ["upkeep", "run", "nonsense"], env=environment)
    assert result.exit_code == 2
    assert "rollup" in result.output


def test_a_job_is_overdue_when_it_did_not_end_well_for_two_periods() -> None:
    """Failing or running for ever is not ending well; a reason to do nothing is."""
    job = JOBS["rollup"]
    long_ago, long = NOW - timedelta(days=1), timedelta(seconds=2 * job.period_s, minutes=11)

    def last(outcome: str, done_at: datetime | None, finished_at: datetime | None = NOW) -> JobRun:
        return JobRun(
            name=job.name,
            started_at=NOW,
            finished_at=finished_at,
            outcome=outcome,
            rows=0,
            duration_s=0.0,
            detail="",
            done_at=done_at,
        )

    assert overdue(job, None, since=long_ago, now=NOW)
    assert not overdue(job, None, since=NOW, now=NOW)
    assert overdue(job, last("failed", NOW - long), since=long_ago, now=NOW)
    assert not overdue(job, last("failed", NOW), since=long_ago, now=NOW)
    assert not overdue(job, last("skipped", None), since=long_ago, now=NOW)
    assert overdue(job, last("running", None, None), since=long_ago, now=NOW)


def test_the_queue_of_an_older_package_gets_what_it_lacks(database: str) -> None:
    """A queue that was made with fewer migrations gets the missing ones by name, and one from the future is refused."""
    with psycopg.connect(database, autocommit=True) as connection:
        assert job_queue.bring_up_to_date(connection) == 0
        connection.execute("INSERT INTO jobs.applied (name) VALUES ('99.00.00_01_later.sql')")
    with pytest.raises(MigrationMismatchError, match="newer procrastinate"):
        migrate(database)


def test_the_queue_can_be_upgraded_step_by_step(database: str) -> None:
    """The package's migrations, run one after the other from nothing, make a queue that works here too."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP SCHEMA jobs CASCADE")
        connection.execute("CREATE SCHEMA jobs")
        connection.execute("CREATE TABLE jobs.applied (name text PRIMARY KEY, applied_at timestamptz DEFAULT now())")
        connection.execute("INSERT INTO jobs.applied (name) VALUES ('00.00.00_01_initial.sql')")
        first = next(text for name, text in job_queue.package_migrations().items() if name.startswith("00.00.00"))
        connection.execute("SET search_path = jobs, public")
        connection.execute(first.encode())
        assert job_queue.bring_up_to_date(connection) > 20
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'jobs'").fetchone()
    assert tables == (5,)
