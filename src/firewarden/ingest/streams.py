"""The ledger's rows: locks the streams of a batch, tells new from stored, and writes what is missing."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from psycopg import AsyncConnection

from firewarden.ingest.batch import Received
from firewarden.ingest.facts import LEDGER_LANES, Lane
from firewarden.ingest.ledger import (
    SeqSet,
    Span,
    Stream,
    format_multirange,
    gap_change,
    parse_multirange,
)
from firewarden.store.queries import Queries

SQL = Queries("firewarden.ingest")

GIVE_UP_AFTER = timedelta(seconds=30)
"""A gateway sends again after 20 s what was not confirmed; what is missing after this long it no longer has."""
BEGUN_REMEMBERED_MAX = 100_000
SPANS_MAX = 1_000
"""With more holes than this in a stream those given up are closed: a gateway that counts wrong slows no other down.
Their gaps stay on record; only what would fill them after all is then a duplicate."""


@dataclass(slots=True)
class _State:
    numbers: SeqSet
    holes: list[Span]
    duplicates: int = 0


@dataclass(slots=True)
class Streams:
    """The ledger of one batch. Use: `lock`, then `is_new` for each message in order, then `write`."""

    connection: AsyncConnection
    _states: dict[Stream, _State] = field(default_factory=dict[Stream, _State])
    _gives_up: bool = True

    @classmethod
    async def lock(cls, connection: AsyncConnection, batch: list[Received], begun: set[Stream]) -> "Streams":
        """Hold the ledger rows of every stream in `batch` until the transaction ends.

        `begun`: streams known to have a row; the caller adds to it what `streams` returns, after its commit.
        """
        wanted = {stream_of(received) for received in batch} - {None}
        streams = sorted(stream for stream in wanted if stream is not None)
        new = [stream for stream in streams if stream not in begun]
        if new:
            await connection.execute(SQL["begin_streams"], _columns(new))
        cursor = await connection.execute(SQL["lock_streams"], _columns(streams))
        self = cls(connection)
        for gateway, boot, lane, stored in await cursor.fetchall():
            stream, numbers = Stream(gateway, boot, Lane(lane)), parse_multirange(str(stored))
            if len(numbers.spans) > SPANS_MAX:
                numbers.fold(numbers.through(await self._given_up(stream)))
            self._states[stream] = _State(numbers, numbers.holes())
        return self

    @property
    def streams(self) -> set[Stream]:
        """Every stream of the batch."""
        return set(self._states)

    def is_new(self, received: Received) -> bool:
        """Whether the message has not been stored; it counts as stored afterwards."""
        stream = stream_of(received)
        assert stream is not None
        assert received.envelope is not None
        state = self._states[stream]
        new = state.numbers.add(received.envelope.seq)
        state.duplicates += not new
        return new

    async def write(self, now: datetime, even_for_s: float = float("inf")) -> dict[Stream, int]:
        """Write numbers and gaps. Returns up to which number each stream is stored (or given up).

        `even_for_s`: since when `now` has passed evenly. A clock that was set says nothing of how old a gap is.
        """
        self._gives_up = even_for_s >= GIVE_UP_AFTER.total_seconds()
        columns = _columns(self._states)
        values = {
            **columns,
            "stored": [format_multirange(state.numbers) for state in self._states.values()],
            "duplicates": [state.duplicates for state in self._states.values()],
            "now": now,
        }
        await self.connection.execute(SQL["update_streams"], values)
        return {stream: await self._through(stream, state, now) for stream, state in self._states.items()}

    async def _through(self, stream: Stream, state: _State, now: datetime) -> int:
        holes = state.numbers.holes()
        if not holes and not state.holes:
            return state.numbers.through()
        values = {"gateway_id": stream.gateway, "boot": stream.boot, "lane": stream.lane.value, "now": now}
        change = gap_change(state.holes, holes)
        for span in change.filled:
            await self.connection.execute(SQL["fill_gap"], {**values, "from_seq": span.first, "to_seq": span.last})
        for span in change.opened:
            await self.connection.execute(SQL["open_gap"], {**values, "from_seq": span.first, "to_seq": span.last})
        if self._gives_up:
            await self.connection.execute(SQL["give_up_gaps"], {**values, "before": now - GIVE_UP_AFTER})
        return state.numbers.through(await self._given_up(stream))

    async def _given_up(self, stream: Stream) -> list[Span]:
        values = {"gateway_id": stream.gateway, "boot": stream.boot, "lane": stream.lane.value}
        cursor = await self.connection.execute(SQL["given_up_gaps"], values)
        return [Span(int(first), int(last)) for first, last in await cursor.fetchall()]


def stream_of(received: Received) -> Stream | None:
    """What the message is counted by; None where it is not counted."""
    envelope = received.envelope
    if envelope is None or envelope.lane not in LEDGER_LANES:
        return None
    return Stream(envelope.gateway, envelope.boot, envelope.lane)


def _columns(streams: "list[Stream] | dict[Stream, _State]") -> dict[str, list[str]]:
    return {
        "gateways": [stream.gateway for stream in streams],
        "boots": [stream.boot for stream in streams],
        "lanes": [stream.lane.value for stream in streams],
    }
