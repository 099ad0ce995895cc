"""Messages to batches: how many go into one transaction, and how long the first may wait for the others."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from firewarden.ingest import clock
from firewarden.ingest.facts import Envelope, Rejection
from firewarden.ingest.mqtt_session import Message
from firewarden.ingest.wire import json_v1

PAYLOAD_KEPT_BYTES = 64 * 1024
"""How much of a payload quarantine keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLimits:
    """A batch is due when it holds `facts_max` facts, or when its first message is `linger_s` old."""

    facts_max: int
    linger_s: float
    waiting_max: int  # messages; beyond it nothing more is read from the network
    waiting_bytes_max: int = 16 * 1024 * 1024  # of their payloads, read they take up to six times that; the same

    def __post_init__(self) -> None:
        assert self.facts_max >= 1
        assert self.linger_s >= 0
        assert self.waiting_max >= 1


class Received(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A message as it came, and what could be read of it."""

    message: Message
    received_at: datetime
    size: int  # bytes of the payload as it came
    envelope: Envelope | None
    rejections: tuple[Rejection, ...]


def read(message: Message, received_at: datetime) -> Received:
    """Decode one message; what cannot be read becomes rejections."""
    decoded = json_v1.decode_compact(message.topic, message.payload)
    envelope = decoded.envelope
    readings = envelope.readings if envelope is not None else None
    if readings is not None and not clock.all_believable(readings.times_s, received_at.timestamp()):
        decoded = json_v1.decode(message.topic, message.payload)  # each is judged by itself
        envelope = decoded.envelope
    size = len(message.payload)
    if envelope is None:
        message.payload = message.payload[:PAYLOAD_KEPT_BYTES]  # all that quarantine keeps of it
    return Received(
        message=message, received_at=received_at, size=size, envelope=envelope, rejections=decoded.rejections
    )


@dataclass(slots=True)
class Batcher:
    """The messages that wait for a transaction, in order of arrival."""

    limits: BatchLimits
    _waiting: deque[tuple[Received, float]] = field(default_factory=deque[tuple[Received, float]])
    _facts: int = 0
    _bytes: int = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def full(self) -> bool:
        """Whether reading must stop until a batch was taken."""
        return len(self._waiting) >= self.limits.waiting_max or self._bytes >= self.limits.waiting_bytes_max

    @property
    def waiting_bytes(self) -> int:
        """Bytes of the payloads that wait."""
        return self._bytes

    @property
    def since_s(self) -> float | None:
        """When the first of those that wait was added; None while nothing waits."""
        try:
            return self._waiting[0][1]  # may be asked from another thread: looked at once, not twice
        except IndexError:
            return None

    def add(self, received: Received, now_s: float) -> None:
        """Put one message behind the others."""
        self._waiting.append((received, now_s))
        self._facts += _weight(received)
        self._bytes += len(received.message.payload)

    def due_in(self, now_s: float) -> float | None:
        """Seconds until a batch is due, 0 where it is; None while nothing waits."""
        if not self._waiting:
            return None
        if self._facts >= self.limits.facts_max:
            return 0.0
        return max(0.0, self._waiting[0][1] + self.limits.linger_s - now_s)

    def take(self) -> list[Received]:
        """The next batch: at most facts_max facts, but at least one message where any waits."""
        if self._facts <= self.limits.facts_max:
            batch = [received for received, _ in self._waiting]
            self._waiting.clear()
            self._facts = self._bytes = 0
            return batch
        return self._take_some()

    def _take_some(self) -> list[Received]:
        batch: list[Received] = []
        facts = 0
        while self._waiting:
            weight = _weight(self._waiting[0][0])
            if batch and facts + weight > self.limits.facts_max:
                break
            batch.append(self._waiting.popleft()[0])
            facts += weight
        self._facts -= facts
        self._bytes -= sum(len(received.message.payload) for received in batch)
        return batch


def _weight(received: Received) -> int:
    envelope = received.envelope
    if envelope is None:
        return 1
    if envelope.readings is not None:
        return len(envelope.readings.values)
    return max(1, len(envelope.facts))
