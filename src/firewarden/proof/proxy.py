"""How does a line between two processes break as real ones do? A TCP proxy that is told to misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

LOOPBACK = "127.0.0.1"
CHUNK_BYTES = 16_384
SLOW_CHUNK_BYTES = 512
HALF_LEAVES_S = 0.1
LINGER_NONE = b"\x01\x00\x00\x00\x00\x00\x00\x00"
"""SO_LINGER on, zero seconds: closing sends a reset, as a crash of the other machine's network does."""


@dataclass(slots=True, eq=False)
class _Line:
    """One connection through the proxy: two sockets, and a pump for each direction."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter

    def break_off(self) -> None:
        """Reset both ends; what was under way is gone."""
        for writer in (self.client, self.server):
            sock: socket.socket | None = writer.get_extra_info("socket")
            if sock is not None and sock.fileno() >= 0:
                with contextlib.suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NONE)
            writer.transport.abort()


@dataclass(slots=True, eq=False)
class Proxy:
    """Passes on what comes, until told otherwise. Bytes arrive in order and whole, or their connection breaks."""

    port_to: int
    port: int = 0
    """Where it listens, from `running` on."""
    _lines: set[_Line] = field(default_factory=set[_Line])
    _tasks: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])
    _flows: asyncio.Event = field(default_factory=asyncio.Event)
    _refuses: bool = False
    _swallowed: bool | None = None
    """Which direction vanishes: True is what the client says."""
    _bytes_left: int | None = None
    _bytes_per_s: float | None = None

    def __post_init__(self) -> None:
        self._flows.set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncGenerator[Proxy, None]:
        """Listen while the block runs."""
        server = await asyncio.start_server(self._accept, LOOPBACK, 0, limit=CHUNK_BYTES)
        self.port = int(server.sockets[0].getsockname()[1])
        try:
            yield self
        finally:
            server.close()
            self._flows.set()
            self.cut()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def connections(self) -> int:
        """How many stand now."""
        return len(self._lines)

    # What it can be told.

    def cut(self) -> None:
        """Reset every connection that stands now."""
        for line in list(self._lines):
            line.break_off()

    def cut_after(self, count: int) -> None:
        """Reset every connection as soon as `count` more bytes, of all of them together, have passed."""
        self._bytes_left = count

    @contextlib.asynccontextmanager
    async def stalled(self) -> AsyncGenerator[None, None]:
        """Nothing passes meanwhile, and nothing is lost: it goes on afterwards."""
        self._flows.clear()
        try:
            yield
        finally:
            self._flows.set()

    @contextlib.asynccontextmanager
    async def half_open(self, *, swallows_up: bool) -> AsyncGenerator[None, None]:
        """What the client says vanishes, or else what it is told; in the end the connections are reset."""
        self._swallowed = swallows_up
        try:
            yield
        finally:
            self.cut()
            self._swallowed = None

    @contextlib.asynccontextmanager
    async def slow(self, bytes_per_s: float) -> AsyncGenerator[None, None]:
        """Each direction of each connection carries only so much meanwhile."""
        self._bytes_per_s = bytes_per_s
        try:
            yield
        finally:
            self._bytes_per_s = None

    @contextlib.asynccontextmanager
    async def refusing(self) -> AsyncGenerator[None, None]:
        """Connections are cut, and new ones are closed at once."""
        self._refuses = True
        self.cut()
        try:
            yield
        finally:
            self._refuses = False

    # What it does.

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        await self._pass_on(reader, writer)

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._refuses:
            writer.transport.abort()
            return
        try:
            upstream_reader, upstream_writer = await asyncio.open_connection(LOOPBACK, self.port_to, limit=CHUNK_BYTES)
        except OSError:  # the service is away: so are we
            writer.transport.abort()
            return
        line = _Line(writer, upstream_writer)
        self._lines.add(line)
        pumps = (
            asyncio.create_task(self._pump(reader, upstream_writer, up=True)),
            asyncio.create_task(self._pump(upstream_reader, writer, up=False)),
        )
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            for pump in pumps:
                pump.cancel()
            results = await asyncio.gather(*pumps, return_exceptions=True)
            self._lines.discard(line)
            if any(isinstance(result, BaseException) for result in results):
                line.break_off()
            for end in (writer, upstream_writer):
                end.close()  # after what was written to it has left

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, up: bool) -> None:
        """Pass one direction on to its end. Raises OSError where the connection broke."""
        while data := await reader.read(SLOW_CHUNK_BYTES if self._bytes_per_s else CHUNK_BYTES):
            await self._flows.wait()
            if self._bytes_per_s is not None:
                await asyncio.sleep(len(data) / self._bytes_per_s)
            if self._swallowed is up:
                continue
            if self._counts_out(len(data)):
                # Half of it, so that the other side holds a beginning without its end.
                writer.write(data[: len(data) // 2])
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(HALF_LEAVES_S):
                        await writer.drain()
                self.cut()
                return
            writer.write(data)
            await writer.drain()
        await self._flows.wait()
        writer.write_eof()

    def _counts_out(self, passed: int) -> bool:
        """Whether the agreed number of bytes has passed with these."""
        if self._bytes_left is None:
            return False
        self._bytes_left -= passed
        if self._bytes_left > 0:
            return False
        self._bytes_left = None
        return True
