"""Datagrams of devices: each is judged by itself, and answered to where it came from."""

import asyncio
import socket
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import cast

from firewarden.ingest.gb_address import peer_of
from firewarden.ingest.gb_answers import deny_flawed
from firewarden.ingest.gb_pipeline import GbPipeline
from firewarden.ingest.gb_stream import EndReason
from firewarden.ingest.gb_tcp import SERIALS, WAITING_MAX
from firewarden.ingest.wire.gb26875.frames import Flawed, Frame, FrameReader

PEERS_MAX = 20_000
TICK_EVERY_S = 5.0
SILENT_MIN_S = 180.0
SILENT_HEARTBEATS = 3.0

Where = tuple[str, int]


@dataclass(slots=True, eq=False)
class UdpLink:
    """An address that sends datagrams. It is as good as connected while it does."""

    where: Where
    io: asyncio.DatagramTransport
    peer: str
    heard_s: float
    waiting: int = 0
    heartbeat_s: float = 60.0
    ended: bool = False
    transport: str = "udp"
    _serial: int = field(default=-1)

    @property
    def port(self) -> int:
        """From which it sends."""
        return self.where[1]

    @property
    def closed(self) -> bool:
        """Whether nobody is there any more."""
        return self.ended or self.io.is_closing()

    def write(self, data: bytes) -> None:
        """Send one datagram."""
        if not self.closed:
            self.io.sendto(data, self.where)

    def settled(self, frames: int) -> None:
        """So many of its frames do not wait any more."""
        self.waiting -= frames

    def expect(self, heartbeat_s: float, devices: int) -> None:  # noqa: ARG002 - datagrams share no connection
        """Another device spoke that sends so often."""
        self.heartbeat_s = max(self.heartbeat_s, heartbeat_s)

    def next_serial(self) -> int:
        """The number of a question of ours."""
        self._serial = (self._serial + 1) % SERIALS
        return self._serial

    def silent(self, now_s: float) -> bool:
        """Whether nothing came for longer than its heartbeats allow."""
        return now_s - self.heard_s >= max(SILENT_MIN_S, SILENT_HEARTBEATS * self.heartbeat_s)


class UdpListener(asyncio.DatagramProtocol):
    """Takes datagrams on a socket that is bound already."""

    def __init__(self, pipeline: GbPipeline, bound: socket.socket, *, peers_max: int = PEERS_MAX) -> None:
        self._pipeline = pipeline
        self._bound = bound
        self._peers_max = peers_max
        self._links: OrderedDict[Where, UdpLink] = OrderedDict()
        self._io: asyncio.DatagramTransport | None = None

    async def run(self) -> None:
        """Listen until cancelled."""
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, sock=self._bound)
        try:
            while True:
                await asyncio.sleep(TICK_EVERY_S)
                now_s = time.monotonic()
                for link in [link for link in self._links.values() if link.silent(now_s)]:
                    self._end(link, EndReason.SILENT)
        finally:
            for link in list(self._links.values()):
                self._end(link, EndReason.STOPPED)
            if self._io is not None:
                self._io.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is ours."""
        self._io = cast("asyncio.DatagramTransport", transport)  # asyncio's own says it of itself only in words

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        """One datagram came."""
        reader = FrameReader()
        items = reader.feed(data)
        while reader.pending:
            items += reader.give_up()
        link = self._link((str(addr[0]), int(addr[1])))
        room = len(data)  # whoever is named as the sender is never sent more than came
        for item in items:
            room -= self._take(link, item, room)

    def error_received(self, exc: Exception) -> None:  # noqa: ARG002 - it does not say whose
        """An answer could not be delivered: the device sends again, or is gone."""
        self._pipeline.count("frames", "undeliverable")

    def _take(self, link: UdpLink, item: Frame | Flawed, room: int) -> int:
        """Take one item; returns how many bytes it was answered with at once."""
        if isinstance(item, Flawed):
            self._pipeline.count("denied", item.flaw.value)
            answer = deny_flawed(item, self._pipeline.clock.now())
            if answer is not None and len(answer) <= room and self._pipeline.may_answer(link):
                link.write(answer)
                return len(answer)
        elif link.waiting >= WAITING_MAX or not self._pipeline.room.is_set():
            self._pipeline.count("frames", "no_room")  # the device sends it again
        else:
            link.waiting += 1
            self._pipeline.arrived(link, item)
            return len(item.raw)  # as it will be
        return 0

    def _link(self, where: Where) -> UdpLink:
        link = self._links.get(where)
        if link is None:
            assert self._io is not None
            if len(self._links) >= self._peers_max:
                self._end(next(iter(self._links.values())), EndReason.TOO_MANY)
            link = self._links[where] = UdpLink(
                where=where, io=self._io, peer=peer_of(where[0]), heard_s=time.monotonic()
            )
        self._links.move_to_end(where)
        link.heard_s = time.monotonic()
        return link

    def _end(self, link: UdpLink, reason: EndReason) -> None:
        link.ended = True
        del self._links[link.where]
        if self._pipeline.is_known(link):
            self._pipeline.count("ended", reason.value)
        self._pipeline.gone(link, reason)
