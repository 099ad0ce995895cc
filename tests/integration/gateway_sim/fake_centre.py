"""A centre that is late, deaf and forgetful, denies and hangs up, and remembers every frame that it got whole."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import cast

from firewarden.gateway_sim.gb_line import Centre
from firewarden.ingest.wire.gb26875.frames import Flawed, Frame, FrameReader, encode
from firewarden.ingest.wire.gb26875.units import CONFIRM, DENY, SEND

Write = Callable[[bytes], None]


@dataclass(slots=True)
class FakeCentre:
    """Speaks through the platform's codec, which shares nothing with the devices' own.

    Of each frame it is deaf to the first copy with probability `deaf`, denies it with `denies`, hangs up with
    `hangs_up`; with `torn` a confirm comes in two pieces. `late_s`: how long every confirm takes.
    """

    rng: Random
    deaf: float = 0.0
    denies: float = 0.0
    hangs_up: float = 0.0
    torn: float = 0.0
    late_s: float = 0.0
    mute: bool = False
    came: list[Frame] = field(default_factory=list[Frame])
    flawed: list[Flawed] = field(default_factory=list[Flawed])
    confirmed: set[tuple[int, bytes]] = field(default_factory=set[tuple[int, bytes]])
    writers: dict[int, Write] = field(default_factory=dict[int, Write])
    connections: int = 0
    centre: Centre = field(default_factory=lambda: Centre(host="127.0.0.1", tcp=None, udp=None))

    @property
    def data(self) -> list[Frame]:
        """What came and was no heartbeat, each copy."""
        return [one for one in self.came if one.command == SEND and len(one.unit) > len(b"\x16")]

    def copies(self, frame: Frame) -> int:
        """How often the very same bytes came."""
        return sum(one.raw == frame.raw for one in self.came)

    def ask(self, source: int, command: int, unit: bytes, serial: int = 7) -> None:
        """Send a command down to a device."""
        self.writers[source](_down(serial, source, command, unit))

    async def on_stream(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        frames = FrameReader()
        try:
            while data := await reader.read(4_096):
                for item in frames.feed(data):
                    await self._take(item, writer.write, writer.close)
        except ConnectionError:
            pass
        finally:
            writer.close()

    async def on_datagram(self, data: bytes, write: Write) -> None:
        """One datagram."""
        for item in FrameReader().feed(data):
            await self._take(item, write, lambda: None)

    async def _take(self, item: Frame | Flawed, write: Write, hang_up: Callable[[], None]) -> None:
        if isinstance(item, Flawed):
            self.flawed.append(item)
            if item.serial is not None and item.source is not None:
                write(_down(item.serial, item.source, DENY))
            return
        self.came.append(item)
        self.writers[item.source] = write
        if self.mute or item.command != SEND:
            return
        first = self.copies(item) == 1
        if first and self.rng.random() < self.hangs_up:
            hang_up()
        elif first and self.rng.random() < self.denies:
            write(_down(item.serial, item.source, DENY))
        elif not first or self.rng.random() >= self.deaf:
            await self._confirm(item, write)

    async def _confirm(self, item: Frame, write: Write) -> None:
        if self.late_s:
            await asyncio.sleep(self.late_s)
        self.confirmed.add((item.source, item.raw))
        answer = _down(item.serial, item.source, CONFIRM)
        if self.rng.random() < self.torn:
            write(answer[:11])
            await asyncio.sleep(0.01)
            answer = answer[11:]
        write(answer)


def _down(serial: int, source: int, command: int, unit: bytes = b"") -> bytes:
    return encode(serial=serial, source=1, destination=source, command=command, unit=unit, time=datetime.now(tz=UTC))


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, fake: FakeCentre) -> None:
        self.fake = fake
        self.transport: asyncio.DatagramTransport | None = None
        self.tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        transport = self.transport
        assert transport is not None
        task = asyncio.create_task(self.fake.on_datagram(data, lambda answer: transport.sendto(answer, addr)))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


@asynccontextmanager
async def serving(fake: FakeCentre) -> AsyncGenerator[FakeCentre]:
    """The fake listens on TCP and UDP while the block runs."""
    server = await asyncio.start_server(fake.on_stream, "127.0.0.1", 0)
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(lambda: _Udp(fake), local_addr=("127.0.0.1", 0))
    fake.centre = Centre(
        host="127.0.0.1", tcp=server.sockets[0].getsockname()[1], udp=transport.get_extra_info("sockname")[1]
    )
    try:
        yield fake
    finally:
        transport.close()
        for task in protocol.tasks:
            task.cancel()
        server.close()
        await asyncio.gather(*protocol.tasks, return_exceptions=True)
