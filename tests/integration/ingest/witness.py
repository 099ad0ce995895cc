"""Stands between ingest and the broker: was anything acknowledged before it was stored, or out of order?"""

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

import mqtt5
import msgspec
import psycopg

Sent = tuple[str, int]
"""Lane and sequence number."""


@dataclass(slots=True)
class Witness:
    """Reads every packet that passes; `wrong` must stay empty."""

    database: str  # reached past every fault
    wrong: list[str] = field(default_factory=list[str])
    arrived: list[Sent] = field(default_factory=list[Sent])
    acknowledged: list[Sent] = field(default_factory=list[Sent])
    cut_in_publish: Callable[[], bool] = lambda: False
    unsure: int = 0  # acknowledged while the database could not be asked
    _asking: psycopg.Connection | None = None
    _buffers: dict[tuple[str, int], bytearray] = field(
        default_factory=lambda: defaultdict[tuple[str, int], bytearray](bytearray)
    )
    _waiting: dict[int, deque[tuple[int, Sent]]] = field(
        default_factory=lambda: defaultdict[int, deque[tuple[int, Sent]]](deque)
    )

    def to_client(self, number: int, data: bytes) -> bytes | None:
        """What the broker sends."""
        for packet in self._packets("down", number, data):
            if isinstance(packet, mqtt5.PublishPacket) and packet.packet_id is not None:
                sent = (packet.topic.rpartition("/")[2], _seq(packet.payload))
                self.arrived.append(sent)
                self._waiting[number].append((packet.packet_id, sent))
                if self.cut_in_publish():
                    return data[: len(data) // 2]
        return data

    def to_server(self, number: int, data: bytes) -> bytes | None:
        """What ingest sends."""
        for packet in self._packets("up", number, data):
            if isinstance(packet, mqtt5.PubAckPacket):
                self._on_ack(number, packet.packet_id)
        return data

    def _on_ack(self, number: int, packet_id: int) -> None:
        expected_id, sent = self._waiting[number].popleft()
        if expected_id != packet_id:
            self.wrong.append(f"{packet_id} was acknowledged before {expected_id} {sent}")
        self.acknowledged.append(sent)
        stored = self._is_stored(sent)
        if stored is None:
            self.unsure += 1
        elif not stored:
            self.wrong.append(f"{sent} was acknowledged and is not stored")

    def _is_stored(self, sent: Sent) -> bool | None:
        lane, seq = sent
        if seq == 0:
            return True  # not counted
        try:
            if self._asking is None:
                self._asking = psycopg.connect(self.database, connect_timeout=2, autocommit=True)
            found = self._asking.execute(
                "SELECT count(*) FROM message_ledger WHERE lane = %s::lane AND stored @> %s::bigint", [lane, seq]
            ).fetchone()
        except psycopg.OperationalError:
            self.close()
            return None
        return found is not None and found[0] > 0

    def close(self) -> None:
        """Ask the database no more."""
        asking, self._asking = self._asking, None
        if asking is not None:
            asking.close()

    def _packets(self, way: str, number: int, data: bytes) -> list[mqtt5.Packet]:
        buffer = self._buffers[way, number]
        buffer += data
        packets: list[mqtt5.Packet] = []
        done = 0
        while done < len(buffer):
            try:
                packet, size = mqtt5.read(memoryview(bytes(buffer))[done:])
            except IndexError:
                break
            packets.append(packet)
            done += size
        del buffer[:done]
        return packets


def _seq(payload: bytes) -> int:
    try:
        return int(msgspec.json.decode(payload)["seq"])
    except (msgspec.DecodeError, KeyError, TypeError):
        return 0
