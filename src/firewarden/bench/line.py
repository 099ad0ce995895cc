"""One gateway's connection in the bench: frames go out as they are, acknowledgements are counted."""

import asyncio
from collections.abc import Callable

import mqtt5

IN_FLIGHT_MAX = 1_000
"""Unacknowledged messages a connection, below what MQTT's packet ids allow by far."""
CONNECT_TIMEOUT_S = 30.0
TAKEN = (mqtt5.PubAckReasonCode.SUCCESS, mqtt5.PubAckReasonCode.NO_MATCHING_SUBSCRIBERS)


class LineError(Exception):
    """The broker did not take what the bench sent."""


class Line(asyncio.Protocol):
    """A connected gateway. `on_moved` is called when there may be room again, and when the line broke."""

    def __init__(self, gateway: str, secret: str, *, role: str, on_moved: Callable[[], None]) -> None:
        self.gateway = gateway
        self.in_flight = 0
        self.in_flight_max = IN_FLIGHT_MAX
        self.connected: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.broken: LineError | None = None
        self._hello = mqtt5.ConnectPacket(
            f"{gateway}-{role}", username=gateway, password=secret.encode(), clean_start=True, keep_alive=3_600
        ).write()
        self._on_moved = on_moved
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._closing = False
        self._paused = False

    @property
    def room(self) -> int:
        """How many messages may go out now."""
        return 0 if self._paused else self.in_flight_max - self.in_flight

    def send(self, data: bytes, messages: int) -> None:
        """Send whole packets of that many messages. Raises LineError where the line broke."""
        if self.broken is not None:
            raise self.broken
        assert self._transport is not None
        self.in_flight += messages
        self._transport.write(data)

    def close(self) -> None:
        """Leave in order."""
        self._closing = True
        if self._transport is not None:
            self._transport.write(mqtt5.DisconnectPacket().write())
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Introduce the gateway."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._hello)

    def pause_writing(self) -> None:
        """The socket is full."""
        self._paused = True

    def resume_writing(self) -> None:
        """It no longer is."""
        self._paused = False
        self._on_moved()

    def connection_lost(self, exc: Exception | None) -> None:
        """Say so, unless we closed it."""
        if not self._closing:
            self._break(f"the broker closed the connection of {self.gateway}: {exc}")

    def data_received(self, data: bytes) -> None:
        """Count acknowledgements."""
        self._buffer += data
        done = 0
        with memoryview(self._buffer) as view:
            while done < len(view):
                try:
                    packet, size = mqtt5.read(view[done:])
                except IndexError:
                    break
                done += size
                self._on_packet(packet)
        del self._buffer[:done]
        self._on_moved()

    def _on_packet(self, packet: mqtt5.Packet) -> None:
        match packet:
            case mqtt5.PubAckPacket():
                if packet.reason_code not in TAKEN:
                    self._break(f"the broker refused a message of {self.gateway}: {packet.reason_code.name}")
                self.in_flight -= 1
            case mqtt5.ConnAckPacket():
                if packet.reason_code is not mqtt5.ConnAckReasonCode.SUCCESS:
                    self._break(f"the broker refused {self.gateway}: {packet.reason_code.name}")
                    return
                self.in_flight_max = min(IN_FLIGHT_MAX, packet.receive_max)
                if not self.connected.done():
                    self.connected.set_result(None)
            case _:
                self._break(f"the broker sent {self.gateway} a {type(packet).__name__}")

    def _break(self, why: str) -> None:
        self.broken = LineError(why)
        if not self.connected.done():
            self.connected.set_exception(self.broken)
        self._on_moved()


async def connected_line(
    host: str, port: int, gateway: str, secret: str, *, role: str, on_moved: Callable[[], None]
) -> Line:
    """Connect a gateway; `role` tells its connections apart. Raises LineError, OSError, TimeoutError."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(CONNECT_TIMEOUT_S):
        _, line = await loop.create_connection(lambda: Line(gateway, secret, role=role, on_moved=on_moved), host, port)
        await line.connected
    return line
