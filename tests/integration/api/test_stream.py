"""Does the event stream lose nothing: over reconnects, slow transactions and slow readers?"""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx
import psycopg
import pytest
import uvicorn
from fastapi import FastAPI
from httpx_sse import EventSource, aconnect_sse

from firewarden.api import cursors
from firewarden.api.context import ApiContext, clock
from firewarden.api.live import QUEUED_EVENTS_MAX, Batch, EndReason, Event
from firewarden.api.policy import Role, Scope
from firewarden.desk.store import SQL as DESK_SQL
from firewarden.store.database import Role as DatabaseRole
from firewarden.store.database import connect
from tests.integration.api.conftest import SignIn
from tests.integration.api.seed import T0, run, seed_event, write_event
from tests.integration.api.test_access import WithKey, problem
from tests.integration.polling import until

STREAM = "/api/v1/stream"
DEADLINE_S = 20


class Reader:
    """A client of one stream: the own ids of the events, and the position to resume from."""

    def __init__(self, source: EventSource) -> None:
        self._source = source.aiter_sse()
        self.position = ""

    async def begun(self) -> str:
        """Wait for the first position."""
        await self.take(0)
        return self.position

    async def take(self, count: int) -> list[int]:
        """The ids of the next `count` events."""
        ids: list[int] = []
        async with asyncio.timeout(DEADLINE_S):
            async for event in self._source:
                self.position = event.id
                if event.data:
                    ids.append(int(json.loads(event.data)["id"]))
                if len(ids) >= count:
                    return ids
        raise AssertionError(f"the stream ended after {ids}")

    async def end(self) -> str:
        """Read to the end; why it ended."""
        reason = ""
        async with asyncio.timeout(DEADLINE_S):
            async for event in self._source:
                if event.event == "stream.ended":
                    reason = str(json.loads(event.data)["reason"])
        return reason


@pytest.fixture
async def address(app: FastAPI) -> AsyncGenerator[str]:
    """The application served by a real server."""
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, access_log=False))
    listening = socket.create_server(("127.0.0.1", 0))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    await until(lambda: server.started, "the server")
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    app.state.context.live.end_all()
    server.should_exit = True
    await serving


@asynccontextmanager
async def opened(address: str, key: str, position: str | None = None, **params: str) -> AsyncGenerator[Reader]:
    """A stream that has begun."""
    headers = {"Authorization": key} | ({"Last-Event-ID": position} if position else {})
    async with (
        httpx.AsyncClient(base_url=address, headers=headers, timeout=DEADLINE_S) as client,
        aconnect_sse(client, "GET", STREAM, params=params) as source,
    ):
        reader = Reader(source)
        await reader.begun()
        yield reader


@pytest.fixture
async def key(with_key: WithKey) -> str:
    """The header value of a key that may read the stream."""
    return str((await with_key(Scope.STREAM_READ)).headers["Authorization"])


async def test_events_come_and_a_reconnect_misses_none(database: str, address: str, key: str) -> None:
    """What happens between two connections comes first on the second one, then what happens next."""
    async with opened(address, key) as reader:
        start = reader.position
        assert start
        first = seed_event(database)
        assert await reader.take(1) == [first]
        after_first = reader.position
    missed = [seed_event(database) for _ in range(3)]
    async with opened(address, key, after_first) as reader:
        following = seed_event(database)
        assert await reader.take(4) == [*missed, following]
    async with opened(address, key, last_event_id=start) as reader:
        assert await reader.take(5) == [first, *missed, following]


async def test_an_event_has_its_kind_and_data(database: str, address: str, key: str) -> None:
    """The kind is the event's type, the data is JSON with the event's own id and what its writer said."""
    async with (
        httpx.AsyncClient(base_url=address, headers={"Authorization": key}, timeout=DEADLINE_S) as client,
        aconnect_sse(client, "GET", STREAM) as source,
    ):
        events = source.aiter_sse()
        await anext(events)
        number = seed_event(database, "incident.closed")
        event = await anext(events)
    assert event.event == "incident.closed"
    body = json.loads(event.data)
    assert (body["id"], body["data"], body["incident_id"]) == (number, {"kind": "fire"}, None)


async def test_transactions_that_commit_out_of_order_are_all_delivered(database: str, address: str, key: str) -> None:
    """An event written first and committed last is neither lost on the stream nor after a resume in between."""
    with psycopg.connect(database) as slow:
        slow_id = write_event(slow)
        async with opened(address, key) as reader:
            quick_id = seed_event(database)
            assert slow_id < quick_id
            assert await reader.take(1) == [quick_id]
            between = reader.position
            slow.commit()
            assert await reader.take(1) == [slow_id]
    async with opened(address, key, between) as reader:
        assert await reader.take(1) == [slow_id]


async def test_a_transaction_rolled_back_is_not_delivered(database: str, address: str, key: str) -> None:
    """What never happened is not told."""
    async with opened(address, key) as reader:
        with psycopg.connect(database) as connection:
            write_event(connection)
            connection.rollback()
        number = seed_event(database)
        assert await reader.take(1) == [number]


async def test_a_long_absence_comes_in_pages(database: str, address: str, key: str) -> None:
    """More events than one batch holds come all, once each and in order, after a resume."""
    async with opened(address, key) as reader:
        start = reader.position
    count = 1_234
    run(database, "INSERT INTO event (kind, data) SELECT 'x', '{}' FROM generate_series(1, %s)", [count])
    async with opened(address, key, start) as reader:
        ids = await reader.take(count)
    assert len(set(ids)) == count
    assert ids == sorted(ids)


async def test_the_listener_goes_on_after_its_connection_is_lost(
    database: str, app: FastAPI, address: str, key: str
) -> None:
    """Events committed while the listener was away come when it is back, on streams that stayed open."""
    async with opened(address, key) as reader:
        run(
            database,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'test api live'",
        )
        number = seed_event(database)
        assert await reader.take(1) == [number]


async def test_streams_end_with_the_process_and_say_so(address: str, key: str, context: ApiContext) -> None:
    """A client learns that the process ends, and can resume elsewhere."""
    async with opened(address, key) as reader:
        context.live.end_all()
        assert await reader.end() == "shutting_down"


def a_batch(size: int) -> Batch:
    """Some events that never were in a database."""
    event = Event(id=1, at=T0, kind="x", venue_id=None, incident_id=None, data="{}")
    return Batch(events=(event,) * size, cursor="5:5:")


async def test_a_slow_watcher_is_ended_with_a_reason(context: ApiContext) -> None:
    """One that does not take its events is ended and holds no memory; a quick one beside it is not disturbed."""
    slow, quick = context.live.subscribe(), context.live.subscribe()
    taken = 0
    for _ in range(QUEUED_EVENTS_MAX // 500 + 1):
        for subscription in (slow, quick):
            subscription.offer(a_batch(500))
        taken += len((await anext(aiter(quick))).events)
    assert slow.ended is EndReason.TOO_SLOW
    assert [batch async for batch in slow] == []
    assert quick.ended is None
    assert taken == QUEUED_EVENTS_MAX + 500
    assert context.live.watchers == 1


@pytest.mark.parametrize(
    "position",
    [
        pytest.param("nonsense!", id="not ours"),
        pytest.param("AAAA", id="not JSON"),
        pytest.param(cursors.encode(cursors.Quarantined(id=3)), id="of another list"),
        pytest.param(cursors.encode(cursors.StreamPosition(at=T0, snapshot="9:3:")), id="not a snapshot"),
        pytest.param(cursors.encode(cursors.StreamPosition(at=T0, snapshot="1:1:'; DROP")), id="not numbers"),
    ],
)
async def test_positions_that_are_none_are_refused(with_key: WithKey, position: str) -> None:
    """Whatever a client sends as a position is answered with a problem, never with an error of ours."""
    program = await with_key(Scope.STREAM_READ)
    for answer in (
        await program.get(STREAM, headers={"Last-Event-ID": position}),
        await program.get(STREAM, params={"last_event_id": position}),
    ):
        assert (answer.status_code, problem(answer)) == (400, "invalid-cursor")


async def test_positions_of_another_time_or_database_are_refused(with_key: WithKey, context: ApiContext) -> None:
    """A position older than what is kept, or ahead of this database, would lose events silently: it is refused."""
    program = await with_key(Scope.STREAM_READ)
    ancient = context.now() - cursors.RESUME_AGE_MAX * 2
    old = cursors.encode(cursors.StreamPosition(at=ancient, snapshot="1:1:"))
    answer = await program.get(STREAM, headers={"Last-Event-ID": old})
    assert (answer.status_code, problem(answer)) == (410, "position-expired")
    ahead = cursors.encode(cursors.StreamPosition(at=context.now(), snapshot="99999999:99999999:"))
    assert problem(await program.get(STREAM, headers={"Last-Event-ID": ahead})) == "invalid-cursor"


async def test_events_of_risk_need_their_scope(database: str, address: str, key: str, with_key: WithKey) -> None:
    """A key that may not read risk gets everything else, and its position moves on all the same."""
    both = (await with_key(Scope.STREAM_READ, Scope.RISK_READ, name="both")).headers["Authorization"]
    async with opened(address, key) as without, opened(address, str(both)) as with_risk:
        before = without.position
        changed = seed_event(database, "risk.changed")
        assert await with_risk.take(1) == [changed]
        await without.take(0)
        assert without.position != before
        fire = seed_event(database)
        assert await without.take(1) == [fire]
        assert await with_risk.take(1) == [fire]


async def test_the_stream_needs_its_scope(sign_in: SignIn, with_key: WithKey) -> None:
    """A key without the scope is refused before anything is sent."""
    program = await with_key(Scope.RISK_READ)
    assert problem(await program.get(STREAM)) == "missing-scope"
    assert (
        problem(await (await sign_in("new", Role.VIEWER, must_change=True)).get(STREAM)) == "password-change-required"
    )


async def test_a_position_ends_before_the_events_after_it(database: str) -> None:
    """What the desk forgets is older than any position that is still accepted, with an hour for slow transactions."""
    now = clock()
    for age in (cursors.RESUME_AGE_MAX + timedelta(hours=1), timedelta(days=30)):
        run(database, "INSERT INTO event (at, kind, data) VALUES (%s, 'incident.opened', '{}')", [now - age])
    async with await connect(database, DatabaseRole.DESK, name="test desk") as connection:
        await connection.execute(DESK_SQL["forget_events"], {"now": now})
    with psycopg.connect(database) as connection:
        kept = connection.execute("SELECT at FROM event").fetchall()
    assert kept == [(now - cursors.RESUME_AGE_MAX - timedelta(hours=1),)]
