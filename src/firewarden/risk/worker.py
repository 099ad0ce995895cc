"""Who keeps the scores up to date? One process: it follows what others commit and scores again what they touched.

What a step does stands in live.py: one transaction, done whole or not at all, and done again after a restart. At every
full hour all venues are scored, since troubles grow older and memories fade without any fact.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import stamina
import structlog
from psycopg import AsyncConnection, OperationalError
from psycopg.errors import DeadlockDetected, SerializationFailure

from firewarden.figures.signals import Connected, Standing, nobody
from firewarden.process import announce_ready
from firewarden.risk import store
from firewarden.risk.live import Live
from firewarden.risk.signals import Tell
from firewarden.store.database import Role, connect
from firewarden.store.errors import DatabaseUnreachableError
from firewarden.store.only_one import be_only_one, try_be_only_one
from firewarden.store.wake import wait_for_notify

LOCK_KEY = 0x46_57_52_49  # "FWRI"
PROCESS = "firewarden risk"

_T = TypeVar("_T")

_log = structlog.stdlib.get_logger("risk")
_COLLISIONS = (SerializationFailure, DeadlockDetected)
_DOWN = (OperationalError, DatabaseUnreachableError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often things happen, in seconds. A venue is scored at most once in `step_s`, unless there is a backlog."""

    step_s: float = 1.0
    idle_s: float = 2.0
    """Without any hint; also how soon a new venue of the register is noticed."""
    rank_s: float = 60.0
    """How often it is said how sure the ranks are."""
    reign_s: float = 1.0
    """How often a second worker asks whether the first has gone."""
    retry_max_s: float = 5.0
    """The longest wait between two attempts to reach the database."""

    def __post_init__(self) -> None:
        if not 0 < self.step_s <= self.idle_s <= self.rank_s:
            raise ValueError("a step must be at most as long as idling, and idling as between two looks at ranks")


def wall_clock() -> datetime:
    """The time of this machine, in UTC."""
    return datetime.now(tz=UTC)


async def run(
    database_url: str,
    *,
    ready_file: Path | None = None,
    clock: Callable[[], datetime] = wall_clock,
    pace: Pace | None = None,
    tell: Tell = nobody,
) -> None:
    """Score venues until cancelled. An unreachable database is tried again, with waits up to `retry_max_s`."""
    chosen = pace or Pace()
    while True:
        async for attempt in stamina.retry_context(
            on=_DOWN, attempts=None, timeout=None, wait_initial=0.2, wait_max=chosen.retry_max_s, wait_jitter=0.5
        ):
            with attempt:
                await _session(database_url, ready_file=ready_file, clock=clock, pace=chosen, tell=tell)


async def _session(
    database_url: str, *, ready_file: Path | None, clock: Callable[[], datetime], pace: Pace, tell: Tell
) -> None:
    """One connection's life. A loss after work was done ends it; a loss before that is raised, to be waited out."""
    connection = await connect(
        database_url, Role.RISK, name=PROCESS, on_connected=lambda seconds: tell(Connected(seconds=seconds))
    )
    async with connection:
        await _reign(connection, pace, tell)
        await store.listen(connection)
        scorer = Scorer(connection, clock=clock, pace=pace, tell=tell)
        await scorer.start()
        announce_ready(ready_file)
        _log.info("risk_ready")
        try:
            await scorer.keep_up()
        except OperationalError as error:
            _log.warning("risk_database_lost", reason=str(error).strip())


async def _reign(connection: AsyncConnection, pace: Pace, tell: Tell) -> None:
    if not await try_be_only_one(connection, LOCK_KEY):
        tell(Standing(by=True))
        _log.info("risk_waiting", reason="another worker scores; this one takes over when it ends")
        await be_only_one(connection, LOCK_KEY, ask_every_s=pace.reign_s)
    tell(Standing(by=False))


class Scorer:
    """Keeps the scores of one database up to date, over one connection that holds the lock."""

    def __init__(
        self, connection: AsyncConnection, *, clock: Callable[[], datetime], pace: Pace, tell: Tell = nobody
    ) -> None:
        self._connection = connection
        self._live = Live(connection, clock=clock)
        self._tell = tell
        self._pace = pace

    async def start(self) -> None:
        """Read all there is, and score every venue that no sweep has scored yet."""
        await self._live.load()
        while not self._live.progress.ready:
            await self._step()

    async def keep_up(self) -> None:
        """Follow what is committed, for ever."""
        loop = asyncio.get_running_loop()
        rank_at = loop.time()
        while True:
            if not self._live.progress.busy:
                await wait_for_notify(self._connection, timeout_s=self._pace.idle_s)
            began = loop.time()
            await self._step()
            if began >= rank_at and not self._live.progress.busy:
                await self._again(self._live.rank)
                rank_at = began + self._pace.rank_s
            if self._live.progress.whole:  # whoever is behind does not rest
                await asyncio.sleep(max(0.0, began + self._pace.step_s - loop.time()))

    async def _step(self) -> None:
        self._tell(await self._again(self._live.step))

    async def _again(self, work: Callable[[], Awaitable[_T]]) -> _T:
        """One transaction, done again from its beginning where somebody else wrote the same rows meanwhile."""
        async for attempt in stamina.retry_context(
            on=_COLLISIONS, attempts=None, timeout=None, wait_initial=0.02, wait_max=1.0, wait_jitter=0.05
        ):
            with attempt:
                return await work()
        raise AssertionError("a retry without an end has ended")
