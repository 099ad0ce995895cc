"""Who may connect? Devices by TCP and TLS, at a pace and in a number that the worker can bear."""

import asyncio
import socket
import ssl
import time
from collections import Counter
from dataclasses import dataclass, field

import structlog

from firewarden.ingest.flood import Bucket
from firewarden.ingest.gb_address import peer_of
from firewarden.ingest.gb_pipeline import GbPipeline
from firewarden.ingest.gb_stream import EndReason, StreamLimits
from firewarden.ingest.gb_tcp import Shared, TcpLink

log = structlog.stdlib.get_logger("ingest.gb26875")

TICK_EVERY_S = 1.0
HANDSHAKE_S = 10.0
ACCEPT_AGAIN_S = 1.0
"""After the machine refused another connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerLimits:
    """Of all connections of a worker."""

    connections_max: int = 10_000
    of_peer_max: int = 2_000  # many devices may stand behind one address
    accepts_per_s: float = 500.0  # more wait in the machine's queue
    stream: StreamLimits = field(default_factory=StreamLimits)

    def __post_init__(self) -> None:
        assert 1 <= self.of_peer_max <= self.connections_max
        assert self.accepts_per_s > 0


class TcpListener:
    """Takes connections on sockets that are bound already. With a TLS context, TLS is spoken on the second one."""

    def __init__(
        self,
        pipeline: GbPipeline,
        *,
        sockets: list[tuple[socket.socket, ssl.SSLContext | None]],
        limits: ListenerLimits | None = None,
    ) -> None:
        self._sockets = sockets
        self._limits = limits or ListenerLimits()
        self._pipeline = pipeline
        self._links: set[TcpLink] = set()
        self._of_peer = Counter[str]()
        self._handshakes: set[asyncio.Task[None]] = set()
        self._shared = Shared(pipeline, self._limits.stream, self._ended)
        rate = self._limits.accepts_per_s
        self._pace = Bucket(rate, rate, rate, time.monotonic())

    async def run(self) -> None:
        """Listen until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for listening, context in self._sockets:
                    tasks.create_task(self._accept(listening, context))
                tasks.create_task(self._tick())
        finally:
            for listening, _ in self._sockets:
                listening.close()
            for handshake in self._handshakes:
                handshake.cancel()
            for link in list(self._links):
                link.end(EndReason.STOPPED)

    async def _accept(self, listening: socket.socket, context: ssl.SSLContext | None) -> None:
        loop = asyncio.get_running_loop()
        while True:
            if not self._pace.take(1, time.monotonic()):
                await asyncio.sleep(1 / self._limits.accepts_per_s)
            try:
                accepted, where = await loop.sock_accept(listening)
            except OSError as error:
                log.warning("accept_failed", reason=str(error), advice="raise the limit of open files (ulimit -n)")
                await asyncio.sleep(ACCEPT_AGAIN_S)
                continue
            peer = peer_of(str(where[0]))
            refused = self._refusal(peer)
            if refused is not None:
                self._pipeline.count("ended", refused.value)
                accepted.close()
                continue
            self._of_peer[peer] += 1
            self._begin(accepted, TcpLink(self._shared, peer, int(where[1]), tls=context is not None), context)

    def _refusal(self, peer: str) -> EndReason | None:
        if len(self._links) >= self._limits.connections_max:
            return EndReason.TOO_MANY
        if self._of_peer[peer] >= self._limits.of_peer_max:
            return EndReason.TOO_MANY_OF_PEER
        return None

    def _begin(self, accepted: socket.socket, link: TcpLink, context: ssl.SSLContext | None) -> None:
        """Connect the link, which takes several exchanges where TLS is spoken."""
        self._links.add(link)
        task = asyncio.get_running_loop().create_task(self._connect(accepted, link, context))
        self._handshakes.add(task)
        task.add_done_callback(self._handshakes.discard)

    async def _connect(self, accepted: socket.socket, link: TcpLink, context: ssl.SSLContext | None) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: link,
                accepted,
                ssl=context,
                ssl_handshake_timeout=None if context is None else HANDSHAKE_S,
            )
        except (OSError, ssl.SSLError) as error:
            log.info("device_not_connected", peer=link.peer, port=link.port, reason=str(error))
            accepted.close()
            if link in self._links:
                self._pipeline.count("ended", EndReason.BROKEN.value)
                self._ended(link)

    def _ended(self, link: TcpLink) -> None:
        if link in self._links:
            self._links.discard(link)
            self._of_peer[link.peer] -= 1
            if self._of_peer[link.peer] <= 0:
                del self._of_peer[link.peer]

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_EVERY_S)
            now_s = time.monotonic()
            for link in list(self._links):
                link.tick(now_s)
