"""The desk's process: follows new facts, judges silence, and is the only one of its kind while it works."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import stamina
import structlog
from psycopg import AsyncConnection

from firewarden.desk import store
from firewarden.desk.book import Book, Opened, change_of
from firewarden.desk.episodes import Change, Key, Step
from firewarden.desk.incidents import Condition
from firewarden.desk.liveness import NOBODY, Listening, Verdict, judge
from firewarden.desk.signals import Ages, Followed, Judged, Open, Tell
from firewarden.desk.store import GatewayToJudge, NewChange
from firewarden.figures.signals import Connected, Standing, nobody
from firewarden.ingest.facts import Lane
from firewarden.ingest.trace_id import message_fields
from firewarden.process import announce_ready
from firewarden.store.database import Role, connect
from firewarden.store.errors import DatabaseUnreachableError
from firewarden.store.only_one import be_only_one, try_be_only_one
from firewarden.store.reading_after import followed
from firewarden.store.wake import wait_for_notify

log = structlog.stdlib.get_logger("desk")

COLLIDED = (
    psycopg.errors.SerializationFailure,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.UniqueViolation,
)
"""The step ran into an officer's act or another step: nothing was written, do it again at once."""
RETRIED = (
    psycopg.OperationalError,
    psycopg.InterfaceError,
    psycopg.InternalError,
    psycopg.errors.UniqueViolation,
    DatabaseUnreachableError,
)
"""The database went away, or the above went on for too long: start over with new connections."""
RETRY_WAIT_MAX_S = 5.0
IDLE_S = 1.0
LOCK_KEY = 0x46_57_44_4B  # "FWDK"
ASK_EVERY_S = 0.5
"""How soon a second desk takes over from one that ended."""
JUDGE_EVERY_S = 1.0
FORGET_EVERY_S = 3600.0
COUNT_EVERY_S = 15.0
"""How often the open incidents are counted, for the figures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """A reader of some lanes: alarms never wait behind a flood of lesser facts."""

    reader: str
    lanes: tuple[Lane, ...]


FOLLOWERS = (
    Follower(reader="desk.alarm", lanes=(Lane.ALARM,)),
    Follower(reader="desk.bulk", lanes=(Lane.STATE, Lane.READING, Lane.REPLY)),
)


async def follow_once(connection: AsyncConnection, follower: Follower, now: datetime, tell: Tell = nobody) -> int:
    """Read and apply what is new, in one transaction. Returns the number of facts read."""
    began_s = time.monotonic()
    steps = Counter[Step]()
    opened: Sequence[Opened] = ()
    async with followed(connection, follower.reader) as window:
        rows = await store.new_changes(connection, window, [lane.value for lane in follower.lanes])
        changes = [change for change in map(change_of, rows) if change is not None]
        if changes:
            book = await Book.of(connection, sorted({c.key.venue_id for c in changes}), now)
            for change in changes:
                taken = await book.apply(change)
                steps[taken] += 1
                if taken is Step.IGNORE_NOT_OPEN:
                    log.debug("change_ignored", reason=taken.value, key=str(change.key))
            await store.notify(connection)
            opened = book.opened
    took_s = time.monotonic() - began_s
    ages = _ages(rows, now, took_s)
    tell(Followed(reader=follower.reader, facts=len(rows), seconds=took_s, ages=ages, taken=steps, opened=opened))
    _log_opened(opened)
    return len(rows)


def _log_opened(opened: Sequence[Opened]) -> None:
    for each in opened:
        key, message = each.change.key, each.change.message
        log.info(
            "incident_opened",
            incident_id=each.incident_id,
            kind=key.kind.value,
            venue_id=key.venue_id,
            late=each.late,
            **({"gateway": key.gateway_id} if message is None else message_fields(message)),
        )


def _ages(rows: list[NewChange], began: datetime, took_s: float) -> Ages | None:
    if not rows:
        return None
    ages_s = [(began - row.committed_at).total_seconds() + took_s for row in rows]
    return Ages(newest_s=min(ages_s), oldest_s=max(ages_s))


async def judge_silence(connection: AsyncConnection, now: datetime, tell: Tell = nobody) -> int:
    """Open and end the offline episodes of gateways. Returns how many changed."""
    began_s = time.monotonic()
    opened: Sequence[Opened] = ()
    async with connection.transaction():
        await store.repeatable_read(connection)
        listening = await store.listening(connection)
        changes = [
            change
            for gateway in await store.gateways_to_judge(connection, now)
            if (change := _liveness_change(gateway, listening.get(gateway.connection, NOBODY), now)) is not None
        ]
        if changes:
            book = await Book.of(connection, sorted({c.key.venue_id for c in changes}), now)
            for change in changes:
                await book.apply(change)
            await store.notify(connection)
            opened = book.opened
    _log_opened(opened)
    tell(Judged(seconds=time.monotonic() - began_s, changes=len(changes)))
    return len(changes)


def _liveness_change(gateway: GatewayToJudge, listening: Listening, now: datetime) -> Change | None:
    verdict = judge(gateway.heard_at, gateway.silence_deadline_s, listening, now)
    silent = gateway.episode_id is not None
    if verdict is Verdict.SILENT and not silent:
        raised, at = True, gateway.heard_at
    elif verdict is Verdict.HEARD and silent:
        raised, at = False, gateway.heard_at
    else:
        return None
    key = Key(venue_id=gateway.venue_id, gateway_id=gateway.gateway_id, point_id=None, kind=Condition.OFFLINE)
    # Nothing was received: the moments of the judgement stand in, so that an offline incident is never "late".
    return Change(key=key, raised=raised, at=at, received_at=at, committed_at=now)


@asynccontextmanager
async def _connection(url: str, name: str, tell: Tell) -> AsyncGenerator[AsyncConnection]:
    connection = await connect(
        url,
        Role.DESK,
        name=f"firewarden desk {name}",
        on_connected=lambda seconds: tell(Connected(seconds=seconds)),
    )
    async with connection:
        yield connection


@dataclass(frozen=True, slots=True, kw_only=True)
class _Office:
    """The connections of a working desk; they close with `stack`, and the lock with them."""

    stack: AsyncExitStack
    lock: AsyncConnection
    followers: tuple[tuple[AsyncConnection, Follower], ...]
    liveness: AsyncConnection


async def _take_office(url: str, tell: Tell) -> _Office:
    """Become the only desk, and read once the alarms that wait; raises where any of it cannot be done."""
    async with AsyncExitStack() as stack:
        lock = await stack.enter_async_context(_connection(url, "lock", tell))
        await _be_the_only_desk(lock, tell)
        followers: list[tuple[AsyncConnection, Follower]] = []
        for follower in FOLLOWERS:
            connection = await stack.enter_async_context(_connection(url, follower.reader, tell))
            await connection.execute(store.SQL["listen"])
            if Lane.ALARM in follower.lanes:  # the bulk catches up beside the alarms, never before them
                await follow_once(connection, follower, datetime.now(tz=UTC), tell)
            followers.append((connection, follower))
        liveness = await stack.enter_async_context(_connection(url, "liveness", tell))
        await judge_silence(liveness, await store.database_now(liveness), tell)
        return _Office(stack=stack.pop_all(), lock=lock, followers=tuple(followers), liveness=liveness)


async def _be_the_only_desk(lock: AsyncConnection, tell: Tell) -> None:
    if not await try_be_only_one(lock, LOCK_KEY):
        tell(Standing(by=True))
        await be_only_one(lock, LOCK_KEY, ask_every_s=ASK_EVERY_S)
    tell(Standing(by=False))


async def _follow(connection: AsyncConnection, follower: Follower, tell: Tell) -> None:
    while True:
        await _follow_once(connection, follower, tell)
        await wait_for_notify(connection, timeout_s=IDLE_S)


async def _judge(connection: AsyncConnection, tell: Tell) -> None:
    while True:
        await asyncio.sleep(JUDGE_EVERY_S)
        await _judge_once(connection, tell)


@stamina.retry(on=COLLIDED, attempts=20, timeout=None, wait_initial=0.01, wait_max=0.5, wait_jitter=0.02)
async def _follow_once(connection: AsyncConnection, follower: Follower, tell: Tell) -> None:
    await follow_once(connection, follower, datetime.now(tz=UTC), tell)


@stamina.retry(on=COLLIDED, attempts=20, timeout=None, wait_initial=0.01, wait_max=0.5, wait_jitter=0.02)
async def _judge_once(connection: AsyncConnection, tell: Tell) -> None:
    await judge_silence(connection, await store.database_now(connection), tell)


async def _keep_lock(connection: AsyncConnection, tell: Tell) -> None:
    """The lock lives as long as its connection does: ask, so that its loss is noticed. Forget old events by the way."""
    while True:
        for asked in range(int(FORGET_EVERY_S / IDLE_S)):
            await connection.execute("SELECT 1")
            if asked % int(COUNT_EVERY_S / IDLE_S) == 0:
                tell(Open(incidents=await store.open_by_kind(connection)))
            await asyncio.sleep(IDLE_S)
        await connection.execute(store.SQL["forget_events"], {"now": datetime.now(tz=UTC)})


async def work(url: str, ready_file: Path | None, tell: Tell = nobody) -> None:
    """Be the desk until cancelled; a database that goes away is waited for."""
    while True:
        office = await _office(url, tell)
        announce_ready(ready_file)
        log.info("desk_ready")
        async with office.stack:
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(_keep_lock(office.lock, tell))
                    tasks.create_task(_judge(office.liveness, tell))
                    for connection, follower in office.followers:
                        tasks.create_task(_follow(connection, follower, tell))
            except* RETRIED as group:
                log.warning("desk_interrupted", reasons=[str(error) for error in group.exceptions])


async def _office(url: str, tell: Tell) -> _Office:
    # A context, not a decorator: those log their arguments, and the address holds the password.
    async for attempt in stamina.retry_context(
        on=RETRIED, attempts=None, timeout=None, wait_initial=0.1, wait_max=RETRY_WAIT_MAX_S, wait_jitter=0.2
    ):
        with attempt:
            return await _take_office(url, tell)
    raise AssertionError("unreachable: the retries never end")
