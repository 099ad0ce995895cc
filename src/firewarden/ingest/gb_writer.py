"""How are frames written, which have no lasting number and say each time all that is? In the transaction of messages.

What a device sent a moment ago it sends again with the same content: that is looked up under a lock of the gateway, and
what is new gets the next number of its lane. From there on a frame is a message like any other, with its bytes beside.
"""

from collections import Counter
from datetime import timedelta

from msgspec.structs import replace

from firewarden.ingest.batch import Received
from firewarden.ingest.facts import Reason
from firewarden.ingest.gb_received import GbReceived
from firewarden.ingest.gb_states import changes
from firewarden.ingest.ledger import Stream
from firewarden.ingest.register_cache import SQL
from firewarden.ingest.rows import FrameRow, Rows, UnknownRow
from firewarden.ingest.sorting import gateway_of, is_counted, sort_out
from firewarden.ingest.streams import Streams
from firewarden.ingest.values import frame_values, unknown_values, whole_state_values
from firewarden.ingest.writer import Counted, Writer

SAME_WITHIN = timedelta(seconds=60)
"""Devices send again after ten seconds, three times; the fourth same frame is a new one."""
UNKNOWN_KEPT_MAX = 1_000


class GbWriter(Writer):
    """Writes batches of frames over one connection, which nobody else uses."""

    async def note_links(self, rows: list[dict[str, object]]) -> None:
        """Write down how devices are connected."""
        async with self.connection.cursor() as cursor:
            await cursor.executemany(SQL["note_link"], rows)

    async def _count(self, batch: list[Received], begun: set[Stream]) -> Counted:
        found = sort_out(batch)
        venues = await self.register.venues(self.connection, found.gateways)
        framed = [r for r in batch if isinstance(r, GbReceived) and is_counted(r) and gateway_of(r) in venues]
        repeated = await self._repeated(framed)
        known = [stream for stream in found.streams if stream.gateway in venues]
        streams = await Streams.lock(self.connection, known, begun)
        to_count = {id(received) for received in framed}
        whole: list[Received] = []
        new: list[Received] = []
        for received in batch:
            if id(received) not in to_count:
                whole.append(received)
            elif id(received) in repeated:
                streams.repeated(_stream_of(received))
                whole.append(received)
            else:
                numbered = _numbered(received, streams.next_number(_stream_of(received)))
                whole.append(numbered)
                new.append(numbered)
        repeats: list[Received] = [received for received in framed if id(received) in repeated]
        plain = not found.flawed and len(venues) == len(found.gateways)
        return Counted(batch=whole, new=new, repeats=repeats, venues=venues, streams=streams, plain=plain)

    async def _complete(self, rows: Rows, counted: Counted) -> None:
        rows.frames = [
            FrameRow(envelope=received.envelope, received_at=received.received_at, frame=received.frame)
            for received in counted.new
            if isinstance(received, GbReceived) and received.envelope is not None
        ]
        rows.unknown = [
            UnknownRow(received_at=received.received_at, frame=received.frame)
            for received in counted.batch
            if isinstance(received, GbReceived) and _is_unknown(received)
        ]
        await self._compare(rows)

    async def _insert_part(self, rows: Rows) -> None:
        await self._compare(rows)
        await self._insert(rows)

    async def _insert(self, rows: Rows) -> None:
        await super()._insert(rows)
        async with self.connection.cursor() as cursor:
            if rows.frames:
                await cursor.executemany(SQL["insert_frame"], [frame_values(row) for row in rows.frames])
            if rows.whole:
                await cursor.executemany(SQL["remember_state"], [whole_state_values(row) for row in rows.whole])
            if rows.unknown:
                await cursor.executemany(SQL["note_unknown"], unknown_values(rows.unknown))
                await cursor.execute(SQL["forget_unknown"], {"kept": UNKNOWN_KEPT_MAX})

    async def _compare(self, rows: Rows) -> None:
        """Leave of the states what changed, and every rise."""
        if not rows.states:
            return
        point_ids = sorted({row.point_id for row in rows.states})
        cursor = await self.connection.execute(SQL["component_states"], {"point_ids": point_ids})
        remembered = {int(point_id): frozenset[str](states) for point_id, states in await cursor.fetchall()}
        rows.states, rows.whole = changes(rows.states, remembered)

    async def _repeated(self, framed: list[GbReceived]) -> set[int]:
        """The identities of those among `framed` that were stored a moment ago, or come earlier in the batch."""
        if not framed:
            return set()
        gateways = [gateway_of(received) for received in framed]
        await self.connection.execute(SQL["lock_gb_gateways"], {"gateways": sorted(set(gateways))})
        since = [received.received_at - SAME_WITHIN for received in framed]
        values = {
            "gateways": gateways,
            "digests": [received.frame.digest for received in framed],
            "since": since,
            "oldest": min(since),
        }
        cursor = await self.connection.execute(SQL["known_frames"], values)
        repeated = {id(framed[int(place) - 1]) for (place,) in await cursor.fetchall()}
        earlier = Counter[tuple[str, int]]()
        for gateway, received in zip(gateways, framed, strict=True):
            earlier[gateway, received.frame.digest] += 1
            if earlier[gateway, received.frame.digest] > 1:
                repeated.add(id(received))
        return repeated


def _stream_of(received: Received) -> Stream:
    envelope = received.envelope
    assert envelope is not None
    return Stream(envelope.gateway, envelope.boot, envelope.lane)


def _numbered(received: Received, seq: int) -> Received:
    envelope = received.envelope
    assert envelope is not None
    return replace(received, envelope=replace(envelope, seq=seq))


def _is_unknown(received: Received) -> bool:
    return any(rejection.reason is Reason.UNKNOWN_GATEWAY for rejection in received.rejections)
