"""What does the event stream send, and where does it resume? Server-sent events, nothing lost, at least once.

The id of a server-sent event is a position among commits, not the event's number: the last message of a batch
carries it, and a client that comes back with it gets everything that became visible after. Each event has its own
`id` in its data, by which a client drops what it has seen.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from http import HTTPStatus

import msgspec
import structlog
from psycopg import AsyncConnection
from psycopg.rows import scalar_row
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.types import Receive, Scope, Send

from firewarden.api import cursors
from firewarden.api.context import ApiContext
from firewarden.api.errors import refuse
from firewarden.api.fetch import query
from firewarden.api.live import Batch, EndReason, Event, Subscription, read_batch
from firewarden.api.signals import StreamEnded
from firewarden.store.reading_after import Snapshot

STREAMS_MAX = 500
"""Of one process; a city has some dozen screens and some programs."""

HEARTBEAT_S = 15
SEND_TIMEOUT_S = 30
"""A client that takes nothing for this long has gone; what it missed, it can resume."""

STREAM_AGE_MAX_S = 900.0
"""Then the client comes back with its position and shows again that it may know."""

RETRY_MS = 1_000
CLIENT_GONE = "gone"
"""Why a stream ended whose client left without a word."""
RISK_KINDS = "risk."
_CLOCKS_DIFFER = timedelta(minutes=5)

_log = structlog.stdlib.get_logger("api.stream")


class _Message(msgspec.Struct, frozen=True):
    """The data of one server-sent event."""

    id: int
    at: datetime
    venue_id: int | None
    incident_id: int | None
    data: msgspec.Raw


class EventStream(EventSourceResponse):
    """A response that ends quietly where the client stopped reading without saying so."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until the client goes, or too much of it waits to be read."""
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            _log.info("stream_reader_stuck", timeout_s=SEND_TIMEOUT_S)


async def open_stream(context: ApiContext, last_event_id: str | None, *, with_risk: bool) -> EventStream:
    """The stream from now on, or from a position that an earlier stream gave; with events of risk, or without.

    Raises ProblemError: invalid-cursor, position-expired, too-many-streams, stream-unavailable.
    """
    since = await _resume_from(context, last_event_id) if last_event_id else None
    if context.live.watchers >= STREAMS_MAX:
        detail = f"{STREAMS_MAX} streams are open already"
        raise refuse(HTTPStatus.SERVICE_UNAVAILABLE, "too-many-streams", detail)
    if context.live.cursor is None:
        detail = "events are not followed yet; /readyz says why"
        raise refuse(HTTPStatus.SERVICE_UNAVAILABLE, "stream-unavailable", detail)
    return EventStream(
        _messages(context, since, with_risk=with_risk),
        ping=HEARTBEAT_S,
        ping_message_factory=lambda: ServerSentEvent(comment="heartbeat"),
        send_timeout=SEND_TIMEOUT_S,
    )


async def _resume_from(context: ApiContext, text: str) -> Snapshot:
    position = cursors.decode(text, cursors.StreamPosition)
    age = context.now() - position.at
    if age > cursors.RESUME_AGE_MAX:
        detail = "the position is older than the events that are kept: read the lists anew, then stream from now"
        raise refuse(HTTPStatus.GONE, "position-expired", detail)
    async with context.pool.connection() as connection:
        if age < -_CLOCKS_DIFFER or await _is_ahead(connection, position.snapshot):
            raise cursors.InvalidCursorError("the stream position is of another database")
    return position.snapshot


async def _is_ahead(connection: AsyncConnection, snapshot: Snapshot) -> bool:
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(query("snapshot_ahead"), {"snapshot": snapshot})
        return bool(await cursor.fetchone())


async def _messages(context: ApiContext, since: Snapshot | None, *, with_risk: bool) -> AsyncIterator[bytes]:
    with context.live.subscribe() as subscription:
        loop = asyncio.get_running_loop()
        timer = loop.call_later(STREAM_AGE_MAX_S, subscription.end, EndReason.SIGN_IN_AGAIN)
        try:
            start = since or subscription.since
            yield ServerSentEvent(id=_position(context, start), retry=RETRY_MS).encode()
            async for batch in _batches(context, subscription, since):
                yield _encode(context, batch if with_risk else _without_risk(batch))
        finally:
            timer.cancel()
            context.tell(StreamEnded(reason=subscription.ended or CLIENT_GONE))
        if subscription.ended is not None:
            data = msgspec.json.encode({"reason": subscription.ended.value}).decode()
            yield ServerSentEvent(data, event="stream.ended").encode()


async def _batches(context: ApiContext, subscription: Subscription, since: Snapshot | None) -> AsyncIterator[Batch]:
    """First what the database has between `since` and the subscription, a page at a time; then what comes."""
    until = subscription.since
    after_id = 0
    while since is not None and until is not None:
        async with context.pool.connection() as connection:
            batch = await read_batch(connection, since=since, until=until, after_id=after_id)
        yield batch
        if batch.cursor is not None:
            break
        after_id = batch.events[-1].id
    async for batch in subscription:
        yield batch


def _without_risk(batch: Batch) -> Batch:
    """The same stretch with the same cursor, and without what only `risk:read` may see."""
    events = tuple(event for event in batch.events if not event.kind.startswith(RISK_KINDS))
    return Batch(events=events, cursor=batch.cursor)


def _position(context: ApiContext, snapshot: Snapshot | None) -> str | None:
    if snapshot is None:
        return None
    return cursors.encode(cursors.StreamPosition(at=context.now(), snapshot=snapshot))


def _encode(context: ApiContext, batch: Batch) -> bytes:
    """All events of a batch; the position stands on the last, or alone where there is none."""
    position = _position(context, batch.cursor)
    if not batch.events:
        return ServerSentEvent(id=position).encode() if position else b""
    last = batch.events[-1]
    return b"".join(_encode_event(event, position if event is last else None) for event in batch.events)


def _encode_event(event: Event, position: str | None) -> bytes:
    message = _Message(
        id=event.id,
        at=event.at,
        venue_id=event.venue_id,
        incident_id=event.incident_id,
        data=msgspec.Raw(event.data.encode()),
    )
    return ServerSentEvent(msgspec.json.encode(message).decode(), event=event.kind, id=position).encode()
