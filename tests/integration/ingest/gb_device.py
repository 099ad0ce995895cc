"""A transmission device that speaks GB/T 26875.3 to ingest, and ingest that listens for it."""

import asyncio
import contextlib
import socket
import ssl
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
from tests.integration.city import GATEWAY
from tests.integration.ingest.harness import count
from tests.integration.polling import until

from firewarden.deploy.services import BlockingServices
from firewarden.ingest.facts import State
from firewarden.ingest.wire.gb26875.frames import Frame, FrameReader, encode
from firewarden.ingest.wire.gb26875.objects import ComponentState
from firewarden.ingest.wire.gb26875.profiles import STANDARD
from firewarden.ingest.wire.gb26875.units import encode_unit
from firewarden.ingest.worker import work
from firewarden.settings import Settings

SOURCE = 0x1234
CENTRE = 1
DEADLINE_S = 30.0
CONFIRM, DENY = 3, 6
LOOPBACK = "127.0.0.1"
DETECTOR_ADDRESS = bytes.fromhex("0a000200")
BITS = {State.FIRE: 1, State.FAULT: 2, State.SHIELDED: 3, State.STARTED: 5}


def free_port() -> int:
    """A port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def register_device(
    database: str,
    gateway: str = GATEWAY,
    *,
    source: int = SOURCE,
    peer: str | None = None,
    profile: str = "standard",
) -> None:
    """Say who speaks under the source address."""
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO gb_device (gateway_id, source_address, peer, profile) VALUES (%s, %s, %s, %s)",
            [gateway, source, peer, profile],
        )


def gb_settings(services: BlockingServices, database: str, port: int, **other: object) -> Settings:
    """What the environment would say to a worker that listens for devices."""
    values: dict[str, object] = {
        "database_url": database,
        "mqtt_url": services.mqtt_url,
        "worker": uuid.uuid4().hex,
        "gb26875_tcp": f"{LOOPBACK}:{port}",
        **other,
    }
    return Settings.model_validate(values)


@asynccontextmanager
async def gb_ingest(services: BlockingServices, database: str, **other: object) -> AsyncGenerator[int]:
    """Run ingest in this loop with a listener; yields its port."""
    port = free_port()
    task = asyncio.create_task(work(gb_settings(services, database, port, **other)))
    try:
        await listens_for_devices(database, task)
        yield port
    finally:
        task.cancel()
        [ended] = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(ended, asyncio.CancelledError), f"ingest ended by itself: {ended!r}"


async def listens_for_devices(database: str, task: asyncio.Task[None]) -> None:
    """Return when the worker has said that it listens for devices."""
    with psycopg.connect(database, autocommit=True) as connection:
        now = connection.execute("SELECT now()").fetchone()
        assert now is not None
        beats = "SELECT count(*) FROM ingest_worker WHERE connection = 'gb26875' AND beat_at >= %s"
        await until(lambda: task.done() or count(connection, beats, now[0]) == 1, "ingest with a listener")


def component(*states: State, address: bytes = DETECTOR_ADDRESS, text: str = "烟感", late_s: float = 0.0) -> bytes:
    """A unit of type 2: what a smoke detector has, all of it."""
    word = sum(1 << BITS[state] for state in states)
    at = datetime.now(tz=UTC) - timedelta(seconds=late_s)
    state = ComponentState(
        system_type=1,
        system_address=1,
        component_type=40,
        component_address=address,
        word=word,
        text=text,
        at=at,
    )
    return encode_unit(2, [state], STANDARD)


def frame(
    serial: int,
    unit: bytes = b"",
    *,
    command: int = 2,
    source: int = SOURCE,
    destination: int = CENTRE,
    at: datetime | None = None,
) -> bytes:
    """What a device sends."""
    return encode(
        serial=serial,
        source=source,
        destination=destination,
        command=command,
        unit=unit,
        time=at or datetime.now(tz=UTC),
    )


@dataclass(slots=True)
class Device:
    """One end of a connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    frames: FrameReader

    def send(self, *frames: bytes) -> None:
        """Send bytes."""
        for one in frames:
            self.writer.write(one)

    async def answer(self) -> Frame:
        """The next frame that comes."""
        async with asyncio.timeout(DEADLINE_S):
            while True:
                data = await self.reader.read(1)
                assert data, "the connection was closed"
                for item in self.frames.feed(data):
                    assert isinstance(item, Frame), item
                    return item

    async def answers(self, times: int) -> list[tuple[int, int]]:
        """The serial and command of the next frames."""
        found = [await self.answer() for _ in range(times)]
        return [(one.serial, one.command) for one in found]

    async def closed(self) -> None:
        """Return when the other side closed the connection."""
        async with asyncio.timeout(DEADLINE_S):
            with contextlib.suppress(ConnectionError):
                while await self.reader.read(4096):
                    pass


@asynccontextmanager
async def device(port: int, tls: ssl.SSLContext | None = None) -> AsyncGenerator[Device]:
    """A device that is connected."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port, ssl=tls)
    try:
        yield Device(reader, writer, FrameReader())
    finally:
        writer.close()
        with contextlib.suppress(OSError, ssl.SSLError):
            await writer.wait_closed()
