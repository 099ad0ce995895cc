"""Who keeps the scores up to date? One process: it follows what others commit and scores again what they touched.

A step is one transaction: what is new, which venues that touches, their scores, the events, and the cursor that says
how far it has read. Whatever happens, it is done whole or not at all, and done again after a restart. Besides, every
minute all venues are scored once, since conditions grow older and memories fade without any fact.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import stamina
import structlog
from psycopg import AsyncConnection, OperationalError
from psycopg.errors import DeadlockDetected, SerializationFailure

from firewarden.figures.signals import Connected, Standing, nobody
from firewarden.process import announce_ready
from firewarden.risk import store
from firewarden.risk.score import score
from firewarden.risk.signals import Scored, Tell
from firewarden.store.database import Role, connect
from firewarden.store.errors import DatabaseUnreachableError
from firewarden.store.only_one import be_only_one, try_be_only_one
from firewarden.store.reading_after import followed
from firewarden.store.wake import wait_for_notify

READER = "risk"
LOCK_KEY = 0x46_57_52_49  # "FWRI"
PROCESS = "firewarden risk"

_log = structlog.stdlib.get_logger("risk")
_COLLISIONS = (SerializationFailure, DeadlockDetected)
_DOWN = (OperationalError, DatabaseUnreachableError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often things happen, in seconds. A venue is scored at most once in `step_s`."""

    step_s: float = 1.0
    idle_s: float = 2.0
    """Without any hint; also how soon a new venue of the register is noticed."""
    sweep_s: float = 60.0
    reign_s: float = 1.0
    """How often a second worker asks whether the first has gone."""
    retry_max_s: float = 5.0
    """The longest wait between two attempts to reach the database."""

    def __post_init__(self) -> None:
        if not 0 < self.step_s <= self.idle_s <= self.sweep_s:
            raise ValueError("a step must be at most as long as idling, and idling as a sweep")


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
        self._tell = tell
        self._clock = clock
        self._pace = pace
        self._sweep_after: int | None = None
        """The last venue of the running sweep; None: no sweep is running."""

    async def start(self) -> None:
        """Score every venue once; what was committed before is contained in that and need not be followed."""
        self._sweep_after = 0
        await self._step(follow=False)
        while self._sweeping():
            await self._step(follow=True)

    async def keep_up(self) -> None:
        """Follow what is committed, for ever."""
        loop = asyncio.get_running_loop()
        sweep_at = loop.time() + self._pace.sweep_s
        while True:
            if not self._sweeping():
                await wait_for_notify(self._connection, timeout_s=self._pace.idle_s)
            began = loop.time()
            if began >= sweep_at:
                self._sweep_after, sweep_at = 0, began + self._pace.sweep_s
            await self._step(follow=True)
            await asyncio.sleep(max(0.0, began + self._pace.step_s - loop.time()))

    def _sweeping(self) -> bool:
        return self._sweep_after is not None

    async def _step(self, *, follow: bool) -> None:
        """One step, done again from its beginning where somebody else wrote the same rows meanwhile."""
        async for attempt in stamina.retry_context(
            on=_COLLISIONS, attempts=None, timeout=None, wait_initial=0.02, wait_max=1.0, wait_jitter=0.05
        ):
            with attempt:
                swept = await self._transaction(follow=follow)
                self._sweep_after = swept

    async def _transaction(self, *, follow: bool) -> int | None:
        """Read, score, write and move the cursor, at once. Returns where the sweep stands after it."""
        connection = self._connection
        began_s, changed, sweeping = time.monotonic(), 0, self._sweeping()
        async with followed(connection, READER) as window:
            due = await store.touched_venues(connection, window) if follow else set[int]()
            due.update(await store.unscored_venues(connection))
            page: list[int] = []
            if self._sweep_after is not None:
                page = await store.venues_after(connection, self._sweep_after)
                due.update(page)
            now = self._clock()
            for venues in _batches(sorted(due)):
                changed += len(await rescore(connection, venues, now))
        took_s = time.monotonic() - began_s
        self._tell(Scored(venues=len(due), changed=changed, seconds=took_s, sweeping=sweeping))
        return page[-1] if len(page) == store.VENUES_MAX else None


async def rescore(connection: AsyncConnection, venues: Sequence[int], now: datetime) -> tuple[store.Changed, ...]:
    """Score `venues` by the facts that the running transaction sees, write it, and return what changed."""
    facts = await store.load_facts(connection, venues, now)
    return await store.save(connection, {venue: score(known, now) for venue, known in facts.items()}, now)


def _batches(venues: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(venues), store.VENUES_MAX):
        yield venues[start : start + store.VENUES_MAX]
