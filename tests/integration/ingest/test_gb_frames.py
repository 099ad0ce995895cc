"""Does ingest store what a device tells by GB/T 26875.3, once, before it confirms?"""

import asyncio
from datetime import UTC, datetime

import psycopg
from tests.integration.city import GATEWAY, register_venue
from tests.integration.ingest.gb_device import (
    CENTRE,
    CONFIRM,
    DENY,
    SOURCE,
    component,
    device,
    frame,
    gb_ingest,
    register_device,
)
from tests.integration.ingest.harness import count
from tests.integration.polling import until

from firewarden.deploy.services import BlockingServices
from firewarden.ingest.facts import State

WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name LIKE %s"
STATES = "SELECT state::text, raised, lane::text, seq FROM state_change ORDER BY id"


async def test_a_fire_is_stored_and_then_confirmed(services: BlockingServices, database: str) -> None:
    """A confirmed fire is in the tables, beside its frame, under the number that ingest gave it."""
    venue = register_venue(database)
    register_device(database)
    sent = frame(7, component(State.FIRE))
    async with gb_ingest(services, database) as port, device(port) as gateway:
        gateway.send(sent)
        answer = await gateway.answer()
        with psycopg.connect(database) as connection:
            states = connection.execute(
                "SELECT gateway_id, point_id, state::text, raised, boot, lane::text, seq FROM state_change"
            )
            assert states.fetchall() == [(GATEWAY, venue.detector_id, "fire", True, "gb26875", "alarm", 1)]
            frames = connection.execute(
                "SELECT gateway_id, boot, lane::text, seq, serial, command, type, undecoded, frame, transport"
                " FROM raw_frame"
            )
            assert frames.fetchall() == [(GATEWAY, "gb26875", "alarm", 1, 7, 2, 2, None, sent, "tcp")]
            assert count(connection, "SELECT count(*) FROM quarantine") == 0
    assert (answer.serial, answer.command, answer.unit) == (7, CONFIRM, b"")
    assert (answer.source, answer.destination) == (CENTRE, SOURCE)


async def test_nothing_is_confirmed_that_cannot_be_committed(services: BlockingServices, database: str) -> None:
    """While the transaction cannot commit no confirm comes; it comes with the commit."""
    register_venue(database)
    register_device(database)
    async with gb_ingest(services, database) as port, device(port) as gateway:
        with psycopg.connect(database) as holding, psycopg.connect(database, autocommit=True) as other:
            holding.execute("LOCK TABLE raw_frame IN ACCESS EXCLUSIVE MODE")
            gateway.send(frame(1, component(State.FIRE)))
            await until(lambda: count(other, WAITS, "%gb26875"), "a transaction that waits")
            answer = asyncio.create_task(gateway.answer())
            await asyncio.sleep(0.5)
            assert not answer.done()
            assert count(other, "SELECT count(*) FROM state_change") == 0
            holding.rollback()
        assert (await answer).command == CONFIRM


async def test_a_frame_that_is_sent_again_has_one_effect(services: BlockingServices, database: str) -> None:
    """Each resend is confirmed, over the same connection and over another one, and stored once."""
    register_venue(database)
    register_device(database)
    unit = component(State.FIRE)
    async with gb_ingest(services, database) as port:
        async with device(port) as gateway:
            for _ in range(3):
                gateway.send(frame(5, unit))
                assert (await gateway.answer()).serial == 5
        async with device(port) as again:
            again.send(frame(5, unit))
            assert (await again.answer()).command == CONFIRM
    with psycopg.connect(database) as connection:
        assert count(connection, "SELECT count(*) FROM state_change") == 1
        assert count(connection, "SELECT count(*) FROM raw_frame") == 1
        assert count(connection, "SELECT duplicates FROM message_ledger") == 3


async def test_every_bit_is_a_fact_and_what_is_missing_has_ended(services: BlockingServices, database: str) -> None:
    """Fire and fault together are two rises; the next word ends the one that it does not hold, and repeats the fire."""
    register_venue(database)
    register_device(database)
    async with gb_ingest(services, database) as port, device(port) as gateway:
        gateway.send(frame(1, component(State.FIRE, State.FAULT)))
        gateway.send(frame(2, component(State.FIRE)))
        gateway.send(frame(3, component()))
        gateway.send(frame(4, component()))
        assert await gateway.answers(4) == [(1, CONFIRM), (2, CONFIRM), (3, CONFIRM), (4, CONFIRM)]
    with psycopg.connect(database) as connection:
        assert [row[:3] for row in connection.execute(STATES).fetchall()] == [
            ("fire", True, "alarm"),
            ("fault", True, "alarm"),
            ("fault", False, "alarm"),
            ("fire", True, "alarm"),
            ("fire", False, "alarm"),
        ]
        assert count(connection, "SELECT count(*) FROM component_state WHERE states <> '{}'") == 0
        lanes = connection.execute("SELECT lane::text, seq FROM raw_frame ORDER BY received_at, serial").fetchall()
        assert lanes == [("alarm", 1), ("alarm", 2), ("alarm", 3), ("state", 1)]


async def test_a_heartbeat_says_only_that_the_device_lives(services: BlockingServices, database: str) -> None:
    """It is confirmed, leaves no row but that the gateway was heard and how its clock goes."""
    register_venue(database)
    register_device(database)
    async with gb_ingest(services, database) as port, device(port) as gateway:
        gateway.send(frame(1))
        assert await gateway.answers(1) == [(1, CONFIRM)]
        with psycopg.connect(database, autocommit=True) as connection:
            heard = connection.execute("SELECT gateway_id, boot, online, abs(clock_skew_s) < 30 FROM gateway_liveness")
            assert heard.fetchall() == [(GATEWAY, "gb26875", True, True)]
            assert count(connection, "SELECT count(*) FROM raw_frame") == 0
            assert count(connection, "SELECT count(*) FROM message_ledger") == 0
            links = "SELECT count(*) FROM device_link WHERE gateway_id = %s AND transport = 'tcp' AND ended_at IS NULL"
            await until(lambda: count(connection, links, GATEWAY), "its connection")


async def test_who_is_not_in_the_register_is_listed_and_denied(services: BlockingServices, database: str) -> None:
    """What a stranger says is kept in quarantine and denied; once adopted it is taken within seconds."""
    register_venue(database)
    unit = component(State.FIRE)
    async with gb_ingest(services, database) as port, device(port) as stranger:
        stranger.send(frame(1, unit))
        assert await stranger.answers(1) == [(1, DENY)]
        with psycopg.connect(database, autocommit=True) as connection:
            unknown = connection.execute(
                "SELECT source_address, host(peer), transport, frames, last_frame FROM gb_unknown"
            )
            [row] = unknown.fetchall()
            assert row[:4] == (SOURCE, "127.0.0.1", "tcp", 1)
            assert connection.execute("SELECT reason FROM quarantine").fetchall() == [("unknown_gateway",)]
            assert count(connection, "SELECT count(*) FROM state_change") == 0
            register_device(database)

            async with asyncio.timeout(30):
                command = DENY
                while command == DENY:
                    await asyncio.sleep(0.2)
                    stranger.send(frame(2, unit))
                    command = (await stranger.answer()).command
            assert count(connection, "SELECT count(*) FROM state_change") == 1


async def test_what_is_no_sound_frame_is_denied(services: BlockingServices, database: str) -> None:
    """A wrong checksum or end, too long a unit and an unknown command are denied with their serial, and not stored."""
    register_venue(database)
    register_device(database)
    good = frame(1, component(State.FIRE))
    checksum = good[:-3] + bytes([good[-3] ^ 1]) + good[-2:]
    tail = frame(2, component(State.FIRE))[:-1] + b"$"
    overlong = bytearray(frame(3, component(State.FIRE)))
    overlong[24:26] = (1025).to_bytes(2, "little")
    async with gb_ingest(services, database) as port, device(port) as gateway:
        gateway.send(
            checksum, tail, bytes(overlong), frame(4, b"\x02\x01", command=99), frame(5, component(State.FIRE))
        )
        answers = await gateway.answers(5)
        assert sorted(answers) == [(1, DENY), (2, DENY), (3, DENY), (4, DENY), (5, CONFIRM)]
    with psycopg.connect(database) as connection:
        assert count(connection, "SELECT count(*) FROM raw_frame") == 1


async def test_what_cannot_be_decoded_is_kept_and_confirmed(services: BlockingServices, database: str) -> None:
    """A private type and a count that does not fit are confirmed, with their bytes and the reason."""
    register_venue(database)
    register_device(database)
    async with gb_ingest(services, database) as port, device(port) as gateway:
        gateway.send(frame(1, b"\x96\x01abc"), frame(2, b"\x02\x05abc"))
        assert await gateway.answers(2) == [(1, CONFIRM), (2, CONFIRM)]
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            "SELECT type, undecoded IS NOT NULL, lane::text FROM raw_frame ORDER BY seq"
        ).fetchall()
        assert rows == [(150, True, "state"), (2, True, "state")]


async def test_an_impossible_time_costs_no_fact(services: BlockingServices, database: str) -> None:
    """A device whose clock lost its battery still reports its fire, dated by its receipt."""
    register_venue(database)
    register_device(database)
    unit = component(State.FIRE)
    sent = frame(1, unit[:-6] + bytes(6))
    async with gb_ingest(services, database) as port, device(port) as gateway:
        gateway.send(sent)
        assert await gateway.answers(1) == [(1, CONFIRM)]
    with psycopg.connect(database) as connection:
        [(at, received_at)] = connection.execute("SELECT at, received_at FROM state_change").fetchall()
        assert at == received_at
        assert abs((datetime.now(tz=UTC) - at).total_seconds()) < 300
