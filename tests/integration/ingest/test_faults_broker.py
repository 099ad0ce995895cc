"""Whatever the broker and the way to it do, is everything stored once, and does ingest come back without haste?"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote, urlsplit

import mqtt5
import psycopg
import pytest
from tests.integration.ingest.faulty import Scene, scene
from tests.integration.ingest.own_broker import own_broker
from tests.integration.polling import until

from firewarden.deploy.services import BlockingServices
from firewarden.deploy.state import State
from firewarden.ingest.connections import ALARM


async def _database_away(it: Scene, number: int) -> None:
    """Let messages wait at ingest, unacknowledged."""
    it.postgres.refusing = True
    it.postgres.cut()
    it.send(number)
    await it.arrived(it.gateway.numbers["alarm"])
    await it.arrived(it.gateway.numbers["reading"], "reading")


@pytest.mark.parametrize("how", ["killed", "restarted", "forgetful"])
async def test_a_broker_that_ends(
    services: BlockingServices, database: str, service_packages: Path, make_state: Callable[[], State], how: str
) -> None:
    """With its queues or without them, while messages are on their way: nothing is lost, nothing doubled."""
    async with (
        own_broker(service_packages, make_state) as broker,
        scene(services, database, mqtt_url=broker.url) as it,
    ):
        await _database_away(it, 20)
        if how == "killed":
            broker.kill()
        else:
            await broker.restart(forgetful=how == "forgetful")
        it.send(20)
        it.postgres.refusing = False
        await it.gateway.all_stored()
        await it.logged("mqtt_connection_lost", advice="nothing to do")
        await it.all_is_well()


async def test_a_broker_that_is_down(services: BlockingServices, database: str) -> None:
    """While the way to the broker is closed ingest knocks ever less often; then everything arrives."""
    async with scene(services, database) as it:
        it.broker.refusing = True
        it.broker.cut()
        it.send(5)
        knocks = it.broker.accepted
        await until(lambda: it.broker.accepted >= knocks + 8, "eight attempts of two connections")
        waits = [line["wait_for"] for line in it.lines if line["event"] == "stamina.retry_scheduled"]
        assert max(waits) > 0.2
        it.broker.refusing = False
        await it.all_is_well()


async def test_a_connection_cut_in_the_middle_of_a_message(services: BlockingServices, database: str) -> None:
    """Half a packet is no message: it comes again, whole."""
    async with scene(services, database) as it:
        cuts: list[str] = []

        def cut() -> bool:
            if len(cuts) < 4:
                cuts.append("")
                return True
            return False

        it.witness.cut_in_publish = cut
        it.send(20)
        await until(lambda: len(cuts) == 4, "four cuts")
        await it.all_is_well()


async def test_a_broker_that_says_nothing(services: BlockingServices, database: str) -> None:
    """A half-open connection is noticed by an unanswered ping, and left."""
    async with scene(services, database, keep_alive_s=1) as it:
        it.broker.stall()
        it.send(5)
        await it.logged("mqtt_connection_lost", reasons="no ping")
        it.broker.flow()
        await it.all_is_well()


async def test_a_session_that_another_client_takes_over(services: BlockingServices, database: str) -> None:
    """A foreign client with our id takes the session, then ends it: ingest comes back, without haste, and says what is
    wrong; nothing is lost.
    """
    async with scene(services, database, worker="duel") as it:
        came = it.broker.accepted
        for forget in (False, True):
            it.send(3)
            await _take_over(services.mqtt_url, ALARM.client_id("duel"), forget=forget)
        await it.logged("mqtt_connection_lost", advice="FIREWARDEN_WORKER")
        await it.all_is_well()
        assert it.broker.accepted - came == 2


async def _take_over(mqtt_url: str, client_id: str, *, forget: bool) -> None:
    """Connect with that client id, acknowledge nothing, and stay until thrown out."""
    url = urlsplit(mqtt_url)
    reader, writer = await asyncio.open_connection(url.hostname, url.port)
    connect = mqtt5.ConnectPacket(
        client_id,
        username=unquote(url.username or ""),
        password=unquote(url.password or "").encode(),
        clean_start=forget,
        session_expiry_interval=3600,
        keep_alive=60,
    )
    writer.write(connect.write())
    async with asyncio.timeout(30):
        while await reader.read(4096):
            pass
    writer.transport.abort()


async def test_a_flood_while_the_database_is_away(services: BlockingServices, database: str) -> None:
    """The process holds no more than may be in flight, the broker the rest; the database is asked ever less often."""
    async with scene(services, database) as it:
        it.postgres.refusing = True
        it.postgres.cut()
        asked = it.postgres.accepted
        for _ in range(1_500):
            it.gateway.send("alarm")
        await it.arrived(1_000)
        await until(lambda: it.postgres.accepted - asked >= 14, "seven attempts of two connections")
        assert max(seq for _, seq in it.witness.arrived) <= 1_001
        assert it.acknowledged_since("alarm", 2) == []
        causes = [line for line in it.lines if "DatabaseUnreachableError" in str(line.get("caused_by"))]
        waits = sorted(line["wait_for"] for line in causes)
        assert waits[-1] >= 1.0
        assert it.postgres.accepted - asked <= len(causes) + 2
        it.postgres.refusing = False
        await it.gateway.all_stored()
        assert it.witness.wrong == []


async def test_reconnecting_while_the_database_is_away(services: BlockingServices, database: str) -> None:
    """Each new connection brings everything unacknowledged again: it does not pile up, and has one effect."""
    async with scene(services, database) as it:
        await _database_away(it, 300)
        for _ in range(4):
            before = it.broker.accepted
            it.broker.cut()
            await until(lambda before=before: it.broker.accepted > before, "a new connection")
        assert len(it.witness.arrived) <= 2 * (2_000 + 1_000)
        it.postgres.refusing = False
        await it.all_is_well()
        with psycopg.connect(database) as connection:
            assert connection.execute("SELECT count(*) FROM message_gap").fetchone() == (0,)
