"""Whether the gateways of a run that is over come to their end, whatever happens in the same moment."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random

import aiomqtt
import pytest

from firewarden.gateway_sim import journal
from firewarden.gateway_sim.behaviour import Report
from firewarden.gateway_sim.city import build_city
from firewarden.gateway_sim.gateway import SimGateway
from firewarden.gateway_sim.gb_device import GbDevice
from firewarden.gateway_sim.gb_dialects import STANDARD, Protocol, Speech, Transport
from firewarden.gateway_sim.gb_line import Centre
from firewarden.gateway_sim.odds import Odds
from firewarden.gateway_sim.outbox import Outbox
from firewarden.gateway_sim.patience import Patience
from firewarden.ingest.facts import Lane, Reading

NOW = datetime(2026, 11, 24, 13, 45, 7, tzinfo=UTC)
QUIET = Odds(sent_twice=0.0, lost_while_silent=0.0)
ENDS_WITHIN_S = 20.0  # at once, on a machine that is not busy


class LosingLine:
    """A broker whose confirm comes in the moment in which the gateway is cancelled: as in `asyncio.wait_for` before
    Python 3.12, the confirm counts and the cancellation is lost.

    `loses`: the how manieth publish; every other one is confirmed at once.
    """

    def __init__(self, loses: int) -> None:
        self.published = 0
        self.loses = loses
        self.waits = asyncio.Event()
        self.told = asyncio.Event()
        self.cuts = 0

    @asynccontextmanager
    async def dial(self, _gateway: str, _secret: str, _will: aiomqtt.Will) -> AsyncGenerator["LosingLine"]:
        """Connected at once."""
        yield self

    async def subscribe(self, topics: Sequence[str]) -> None:
        """Nothing will come."""

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:  # noqa: ARG002 - a Line's
        """Wait for the cancellation, and lose it."""
        self.published += 1
        if self.published == len(("greeting", "message")):
            self.told.set()
        if self.published == self.loses:
            self.waits.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                return

    async def messages(self) -> AsyncIterator[aiomqtt.Message]:
        """Nothing, as long as it is waited for."""
        await asyncio.Event().wait()
        raise AssertionError("nobody sets that event")
        yield

    def cut(self) -> None:
        """Note it."""
        self.cuts += 1


def speaking(line: LosingLine) -> SimGateway:
    """A gateway with something to say."""
    outbox = Outbox("GW-1", "b1")
    gateway = SimGateway(
        outbox,
        dial=line.dial,
        secret="",
        heartbeat_s=3_600,
        record=lambda _: None,
        odds=QUIET,
        rng=Random(1),
    )
    fact = Reading(point="p-1", at=NOW, quantity="pressure", value=1.0, unit="kPa")
    gateway.send(Report(lane=Lane.READING, facts=(fact,)))
    return gateway


@pytest.mark.parametrize("loses", [1, 2])
async def test_a_gateway_whose_cancellation_was_lost_ends_all_the_same(loses: int) -> None:
    """The greeting or a message is confirmed in the moment of the end: the gateway leaves, and says goodbye."""
    line = LosingLine(loses)
    gateway = speaking(line)
    running = asyncio.create_task(gateway.run())
    await line.waits.wait()
    gateway.leave()
    running.cancel()
    ended, _ = await asyncio.wait({running}, timeout=ENDS_WITHIN_S)
    assert ended
    assert line.cuts == 0, "a broker would publish the last will of a gateway that ends as planned"


async def test_a_gateway_that_is_told_to_leave_needs_no_cancellation() -> None:
    """It wakes up, ends its connection and does not come back."""
    line = LosingLine(loses=0)
    gateway = speaking(line)
    running = asyncio.create_task(gateway.run())
    await line.told.wait()
    gateway.leave()
    ended, _ = await asyncio.wait({running}, timeout=ENDS_WITHIN_S)
    assert ended
    running.cancel()


async def test_a_device_that_is_told_to_leave_needs_no_cancellation() -> None:
    """The same by GB/T 26875.3, against a centre that says nothing."""
    connected, closed = asyncio.Event(), asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.set()
        with contextlib.suppress(ConnectionResetError):
            while await reader.read(100):
                pass
        writer.close()
        closed.set()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    written: list[journal.Record] = []
    device = GbDevice(
        build_city(seed=1, venues=1, protocol=Protocol.GB26875).venues[0].gateway,
        Speech(source_address=1, transport=Transport.TCP, dialect=STANDARD),
        centre=Centre(host="127.0.0.1", tcp=port, udp=None),
        boot="b1",
        record=written.append,
        odds=QUIET,
        rng=Random(1),
    )
    running = asyncio.create_task(device.run())
    await connected.wait()
    device.leave()
    ended, _ = await asyncio.wait({running}, timeout=ENDS_WITHIN_S)
    assert ended
    await closed.wait()
    server.close()
    links = [record for record in written if isinstance(record, journal.Link)]
    assert [link.why for link in links if not link.up] == ["end"]


def test_what_becomes_less_is_waited_for() -> None:
    """However long it takes in all, as long as something is settled now and then."""
    patience = Patience(90.0, unsettled=3, now_s=0.0)
    assert not patience.is_over(3, 89.0)
    assert not patience.is_over(2, 89.5)
    assert not patience.is_over(2, 179.0)
    assert not patience.is_over(1, 179.25)
    assert patience.is_over(1, 269.25)


def test_what_comes_and_goes_is_not_progress() -> None:
    """A line that breaks and comes back, again and again, does not keep a run alive for ever."""
    patience = Patience(90.0, unsettled=3, now_s=0.0)
    ends = next(second for second in range(1_000) if patience.is_over(3 + second % 2, float(second)))
    assert ends == 90
