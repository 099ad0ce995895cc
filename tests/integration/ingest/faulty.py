"""Ingest between two proxies, a gateway that keeps, and a witness: every fault is judged alike."""

import asyncio
import uuid
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

import psycopg
import structlog
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.integration.city import GATEWAY, admit, register_venue
from tests.integration.ingest.harness import count, fire, pressure
from tests.integration.ingest.keeper import Keeper, keeper
from tests.integration.ingest.witness import Witness
from tests.integration.polling import until
from tests.integration.proxy import Proxy, proxied

from firewarden.deploy.services import BlockingServices
from firewarden.ingest.connections import ALARM, BULK, session_config
from firewarden.ingest.mqtt import parse_url
from firewarden.ingest.pipeline import Pipeline
from firewarden.ingest.platform_clock import PlatformClock

Lines = list[structlog.typing.EventDict]


@dataclass(slots=True, kw_only=True)
class Scene:
    """Everything a test of a fault touches."""

    database: str  # past the proxy
    broker: Proxy
    postgres: Proxy
    witness: Witness
    gateway: Keeper
    pipelines: Sequence[Pipeline]
    lines: Lines

    def send(self, number: int) -> None:
        """As many fires, and as many readings."""
        for _ in range(number):
            self.gateway.send("alarm", fire())
            self.gateway.send("reading", pressure(300.0))

    async def arrived(self, seq: int, lane: str = "alarm") -> None:
        """Return when ingest was sent the message of that number."""
        await until(lambda: (lane, seq) in self.witness.arrived, f"{lane} {seq} at ingest")

    async def logged(self, event: str, **fields: object) -> None:
        """Return when such a line was logged; a text must be contained in what the field holds."""
        await until(lambda: any(_fits(line, event, fields) for line in self.lines), f"the line {event} {fields}")

    def acknowledged_since(self, lane: str, seq: int) -> list[int]:
        """Which numbers from `seq` on ingest acknowledged."""
        return [number for of, number in self.witness.acknowledged if of == lane and number >= seq]

    async def all_is_well(self) -> None:
        """Everything that was ever sent is stored, exactly once, was acknowledged in order and not before."""
        self.send(1)  # ready again by itself
        await self.gateway.all_stored()
        assert self.witness.wrong == []
        numbers = self.gateway.numbers
        with psycopg.connect(self.database) as connection:
            assert count(connection, "SELECT count(DISTINCT (boot, seq)) FROM state_change") == numbers["alarm"]
            assert count(connection, "SELECT count(*) FROM state_change") == numbers["alarm"]
            assert count(connection, "SELECT count(*) FROM reading") == numbers["reading"]
            assert count(connection, "SELECT count(*) FROM message_gap WHERE filled_at IS NULL") == 0
            assert count(connection, "SELECT count(*) FROM quarantine") == 0


def _fits(line: structlog.typing.EventDict, event: str, fields: dict[str, object]) -> bool:
    return line["event"] == event and all(str(wanted) in str(line.get(name)) for name, wanted in fields.items())


def through(proxy: Proxy, url: str) -> str:
    """The database's address, by way of the proxy."""
    return make_conninfo(url, host="127.0.0.1", port=proxy.port)


@asynccontextmanager
async def pipelines(
    mqtt_url: str,
    database: str,
    *,
    clock: PlatformClock | None = None,
    answer_timeout_s: float = 45.0,
    keep_alive_s: int = 20,
    worker: str | None = None,
) -> AsyncGenerator[Sequence[Pipeline]]:
    """The two connections of ingest, as the process runs them; whether they are ready is not waited for."""
    name = worker or uuid.uuid4().hex
    broker = parse_url(mqtt_url)
    running = [
        Pipeline(
            config,
            replace(session_config(config, broker, name, shared=False), keep_alive_s=keep_alive_s),
            broker=broker,
            database_url=database,
            worker=name,
            clock=clock,
            answer_timeout_s=answer_timeout_s,
        )
        for config in (ALARM, BULK)
    ]
    tasks = [asyncio.create_task(pipeline.run()) for pipeline in running]
    try:
        yield running
        for task in tasks:
            assert not task.done(), task.exception()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def scene(
    services: BlockingServices,
    database: str,
    *,
    mqtt_url: str | None = None,
    clock: PlatformClock | None = None,
    answer_timeout_s: float = 45.0,
    keep_alive_s: int = 20,
    worker: str | None = None,
    **ingest_parameters: str,
) -> AsyncGenerator[Scene]:
    """A venue, its gateway, and ingest, which has stored a first message of each lane.

    `ingest_parameters`: of its connection to the database, such as the user.
    """
    register_venue(database)
    if mqtt_url is None:
        admit(services, GATEWAY)
    broker_url = mqtt_url or services.mqtt_url
    broker, server = urlsplit(broker_url), conninfo_to_dict(database)
    witness = Witness(database)
    async with (
        proxied("127.0.0.1", broker.port or 0) as to_broker,
        proxied("127.0.0.1", int(str(server["port"]).split(",")[0])) as to_postgres,
    ):
        to_broker.to_client, to_broker.to_server = witness.to_client, witness.to_server
        ingest_url = broker._replace(netloc=f"{broker.username}:{broker.password}@127.0.0.1:{to_broker.port}").geturl()
        with structlog.testing.capture_logs() as lines:
            async with (
                pipelines(
                    ingest_url,
                    make_conninfo(through(to_postgres, database), **ingest_parameters),
                    clock=clock,
                    answer_timeout_s=answer_timeout_s,
                    keep_alive_s=keep_alive_s,
                    worker=worker,
                ) as running,
                keeper(broker_url) as gateway,
            ):
                one = Scene(
                    database=database,
                    broker=to_broker,
                    postgres=to_postgres,
                    witness=witness,
                    gateway=gateway,
                    pipelines=running,
                    lines=lines,
                )
                one.send(1)
                await gateway.all_stored()
                try:
                    yield one
                finally:
                    witness.close()
