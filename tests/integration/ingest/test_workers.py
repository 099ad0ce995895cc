"""Do several workers lose nothing, store each message once, and never quarrel over a name?"""

import asyncio
import os
import signal
import sys
import uuid
from collections.abc import AsyncGenerator, Callable

import aiomqtt
import mqtt5
import psycopg
import pytest
from tests.integration.city import GATEWAY, admit, register_venue
from tests.integration.ingest.harness import (
    count,
    fire,
    gateway,
    ingest,
    listens,
    message,
    pressure,
    settings_of,
    told,
)
from tests.integration.polling import until

from firewarden.deploy.services import BlockingServices
from firewarden.ingest.connections import ALARM, BULK
from firewarden.ingest.drain import NobodyElseListensError, drain
from firewarden.ingest.mqtt import parse_url
from firewarden.ingest.worker import work
from firewarden.ingest.worker_name import NameTakenError

CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE application_name = %s"
STORED = "SELECT count(*) FROM reading"
SEQS = "SELECT coalesce(sum(upper(r) - lower(r)), 0) FROM message_ledger, unnest(stored) AS r WHERE lane = 'reading'"


async def send(client: aiomqtt.Client, first: int, last: int) -> None:
    """Readings with the numbers from `first` to `last`."""
    for seq in range(first, last + 1):
        await client.publish(f"fire/v1/{GATEWAY}/reading", message(seq, pressure(seq)), qos=1)


@pytest.fixture
async def names(services: BlockingServices) -> AsyncGenerator[Callable[[], str]]:
    """Names of workers that share. Their sessions end with the test: else they would keep a share of the next."""
    given: list[str] = []

    def name() -> str:
        given.append(uuid.uuid4().hex)
        return given[-1]

    yield name
    for worker in given:
        for config in (ALARM, BULK):
            await kept_session(services, config.client_id(worker))


async def kept_session(services: BlockingServices, client_id: str) -> bool:
    """Whether the broker still has a session of that name. Afterwards it has not."""
    broker = parse_url(services.mqtt_url)
    reader, writer = await asyncio.open_connection(broker.host, broker.port)
    hello = mqtt5.ConnectPacket(
        client_id, username=broker.username, password=broker.password, clean_start=False, session_expiry_interval=0
    )
    writer.write(hello.write())
    packet, _ = mqtt5.read(memoryview(await reader.read(1024)))
    assert isinstance(packet, mqtt5.ConnAckPacket)
    assert packet.reason_code is mqtt5.ConnAckReasonCode.SUCCESS
    writer.write(mqtt5.DisconnectPacket().write())
    writer.close()
    await writer.wait_closed()
    return packet.session_present


async def test_shared_lanes_are_stored_once(
    services: BlockingServices, database: str, names: Callable[[], str]
) -> None:
    """Two workers share the readings, both take every alarm, and each message has one effect."""
    register_venue(database)
    admit(services, GATEWAY)
    async with (
        ingest(services, database, worker=names(), shared=True),
        ingest(services, database, worker=names(), shared=True),
        gateway(services) as client,
    ):
        await send(client, 1, 60)
        await client.publish(f"fire/v1/{GATEWAY}/alarm", message(1, fire()), qos=1)
        with psycopg.connect(database, autocommit=True) as connection:
            await until(lambda: count(connection, SEQS) == 60, "every reading")
            await until(lambda: count(connection, "SELECT sum(duplicates) FROM message_ledger") == 1, "both alarms")
            assert count(connection, STORED) == 60
            assert count(connection, "SELECT count(*) FROM state_change") == 1
            repeats = "SELECT duplicates FROM message_ledger WHERE lane = 'reading'"
            assert count(connection, repeats) == 0


async def test_the_share_of_a_killed_worker_waits_for_it(
    services: BlockingServices, database: str, names: Callable[[], str]
) -> None:
    """What the broker gave to a worker that was killed is stored when it returns under its name."""
    register_venue(database)
    admit(services, GATEWAY)
    name = names()
    environment = {
        "FIREWARDEN_DATABASE_URL": database,
        "FIREWARDEN_MQTT_URL": services.mqtt_url,
        "FIREWARDEN_WORKER": name,
        "FIREWARDEN_INGEST_SHARED": "1",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = (sys.executable, "-m", "firewarden", "ingest")
    async with ingest(services, database, worker=names(), shared=True), gateway(services) as client:
        process = await asyncio.create_subprocess_exec(
            *command, env={**os.environ, **environment}, stderr=asyncio.subprocess.DEVNULL
        )
        waiting = asyncio.create_task(_ended(process))
        await listens(database, name, waiting)
        sending = asyncio.create_task(send(client, 1, 200))
        with psycopg.connect(database, autocommit=True) as connection:
            await until(lambda: count(connection, SEQS) > 20, "some readings")
            process.send_signal(signal.SIGKILL)
            await waiting
            await sending
            async with ingest(services, database, worker=name, shared=True):
                await until(lambda: count(connection, SEQS) == 200, "every reading")
            assert count(connection, STORED) == 200


async def _ended(process: asyncio.subprocess.Process) -> None:
    await process.wait()


async def test_a_worker_that_will_not_return_is_drained(
    services: BlockingServices, database: str, names: Callable[[], str]
) -> None:
    """All that the broker kept for it is stored, its sessions are gone, and so is its row."""
    register_venue(database)
    admit(services, GATEWAY)
    async with ingest(services, database, worker=names(), shared=True), gateway(services) as client:
        async with ingest(services, database, worker=names(), shared=True) as gone:
            await send(client, 1, 10)
        await send(client, 11, 110)
        await client.publish(f"fire/v1/{GATEWAY}/alarm", message(1, fire()), qos=1)
        with psycopg.connect(database, autocommit=True) as connection:
            await told(client, alarm=1)
            assert count(connection, SEQS) < 110
            drained = await drain(settings_of(services, database, "unused"), gone)
            assert drained >= 2
            await until(lambda: count(connection, SEQS) == 110, "every reading")
            assert count(connection, STORED) == 110
            assert count(connection, "SELECT count(*) FROM state_change") == 1
            assert count(connection, "SELECT count(*) FROM ingest_worker WHERE worker = %s", gone) == 0
            await send(client, 111, 130)
            await until(lambda: count(connection, SEQS) == 130, "what comes after")
    for config in (ALARM, BULK):
        assert not await kept_session(services, config.client_id(gone))


async def test_nobody_drains_the_last_or_a_working_worker(services: BlockingServices, database: str) -> None:
    """A worker that works is not robbed of its sessions, and the last one's subscriptions are not ended."""
    async with ingest(services, database) as working:
        with pytest.raises(NameTakenError, match=working):
            await drain(settings_of(services, database, "unused"), working)
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("UPDATE ingest_worker SET beat_at = beat_at - interval '1 minute'")
    with pytest.raises(NobodyElseListensError):
        await drain(settings_of(services, database, "unused"), working)


async def test_a_second_process_of_one_name_waits(services: BlockingServices, database: str) -> None:
    """It does not touch the sessions while the first works, and takes over when that one ends."""
    register_venue(database)
    admit(services, GATEWAY)
    with psycopg.connect(database, autocommit=True) as connection:
        async with ingest(services, database) as name:
            spare = asyncio.create_task(work(settings_of(services, database, name)))
            try:
                await until(lambda: count(connection, CONNECTIONS, f"firewarden ingest {name} name") == 2, "the spare")
                async with gateway(services) as client:
                    for seq in range(1, 6):
                        await client.publish(f"fire/v1/{GATEWAY}/alarm", message(seq, fire()), qos=1)
                        await told(client, alarm=seq)
                assert count(connection, CONNECTIONS, f"firewarden ingest {name} alarm") == 1
            except BaseException:
                spare.cancel()
                raise
        try:
            await listens(database, name, spare)
            async with gateway(services) as client:
                await client.publish(f"fire/v1/{GATEWAY}/alarm", message(6, fire()), qos=1)
                await told(client, alarm=6)
        finally:
            spare.cancel()
            await asyncio.gather(spare, return_exceptions=True)


async def test_a_worker_keeps_its_name_over_a_broken_connection(services: BlockingServices, database: str) -> None:
    """When the database ends its connections, the worker takes its name again and goes on."""
    register_venue(database)
    admit(services, GATEWAY)
    async with ingest(services, database) as name, gateway(services) as client:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name LIKE 'firewarden ingest%'"
            )
            ours = f"firewarden ingest {name} name"
            await until(lambda: count(connection, CONNECTIONS, ours) == 1, "the name, taken again")
            await client.publish(f"fire/v1/{GATEWAY}/alarm", message(1, fire()), qos=1)
            await told(client, alarm=1)
