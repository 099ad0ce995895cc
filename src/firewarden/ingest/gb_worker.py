"""What of a worker listens to devices that speak GB/T 26875.3? Nothing, unless the environment names an address."""

import asyncio
import socket
import ssl
from dataclasses import dataclass

import structlog

from firewarden.ingest.flood import FloodLimits
from firewarden.ingest.gb_address import Address, bind, parse_address, tls_context
from firewarden.ingest.gb_links import GbLinks
from firewarden.ingest.gb_listener import ListenerLimits, TcpListener
from firewarden.ingest.gb_pipeline import GbPipeline
from firewarden.ingest.gb_udp import UdpListener
from firewarden.ingest.platform_clock import PlatformClock
from firewarden.ingest.profile_files import load_profiles
from firewarden.ingest.signals import Tell
from firewarden.ingest.wire.gb26875.requests import request
from firewarden.settings import Settings

log = structlog.stdlib.get_logger("ingest.gb26875")


@dataclass(frozen=True, slots=True, kw_only=True)
class GbPlaces:
    """Where to listen."""

    tcp: Address | None
    tls: Address | None
    tls_context: ssl.SSLContext | None
    udp: Address | None

    def __bool__(self) -> bool:
        return self.tcp is not None or self.tls is not None or self.udp is not None


def places_of(settings: Settings) -> GbPlaces:
    """Read where to listen. Raises ListenError."""
    tls = _address("FIREWARDEN_GB26875_TLS", settings.gb26875_tls)
    context = None if tls is None else tls_context(settings.gb26875_tls_cert, settings.gb26875_tls_key)
    return GbPlaces(
        tcp=_address("FIREWARDEN_GB26875_TCP", settings.gb26875_tcp),
        tls=tls,
        tls_context=context,
        udp=_address("FIREWARDEN_GB26875_UDP", settings.gb26875_udp),
    )


class GbWorker:
    """The listeners of a worker and the pipeline behind them."""

    def __init__(
        self,
        places: GbPlaces,
        settings: Settings,
        *,
        flood_limits: FloodLimits,
        signal: Tell,
        limits: ListenerLimits | None = None,
    ) -> None:
        """Bind the addresses. Raises ListenError."""
        profiles = load_profiles(settings.gb26875_profiles)
        for problem in profiles.problems:
            log.error(
                "profile_unusable", problem=problem, advice="`firewarden frames profiles` says what is wrong with it"
            )
        clock = PlatformClock()
        self.links = GbLinks(request, clock.now, settings.gb26875_centre)
        self.pipeline = GbPipeline(
            database_url=settings.database_url,
            worker=settings.worker,
            profiles=profiles.by_name,
            links=self.links,
            clock=clock,
            flood_limits=flood_limits,
            signal=signal,
        )
        self.ready = self.pipeline.ready
        sockets: list[tuple[socket.socket, ssl.SSLContext | None]] = []
        udp: socket.socket | None = None
        try:
            for address, context in ((places.tcp, None), (places.tls, places.tls_context)):
                if address is not None:
                    sockets.append((bind(address, socket.SOCK_STREAM), context))
            if places.udp is not None:
                udp = bind(places.udp, socket.SOCK_DGRAM)
        except BaseException:
            for bound, _ in sockets:
                bound.close()
            raise
        self._tcp = TcpListener(self.pipeline, sockets=sockets, limits=limits)
        self._udp = None if udp is None else UdpListener(self.pipeline, udp)

    async def run(self) -> None:
        """Work until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.pipeline.run())
            tasks.create_task(self._tcp.run())
            if self._udp is not None:
                tasks.create_task(self._udp.run())


def _address(variable: str, text: str) -> Address | None:
    return parse_address(variable, text) if text.strip() else None
