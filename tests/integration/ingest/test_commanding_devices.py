"""Are devices that speak GB/T 26875.3 asked like any other gateway, and do their answers count?"""

import json
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
import pytest
from tests.integration.city import GATEWAY, register_venue
from tests.integration.ingest.gb_device import (
    CENTRE,
    CONFIRM,
    DENY,
    SOURCE,
    Device,
    device,
    frame,
    gb_ingest,
    register_device,
)
from tests.integration.ingest.harness import count
from tests.integration.polling import until

from firewarden.deploy.services import BlockingServices
from firewarden.ingest.wire.gb26875.frames import Frame
from firewarden.ingest.wire.gb26875.objects import DeviceOperation, DeviceVersion, SetClock
from firewarden.ingest.wire.gb26875.profiles import STANDARD
from firewarden.ingest.wire.gb26875.units import decode_unit, encode_unit

ASK = (
    "INSERT INTO gateway_command (gateway_id, command, args, asked_by, asked_at, due_at, deadline_at)"
    " VALUES (%s, %s, %s, 'li', now(), now(), now() + interval '2 minutes') RETURNING id"
)
STATE = "SELECT count(*) FROM gateway_command WHERE id = %s AND state::text = %s"
ANSWER, DUTY_BIT = 5, 5


@dataclass(slots=True)
class Room:
    """A control room with a device that is connected and was heard."""

    owner: psycopg.Connection
    device: Device

    def ask(self, command: str, **args: object) -> int:
        """Somebody asks; the command's id."""
        return count(self.owner, ASK, GATEWAY, command, json.dumps(args))

    async def becomes(self, number: int, state: str) -> None:
        """Return when the command stands so."""
        await until(lambda: count(self.owner, STATE, number, state) == 1, f"command {number} as {state}")

    def answer(self, asked: Frame, command: int, unit: bytes = b"") -> None:
        """Answer with the serial of the question."""
        self.device.send(frame(asked.serial, unit, command=command))


@pytest.fixture
async def room(services: BlockingServices, database: str) -> AsyncGenerator[Room]:
    """The room, after its device's first heartbeat."""
    register_venue(database)
    register_device(database)
    async with gb_ingest(services, database) as port, device(port) as gateway, AsyncExitStack() as stack:
        owner = stack.enter_context(psycopg.connect(database, autocommit=True))
        gateway.send(frame(0))
        await gateway.answer()
        yield Room(owner, gateway)


async def test_its_clock_is_set_when_it_connects(room: Room) -> None:
    """The platform gives the time of the moment, to whom spoke, as whom they spoke to; a confirm ends it."""
    asked = await room.device.command(90)
    assert (asked.command, asked.source, asked.destination) == (1, CENTRE, SOURCE)
    [clock] = decode_unit(asked.command, asked.unit, STANDARD).objects
    assert isinstance(clock, SetClock)
    assert clock.at is not None
    assert abs((clock.at - datetime.now(tz=UTC)).total_seconds()) < 60
    room.answer(asked, CONFIRM)
    number = count(room.owner, "SELECT id FROM gateway_command WHERE command = 'clock_sync'")
    await room.becomes(number, "answered")


async def test_a_duty_check_is_confirmed_and_then_answered(room: Room) -> None:
    """A confirm says that it rings, type 24 bit 5 that somebody came."""
    number = room.ask("duty_check", minutes=5)
    asked = await room.device.command(91)
    assert (asked.command, asked.unit) == (1, bytes((91, 1, 5)))
    room.answer(asked, CONFIRM)
    await room.becomes(number, "accepted")
    act = DeviceOperation(flags=1 << DUTY_BIT, operator=7, at=datetime.now(tz=UTC))
    room.device.send(frame(1, encode_unit(24, [act], STANDARD)))
    await room.becomes(number, "answered")
    assert room.owner.execute("SELECT detail FROM gateway_command WHERE id = %s", [number]).fetchone() == ("7",)


async def test_a_question_is_answered_in_words(room: Room) -> None:
    """The answer's serial names the question; what it says can be read."""
    number = room.ask("read_device_version")
    asked = await room.device.command(85)
    assert asked.command == 4
    room.answer(asked, ANSWER, encode_unit(25, [DeviceVersion(major=2, minor=11)], STANDARD))
    await room.becomes(number, "answered")
    detail = count(room.owner, "SELECT length(detail) FROM gateway_command WHERE id = %s", number)
    row = room.owner.execute(
        "SELECT detail::jsonb #>> '{objects,0,version}' FROM gateway_command WHERE id = %s", [number]
    )
    assert (row.fetchone(), detail > 0) == (("2.11",), True)


async def test_a_denial_is_a_refusal(room: Room) -> None:
    """Command 6 under its serial ends it."""
    number = room.ask("read_system_state", system_type=1, system_address=1)
    room.answer(await room.device.command(61), DENY)
    await room.becomes(number, "refused")


async def test_a_repeat_keeps_its_serial(room: Room) -> None:
    """What is not answered comes again as the same packet, so that the device can know it."""
    number = room.ask("read_device_time")
    first = await room.device.command(88)
    await room.becomes(number, "sent")
    room.owner.execute("UPDATE gateway_command SET due_at = now() WHERE id = %s", [number])
    again = await room.device.command(88)
    assert (again.serial, again.unit) == (first.serial, first.unit)
    attempts = "SELECT attempts FROM gateway_command WHERE id = %s"
    await until(lambda: count(room.owner, attempts, number) == 2, "the second attempt")


async def test_the_same_answer_over_the_next_connection_is_another_one(
    services: BlockingServices, database: str
) -> None:
    """Serials begin anew with a connection: the same bytes that answer another question are no resend."""
    register_venue(database)
    register_device(database)
    async with gb_ingest(services, database) as port, AsyncExitStack() as stack:
        owner = stack.enter_context(psycopg.connect(database, autocommit=True))
        for _ in range(2):
            async with device(port) as gateway:
                gateway.send(frame(0))
                await gateway.answer()
                room = Room(owner, gateway)
                number = room.ask("read_device_version")
                asked = await gateway.command(85)
                for _ in range(2):  # the second one is a resend, and one with it
                    room.answer(asked, ANSWER, encode_unit(25, [DeviceVersion(major=2, minor=11)], STANDARD))
                await room.becomes(number, "answered")
                replies = "SELECT count(*) FROM command_reply WHERE command = %s"
                assert count(owner, replies, str(number)) == 1
