"""Which frames came and are not answered yet? One that a device sends again meanwhile does not wait twice."""

from dataclasses import dataclass, field
from datetime import datetime

from firewarden.ingest.gb_received import GbReceived
from firewarden.ingest.gb_talk import Device, Link
from firewarden.ingest.wire.gb26875.frames import Frame
from firewarden.ingest.wire.gb26875.times import TimeCoding, read_time


@dataclass(slots=True, eq=False)
class Arrival:
    """A frame that is not answered yet."""

    frame: Frame
    digest: int
    received_at: datetime
    arrived_s: float
    links: list[Link]
    device: Device | None = None
    received: GbReceived | None = None
    denied: str | None = None

    @property
    def key(self) -> tuple[str, int, int]:
        """What a resend has the same."""
        return self.links[0].peer, self.frame.source, self.digest


@dataclass(slots=True)
class Unanswered:
    """All of them, of all connections."""

    payload_bytes: int = 0
    _count: int = 0
    _newest: dict[tuple[str, int, int], Arrival] = field(default_factory=dict[tuple[str, int, int], Arrival])

    def __len__(self) -> int:
        return self._count

    def same(self, arrival: Arrival) -> Arrival | None:
        """The one that waits already, of which this is a resend.

        What a device without clock tells over two connections may have happened twice: the database decides then.
        """
        waiting = self._newest.get(arrival.key)
        if waiting is None or arrival.links[0] in waiting.links or _is_dated(arrival.frame):
            return waiting
        return None

    def add(self, arrival: Arrival) -> None:
        """It has to be answered."""
        self._newest[arrival.key] = arrival
        self._count += 1
        self.payload_bytes += len(arrival.frame.raw)

    def settle(self, arrival: Arrival) -> None:
        """It does not wait any more."""
        if self._newest.get(arrival.key) is arrival:
            del self._newest[arrival.key]
        self._count -= 1
        self.payload_bytes -= len(arrival.frame.raw)


def _is_dated(frame: Frame) -> bool:
    return any(read_time(frame.time, coding) is not None for coding in TimeCoding)
