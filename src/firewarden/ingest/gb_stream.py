"""What came over one connection, and may it go on? Bytes as frames, within limits of time and of nonsense."""

from dataclasses import dataclass, field
from enum import StrEnum

from firewarden.ingest.wire.gb26875.frames import Flawed, Frame, FrameReader


class EndReason(StrEnum):
    """Why a connection ended."""

    CLOSED = "closed"  # by the device
    BROKEN = "broken"
    STOPPED = "worker_stopped"
    NO_FRAME = "no_frame"  # connected, and said nothing that makes sense
    SLOW = "slow"  # began frames again and again, and finished none
    GARBAGE = "garbage"
    SILENT = "silent"  # half open: nothing came for longer than its heartbeats allow
    NOT_READING = "not_reading"  # what we answer is not taken
    TOO_MANY_ADDRESSES = "too_many_addresses"
    TOO_MANY = "too_many_connections"
    TOO_MANY_OF_PEER = "too_many_connections_of_peer"
    REPLACED = "replaced"  # a datagram of the same device came from elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLimits:
    """Of one connection. Times in seconds."""

    first_frame_s: float = 30.0
    partial_s: float = 10.0
    given_up_max: int = 3  # frames that were begun and never finished, one after the other
    garbage_bytes_max: int = 64 * 1024  # without a sound frame
    silent_min_s: float = 180.0
    silent_heartbeats: float = 3.0

    def __post_init__(self) -> None:
        assert 0 < self.partial_s <= self.first_frame_s
        assert self.given_up_max >= 1


@dataclass(slots=True, kw_only=True)
class GbStream:
    """One connection's bytes. `now_s` is always of the same steady clock."""

    limits: StreamLimits
    began_s: float
    unit_max: int = 1024
    heartbeat_s: float = 60.0
    """The longest of the gateways that speak over it."""
    _reader: FrameReader = field(init=False)
    _sound_s: float | None = None
    _partial_since_s: float | None = None
    _given_up: int = 0
    _unsound_bytes: int = 0

    def __post_init__(self) -> None:
        self._reader = FrameReader(self.unit_max)

    def feed(self, data: bytes, now_s: float) -> list[Frame | Flawed]:
        """These bytes came."""
        self._unsound_bytes += len(data)
        return self._judged(self._reader.feed(data), now_s)

    def due(self, now_s: float) -> list[Frame | Flawed]:
        """What of an unfinished frame has waited too long: it will not come, and another may hide in it."""
        if self._partial_since_s is None or now_s - self._partial_since_s < self.limits.partial_s:
            return []
        self._given_up += 1
        self._partial_since_s = None
        return self._judged(self._reader.give_up(), now_s)

    def excuse(self, now_s: float) -> None:
        """Nothing was read until now, by our own will: what did not come meanwhile is nobody's fault."""
        self.began_s = now_s
        self._sound_s = None if self._sound_s is None else now_s
        self._partial_since_s = None if self._partial_since_s is None else now_s

    def end(self) -> list[Frame | Flawed]:
        """Nothing more comes: what is hidden in the rest."""
        items: list[Frame | Flawed] = []
        while self._reader.pending:
            items += self._reader.give_up()
        return items

    def end_reason(self, now_s: float) -> EndReason | None:
        """Why it may not go on; None where it may."""
        if self._unsound_bytes > self.limits.garbage_bytes_max:
            return EndReason.GARBAGE
        if self._given_up >= self.limits.given_up_max:
            return EndReason.SLOW
        if self._sound_s is None:
            return EndReason.NO_FRAME if now_s - self.began_s >= self.limits.first_frame_s else None
        silent_s = max(self.limits.silent_min_s, self.limits.silent_heartbeats * self.heartbeat_s)
        return EndReason.SILENT if now_s - self._sound_s >= silent_s else None

    def _judged(self, items: list[Frame | Flawed], now_s: float) -> list[Frame | Flawed]:
        if any(isinstance(item, Frame) for item in items):
            self._sound_s = now_s
            self._given_up = 0
            self._unsound_bytes = self._reader.pending
            self._partial_since_s = None
        if not self._reader.pending:
            self._partial_since_s = None
        elif self._partial_since_s is None:
            self._partial_since_s = now_s
        return items
