"""Does ingest store what gateways send, once, before it says so?"""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from urllib.parse import urlsplit

import aiomqtt
import psycopg

from firewarden.deploy.services import BlockingServices
from firewarden.ingest.worker import work
from firewarden.settings import Settings
from tests.integration.city import DETECTOR, GATEWAY, PRESSURE, SECRET, Venue, admit, register_venue
from tests.integration.polling import until

NOW = "2026-11-23T11:04:05+08:00"


@asynccontextmanager
async def ingest(services: BlockingServices, database: str, worker: str) -> AsyncGenerator[None]:
    """Run ingest in this loop, from ready to cancelled."""
    settings = Settings(database_url=database, mqtt_url=services.mqtt_url, worker=worker)
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
    url = urlsplit(services.mqtt_url)
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


async def test_facts_are_stored_and_confirmed(services: BlockingServices, database: str) -> None:
    """A message is in the tables when the gateway is told that it is stored, in the stored unit."""
    venue: Venue = register_venue(database)
    admit(services, GATEWAY)
    async with ingest(services, database, "t1"), gateway_client(services) as client:
        await client.subscribe(f"fire/v1/{GATEWAY}/stored", qos=1)
        await client.publish(f"fire/v1/{GATEWAY}/alarm", message(1, fire()), qos=1)
        await client.publish(f"fire/v1/{GATEWAY}/reading", message(1, pressure(150), pressure(250)), qos=1)
        told: dict[str, object] = {}
        async with asyncio.timeout(30):
            async for stored in client.messages:
                assert isinstance(stored.payload, bytes)
                told |= json.loads(stored.payload)
                if told == {"boot": "b1", "alarm": 1, "reading": 1}:
                    break
        with psycopg.connect(database) as connection:
            states = connection.execute("SELECT point_id, state, raised FROM state_change").fetchall()
            values = connection.execute("SELECT point_id, value FROM reading ORDER BY value").fetchall()
            batches = count(connection, "SELECT sum(rows) FROM reading_batch")
    assert states == [(venue.detector_id, "fire", True)]
    assert values == [(venue.pressure_id, 0.15), (venue.pressure_id, 0.25)]
    assert batches == 2
