"""Does the listener read on from devices that it knows when those fill its room whom it does not know?"""

import asyncio
import socket

import pytest
from tests.unit.ingest.gb_frames import NOW, FakeLink, frame, raw

from firewarden.ingest.gb_address import Address, bind
from firewarden.ingest.gb_links import GbLinks
from firewarden.ingest.gb_pipeline import OF_STRANGERS_MAX, GbPipeline
from firewarden.ingest.gb_stream import StreamLimits
from firewarden.ingest.gb_talk import Link
from firewarden.ingest.gb_tcp import FIRST_READ_BYTES, READ_BYTES, Shared, TcpLink
from firewarden.ingest.gb_udp import UdpListener
from firewarden.ingest.platform_clock import PlatformClock
from firewarden.ingest.wire.gb26875.frames import Frame
from firewarden.ingest.wire.gb26875.requests import request
from firewarden.ingest.wire.gb26875.times import NO_TIME


def pipeline() -> GbPipeline:
    """One without a database, where everything waits."""
    links = GbLinks(request, lambda: NOW)
    return GbPipeline(database_url="", worker="w", profiles={}, links=links, clock=PlatformClock())


def test_strangers_leave_room_for_others() -> None:
    """Of whom nobody knows no more is read long before all is full."""
    full, link = pipeline(), FakeLink()
    for serial in range(OF_STRANGERS_MAX - 1):
        full.arrived(link, frame(serial=serial))
    assert full.has_room(link)
    full.arrived(link, frame(serial=OF_STRANGERS_MAX))
    assert not full.has_room(link)
    assert full.look().messages == OF_STRANGERS_MAX


def test_a_resend_waits_once_and_what_two_starts_of_a_device_tell_twice() -> None:
    """Over another connection, too, unless the device has no clock: it may have started anew and tell something new."""
    waiting, old, new = pipeline(), FakeLink(), FakeLink()
    for link in (old, old, new):
        waiting.arrived(link, frame(b"\x02\x01"))
    assert waiting.look().messages == 1
    for link in (old, old, new):
        waiting.arrived(link, frame(b"\x02\x01", serial=2, at=NO_TIME))
    assert waiting.look().messages == 3


def test_little_is_read_at_once_of_whom_nobody_knows() -> None:
    """Thousands of strangers may send at the same moment."""
    shared = Shared(pipeline(), StreamLimits(), lambda _: None)
    link = TcpLink(shared, "192.0.2.7", 4000, tls=False)
    assert len(link.get_buffer(-1)) == FIRST_READ_BYTES
    link.expect(60.0, 1)
    assert len(link.get_buffer(-1)) == READ_BYTES


async def test_a_lost_socket_for_datagrams_is_no_silence() -> None:
    """The process ends and is started anew, rather than going on without hearing these devices."""
    bound = bind(Address(variable="X", host="127.0.0.1", port=0), socket.SOCK_DGRAM)
    listener = UdpListener(pipeline(), bound)
    listener.connection_lost(None)
    with pytest.raises(ConnectionError, match="datagrams"):
        await listener.run()
    await asyncio.sleep(0)  # asyncio closes the socket with its next step


class Hears(GbPipeline):
    """Remembers over what something came."""

    heard: list[Link]

    def arrived(self, link: Link, frame: Frame) -> None:  # noqa: ARG002 - as the real one
        """From here."""
        self.heard.append(link)


def test_invented_senders_displace_no_device() -> None:
    """Of datagrams anybody may be named as the sender: whoever is in the register stays, until all who stay are."""
    hears = Hears(database_url="", worker="w", profiles={}, links=GbLinks(request, lambda: NOW), clock=PlatformClock())
    hears.heard = []
    bound = bind(Address(variable="X", host="127.0.0.1", port=0), socket.SOCK_DGRAM)
    listener = UdpListener(hears, bound, peers_max=3)
    listener.connection_made(asyncio.DatagramTransport())
    listener.datagram_received(raw(), ("192.0.2.1", 5000))
    [device] = hears.heard
    device.expect(60.0, 1)
    for port in range(6000, 6010):
        listener.datagram_received(raw(), ("192.0.2.9", port))
    listener.datagram_received(raw(), ("192.0.2.1", 5000))
    assert hears.heard[-1] is device
    bound.close()
