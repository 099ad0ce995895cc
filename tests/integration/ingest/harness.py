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
from firewarden.ingest.worker import work
from firewarden.settings import Settings

DEADLINE_S = 30.0


@asynccontextmanager
async def ingest(services: BlockingServices, database: str) -> AsyncGenerator[None]:
    """Run ingest in this loop, from ready to cancelled; each run is another worker, which the broker never met."""
    settings = Settings(database_url=database, mqtt_url=services.mqtt_url, worker=uuid.uuid4().hex)
    task = asyncio.create_task(work(settings))
    try:
        with psycopg.connect(database, autocommit=True) as connection:
            await until(lambda: count(connection, "SELECT count(*) FROM ingest_worker") == 2 or task.done(), "ingest")
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def count(connection: psycopg.Connection, query: str) -> int:
    """The one number that `query` returns."""
    row = connection.execute(query).fetchone()  # pyright: ignore[reportArgumentType, reportCallIssue]
    assert row is not None
    return int(row[0])


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
