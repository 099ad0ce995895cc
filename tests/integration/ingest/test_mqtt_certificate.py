"""Does ingest tell until when the broker's certificate holds?"""

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from firewarden.figures.basics import Basics
from firewarden.figures.series import named, table
from firewarden.ingest.connections import ALARM, session_config
from firewarden.ingest.figures import IngestFigures
from firewarden.ingest.mqtt import Broker, MqttLink
from firewarden.ingest.mqtt_session import MqttSession
from firewarden.ingest.signals import CertificateSeen

TLS = Path(__file__).parent / "tls"
END_S = 4949129711
"""31 October 2126, as the certificate of the tests says."""


@asynccontextmanager
async def silent_broker(context: ssl.SSLContext | None) -> AsyncGenerator[int]:
    """Accepts connections and says nothing; its port."""

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
    async with server:
        yield int(server.sockets[0].getsockname()[1])


def link_to(port: int, *, tls: bool, told: "asyncio.Queue[float]") -> MqttLink:
    """A link that tells of certificates."""
    broker = Broker(host="127.0.0.1", port=port, tls=tls, username=None, password=None)
    room = asyncio.Event()
    room.set()
    session = MqttSession(session_config(ALARM, broker, "w", shared=False))
    return MqttLink(
        broker,
        session,
        on_ready=lambda _: None,
        on_messages=lambda _: None,
        room=room,
        on_certificate=told.put_nowait,
    )


async def test_the_end_of_the_certificate_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is known as soon as the connection stands, before the broker has said a word."""
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "certificate.pem"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(TLS / "certificate.pem", TLS / "key.pem")
    told: asyncio.Queue[float] = asyncio.Queue()
    async with silent_broker(context) as port:
        running = asyncio.create_task(link_to(port, tls=True, told=told).run())
        try:
            assert await told.get() == END_S
        finally:
            running.cancel()
            await asyncio.wait({running})


def test_it_is_a_figure_of_its_own_and_absent_without_tls() -> None:
    """Nobody is warned of the end of something that is not there."""
    basics = Basics("ingest", "1")
    tell = IngestFigures(basics)
    name = "firewarden_certificate_expires_timestamp_seconds"
    assert list(named(table(basics.registry.collect()), name)) == []
    tell(CertificateSeen(of="broker", expires_s=END_S))
    assert list(named(table(basics.registry.collect()), name)) == [(f'{name}{{of="broker"}}', END_S)]
