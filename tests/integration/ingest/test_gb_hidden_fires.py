"""Is a fire stored, and does it stand, where a device makes that hard? No clock, too many points, an answer unasked."""

import asyncio

import psycopg
from tests.integration.city import GATEWAY, register_venue
from tests.integration.ingest.gb_device import (
    CENTRE,
    CONFIRM,
    SOURCE,
    component,
    device,
    frame,
    gb_worker,
    register_device,
)
from tests.integration.ingest.harness import count
from tests.integration.polling import until

from firewarden.ingest.facts import State
from firewarden.ingest.register_cache import OVERFLOW_ADDRESS, UNREGISTERED_MAX
from firewarden.ingest.wire.gb26875.frames import encode
from firewarden.ingest.wire.gb26875.objects import DeviceState
from firewarden.ingest.wire.gb26875.profiles import STANDARD
from firewarden.ingest.wire.gb26875.units import encode_unit

NO_TIME = bytes(6)
CHANGES = "SELECT state::text, raised FROM state_change ORDER BY id"
STANDING = "SELECT p.address, c.states::text[] FROM component_state c JOIN point p ON p.id = c.point_id ORDER BY 1"


WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name LIKE '%gb26875'"


def undated_frame(serial: int, unit: bytes = b"") -> bytes:
    """A frame of a device without clock."""
    return encode(serial=serial, source=SOURCE, destination=CENTRE, command=2, unit=unit, time=NO_TIME)


def device_state(word: int) -> bytes:
    """What the device says of itself with each heartbeat."""
    return encode_unit(21, [DeviceState(word=word, at=None)], STANDARD, timed=False)


def undated(*states: State) -> bytes:
    """What a detector has, as a device without clock says it: the same bytes each time."""
    return component(*states)[:-6] + NO_TIME


async def test_the_second_fire_of_a_device_without_clock_is_no_resend(database: str) -> None:
    """It starts anew with its serials: what it says then differs from what stands, and a real resend does not."""
    register_venue(database)
    register_device(database)
    async with gb_worker(database) as port:
        for _ in range(2):
            async with device(port) as gateway:
                gateway.send(frame(1, undated(State.FIRE)), frame(2, undated()))
                assert await gateway.answers(2) == [(1, CONFIRM), (2, CONFIRM)]
        async with device(port) as again:
            again.send(frame(2, undated()))
            assert await again.answers(1) == [(2, CONFIRM)]
            again.send(frame(1, undated(State.FIRE)))
            assert await again.answers(1) == [(1, CONFIRM)]
            again.send(frame(1, undated(State.FIRE)))
            assert await again.answers(1) == [(1, CONFIRM)]
    with psycopg.connect(database) as connection:
        rise, fall = ("fire", True), ("fire", False)
        assert connection.execute(CHANGES).fetchall() == [rise, fall, rise, fall, rise]


async def test_a_fire_told_anew_while_the_first_one_waits_is_no_resend(database: str) -> None:
    """A device without clock restarts while its first fire still waits for its commit: the second one stands."""
    register_venue(database)
    register_device(database)
    async with gb_worker(database) as port, device(port) as gateway, device(port) as restarted:
        gateway.send(undated_frame(9))
        assert await gateway.answers(1) == [(9, CONFIRM)]
        with psycopg.connect(database) as holding, psycopg.connect(database, autocommit=True) as other:
            holding.execute("LOCK TABLE raw_frame IN ACCESS EXCLUSIVE MODE")
            gateway.send(undated_frame(1, undated(State.FIRE)), undated_frame(2, undated()))
            await until(lambda: count(other, WAITS) == 1, "a transaction that waits")
            restarted.send(undated_frame(1, undated(State.FIRE)))
            await asyncio.sleep(0.5)  # for the worker to read it; later it would be easier
            holding.rollback()
        assert await gateway.answers(2) == [(1, CONFIRM), (2, CONFIRM)]
        assert await restarted.answers(1) == [(1, CONFIRM)]
    with psycopg.connect(database) as connection:
        assert connection.execute(CHANGES).fetchall() == [("fire", True), ("fire", False), ("fire", True)]


async def test_points_beyond_the_limit_do_not_end_the_fires_of_each_other(database: str) -> None:
    """All of them stand under one address: what one is free of, another may still have."""
    register_venue(database)
    register_device(database)
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO point (gateway_id, venue_id, address, registered)"
            " SELECT %s, venue_id, 'x' || n, false FROM gateway, generate_series(1, %s) AS n",
            [GATEWAY, UNREGISTERED_MAX],
        )
    burning, quiet = bytes.fromhex("ff000001"), bytes.fromhex("ff000002")
    async with gb_worker(database) as port, device(port) as gateway:
        gateway.send(frame(1, component(State.FIRE, address=burning)))
        assert await gateway.answers(1) == [(1, CONFIRM)]
        gateway.send(frame(2, component(address=quiet)))
        assert await gateway.answers(1) == [(2, CONFIRM)]
    with psycopg.connect(database) as connection:
        assert connection.execute(CHANGES).fetchall() == [("fire", True)]
        assert connection.execute(STANDING).fetchall() == [(OVERFLOW_ADDRESS, ["fire"])]


async def test_a_fire_in_an_answer_that_nobody_asked_for_is_stored(database: str) -> None:
    """The question was asked by a process that ended; what the device says of itself is so all the same."""
    register_venue(database)
    register_device(database)
    async with gb_worker(database) as port, device(port) as gateway:
        gateway.send(frame(77, component(State.FIRE), command=5), frame(1))
        assert await gateway.answers(1) == [(1, CONFIRM)]
    with psycopg.connect(database, autocommit=True) as connection:
        await until(
            lambda: count(connection, "SELECT count(*) FROM state_change WHERE state = 'fire'") == 1, "the fire"
        )
        assert count(connection, "SELECT count(*) FROM command_reply") == 0


async def test_what_another_worker_was_told_ends_as_fast(database: str) -> None:
    """A device goes over to another worker: the end of its fire is urgent there, and a heartbeat ends its fault."""
    register_venue(database)
    register_device(database)
    async with gb_worker(database) as port, gb_worker(database) as other_port:
        async with device(other_port) as gateway:
            gateway.send(frame(9))
            assert await gateway.answers(1) == [(9, CONFIRM)]
        async with device(port) as gateway:
            gateway.send(frame(1, component(State.FIRE)), frame(2, device_state(1 << 2)))
            assert await gateway.answers(2) == [(1, CONFIRM), (2, CONFIRM)]
        async with device(other_port) as gateway:
            gateway.send(frame(3, component()), frame(4, device_state(0)))
            assert await gateway.answers(2) == [(3, CONFIRM), (4, CONFIRM)]
    with psycopg.connect(database) as connection:
        ended = connection.execute("SELECT lane::text FROM state_change WHERE NOT raised ORDER BY id").fetchall()
        assert ended == [("alarm",), ("state",)]
        assert connection.execute("SELECT count(*) FROM component_state WHERE states <> '{}'").fetchone() == (0,)
