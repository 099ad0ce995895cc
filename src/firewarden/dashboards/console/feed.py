"""What do all open pages of this process need to know, loaded once for all of them?

One task follows the event stream. It waits a moment so that a burst becomes one reading, reads the open incidents, and
calls every page with the result. Every few seconds it does so without an event too: that is how pages learn whether
the database still answers.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
import structlog
from psycopg_pool import AsyncConnectionPool

from firewarden.api import reads
from firewarden.api.live import Batch, Live
from firewarden.api.rows import IncidentRow
from firewarden.api.signals import Pages, Tell
from firewarden.dashboards.console.desk_rows import Count, Group, Row, counts, merged, ringing
from firewarden.figures.signals import nobody

COALESCE_S = 0.1
"""A burst of events becomes one reading; shorter would read more often than a person can see."""

BEAT_S = 4.0
"""How often pages are told that what they show is current. live_bar.js warns after three missed beats."""

OPEN_MAX = 2_000
"""Open incidents held for the pages; more than this is a flood that no list can show."""

_PAGE = 200

_log = structlog.stdlib.get_logger("console.feed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The open incidents as they were last read."""

    rows: tuple[Row, ...]
    counts: dict[Group, Count]
    ringing: tuple[int, ...]
    cut: bool
    """More are open than are held: the least urgent are missing."""


EMPTY = Board(rows=(), counts=counts(()), ringing=(), cut=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What pages are told: the board, whether it is current, and what else has changed since the last update."""

    board: Board
    fresh: bool
    venues: frozenset[int]
    incidents_changed: bool
    risk_changed: bool
    gateways_changed: bool


Watcher = Callable[[Update], None]


@dataclass(slots=True)
class _Pending:
    venues: set[int]
    incidents: bool = True
    risk: bool = False
    gateways: bool = False

    def add(self, batch: Batch) -> None:
        for event in batch.events:
            if event.venue_id is not None:
                self.venues.add(event.venue_id)
            self.incidents |= event.kind.startswith("incident.")
            self.gateways |= event.kind.startswith("gateway.")
            self.risk |= event.kind == "risk.changed"


class Feed:
    """The one reader of this process. It runs while at least one page has ever been opened."""

    def __init__(self, pool: AsyncConnectionPool, live: Live, tell: Tell = nobody) -> None:
        self._pool = pool
        self._told = tell
        self._live = live
        self._watchers: set[Watcher] = set()
        self._task: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._wake = asyncio.Event()
        self._pending = _Pending(venues=set())
        self._fresh = True
        self.board = EMPTY

    async def start(self) -> None:
        """Begin to follow, with the first board read. Calling it again does nothing. Raises psycopg.Error."""
        async with self._starting:
            if self._task is None:
                self.board = await self._read()
                self._task = asyncio.create_task(self._run(), name="console feed")
                self._task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """A failure that nobody foresaw: pages say that they are out of date, and the next one opened starts anew."""
        self._task = None
        if not task.cancelled() and task.exception() is not None:
            _log.error("feed_failed", exc_info=task.exception())

    async def stop(self) -> None:
        """End the task; pages get nothing more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Call `watcher` with every update from now on; returns what ends it."""
        self._watchers.add(watcher)
        self._told(Pages(open=len(self._watchers)))
        return lambda: self._forget(watcher)

    def _forget(self, watcher: Watcher) -> None:
        self._watchers.discard(watcher)
        self._told(Pages(open=len(self._watchers)))

    async def _run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow())
            tasks.create_task(self._publish())

    async def _follow(self) -> None:
        while True:
            with self._live.subscribe() as subscription:
                async for batch in subscription:
                    self._pending.add(batch)
                    self._wake.set()
                _log.warning("feed_resubscribes", reason=subscription.ended)
            # What was missed is not known, so everything may have changed.
            self._pending.incidents = self._pending.risk = self._pending.gateways = True
            await asyncio.sleep(COALESCE_S)

    async def _publish(self) -> None:
        while True:
            try:
                async with asyncio.timeout(BEAT_S):
                    await self._wake.wait()
                await asyncio.sleep(COALESCE_S)
            except TimeoutError:
                self._pending.incidents = True
            self._wake.clear()
            pending, self._pending = self._pending, _Pending(venues=set(), incidents=False)
            await self._refresh(pending)

    async def _refresh(self, pending: _Pending) -> None:
        if self._fresh and self._live.problem is not None:  # a reading may wait for seconds: pages learn of it before
            self._note_fresh(False, self._live.problem)  # noqa: FBT003 - reads as what it says
            self._tell(_Pending(venues=set(), incidents=False))
        try:
            if pending.incidents or not self._fresh:
                self.board = await self._read()
            self._note_fresh(self._live.problem is None, self._live.problem)
        except psycopg.Error as error:
            self._note_fresh(False, str(error))  # noqa: FBT003 - reads as what it says
            self._pending.incidents = True
        self._tell(pending)

    def _tell(self, pending: _Pending) -> None:
        update = Update(
            board=self.board,
            fresh=self._fresh,
            venues=frozenset(pending.venues),
            incidents_changed=pending.incidents,
            risk_changed=pending.risk,
            gateways_changed=pending.gateways,
        )
        for watcher in tuple(self._watchers):
            watcher(update)

    def _note_fresh(self, fresh: bool, reason: str | None) -> None:  # noqa: FBT001 - the value itself, not a mode
        if fresh != self._fresh:
            _log.warning("feed_freshness_changed", fresh=fresh, reason=reason)
        self._fresh = fresh

    async def _read(self) -> Board:
        incidents: dict[int, IncidentRow] = {}
        async with self._pool.connection() as connection:
            cursor: str | None = None
            while len(incidents) < OPEN_MAX:
                page = await reads.list_incidents(connection, cursor=cursor, limit=_PAGE)
                incidents.update((incident.id, incident) for incident in page.items)
                cursor = page.next
                if cursor is None:
                    break
        rows = merged({row.id: row for row in self.board.rows}, incidents.values())
        return Board(rows=rows, counts=counts(rows), ringing=ringing(rows), cut=cursor is not None)


def utc_now() -> datetime:
    """The clock of the console's shells."""
    return datetime.now(tz=UTC)
