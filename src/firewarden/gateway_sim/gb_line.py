"""How do frames get from a device to the centre: over TCP, or over UDP, and as untidily as over a mobile network?"""

import asyncio
import contextlib
from dataclasses import dataclass
from random import Random
from typing import Protocol, cast

from firewarden.gateway_sim.gb_dialects import Transport
from firewarden.gateway_sim.odds import Odds

CONNECT_S = 5.0
READ_BYTES = 4_096
PAUSE_S = (0.005, 0.08)
GARBAGE_BYTES_MAX = 12
DATAGRAMS_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Centre:
    """Where the centre listens; None where it does not. `address`: its own in the frames."""

    host: str
    tcp: int | None
    udp: int | None
    address: int = 1


class Line(Protocol):
    """One connection."""

    async def send(self, data: bytes) -> None:
        """Let the bytes go. Raises OSError where the connection is gone."""
        ...

    async def receive(self) -> bytes:
        """What came. Raises OSError where nothing more will."""
        ...

    def cut(self) -> None:
        """End it without a word."""
        ...


async def open_line(centre: Centre, transport: Transport) -> Line:
    """Reach the centre. Raises OSError."""
    if transport is Transport.UDP:
        return await _udp(centre)
    if centre.tcp is None:
        raise ConnectionRefusedError("the centre has no TCP address")
    async with asyncio.timeout(CONNECT_S):
        return _Stream(*await asyncio.open_connection(centre.host, centre.tcp))


class _Stream:
    """TCP."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        """Let the bytes go."""
        self._writer.write(data)
        await self._writer.drain()

    async def receive(self) -> bytes:
        """What came."""
        data = await self._reader.read(READ_BYTES)
        if not data:
            raise ConnectionResetError("the centre closed the connection")
        return data

    def cut(self) -> None:
        """Reset it."""
        self._writer.transport.abort()


class _Datagrams(asyncio.DatagramProtocol):
    """UDP: nobody says that a datagram was lost."""

    def __init__(self) -> None:
        self._came: asyncio.Queue[bytes] = asyncio.Queue(DATAGRAMS_MAX)
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is there."""
        self._transport = cast("asyncio.DatagramTransport", transport)  # by the protocol's contract, not by its class

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 - the protocol's signature
        """Keep it, while there is room."""
        with contextlib.suppress(asyncio.QueueFull):
            self._came.put_nowait(data)

    def error_received(self, exc: Exception) -> None:
        """A port that nobody listens on: the device never hears of it."""

    async def send(self, data: bytes) -> None:
        """Let the bytes go."""
        assert self._transport is not None
        self._transport.sendto(data)

    async def receive(self) -> bytes:
        """What came."""
        return await self._came.get()

    def cut(self) -> None:
        """Close the socket."""
        if self._transport is not None:
            self._transport.abort()


async def _udp(centre: Centre) -> Line:
    if centre.udp is None:
        raise ConnectionRefusedError("the centre has no UDP address")
    loop = asyncio.get_running_loop()
    _, protocol = await loop.create_datagram_endpoint(_Datagrams, remote_addr=(centre.host, centre.udp))
    return protocol


class UntidyLine:
    """A line that splits frames, glues them together, spoils one now and then and puts garbage between them."""

    def __init__(self, line: Line, transport: Transport, odds: Odds, rng: Random) -> None:
        self._line = line
        self._stream = transport is Transport.TCP
        self._odds = odds
        self._rng = rng
        self._glued = b""
        self._one_at_a_time = asyncio.Lock()

    async def send(self, frame: bytes, *, may_wait: bool = False) -> None:
        """One frame; one that may wait goes out together with the next. Raises OSError."""
        if self._stream and may_wait and not self._glued and self._happens(self._odds.frames_glued):
            self._glued = frame
            return
        async with self._one_at_a_time:
            await (self._send_stream(frame) if self._stream else self._send_datagram(frame))

    async def _send_stream(self, frame: bytes) -> None:
        data, self._glued = self._glued + self._garbage() + self._spoilt(frame), b""
        if self._happens(self._odds.frame_split):
            middle = self._rng.randrange(1, len(data))
            await self._line.send(data[:middle])
            await asyncio.sleep(self._rng.uniform(*PAUSE_S))
            data = data[middle:]
        await self._line.send(data)

    async def _send_datagram(self, frame: bytes) -> None:
        if not self._happens(self._odds.datagram_lost):
            await self._line.send(self._spoilt(frame))

    def _spoilt(self, frame: bytes) -> bytes:
        """A byte of unit or checksum is wrong, in one frame of many."""
        if not self._happens(self._odds.frame_spoilt):
            return frame
        at = self._rng.randrange(27, len(frame) - 2)
        return frame[:at] + bytes([(frame[at] + self._rng.randrange(1, 256)) % 256]) + frame[at + 1 :]

    def _garbage(self) -> bytes:
        """Bytes that begin no frame."""
        if not self._happens(self._odds.garbage_before_frame):
            return b""
        count = self._rng.randint(1, GARBAGE_BYTES_MAX)
        return self._rng.randbytes(count).replace(b"@", b"A")

    def _happens(self, probability: float) -> bool:
        return self._rng.random() < probability

    async def receive(self) -> bytes:
        """What came. Raises OSError where nothing more will."""
        return await self._line.receive()

    def cut(self) -> None:
        """End it without a word."""
        self._line.cut()
