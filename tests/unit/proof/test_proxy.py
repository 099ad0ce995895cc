"""The proxy passes everything on, in order and whole, until it is told how to fail; then it fails in just that way."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firewarden.proof.proxy import LOOPBACK, Proxy

TIMEOUT_S = 20.0
Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@contextlib.asynccontextmanager
async def echo() -> AsyncGenerator[int]:
    """A server that says everything back; yields its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, LOOPBACK, 0)
    async with server:
        yield int(server.sockets[0].getsockname()[1])


@contextlib.asynccontextmanager
async def proxied() -> AsyncGenerator[tuple[Proxy, Line]]:
    """A proxy before the server, and a connection through it that has said one word."""
    proxy = Proxy(0)
    async with asyncio.timeout(TIMEOUT_S), echo() as proxy.port_to, proxy.running(), connected(proxy.port) as line:
        assert await said_back(line, b"hello") == b"hello"
        yield proxy, line


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncGenerator[Line]:
    """A connection that does not outlive the block."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def said_back(line: Line, data: bytes) -> bytes:
    """What comes back, as much as was said."""
    line[1].write(data)
    return await line[0].readexactly(len(data))


@settings(max_examples=20, deadline=None)
@given(pieces=st.lists(st.binary(min_size=1, max_size=50_000), min_size=1, max_size=5))
def test_everything_passes_whole_and_in_order(pieces: list[bytes]) -> None:
    """Bytes of any kind and in pieces of any size come back as they were said."""

    async def play() -> None:
        async with proxied() as (_, line):
            for piece in pieces:
                assert await said_back(line, piece) == piece

    asyncio.run(play())


async def test_the_last_words_arrive() -> None:
    """What was said before a side closed its connection is passed on."""
    async with proxied() as (_, (reader, writer)):
        writer.write(b"goodbye")
        writer.write_eof()
        assert await reader.read() == b"goodbye"


async def test_a_cut_resets_what_stands_and_lets_new_connections_in() -> None:
    """After a cut the old connection is gone, and the next one works."""
    async with proxied() as (proxy, (reader, _)):
        proxy.cut()
        with pytest.raises(ConnectionResetError):
            await reader.readexactly(1)
        async with connected(proxy.port) as line:
            assert await said_back(line, b"again") == b"again"


@given(count=st.integers(1, 3_000))
@settings(max_examples=20, deadline=None)
def test_a_cut_after_some_bytes_leaves_a_beginning_at_most(count: int) -> None:
    """What arrives before the cut is a beginning of what was said, never all of it."""
    words = bytes(range(256)) * 40

    async def play() -> None:
        async with proxied() as (proxy, (reader, writer)):
            proxy.cut_after(count)
            writer.write(words)
            heard = bytearray()
            with contextlib.suppress(ConnectionResetError):
                while data := await reader.read(100):
                    heard += data
            assert len(heard) < len(words)
            assert words.startswith(bytes(heard))

    asyncio.run(play())


async def test_a_stalled_line_loses_nothing() -> None:
    """What was said during a stall arrives after it."""
    async with proxied() as (proxy, line):
        async with proxy.stalled():
            line[1].write(b"patience")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await line[0].readexactly(1)
        assert await line[0].readexactly(8) == b"patience"


@pytest.mark.parametrize("swallows_up", [True, False])
async def test_a_half_open_line_swallows_words_and_then_breaks(swallows_up: bool) -> None:  # noqa: FBT001
    """Nothing comes back meanwhile; afterwards the connection is reset, so that nobody takes the rest for the whole."""
    async with proxied() as (proxy, (reader, writer)):
        async with proxy.half_open(swallows_up=swallows_up):
            writer.write(b"lost")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await reader.readexactly(1)
        with pytest.raises(ConnectionResetError):
            await reader.readexactly(1)


async def test_a_slow_line_still_carries_everything() -> None:
    """Slowness alone changes nothing of what arrives."""
    async with proxied() as (proxy, line), proxy.slow(1_000_000):
        words = bytes(range(256)) * 20
        assert await said_back(line, words) == words


async def test_a_refusing_line_lets_nobody_in() -> None:
    """What stood is cut, and who comes is sent away, until it is over."""
    async with proxied() as (proxy, _):
        async with proxy.refusing():
            with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                async with connected(proxy.port) as line:
                    await said_back(line, b"?")
        async with connected(proxy.port) as line:
            assert await said_back(line, b"again") == b"again"


async def test_a_service_that_is_away_is_away_through_the_proxy_too() -> None:
    """Where nothing listens behind it, a connection ends at once."""
    async with asyncio.timeout(TIMEOUT_S):
        async with echo() as port:
            pass
        async with Proxy(port).running() as proxy:
            with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
                async with connected(proxy.port) as line:
                    await said_back(line, b"?")
