"""What has just happened? One listener a process follows the `event` table and hands its rows to its watchers.

NOTIFY only wakes it. What is new is decided by snapshots (docs/adr/0002), so events of slow transactions are neither
skipped nor repeated, and after a lost connection it goes on where it stopped. Watchers have bounded queues: one that
does not keep up is ended with a reason, and can resume from the database.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Self

import psycopg
import stamina
import structlog
from psycopg import AsyncConnection

from firewarden.api.fetch import Params, execute, fetch_all
from firewarden.api.signals import Handed, Tell, Traced
from firewarden.figures.signals import Connected, nobody
from firewarden.store.database import Role, connect
from firewarden.store.errors import StoreError
from firewarden.store.reading_after import Snapshot, current_snapshot
from firewarden.store.wake import wait_for_notify

BATCH_EVENTS_MAX = 500
"""Events handed over at once. A wider window comes in several batches, of which only the last has a cursor."""

QUEUED_EVENTS_MAX = 5_000
"""Events that may wait for one watcher, some seconds of a busy city; with more it is too slow."""

POLL_S = 2.0
"""How long a lost notification can delay an event."""

_log = structlog.stdlib.get_logger("api.live")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened. `data` is the JSON text that its writer made."""

    id: int
    at: datetime
    kind: str
    venue_id: int | None
    incident_id: int | None
    data: str
    trace_id: str | None = None
    """Of the message that it follows from, where it follows from one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Events in order of id. With a `cursor`, everything up to it has been handed over."""

    events: tuple[Event, ...]
    cursor: Snapshot | None


class EndReason(StrEnum):
    """Why a subscription ended; the value is what its holder is told."""

    TOO_SLOW = "too_slow"
    SHUTTING_DOWN = "shutting_down"
    SIGN_IN_AGAIN = "sign_in_again"


class Subscription:
    """The batches of one watcher, from the moment it subscribed.

    Use it as a context manager, and as an async iterator that ends when `ended` says why.
    """

    def __init__(self, live: "Live", since: Snapshot | None) -> None:
        self._live = live
        self._batches: deque[Batch] = deque()  # bounded by QUEUED_EVENTS_MAX events in _offer
        self._queued_events = 0
        self._wake = asyncio.Event()
        self.since = since
        """Batches begin after this position. None: the listener has not reached the database yet."""
        self.ended: EndReason | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._live.forget(self)

    async def __aiter__(self) -> AsyncIterator[Batch]:
        while True:
            while self._batches:
                batch = self._batches.popleft()
                self._queued_events -= len(batch.events)
                yield batch
            if self.ended is not None:
                return
            self._wake.clear()
            await self._wake.wait()

    def offer(self, batch: Batch) -> None:
        """Queue `batch`, or end this subscription where its holder is too far behind."""
        if self._queued_events + len(batch.events) > QUEUED_EVENTS_MAX or len(self._batches) > QUEUED_EVENTS_MAX:
            self.end(EndReason.TOO_SLOW)
            self._batches.clear()
            return
        self._batches.append(batch)
        self._queued_events += len(batch.events)
        self._wake.set()

    def end(self, reason: EndReason) -> None:
        """No more batches will come; those that are queued still do."""
        self.ended = self.ended or reason
        self._live.forget(self)
        self._wake.set()


class Live:
    """The listener of this process. `run` it in a task; subscribe at any time."""

    def __init__(self, url: str, *, name: str = "firewarden api live", tell: Tell = nobody) -> None:
        self._url = url
        self._tell = tell
        self._name = name
        self._watchers: set[Subscription] = set()
        self._connected = asyncio.Event()
        self._caught_up_s: float | None = None
        self.cursor: Snapshot | None = None
        """Everything visible here has been handed over. None before the first connection."""
        self.problem: str | None = "the listener has not connected yet"
        """Why events are not followed at the moment; None while they are."""

    @property
    def behind_s(self) -> float:
        """How long ago it last had handed over everything; 0 before the first time."""
        return 0.0 if self._caught_up_s is None else time.monotonic() - self._caught_up_s

    def subscribe(self) -> Subscription:
        """Everything after `cursor`, from now on."""
        subscription = Subscription(self, self.cursor)
        self._watchers.add(subscription)
        return subscription

    def forget(self, subscription: Subscription) -> None:
        """Hand nothing more to this one."""
        self._watchers.discard(subscription)

    @property
    def watchers(self) -> int:
        """How many subscriptions are open."""
        return len(self._watchers)

    async def connected(self) -> None:
        """Wait until events are followed."""
        await self._connected.wait()

    def end_all(self) -> None:
        """Tell every watcher that the process ends."""
        for subscription in tuple(self._watchers):
            subscription.end(EndReason.SHUTTING_DOWN)

    async def run(self) -> None:
        """Follow events until cancelled, over as many connections as it takes."""
        try:
            while True:
                connection = await self._connect()
                async with connection:
                    await self._follow(connection)
        finally:
            self.end_all()

    async def _connect(self) -> AsyncConnection:
        """A connection that listens and has read what was missed, however long that takes."""

        def mends_itself(error: Exception) -> bool:
            self.problem = f"the connection that follows events cannot be made: {error}"
            return isinstance(error, psycopg.Error | StoreError)

        retry = stamina.retry_context(on=mends_itself, attempts=None, timeout=None, wait_initial=0.1, wait_max=3.0)
        async for attempt in retry:
            with attempt:
                connection = await connect(self._url, Role.API, name=self._name, on_connected=self._connected_in)
                try:
                    await execute(connection, "listen", {})
                    await self._catch_up(connection)
                except BaseException:
                    await connection.close()
                    raise
                return connection
        raise AssertionError("unreachable: retries have no end")

    def _connected_in(self, seconds: float) -> None:
        self._tell(Connected(seconds=seconds))

    async def _follow(self, connection: AsyncConnection) -> None:
        self.problem = None
        self._connected.set()
        try:
            while True:
                await wait_for_notify(connection, timeout_s=POLL_S)
                await self._catch_up(connection)
        except psycopg.Error as error:
            self.problem = f"the connection that follows events was lost: {error}"
            _log.warning("live_connection_lost", error=str(error))
        finally:
            self._connected.clear()

    async def _catch_up(self, connection: AsyncConnection) -> None:
        """Read all that is new, then hand it over at once: who subscribes meanwhile misses no part of it."""
        until = await current_snapshot(connection)
        batches: list[Batch] = []
        if self.cursor is not None and until != self.cursor:
            batches = await _read_window(connection, since=self.cursor, until=until)
        self.cursor = until
        for subscription in tuple(self._watchers):
            for batch in batches:
                subscription.offer(batch)
        self._caught_up_s = time.monotonic()
        self._tell(_handed(batches))


def _handed(batches: list[Batch]) -> Handed:
    events = [event for batch in batches for event in batch.events]
    newest = max((event.at for event in events), default=None)
    age_s = None if newest is None else (datetime.now(tz=UTC) - newest).total_seconds()
    traced = [
        Traced(event_id=event.id, kind=event.kind, at=event.at, trace_id=event.trace_id)
        for event in events
        if event.trace_id is not None
    ]
    for each in traced:
        _log.debug("event_handed", event_id=each.event_id, kind=each.kind, trace_id=each.trace_id)
    return Handed(events=len(events), age_s=age_s, traced=traced)


async def _read_window(connection: AsyncConnection, *, since: Snapshot, until: Snapshot) -> list[Batch]:
    """The whole window, or as much of it as shows that it is more than any watcher can queue."""
    batches = [await read_batch(connection, since=since, until=until)]
    while batches[-1].cursor is None and len(batches) * BATCH_EVENTS_MAX <= QUEUED_EVENTS_MAX:
        after_id = batches[-1].events[-1].id
        batches.append(await read_batch(connection, since=since, until=until, after_id=after_id))
    return batches


async def read_batch(connection: AsyncConnection, *, since: Snapshot, until: Snapshot, after_id: int = 0) -> Batch:
    """Events visible in `until` and not in `since`; only the window's last batch, maybe empty, has a cursor.

    `until` must be a snapshot of this database from before the call: the set of events is then complete and fixed,
    and no transaction needs to stay open while a slow reader pages through it.
    """
    params: Params = {"since": since, "until": until, "after_id": after_id, "rows": BATCH_EVENTS_MAX}
    events = await fetch_all(connection, "events", params, Event)
    return Batch(events=events, cursor=until if len(events) < BATCH_EVENTS_MAX else None)
