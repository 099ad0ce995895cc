"""Is every connection that only costs closed with a reason, while the others go on?"""

import asyncio
import socket
import struct
from collections import Counter
from dataclasses import replace

import psycopg
import pytest
from tests.integration.city import register_venue
from tests.integration.ingest.gb_device import (
    CONFIRM,
    Device,
    component,
    device,
    frame,
    gb_settings,
    gb_worker,
    register_device,
)
from tests.integration.ingest.harness import count
from tests.integration.polling import until

from firewarden.deploy.services import BlockingServices
from firewarden.ingest.facts import State
from firewarden.ingest.gb_address import ListenError
from firewarden.ingest.gb_listener import ListenerLimits
from firewarden.ingest.gb_stream import EndReason, StreamLimits
from firewarden.ingest.signals import GbTold, Signal
from firewarden.ingest.worker import work

WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name LIKE '%gb26875'"
HASTY = StreamLimits(first_frame_s=1.5, partial_s=0.5, given_up_max=2, garbage_bytes_max=10_000, silent_min_s=2.0)


class Ends:
    """Counts why connections ended."""

    def __init__(self) -> None:
        self.reasons = Counter[str]()

    def __call__(self, signal: Signal) -> None:
        """Take in what the listener tells."""
        if isinstance(signal, GbTold):
            for (kind, detail), times in signal.counts.items():
                if kind == "ended":
                    self.reasons[detail] += times


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (b"", EndReason.NO_FRAME),
        (b"GET / HTTP/1.1\r\n\r\n", EndReason.NO_FRAME),
        (b"x" * 20_000, EndReason.GARBAGE),
    ],
)
async def test_who_says_nothing_that_makes_sense_is_let_go(database: str, sent: bytes, reason: EndReason) -> None:
    """A connection without a sound frame ends, and why is counted."""
    ends = Ends()
    async with gb_worker(database, limits=ListenerLimits(stream=HASTY), tell=ends) as port, device(port) as nobody:
        nobody.send(sent)
        await nobody.closed()
        await until(lambda: ends.reasons[reason.value] == 1, "the reason")


@pytest.mark.parametrize(("reason", "tail"), [(EndReason.SILENT, b""), (EndReason.SLOW, b"@@")])
async def test_the_table_says_why_a_device_was_disconnected(database: str, reason: EndReason, tail: bytes) -> None:
    """One that falls silent is, and one that begins frames and finishes none."""
    register_venue(database)
    register_device(database)
    silent_min_s = HASTY.silent_min_s if reason is EndReason.SILENT else 3600.0
    stream = replace(HASTY, silent_min_s=silent_min_s)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("UPDATE gateway SET heartbeat_s = 0.5")
        async with gb_worker(database, limits=ListenerLimits(stream=stream)) as port, device(port) as gateway:
            gateway.send(frame(1))
            assert (await gateway.answer()).command == CONFIRM
            trickling = asyncio.create_task(trickle(gateway, tail))
            await gateway.closed()
            trickling.cancel()
            ended = "SELECT count(*) FROM device_link WHERE end_reason = %s AND ended_at >= since_at"
            await until(lambda: count(connection, ended, reason.value), "the end")


async def trickle(gateway: Device, data: bytes) -> None:
    """Send a little, again and again."""
    while data:
        gateway.send(data)
        await asyncio.sleep(0.1)


async def test_only_so_many_connections_are_taken(database: str) -> None:
    """Beyond the limit a connection is closed at once; those that stand go on, and one that ends makes room."""
    register_venue(database)
    register_device(database)
    ends = Ends()
    limits = ListenerLimits(connections_max=2, of_peer_max=2)
    async with gb_worker(database, limits=limits, tell=ends) as port, device(port) as first:
        first.send(frame(1))
        assert (await first.answer()).serial == 1
        async with device(port) as second:
            second.send(frame(2))
            assert (await second.answer()).serial == 2
            async with device(port) as third:
                await third.closed()
            await until(lambda: ends.reasons[EndReason.TOO_MANY.value] == 1, "the refusal")
            first.send(frame(3))
            assert (await first.answer()).serial == 3
        await until(lambda: ends.reasons[EndReason.CLOSED.value] == 1, "room")
        async with device(port) as fourth:
            fourth.send(frame(4))
            assert (await fourth.answer()).serial == 4


async def test_who_does_not_read_our_answers_is_let_go(database: str) -> None:
    """Answers that nobody takes do not pile up here."""
    register_venue(database)
    register_device(database)
    ends = Ends()
    bad = bytearray(frame(1))
    bad[-3] ^= 1
    async with gb_worker(database, tell=ends) as port, device(port) as deaf:
        deaf.writer.transport.pause_reading()  # type: ignore[attr-defined]

        async def flood() -> None:
            while not ends.reasons:
                deaf.send(frame(1), bytes(bad) * 2_000)
                await deaf.writer.drain()
                await asyncio.sleep(0)

        try:
            async with asyncio.timeout(60):
                await flood()
        except ConnectionError:
            pass
        await until(lambda: ends.reasons[EndReason.NOT_READING.value] == 1, "the reason")


async def test_somebody_who_has_said_all_still_gets_the_answer(database: str) -> None:
    """A device that closes its half after a fire is confirmed before the connection ends."""
    register_venue(database)
    register_device(database)
    async with gb_worker(database) as port, device(port) as gateway:
        gateway.send(frame(1, component(State.FIRE)))
        gateway.writer.write_eof()
        assert (await gateway.answer()).command == CONFIRM
        await gateway.closed()


async def test_a_place_that_is_taken_ends_the_worker(services: BlockingServices, database: str) -> None:
    """Ingest does not go on with MQTT only where devices were to connect: it says what to do, and ends."""
    async with gb_worker(database) as port:
        with pytest.raises(ListenError, match="FIREWARDEN_GB26875_TCP"):
            async with asyncio.timeout(60):
                await work(gb_settings(services, database, port))


async def test_a_connection_that_ended_before_it_was_read_leaves_nothing_behind(database: str) -> None:
    """While the database hangs connections break: what they sent is stored, and nobody is said to be connected."""
    register_venue(database)
    register_device(database)
    told: list[GbTold] = []

    def tell(signal: Signal) -> None:
        if isinstance(signal, GbTold):
            told.append(signal)

    async with gb_worker(database, tell=tell) as port:
        with psycopg.connect(database) as holding, psycopg.connect(database, autocommit=True) as other:
            holding.execute("LOCK TABLE raw_frame IN ACCESS EXCLUSIVE MODE")
            async with device(port) as first:
                first.send(frame(1, component(State.FAULT)))
                await until(lambda: count(other, WAITS) == 1, "a transaction that waits")
            for serial in range(2, 12):
                async with device(port) as gateway:
                    gateway.send(frame(serial, component(State.FAULT)))
                    await asyncio.sleep(0.05)
                    broken = gateway.writer.get_extra_info("socket")
                    broken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    gateway.writer.transport.abort()
            holding.rollback()
            stored = "SELECT count(*) FROM raw_frame"
            await until(lambda: count(other, stored) == 11, "all frames")
            told.clear()
            await until(lambda: len(told) >= 2, "news")
            assert told[-1].connections == 0
            ended = "SELECT count(*) FROM device_link WHERE ended_at IS NOT NULL"
            await until(lambda: count(other, ended) == 1, "the end of the last connection")
