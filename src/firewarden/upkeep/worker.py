"""The upkeep process: lets procrastinate run the jobs when they are due. Any number of it may run."""

import logging
from pathlib import Path

import psycopg
import stamina
import structlog
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from firewarden.process import announce_ready
from firewarden.store.database import Role, connect, conninfo
from firewarden.store.errors import DatabaseUnreachableError
from firewarden.store.job_queue import SEARCH_PATH
from firewarden.upkeep.jobs import JOBS, JobKind
from firewarden.upkeep.run import run_job

RETRIED = (psycopg.OperationalError, psycopg.InterfaceError, ConnectorException, DatabaseUnreachableError)
RETRY_WAIT_MAX_S = 5.0
POOL_SIZE_MAX = 3
CATCH_UP_S = 86_400
"""A run that was missed while nothing ran is made up for within a day; each due moment is queued once at most."""
STOP_S = 5.0
"""How long a job may go on after the process was told to stop. All are safe to break off."""
KEEP_FINISHED_HOURS = 72

log = structlog.stdlib.get_logger("upkeep")


def build(url: str) -> App:
    """The queue's application with all jobs; its tables are in a schema of their own."""
    options = f"{conninfo_to_dict(url).get('options') or ''} -c search_path={SEARCH_PATH}".strip()
    address = conninfo(make_conninfo(url, options=options), Role.UPKEEP, name="firewarden upkeep queue")
    app = App(
        connector=PsycopgConnector(conninfo=address, min_size=1, max_size=POOL_SIZE_MAX),
        periodic_defaults={"max_delay": CATCH_UP_S},
    )
    for job in JOBS.values():
        _add(app, url, job)

    @app.periodic(cron="17 * * * *")
    @app.task(name="queue", queueing_lock="queue")
    async def queue(timestamp: int) -> None:  # pyright: ignore[reportUnusedFunction]  # noqa: ARG001 - given by the queue
        """Forget the queue's own history, and what killed workers left unfinished."""
        manager = app.job_manager
        for stalled in await manager.get_stalled_jobs():
            await manager.retry_job(stalled)
        await manager.delete_old_jobs(nb_hours=KEEP_FINISHED_HOURS, include_failed=True, include_aborted=True)

    return app


def _add(app: App, url: str, job: JobKind) -> None:
    @app.periodic(cron=job.cron)
    @app.task(name=job.name, queueing_lock=job.name)
    async def task(timestamp: int) -> None:  # pyright: ignore[reportUnusedFunction]  # noqa: ARG001 - given by the queue
        await run_job(url, job.name)


async def work(url: str, ready_file: Path | None) -> None:
    """Run jobs until cancelled; a database that goes away is waited for."""
    logging.getLogger("procrastinate").setLevel(logging.WARNING)  # each run has a line of ours
    while True:
        async for attempt in stamina.retry_context(
            on=RETRIED, attempts=None, timeout=None, wait_initial=0.1, wait_max=RETRY_WAIT_MAX_S, wait_jitter=0.2
        ):
            with attempt:
                async with await connect(url, Role.UPKEEP, name="firewarden upkeep"):
                    pass  # an unreachable database is said here; the pool would wait for it and say nothing
                await _work_once(url, ready_file)
        log.warning("upkeep_interrupted")


async def _work_once(url: str, ready_file: Path | None) -> None:
    """Until the queue's worker ends because the database went away."""
    app = build(url)
    async with app.open_async():
        announce_ready(ready_file)
        log.info("upkeep_ready", jobs=sorted(JOBS))
        await app.run_worker_async(
            name="upkeep",
            concurrency=2,  # the rollups go on while a long job runs
            install_signal_handlers=False,
            shutdown_graceful_timeout=STOP_S,
            delete_jobs="successful",
        )
