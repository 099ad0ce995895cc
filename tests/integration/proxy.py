"""A TCP connection that fails on request: cut, stalled, slowed, or refused, between a client and a real server."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

READ_BYTES = 64 * 1024

Tap = Callable[[int, bytes], bytes | None]
"""Sees what passes on a connection (by number) and returns what may pass; None: pass nothing, and cut."""


def pass_all(number: int, data: bytes) -> bytes:
    """Hold nothing back."""
    del number
    return data


@dataclass(slots=True, eq=False)
class Proxy:
    """Stands between; set its fields to break what passes."""

    host: str
    server_port: int
    to_server: Tap = pass_all
    to_client: Tap = pass_all
    refusing: bool = False
    delay_s: float = 0.0
    accepted: int = 0
    port: int = 0
    _flowing: asyncio.Event = field(default_factory=asyncio.Event)
    _open: set[asyncio.StreamWriter] = field(default_factory=set[asyncio.StreamWriter])

    def stall(self) -> None:
        """Pass nothing on, and say nothing: half open, as when a machine in between vanished."""
        self._flowing.clear()

    def flow(self) -> None:
        """Pass on again what waited."""
        self._flowing.set()

    def cut(self) -> None:
        """Reset every connection."""
        for writer in list(self._open):
            writer.transport.abort()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client."""
        self.accepted += 1
        number = self.accepted
        if self.refusing:
            writer.transport.abort()
            return
        try:
            server_reader, server_writer = await asyncio.open_connection(self.host, self.server_port)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, server_writer}
        self._open |= ends
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._pump(number, reader, server_writer, upwards=True))
                tasks.create_task(self._pump(number, server_reader, writer, upwards=False))
        except* (ConnectionError, EOFError):
            pass
        finally:
            self._open -= ends
            for end in ends:
                end.transport.abort()

    async def _pump(
        self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, upwards: bool
    ) -> None:
        while data := await reader.read(READ_BYTES):
            if self.delay_s:
                await asyncio.sleep(self.delay_s)
            await self._flowing.wait()
            allowed = (self.to_server if upwards else self.to_client)(number, data)
            writer.write(allowed or b"")
            if allowed != data:
                async with asyncio.timeout(5):
                    await writer.drain()
                raise EOFError
            await writer.drain()
        raise EOFError


@asynccontextmanager
async def proxied(host: str, port: int) -> AsyncGenerator[Proxy]:
    """A proxy before the server at host and port, passing everything until told otherwise."""
    proxy = Proxy(host, port)
    proxy.flow()
    server = await asyncio.start_server(proxy.handle, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        proxy.flow()
        server.close()
        proxy.cut()
        await server.wait_closed()
