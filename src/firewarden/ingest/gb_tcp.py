"""Connections of devices: bytes in, answers out, and an end with a reason for whoever only costs."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from firewarden.ingest.gb_answers import deny_flawed
from firewarden.ingest.gb_pipeline import GbPipeline
from firewarden.ingest.gb_stream import EndReason, GbStream, StreamLimits
from firewarden.ingest.wire.gb26875.frames import Flawed, Frame

log = structlog.stdlib.get_logger("ingest.gb26875")

READ_BYTES = 8 * 1024
"""Thousands of connections may each have so much read at once."""
UNREAD_BYTES_MAX = 64 * 1024
"""Of our answers; a device that does not take them is not there."""
WAITING_MAX = 64
"""Frames of one connection that are not answered yet; a device sends its next one after our answer."""
ADDRESSES_MAX = 4_096
"""Devices behind one concentrator."""
SERIALS = 2**16
LINGER_S = 30.0
"""How long somebody who has said all may wait for the answers."""


@dataclass(slots=True)
class Shared:
    """What the connections of a worker share."""

    pipeline: GbPipeline
    limits: StreamLimits
    on_end: Callable[["TcpLink"], None]
    buffer: memoryview = field(default_factory=lambda: memoryview(bytearray(READ_BYTES)))


class TcpLink(asyncio.BufferedProtocol):
    """One connection, with or without TLS."""

    transport = "tcp"

    def __init__(self, shared: Shared, peer: str, port: int, *, tls: bool) -> None:
        self.peer = peer
        self.port = port
        self._shared = shared
        self._tls = tls
        self._stream = GbStream(limits=shared.limits, began_s=time.monotonic())
        self._io: asyncio.Transport | None = None
        self._waiting = 0
        self._held = False
        self._said_all_s: float | None = None
        self._serial = -1
        self._reason: EndReason | None = None

    @property
    def closed(self) -> bool:
        """Whether nothing can be written any more."""
        return self._io is None or self._io.is_closing()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection stands."""
        assert isinstance(transport, asyncio.Transport)
        self._io = transport
        self._shared.pipeline.count("connected", "tls" if self._tls else "tcp")

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's
        """Where the next bytes go; they are taken out before anybody else's come."""
        return self._shared.buffer

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes came."""
        self._take(self._stream.feed(bytes(self._shared.buffer[:nbytes]), time.monotonic()))
        self._mind_end(time.monotonic())
        self._mind_room()

    def eof_received(self) -> bool:
        """The device has said all. It may still wait for our answers."""
        self._take(self._stream.end())
        self._said_all_s = time.monotonic()
        return self._waiting > 0 and not self._tls

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection ended."""
        reason = self._reason or (EndReason.CLOSED if exc is None else EndReason.BROKEN)
        self._io = None
        self._shared.pipeline.count("ended", reason.value)
        self._shared.pipeline.gone(self, reason)
        self._shared.on_end(self)

    def write(self, data: bytes) -> None:
        """Send, if that is still possible."""
        if self._io is None or self._io.is_closing():
            return
        if self._io.get_write_buffer_size() > UNREAD_BYTES_MAX:
            self.end(EndReason.NOT_READING)
            return
        self._io.write(data)

    def settled(self, frames: int) -> None:
        """So many of its frames do not wait any more."""
        self._waiting -= frames
        if self._said_all_s is not None and self._waiting <= 0 and self._io is not None:
            self._io.close()
        elif self._held:
            self._mind_room()

    def expect(self, heartbeat_s: float, devices: int) -> None:
        """Another device spoke that sends so often; there are so many of them now."""
        self._stream.heartbeat_s = max(self._stream.heartbeat_s, heartbeat_s)
        if devices > ADDRESSES_MAX:
            self.end(EndReason.TOO_MANY_ADDRESSES)

    def next_serial(self) -> int:
        """The number of a question of ours."""
        self._serial = (self._serial + 1) % SERIALS
        return self._serial

    def tick(self, now_s: float) -> None:
        """Time went by."""
        if self._held:
            self._stream.excuse(now_s)
            self._mind_room()
            return
        if self._said_all_s is not None:
            if now_s - self._said_all_s >= LINGER_S:
                self.end(EndReason.CLOSED)
            return
        self._take(self._stream.due(now_s))
        self._mind_end(now_s)

    def end(self, reason: EndReason) -> None:
        """End the connection, for a reason."""
        if self._io is None or self._reason is not None:
            return
        self._reason = reason
        log.info("device_disconnected", peer=self.peer, port=self.port, reason=reason.value)
        if reason is EndReason.STOPPED:
            self._io.close()
        else:
            self._io.abort()

    def _take(self, items: list[Frame | Flawed]) -> None:
        pipeline = self._shared.pipeline
        for item in items:
            if isinstance(item, Frame):
                self._waiting += 1
                pipeline.arrived(self, item)
                continue
            pipeline.count("denied", item.flaw.value)
            answer = deny_flawed(item, pipeline.clock.now())
            if answer is not None:
                self.write(answer)

    def _mind_end(self, now_s: float) -> None:
        reason = self._stream.end_reason(now_s)
        if reason is not None:
            self.end(reason)

    def _mind_room(self) -> None:
        """Read no more than can be stored."""
        if self._io is None or self._io.is_closing():
            return
        room = self._shared.pipeline.room.is_set()
        if not self._held and (self._waiting >= WAITING_MAX or not room):
            self._held = True
            self._io.pause_reading()
        elif self._held and self._waiting <= WAITING_MAX // 2 and room:
            self._held = False
            self._stream.excuse(time.monotonic())
            self._io.resume_reading()
