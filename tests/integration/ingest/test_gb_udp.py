"""Are datagrams of devices stored and answered like what comes over connections, and nobody else bothered?"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import psycopg
from tests.integration.city import GATEWAY, register_venue
from tests.integration.ingest.gb_device import (
    CONFIRM,
    DEADLINE_S,
    DENY,
    LOOPBACK,
    component,
    frame,
    free_port,
    gb_ingest,
    register_device,
)
from tests.integration.ingest.harness import count
from tests.integration.polling import until

from firewarden.deploy.services import BlockingServices
from firewarden.ingest.facts import State
from firewarden.ingest.wire.gb26875.frames import Frame, FrameReader


class Datagrams(asyncio.DatagramProtocol):
    """What came to a device."""

    def __init__(self) -> None:
        self.came: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002 - asyncio's
        """Keep it."""
        self.came.put_nowait(data)

    async def answer(self) -> tuple[int, int]:
        """The serial and command of the next one, which is one sound frame."""
        async with asyncio.timeout(DEADLINE_S):
            [item] = FrameReader().feed(await self.came.get())
        assert isinstance(item, Frame)
        return item.serial, item.command


@asynccontextmanager
async def device_at(port: int) -> AsyncGenerator[tuple[asyncio.DatagramTransport, Datagrams]]:
    """A device that sends datagrams to a port."""
    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
        Datagrams, remote_addr=(LOOPBACK, port)
    )
    try:
        yield transport, protocol
    finally:
        transport.close()


async def test_a_fire_in_a_datagram_is_stored_and_confirmed(services: BlockingServices, database: str) -> None:
    """The confirm goes to where the datagram came from, a resend is confirmed again and stored once."""
    register_venue(database)
    register_device(database)
    port = free_port()
    async with gb_ingest(services, database, gb26875_udp=f"{LOOPBACK}:{port}"), device_at(port) as (out, back):
        for _ in range(2):
            out.sendto(frame(9, component(State.FIRE)))
            assert await back.answer() == (9, CONFIRM)
        with psycopg.connect(database, autocommit=True) as connection:
            assert connection.execute("SELECT transport FROM raw_frame").fetchall() == [("udp",)]
            links = "SELECT count(*) FROM device_link WHERE gateway_id = %s AND transport = 'udp'"
            await until(lambda: count(connection, links, GATEWAY), "its address")


async def test_each_datagram_is_judged_by_itself(services: BlockingServices, database: str) -> None:
    """Half a frame is completed by nothing, a spoilt one is denied, and a stranger is sent no more than it sent."""
    register_venue(database)
    register_device(database)
    good = frame(2, component(State.FIRE))
    port = free_port()
    async with gb_ingest(services, database, gb26875_udp=f"{LOOPBACK}:{port}"), device_at(port) as (out, back):
        out.sendto(good[:40])
        out.sendto(good[40:])
        out.sendto(good[:-3] + bytes([good[-3] ^ 1]) + good[-2:])
        assert await back.answer() == (2, DENY)
        out.sendto(good)
        assert await back.answer() == (2, CONFIRM)
        stranger = frame(3, source=77)
        out.sendto(stranger)
        async with asyncio.timeout(DEADLINE_S):
            answer = await back.came.get()
        assert len(answer) <= len(stranger)
    with psycopg.connect(database) as connection:
        assert count(connection, "SELECT count(*) FROM raw_frame") == 1
        assert connection.execute("SELECT source_address, transport FROM gb_unknown").fetchall() == [(77, "udp")]
