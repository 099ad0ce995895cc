"""Do a process's /metrics and its row in the database say the same, and does neither harm its work?"""

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Any

import httpx
import psycopg
import stamina
from prometheus_client.parser import text_string_to_metric_families
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row
from structlog.testing import capture_logs
from tests.integration.polling import until

from firewarden.deploy.ports import any_free
from firewarden.figures.basics import Basics
from firewarden.figures.reporter import Reporter, reported
from firewarden.figures.series import table
from firewarden.figures.signals import Standing
from firewarden.settings import Settings
from firewarden.store.database import Role

ALL_RUN_ALIKE = "process_"  # processor time, memory: they never stand still


def settings(database: str, port: int = 0) -> Settings:
    """The environment of a process under test."""
    return Settings(database_url=database, metrics_port=port, worker="7")


def row(database: str) -> dict[str, Any] | None:
    """What the database knows of the one process."""
    with psycopg.connect(database) as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute("SELECT * FROM process_figures").fetchone()


async def asked(port: int, path: str) -> tuple[int, dict[str, Any]]:
    """What a supervisor would read."""
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"http://127.0.0.1:{port}{path}")
    return answer.status_code, answer.json()


async def scrape(port: int) -> dict[str, float]:
    """What a Prometheus server would read."""
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"http://127.0.0.1:{port}/metrics", headers={"Accept": "text/plain"})
    return table(text_string_to_metric_families(answer.text))


class Working:
    """Work that goes on until it is told to end."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self._end = asyncio.Event()

    async def __call__(self) -> None:
        """Work."""
        self.begun.set()
        await self._end.wait()


async def stop(task: asyncio.Task[None]) -> None:
    """End a process as SIGTERM does."""
    task.cancel()
    await asyncio.wait({task})


async def test_both_say_the_same(database: str) -> None:
    """Row and endpoint have the same series with the same values; an orderly end is on record, and the port free."""
    port, basics, work = any_free(), Basics("desk", "7"), Working()
    basics.lag_gauge("desk.alarm").set(1.5)
    task = asyncio.create_task(reported(basics, Role.DESK, settings(database, port), work()))
    await until(lambda: row(database) is not None, "the first report")
    told, scraped = row(database), await scrape(port)
    assert told is not None
    assert (told["process"], told["worker"], told["ended_at"]) == ("desk", "7", None)
    assert told["figures"].keys() == scraped.keys()
    changing = (ALL_RUN_ALIKE, "firewarden_event_loop_lag_seconds")
    steady = {key: value for key, value in scraped.items() if not key.startswith(changing)}
    assert {key: told["figures"][key] for key in steady} == steady
    assert steady['firewarden_lag_seconds{of="desk.alarm"}'] == 1.5
    await stop(task)
    ended = row(database)
    assert ended is not None
    assert ended["ended_at"] is not None
    with socket.create_server(("127.0.0.1", port)):
        pass


async def test_a_minute_is_kept_and_a_day_is_forgotten(database: str) -> None:
    """The plots have a row a minute, without buckets; rows of yesterday and processes of last week go."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO process_figures_minute (process, worker, at, figures)"
            " VALUES ('risk', '1', now() - interval '25 hours', '{}'), ('risk', '1', now() - interval '23 hours', '{}')"
        )
        connection.execute(
            "INSERT INTO process_figures (process, worker, standby, version, started_at, at, every_s,"
            " figures, before, before_at)"
            " VALUES ('risk', '9', false, '0', now(), now() - interval '8 days', 5, '{}', '{}', now())"
        )
    work = Working()
    task = asyncio.create_task(reported(Basics("ingest", "1"), Role.INGEST, settings(database), work()))

    def minutes() -> list[tuple[str, bool]]:
        with psycopg.connect(database) as connection:
            rows = connection.execute(
                "SELECT process, figures::text LIKE '%%_bucket%%' FROM process_figures_minute ORDER BY at"
            ).fetchall()
        return [(str(process), bool(buckets)) for process, buckets in rows]

    def processes() -> int:
        with psycopg.connect(database) as connection:
            found = connection.execute("SELECT count(*) FROM process_figures").fetchone()
        return int(found[0]) if found else 0

    await until(lambda: minutes() == [("risk", False), ("ingest", False)] and processes() == 1, "a kept minute")
    await stop(task)


async def test_without_a_database_the_work_goes_on() -> None:
    """Nobody at the database's address: the work runs, /metrics answers, and the end is not delayed."""
    url = make_conninfo("", host="127.0.0.1", port=1, user="nobody", dbname="nothing")
    port, work = any_free(), Working()
    task = asyncio.create_task(reported(Basics("risk", "1"), Role.RISK, settings(url, port), work()))
    async with asyncio.timeout(10):
        await work.begun.wait()
    assert (await scrape(port))["firewarden_standby"] == 0.0
    await stop(task)


async def test_a_port_in_use_is_said_and_the_work_goes_on(database: str) -> None:
    """Where somebody else has the port, the log names it and the setting; the work is done, and reported."""
    with socket.create_server(("127.0.0.1", 0)) as taken, capture_logs() as logs:
        port, work = int(taken.getsockname()[1]), Working()
        task = asyncio.create_task(reported(Basics("risk", "1"), Role.RISK, settings(database, port), work()))
        await until(lambda: row(database) is not None, "the first report")
        await stop(task)
    said = next(each for each in logs if each["event"] == "metrics_not_served")
    assert f"port {port}" in said["reason"]
    assert "FIREWARDEN_METRICS_PORT" in said["reason"]


async def test_errors_and_retries_are_counted(database: str) -> None:
    """A warning of the log and an error that was tried again become figures, with names and without payloads."""
    basics = Basics("risk", "1")

    async def work() -> None:
        logging.getLogger("somebody").warning({"event": "disk_slow", "reason": "it took\n 5 s" + "x" * 500})
        async for attempt in stamina.retry_context(on=ConnectionError, attempts=2, wait_initial=0.0, wait_max=0.001):
            with attempt:
                if attempt.num == 1:
                    raise ConnectionResetError("gone")

    await reported(basics, Role.RISK, settings(database), work())
    figures = table(basics.registry.collect())
    assert figures['firewarden_retries_total{error="ConnectionResetError"}'] == 1.0
    assert figures['firewarden_log_events_total{level="warning"}'] >= 1.0
    assert basics.last_failure is not None
    assert len(basics.last_failure.text) <= 300


async def test_the_row_goes_on_after_the_database_restarts(database: str) -> None:
    """Cut off, the reporter connects again at its next turn."""
    reporter = Reporter(Basics("risk", "1"), Role.RISK, database, every_s=0.05)
    task = asyncio.create_task(reporter.run())
    await until(lambda: row(database) is not None, "the first report")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%figures'"
        )
        cut = connection.execute("SELECT now()").fetchone()
    assert cut is not None
    await until(_newer(database, cut[0]), "a later report")
    await stop(task)


def _newer(database: str, than: object) -> Callable[[], bool]:
    def newer() -> bool:
        told = row(database)
        return told is not None and told["at"] > than

    return newer


async def test_a_spare_has_a_row_of_its_own(database: str) -> None:
    """Who waits does not write over the one that works; when it works itself, it takes that one's place."""
    worker, spare = Basics("desk", "1", only_one=True), Basics("desk", "1", only_one=True)
    worker(Standing(by=False))
    tasks = [
        asyncio.create_task(Reporter(basics, Role.DESK, database, every_s=0.05).run()) for basics in (worker, spare)
    ]

    def standing() -> list[bool]:
        with psycopg.connect(database) as connection:
            rows = connection.execute("SELECT standby FROM process_figures ORDER BY standby").fetchall()
        return [bool(standby) for (standby,) in rows]

    await until(lambda: standing() == [False, True], "both rows")
    await stop(tasks[0])
    spare(Standing(by=False))
    await until(lambda: standing() == [False], "the one row")
    await stop(tasks[1])


async def test_the_port_says_whether_the_process_is_alive_and_ready(database: str) -> None:
    """Ready once it reaches the database and keeps up; alive all the while; standing by is no fault."""
    port, basics, work = any_free(), Basics("desk", "7"), Working()
    lag = basics.lag_gauge("desk.alarm")
    task = asyncio.create_task(reported(basics, Role.DESK, settings(database, port), work()))
    await until(lambda: row(database) is not None, "the first report")
    await until(lambda: basics.unreported_s(0) is not None, "it knows that")
    assert await asked(port, "/healthz") == (200, {"status": "alive", "problems": {}})
    assert await asked(port, "/readyz") == (200, {"status": "ready", "problems": {}})
    lag.set(99)
    assert await asked(port, "/readyz") == (503, {"status": "failing", "problems": {"lag desk.alarm": "99 s behind"}})
    basics(Standing(by=True))
    assert await asked(port, "/readyz") == (200, {"status": "standby", "problems": {}})
    assert (await scrape(port))["firewarden_standby"] == 1.0
    await stop(task)


async def test_without_a_database_it_is_alive_and_not_ready(database: str) -> None:
    """Starting it again would not help, so that it is alive; it does no work, so that it is not ready."""
    nowhere = make_conninfo(database, port=1)
    port, basics, work = any_free(), Basics("desk", "7"), Working()
    task = asyncio.create_task(reported(basics, Role.DESK, settings(nowhere, port), work()))
    await work.begun.wait()
    assert (await asked(port, "/healthz"))[0] == 200
    assert await asked(port, "/readyz") == (503, {"status": "failing", "problems": {"database": "not reached yet"}})
    await stop(task)
