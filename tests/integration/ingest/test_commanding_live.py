"""Do commands reach a gateway over the broker, once, also when ingest is killed between?"""

import asyncio
import json
import os
import signal
import sys
import uuid
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import aiomqtt
import psycopg
import pytest
from tests.integration.city import GATEWAY, admit, register_venue
from tests.integration.ingest.harness import count, gateway, ingest, listens, message
from tests.integration.polling import until

from firewarden.deploy.services import BlockingServices
from firewarden.ingest.wire.json_v1 import Command, decode_command, topic

pytestmark = pytest.mark.services

ASK = (
    "INSERT INTO gateway_command (gateway_id, command, args, asked_by, asked_at, due_at, deadline_at)"
    " VALUES (%s, %s, %s, 'li', now(), now(), now() + interval '2 minutes') RETURNING id"
)
DUE_NOW = "UPDATE gateway_command SET due_at = now() WHERE id = %s AND state = 'sent'"


async def next_command(client: aiomqtt.Client, wanted: str) -> Command:
    """The next command of that name; others are let pass."""
    async with asyncio.timeout(30):
        async for one in client.messages:
            if one.topic.value.endswith("/cmd"):
                assert isinstance(one.payload, bytes)
                command = decode_command(one.payload)
                if command.command == wanted:
                    return command
    raise AssertionError("unreachable: the messages never end")


def beat() -> bytes:
    """A heartbeat."""
    return message(1, {"kind": "heartbeat", "at": datetime.now(tz=UTC).isoformat()})


def reply(command: str) -> dict[str, object]:
    """What a gateway answers."""
    return {"kind": "reply", "at": datetime.now(tz=UTC).isoformat(), "command": command, "result": "done"}


async def test_a_gateway_is_asked_once_and_its_answer_counts(services: BlockingServices, database: str) -> None:
    """Of two processes one sends: the clock when it connects, a duty check, which a person's answer ends."""
    register_venue(database)
    admit(services, GATEWAY)
    async with (
        ingest(services, database),
        ingest(services, database),
        gateway(services) as client,
        AsyncExitStack() as stack,
    ):
        owner = stack.enter_context(psycopg.connect(database, autocommit=True))
        await client.subscribe(topic(GATEWAY, "cmd"), qos=1)
        await client.publish(topic(GATEWAY, "status"), beat(), qos=1)
        sync = await next_command(client, "clock_sync")
        assert abs((datetime.fromisoformat(str(sync.args["time"])) - datetime.now(tz=UTC)).total_seconds()) < 60
        number = count(owner, ASK, GATEWAY, "duty_check", json.dumps({"minutes": 5}))
        check = await next_command(client, "duty_check")
        assert (check.id, check.args) == (str(number), {"minutes": 5})
        answer: dict[str, object] = {
            "kind": "action",
            "at": datetime.now(tz=UTC).isoformat(),
            "action": "duty_answer",
            "operator": "4",
        }
        await client.publish(topic(GATEWAY, "reply"), message(1, reply(sync.id), reply(check.id)), qos=1)
        state = "SELECT count(*) FROM gateway_command WHERE id = %s AND state::text = %s"
        await until(lambda: count(owner, state, number, "accepted") == 1, "that it rings")
        await client.publish(topic(GATEWAY, "alarm"), message(1, answer), qos=1)
        await until(lambda: count(owner, state, number, "answered") == 1, "the answer")
        assert count(owner, "SELECT sum(attempts) FROM gateway_command") == 2
        assert count(owner, state, int(sync.id), "answered") == 1


async def test_a_killed_process_leaves_its_commands_to_the_next(services: BlockingServices, database: str) -> None:
    """What was sent and not answered is sent again by another process, under the same id, and counted on."""
    register_venue(database)
    admit(services, GATEWAY)
    name = uuid.uuid4().hex
    environment = {
        "FIREWARDEN_DATABASE_URL": database,
        "FIREWARDEN_MQTT_URL": services.mqtt_url,
        "FIREWARDEN_WORKER": name,
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "firewarden",
        "ingest",
        env={**os.environ, **environment},
        stderr=asyncio.subprocess.DEVNULL,
    )
    waiting = asyncio.create_task(_ended(process))
    await listens(database, name, waiting)
    async with gateway(services) as client, AsyncExitStack() as stack:
        owner = stack.enter_context(psycopg.connect(database, autocommit=True))
        await client.subscribe(topic(GATEWAY, "cmd"), qos=1)
        await client.publish(topic(GATEWAY, "status"), beat(), qos=1)
        await next_command(client, "clock_sync")
        number = count(owner, ASK, GATEWAY, "read_device_version", "{}")
        first = await next_command(client, "read_device_version")
        process.send_signal(signal.SIGKILL)
        await waiting
        owner.execute(DUE_NOW, [number])
        async with ingest(services, database):
            again = await next_command(client, "read_device_version")
            assert first.id == again.id == str(number)
            await client.publish(topic(GATEWAY, "reply"), message(1, reply(again.id)), qos=1)
            done = "SELECT count(*) FROM gateway_command WHERE id = %s AND state = 'answered'"
            await until(lambda: count(owner, done, number) == 1, "the answer")
        assert count(owner, "SELECT attempts FROM gateway_command WHERE id = %s", number) in {1, 2}


async def _ended(process: asyncio.subprocess.Process) -> None:
    await process.wait()
