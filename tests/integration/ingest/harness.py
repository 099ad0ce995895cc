"""Ingest in this loop, a stock MQTT client as the gateway, and the contract's messages."""

import asyncio
import json
import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from urllib.parse import urlsplit

import aiomqtt
import psycopg
from tests.integration.city import DETECTOR, GATEWAY, PRESSURE, SECRET
from tests.integration.polling import until

from firewarden.deploy.services import BlockingServices
from firewarden.ingest.batch import Received
from firewarden.ingest.sorting import sort_out
from firewarden.ingest.streams import Streams
from firewarden.ingest.worker import work
from firewarden.settings import Settings

DEADLINE_S = 30.0


@asynccontextmanager
async def ingest(
    services: BlockingServices,
    database: str,
    *,
    worker: str | None = None,
    shared: bool = False,
    flood_burst: float = 500_000.0,
) -> AsyncGenerator[str]:
    """Run ingest in this loop, from ready to cancelled; without a name it is one that the broker never met.

    Yields the worker's name.
    """
    name = worker or uuid.uuid4().hex
    settings = settings_of(services, database, name, shared=shared, flood_burst=flood_burst)
    task = asyncio.create_task(work(settings))
    try:
        await listens(database, name, task)
        yield name
    finally:
        task.cancel()
        [ended] = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(ended, asyncio.CancelledError), f"ingest ended by itself: {ended!r}"


def settings_of(
    services: BlockingServices, database: str, worker: str, *, shared: bool = False, flood_burst: float = 500_000.0
) -> Settings:
    """What the environment would say to a worker. Of a small `flood_burst` next to nothing comes back during a test."""
    return Settings(
        database_url=database,
        mqtt_url=services.mqtt_url,
        worker=worker,
        ingest_shared=shared,
        flood_burst=flood_burst,
        flood_rate=0.001 if flood_burst < 1_000 else 200.0,
    )


async def listens(database: str, worker: str, task: asyncio.Task[None]) -> None:
    """Return when both connections of the worker have said that they listen, from now on."""
    with psycopg.connect(database, autocommit=True) as connection:
        now = connection.execute("SELECT now()").fetchone()
        assert now is not None
        beats = "SELECT count(*) FROM ingest_worker WHERE worker = %s AND beat_at >= %s"
        await until(lambda: count(connection, beats, worker, now[0]) == 2 or task.done(), f"ingest {worker}")


def count(connection: psycopg.Connection, query: str, *values: object) -> int:
    """The one number that `query` returns."""
    row = connection.execute(query, values or None).fetchone()  # pyright: ignore[reportArgumentType, reportCallIssue]
    assert row is not None
    return int(row[0])


async def count_batch(connection: psycopg.AsyncConnection, batch: list[Received], now: datetime) -> None:
    """Count messages in a transaction of their own, as the writer does, at a moment of the test's choice."""
    found = sort_out(batch)
    async with connection.transaction():
        streams = await Streams.lock(connection, found.streams, set())
        for stream, messages in found.streams.items():
            streams.repeats(stream, messages)
        await streams.write(now)


def gateway_client(services: BlockingServices, gateway: str = GATEWAY, secret: str = SECRET) -> aiomqtt.Client:
    """A stock client as a gateway uses it."""
    return gateway_at(services.mqtt_url, gateway, secret)


def gateway_at(mqtt_url: str, gateway: str, secret: str = SECRET) -> aiomqtt.Client:
    """The same, at any broker's address."""
    url = urlsplit(mqtt_url)
    assert url.hostname is not None
    assert url.port is not None
    return aiomqtt.Client(
        url.hostname, url.port, username=gateway, password=secret, protocol=aiomqtt.ProtocolVersion.V5
    )


def message(seq: int, *facts: dict[str, object], boot: str = "b1") -> bytes:
    """A payload of the contract."""
    sent_at = datetime.now(tz=UTC).isoformat()
    return json.dumps({"boot": boot, "seq": seq, "sent_at": sent_at, "facts": facts}).encode()


def fire(**changes: object) -> dict[str, object]:
    """A fire at the detector, now."""
    at = datetime.now(tz=UTC).isoformat()
    return {"kind": "state", "point": DETECTOR, "at": at, "set": ["fire"], "clear": [], **changes}


def pressure(value: float) -> dict[str, object]:
    """A reading of the pressure sensor, now."""
    at = datetime.now(tz=UTC).isoformat()
    return {"kind": "reading", "point": PRESSURE, "at": at, "quantity": "pressure", "value": value, "unit": "kPa"}


async def told(client: aiomqtt.Client, **wanted: object) -> None:
    """Return when the stored watermarks that came hold all of `wanted`."""
    known: dict[str, object] = {}
    async with asyncio.timeout(DEADLINE_S):
        async for stored in client.messages:
            assert isinstance(stored.payload, bytes)
            known |= json.loads(stored.payload)
            if wanted.items() <= known.items():
                return


@asynccontextmanager
async def gateway(services: BlockingServices, name: str = GATEWAY) -> AsyncGenerator[aiomqtt.Client]:
    """A connected gateway that hears what is stored."""
    async with gateway_client(services, name) as client:
        await client.subscribe(f"fire/v1/{name}/stored", qos=1)
        yield client
