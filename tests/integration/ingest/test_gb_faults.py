"""Is nothing confirmed lost, and nothing urgent late, whatever breaks around the listener?"""

import asyncio
import contextlib
import os
import signal
import sys
import uuid
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.integration.city import register_venue
from tests.integration.ingest.gb_device import (
    CONFIRM,
    LOOPBACK,
    Device,
    component,
    device,
    frame,
    free_port,
    gb_settings,
    gb_worker,
    register_device,
)
from tests.integration.ingest.harness import count
from tests.integration.polling import until
from tests.integration.proxy import proxied

from firewarden.deploy.services import BlockingServices
from firewarden.ingest.facts import State
from firewarden.ingest.worker import work

WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name LIKE %s"
KILLS = 3
OF_EACH_LIFE = 40


async def test_a_fire_goes_before_a_storm_of_another_gateway(database: str) -> None:
    """While hundreds of frames of one gateway wait, the fire of another is committed before them."""
    register_venue(database, "storm")
    register_venue(database, "calm")
    register_device(database, "storm", source=1)
    register_device(database, "calm", source=2)
    async with gb_worker(database) as port, device(port) as storm, device(port) as calm:
        calm.send(frame(1, source=2))
        assert await calm.answers(1) == [(1, CONFIRM)]
        with psycopg.connect(database) as holding, psycopg.connect(database, autocommit=True) as other:
            holding.execute("LOCK TABLE raw_frame IN ACCESS EXCLUSIVE MODE")
            storm.send(frame(0, component(State.FAULT), source=1))
            await until(lambda: count(other, WAITS, "%gb26875"), "a transaction that waits")
            for serial in range(1, 60):
                storm.send(frame(serial, component(State.FAULT), source=1))
            calm.send(frame(2, component(State.SHIELDED), source=2), frame(3, component(State.FIRE), source=2))
            holding.rollback()
            assert await calm.answers(2) == [(2, CONFIRM), (3, CONFIRM)]
            assert [serial for serial, _ in await storm.answers(60)] == list(range(60))
            order = other.execute("SELECT gateway_id FROM raw_frame ORDER BY committed_at").fetchall()
    assert order[1:3] == [("calm",), ("calm",)]


async def test_each_gateway_is_stored_in_the_order_in_which_it_spoke(database: str) -> None:
    """Of several gateways that speak at once, over one connection too, each keeps its order."""
    for gateway, source in (("a", 1), ("b", 2)):
        register_venue(database, gateway)
        register_device(database, gateway, source=source)
    async with gb_worker(database) as port, device(port) as concentrator:
        for serial in range(50):
            states = (State.FIRE,) if serial % 7 == 0 else (State.FAULT,)
            for source in (1, 2):
                concentrator.send(frame(serial, component(*states), source=source))
        await concentrator.answers(100)
    with psycopg.connect(database) as connection:
        for gateway in ("a", "b"):
            rows = connection.execute(
                "SELECT serial FROM raw_frame WHERE gateway_id = %s ORDER BY committed_at", [gateway]
            ).fetchall()
            assert [serial for (serial,) in rows] == list(range(50))


async def test_a_database_that_goes_away_is_waited_for(database: str) -> None:
    """Nothing is confirmed meanwhile, a resend is not queued twice, and all is stored once it is back."""
    register_venue(database)
    register_device(database)
    server = conninfo_to_dict(database)
    async with (
        proxied("127.0.0.1", int(str(server["port"]))) as proxy,
        gb_worker(make_conninfo(database, port=proxy.port)) as port,
        device(port) as gateway,
    ):
        gateway.send(frame(1, component(State.FIRE)))
        assert await gateway.answers(1) == [(1, CONFIRM)]
        proxy.refusing = True
        proxy.cut()
        again = frame(2, component(State.FAULT))
        gateway.send(again, again, again)
        answer = asyncio.create_task(gateway.answer())
        await asyncio.sleep(1.0)
        assert not answer.done()
        proxy.refusing = False
        assert (await answer).serial == 2
        gateway.send(frame(3))
        assert await gateway.answers(1) == [(3, CONFIRM)]
    with psycopg.connect(database) as connection:
        assert count(connection, "SELECT count(*) FROM raw_frame") == 2


async def test_a_broker_that_is_down_stops_no_device(services: BlockingServices, database: str) -> None:
    """The whole worker, without a broker, stores and confirms what devices say."""
    register_venue(database)
    register_device(database)
    port = free_port()
    settings = gb_settings(services, database, port, mqtt_url=f"mqtt://{LOOPBACK}:{free_port()}")
    task = asyncio.create_task(work(settings))
    try:
        async with asyncio.timeout(30):
            while True:
                try:
                    async with device(port) as gateway:
                        gateway.send(frame(1, component(State.FIRE)))
                        assert await gateway.answers(1) == [(1, CONFIRM)]
                    break
                except ConnectionRefusedError:
                    await asyncio.sleep(0.05)
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def ingest_process(
    services: BlockingServices, database: str, port: int, folder: Path, worker: str
) -> AsyncGenerator[Process]:
    """A real process that listens for devices."""
    ready = folder / uuid.uuid4().hex
    environment = {
        **os.environ,
        "FIREWARDEN_DATABASE_URL": database,
        "FIREWARDEN_MQTT_URL": services.mqtt_url,
        "FIREWARDEN_WORKER": worker,
        "FIREWARDEN_READY_FILE": str(ready),
        "FIREWARDEN_GB26875_TCP": f"{LOOPBACK}:{port}",
        "PYTHONPATH": "src",
    }
    with (folder / "ingest.log").open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "firewarden", "ingest", env=environment, stdout=output, stderr=output
        )
    try:
        await until(lambda: ready.exists() or process.returncode is not None, "a ready process", deadline_s=60)
        assert process.returncode is None, (folder / "ingest.log").read_text()
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def confirmed_until_broken(gateway: Device, confirmed: set[int]) -> None:
    """Note what is confirmed, until the connection breaks."""
    try:
        while True:
            answer = await gateway.answer()
            assert answer.command == CONFIRM
            confirmed.add(answer.serial)
    except (AssertionError, ConnectionError):
        return


@pytest.mark.timeout(240)
async def test_a_killed_process_loses_nothing_that_it_confirmed(
    services: BlockingServices, database: str, tmp_path: Path
) -> None:
    """Killed again and again in a stream of fires, whatever was confirmed is stored, and a resend is stored once."""
    register_venue(database)
    register_device(database)
    port, worker = free_port(), uuid.uuid4().hex
    confirmed = set[int]()
    sent: list[bytes] = []
    for life in range(KILLS + 1):
        async with ingest_process(services, database, port, tmp_path, worker) as process, device(port) as gateway:
            gateway.send(*sent[-3:])  # what a device sends again after it reconnects
            listening = asyncio.create_task(confirmed_until_broken(gateway, confirmed))
            if life == KILLS:
                await until(lambda: len(confirmed & set(range(len(sent) - 3, len(sent)))) == 3, "the last confirms")
            else:
                for _ in range(OF_EACH_LIFE):
                    one = frame(len(sent), component(State.FIRE))
                    sent.append(one)
                    gateway.send(one)
                    await asyncio.sleep(0.01)
                    if len(confirmed) >= 10 * (life + 1):
                        break
                process.send_signal(signal.SIGKILL)
                await process.wait()
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
    with psycopg.connect(database) as connection:
        stored = [serial for (serial,) in connection.execute("SELECT serial FROM raw_frame").fetchall()]
        raised = count(connection, "SELECT count(*) FROM state_change WHERE state = 'fire' AND raised")
    assert confirmed
    assert confirmed <= set(stored)
    assert len(stored) == len(set(stored)) == raised
