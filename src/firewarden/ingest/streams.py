"""The ledger's rows: locks the streams of a batch, tells new from stored, and writes what is missing."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from psycopg import AsyncConnection

from firewarden.ingest import gaps
from firewarden.ingest.batch import Received
from firewarden.ingest.day import day_of
from firewarden.ingest.facts import Lane
from firewarden.ingest.gaps import SQL, columns
from firewarden.ingest.ledger import (
    SeqSet,
    Span,
    Stream,
    format_multirange,
    gap_change,
    parse_multirange,
)

BEGUN_REMEMBERED_MAX = 100_000
SPANS_MAX = 1_000
"""With more holes than this in a stream those given up are closed: a gateway that counts wrong slows no other down.
Their gaps stay on record; only what would fill them after all is then a duplicate."""


@dataclass(slots=True)
class _State:
    numbers: SeqSet
    holes: list[Span]
    highest: int
    last_at: datetime
    day: date | None
    fresh: int = 0
    late: int = 0
    duplicates: int = 0

    def add(self, seq: int) -> bool:
        new = self.numbers.add(seq)
        self.fresh += new
        self.late += new and seq <= self.highest
        self.duplicates += not new
        return new


@dataclass(frozen=True, slots=True, kw_only=True)
class GapCount:
    """How many gaps were seen, how many stretches of earlier ones were filled, and how many were given up."""

    opened: int = 0
    filled: int = 0
    given_up: int = 0


@dataclass(slots=True)
class Streams:
    """The ledger of one batch. Use: `lock`, then `repeats` for each stream's messages in order, then `write`."""

    connection: AsyncConnection
    gaps: GapCount = GapCount()
    _states: dict[Stream, _State] = field(default_factory=dict[Stream, _State])

    @classmethod
    async def lock(cls, connection: AsyncConnection, wanted: Iterable[Stream], begun: set[Stream]) -> "Streams":
        """Hold the ledger rows of the streams until the transaction ends.

        `begun`: streams known to have a row; the caller adds to it what `streams` returns, after its commit.
        """
        streams = sorted(wanted)
        new = [stream for stream in streams if stream not in begun]
        if new:
            await connection.execute(SQL["begin_streams"], columns(new))
        self = await cls.hold(connection, streams)
        forgotten = [stream for stream in streams if stream not in self.streams]
        if forgotten:  # somebody deleted the rows that `begun` speaks of
            await connection.execute(SQL["begin_streams"], columns(forgotten))
            self = await cls.hold(connection, streams)
        return self

    @classmethod
    async def hold(cls, connection: AsyncConnection, streams: list[Stream]) -> "Streams":
        """Hold the rows of `streams`, which exist, until the transaction ends."""
        cursor = await connection.execute(SQL["lock_streams"], columns(streams))
        self = cls(connection)
        for gateway, boot, lane, stored, last_at, day in await cursor.fetchall():
            stream, numbers = Stream(gateway, boot, Lane(lane)), parse_multirange(str(stored))
            if len(numbers.spans) > SPANS_MAX:
                numbers.fold(await gaps.reached(connection, stream, numbers))
            self._states[stream] = _State(numbers, numbers.holes(), numbers.highest(), last_at, day)
        return self

    @property
    def streams(self) -> set[Stream]:
        """Every stream of the batch."""
        return set(self._states)

    def repeats(self, stream: Stream, messages: list[Received]) -> list[Received]:
        """Which messages had been stored before; all of them count as stored afterwards."""
        state = self._states[stream]
        seqs = [seq_of(received) for received in messages]
        if state.numbers.add_next(seqs):
            state.fresh += len(seqs)
            return []
        return [received for received, seq in zip(messages, seqs, strict=True) if not state.add(seq)]

    def next_number(self, stream: Stream) -> int:
        """Number a message whose gateway gave it no number; it counts as stored."""
        state = self._states[stream]
        seq = state.numbers.highest() + 1
        state.add(seq)
        return seq

    def repeated(self, stream: Stream) -> None:
        """A message came that had been stored before, under whatever number."""
        self._states[stream].duplicates += 1

    async def write(self, now: datetime) -> dict[Stream, int]:
        """Write numbers and gaps. Returns up to which number each stream is stored (or given up)."""
        streams, states = list(self._states), self._states.values()
        values = {**columns(streams), "now": now, "day": day_of(now)}
        if any(state.day != values["day"] for state in states):
            await self.connection.execute(SQL["begin_day"], values)
        counts = {
            "stored": [format_multirange(state.numbers) for state in states],
            "duplicates": [state.duplicates for state in states],
            "counted": [state.numbers.highest() - state.highest for state in states],
            "fresh": [state.fresh for state in states],
            "late": [state.late for state in states],
        }
        await self.connection.execute(SQL["update_streams"], {**values, **counts})
        return {stream: await self._through(stream, state, now) for stream, state in self._states.items()}

    async def give_up(self, now: datetime) -> dict[Stream, int]:
        """Give up gaps that have not moved. Returns up to which number each stream is stored or given up."""
        self.gaps = GapCount(given_up=await gaps.give_up(self.connection, list(self._states), now))
        return {
            stream: await gaps.reached(self.connection, stream, state.numbers) for stream, state in self._states.items()
        }

    async def _through(self, stream: Stream, state: _State, now: datetime) -> int:
        holes = state.numbers.holes()
        if not holes and not state.holes:
            return state.numbers.through()
        after_at = state.last_at if state.highest else None
        change = gap_change(state.holes, holes)
        filled = sum(piece.filled for _, pieces in change.moved for piece in pieces)
        self.gaps = GapCount(opened=self.gaps.opened + len(change.opened), filled=self.gaps.filled + filled)
        await gaps.write_change(self.connection, stream, change, after_at=after_at, now=now)
        return await gaps.reached(self.connection, stream, state.numbers)


def seq_of(received: Received) -> int:
    """The number of a message that could be read."""
    assert received.envelope is not None
    return received.envelope.seq
