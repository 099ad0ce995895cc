"""How do others learn how a process is doing? /metrics on a port of its own, and a row in the database.

Both come from one registry. Neither may harm the work: what cannot be told now is told in a few seconds.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncGenerator, Coroutine, Generator
from contextlib import asynccontextmanager, contextmanager
from threading import Thread
from wsgiref.simple_server import WSGIServer

import psycopg
import structlog
from stamina.instrumentation import get_on_retry_hooks, set_on_retry_hooks

import firewarden
from firewarden.figures import store
from firewarden.figures.basics import TICK_S, Basics
from firewarden.figures.endpoint import serve
from firewarden.figures.series import Figures, table
from firewarden.settings import Settings
from firewarden.store.database import Role, connect
from firewarden.store.errors import StoreError

REPORT_EVERY_S = 5.0
KEPT_S = 60.0
KEEP_EVERY_S = 60.0
FAREWELL_S = 2.0

log = structlog.stdlib.get_logger("figures")


async def reported(basics: Basics, role: Role, settings: Settings, work: Coroutine[object, object, None]) -> None:
    """Do `work`, and tell meanwhile how it goes; the whole of a process."""
    address = settings.metrics_host, settings.metrics_port
    async with _observed(basics), _endpoint(basics, *address), _reporting(basics, role, settings.database_url):
        await work


@asynccontextmanager
async def _endpoint(basics: Basics, host: str, port: int) -> AsyncGenerator[None]:
    """Answer Prometheus on its own port while the block runs; 0 is none."""
    if port == 0:
        yield
        return
    try:
        server, thread = serve(basics, host, port, every_s=REPORT_EVERY_S)
    except OSError as error:
        # Whoever watches is told, and the work goes on: a fire matters more than a figure.
        reason = f"cannot listen on {host} port {port}: {error.strerror}; choose FIREWARDEN_METRICS_PORT"
        log.error("metrics_not_served", reason=reason)  # noqa: TRY400 - an operator's error, not a defect
        yield
        return
    log.info("metrics_served", host=host, port=port)
    try:
        yield
    finally:
        await asyncio.to_thread(_close, server, thread)


def _close(server: WSGIServer, thread: Thread) -> None:
    server.shutdown()
    server.server_close()
    thread.join()


@asynccontextmanager
async def _observed(basics: Basics) -> AsyncGenerator[None]:
    """Notice complaints in the log, retries, and whether the event loop turns."""
    turning = asyncio.create_task(_turn(basics), name="figures loop")
    try:
        with _complaints(basics), _retries(basics):
            yield
    finally:
        turning.cancel()
        await asyncio.wait({turning})


async def _turn(basics: Basics) -> None:
    basics.turned(0.0)
    while True:
        due = time.monotonic() + TICK_S
        await asyncio.sleep(TICK_S)
        basics.turned(time.monotonic() - due)


@contextmanager
def _complaints(basics: Basics) -> Generator[None]:
    handler = _Complaints(basics)
    logging.getLogger().addHandler(handler)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(handler)


class _Complaints(logging.Handler):
    """Hands warnings and errors to the figures: the event's name and its reason, no payloads."""

    def __init__(self, basics: Basics) -> None:
        super().__init__(logging.WARNING)
        self._basics = basics

    def emit(self, record: logging.LogRecord) -> None:
        """Note one."""
        level = "error" if record.levelno >= logging.ERROR else "warning"
        self._basics.complained(level=level, text=_said(record))


def _said(record: logging.LogRecord) -> str:
    if not isinstance(record.msg, dict):
        return record.getMessage()
    fields: dict[str, object] = record.msg
    reason = next((str(fields[name]) for name in ("reason", "reasons", "error", "problem") if name in fields), "")
    name = str(fields.get("event", ""))
    return f"{name}: {' '.join(reason.split())}" if reason else name


@contextmanager
def _retries(basics: Basics) -> Generator[None]:
    before = get_on_retry_hooks()
    set_on_retry_hooks([*before, basics.retried])
    try:
        yield
    finally:
        set_on_retry_hooks(before)


@asynccontextmanager
async def _reporting(basics: Basics, role: Role, url: str) -> AsyncGenerator[None]:
    reporter = Reporter(basics, role, url)
    reporting = asyncio.create_task(reporter.run(), name="figures")
    reporting.add_done_callback(_say_failure)
    try:
        yield
    except asyncio.CancelledError:
        await _stopped(reporting)
        await reporter.farewell()
        raise
    finally:
        await _stopped(reporting)


async def _stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})


def _say_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("figures_failed", exc_info=error)


class Reporter:
    """Writes the figures of one process, every few seconds, over a connection of its own."""

    def __init__(self, basics: Basics, role: Role, url: str, *, every_s: float = REPORT_EVERY_S) -> None:
        self._basics = basics
        self._role = role
        self._url = url
        self._every_s = every_s
        self._taken: deque[tuple[float, Figures]] = deque()  # bounded by KEPT_S in report
        self._kept_at_s: float | None = None

    async def run(self) -> None:
        """Report until cancelled. Where the database is away the figures wait: they are of the moment anyway."""
        while True:
            try:
                async with await self._connect() as connection:
                    while True:
                        await self._write(connection)
                        await asyncio.sleep(self._every_s)
            except (psycopg.Error, StoreError) as error:
                log.info("figures_not_written", reason=str(error))
            await asyncio.sleep(self._every_s)

    async def farewell(self) -> None:
        """Say that the process ends in good order, if that can be said quickly."""
        try:
            async with asyncio.timeout(FAREWELL_S), await self._connect() as connection:
                await store.write_end(
                    connection, self._basics.process, self._basics.worker, standby=self._basics.standby
                )
        except (psycopg.Error, StoreError, TimeoutError) as error:
            log.info("figures_not_written", reason=str(error))

    def report(self, now_s: float) -> store.Report:
        """How the process is doing now, and was about a minute ago."""
        basics, figures = self._basics, table(self._basics.registry.collect())
        self._taken.append((now_s, figures))
        while self._taken[0][0] < now_s - KEPT_S - self._every_s:
            self._taken.popleft()
        before_s, before = self._taken[0]
        failure = basics.last_failure
        return store.Report(
            process=basics.process,
            worker=basics.worker,
            standby=basics.standby,
            version=firewarden.__version__,
            age_s=now_s - basics.began_s,
            every_s=self._every_s,
            last_error=failure.text if failure else None,
            last_error_at=failure.at if failure else None,
            figures=figures,
            before=before,
            before_age_s=now_s - before_s,
        )

    async def _write(self, connection: psycopg.AsyncConnection) -> None:
        now_s = time.monotonic()
        report = self.report(now_s)
        await store.write(connection, report)
        self._basics.reported()
        if report.standby:  # the plots are of the one that works
            return
        if self._kept_at_s is None or now_s - self._kept_at_s >= KEEP_EVERY_S:
            await store.keep_minute(connection, report)
            self._kept_at_s = now_s

    async def _connect(self) -> psycopg.AsyncConnection:
        basics = self._basics
        return await connect(self._url, self._role, name=f"firewarden {basics.process} {basics.worker} figures")
