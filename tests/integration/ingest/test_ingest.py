"""Does ingest store what gateways send, once, before it says so?"""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import aiomqtt
import psycopg
import pytest
from tests.integration.city import GATEWAY, SECRET, admit, register_venue
from tests.integration.ingest.harness import (
    count,
    fire,
    gateway,
    gateway_client,
    ingest,
    message,
    pressure,
    told,
)
from tests.integration.polling import until

from firewarden.deploy.services import BlockingServices

ALARM = f"fire/v1/{GATEWAY}/alarm"
READING = f"fire/v1/{GATEWAY}/reading"
STATE = f"fire/v1/{GATEWAY}/state"


async def test_facts_are_stored_and_confirmed(services: BlockingServices, database: str) -> None:
    """A message is in the tables when the gateway is told that it is stored, in the stored unit."""
    venue = register_venue(database)
    admit(services, GATEWAY)
    async with ingest(services, database), gateway(services) as client:
        await client.publish(ALARM, message(1, fire()), qos=1)
        await client.publish(READING, message(1, pressure(150), pressure(250)), qos=1)
        await told(client, boot="b1", alarm=1, reading=1)
        with psycopg.connect(database) as connection:
            states = connection.execute("SELECT point_id, state, raised FROM state_change").fetchall()
            values = connection.execute("SELECT point_id, value FROM reading ORDER BY value").fetchall()
            batches = count(connection, "SELECT sum(rows) FROM reading_batch")
    assert states == [(venue.detector_id, "fire", True)]
    assert values == [(venue.pressure_id, 0.15), (venue.pressure_id, 0.25)]
    assert batches == 2


async def test_a_repeated_message_has_one_effect(services: BlockingServices, database: str) -> None:
    """However often a message is sent, its facts are stored once, and each repeat is confirmed."""
    register_venue(database)
    admit(services, GATEWAY)
    async with ingest(services, database), gateway(services) as client:
        same = message(1, fire())
        for _ in range(3):
            await client.publish(ALARM, same, qos=1)
            await told(client, boot="b1", alarm=1)
        with psycopg.connect(database, autocommit=True) as connection:
            await until(lambda: count(connection, "SELECT sum(duplicates) FROM message_ledger") == 2, "two repeats")
            assert count(connection, "SELECT count(*) FROM state_change") == 1


async def test_a_gap_is_seen_and_filled(services: BlockingServices, database: str) -> None:
    """A missing number holds the watermark and is announced; when it comes after all, the gap is filled."""
    register_venue(database)
    admit(services, GATEWAY)
    async with ingest(services, database), gateway(services) as client:
        await client.publish(ALARM, message(1, fire()), qos=1)
        await told(client, alarm=1)
        await client.publish(ALARM, message(4, fire()), qos=1)
        await told(client, alarm=1)
        with psycopg.connect(database, autocommit=True) as connection:
            gaps = connection.execute("SELECT from_seq, to_seq, filled_at IS NULL FROM message_gap").fetchall()
            assert gaps == [(2, 3, True)]
            await client.publish(ALARM, message(3, fire()), qos=1)
            await client.publish(ALARM, message(2, fire()), qos=1)
            await told(client, alarm=4)
            assert count(connection, "SELECT count(*) FROM message_gap WHERE filled_at IS NULL") == 0
            assert count(connection, "SELECT count(*) FROM state_change") == 4


async def test_a_new_boot_starts_to_count_anew(services: BlockingServices, database: str) -> None:
    """The same number in another life of the gateway is another message."""
    register_venue(database)
    admit(services, GATEWAY)
    async with ingest(services, database), gateway(services) as client:
        await client.publish(ALARM, message(1, fire(), boot="first"), qos=1)
        await told(client, boot="first", alarm=1)
        await client.publish(ALARM, message(1, fire(), boot="second"), qos=1)
        await told(client, boot="second", alarm=1)
    with psycopg.connect(database) as connection:
        assert count(connection, "SELECT count(*) FROM state_change") == 2


FAR_FUTURE = (datetime.now(tz=UTC) + timedelta(days=3)).isoformat()
BAD = [
    (ALARM, b"not json", "bad_json"),
    (ALARM, json.dumps({"boot": "b"}).encode(), "bad_message"),
    (READING, message(1, {**pressure(1), "value": float("nan")}), "bad_fact"),
    (READING, message(1, {**pressure(1), "unit": "furlong"}), "unknown_unit"),
    (READING, message(1, {**pressure(1), "at": FAR_FUTURE}), "future_time"),
    (READING, message(1, {**pressure(1), "at": "1999-01-01T00:00:00Z"}), "ancient_time"),
    (READING, message(1, {**pressure(1), "at": "9999-12-31T23:59:59-12:00"}), "future_time"),
    (READING, b"x" * (257 * 1024), "oversized"),
    (STATE, message(1, {"kind": "state", "point": "a\0b", "at": FAR_FUTURE}), "bad_fact"),
]


@pytest.mark.parametrize(
    ("topic", "payload", "reason"), BAD, ids=[f"{number}-{reason}" for number, (_, _, reason) in enumerate(BAD)]
)
async def test_bad_input_is_quarantined(
    services: BlockingServices, database: str, topic: str, payload: bytes, reason: str
) -> None:
    """What cannot be taken at its word is kept with the reason, and the next fire is stored as if nothing had been."""
    register_venue(database)
    admit(services, GATEWAY)
    async with ingest(services, database), gateway(services) as client:
        await client.publish(topic, payload, qos=1)
        await client.publish(ALARM, message(1, fire(), boot="after"), qos=1)
        await told(client, boot="after", alarm=1)
        with psycopg.connect(database, autocommit=True) as connection:
            await until(lambda: count(connection, "SELECT count(*) FROM quarantine"), "the quarantined message")
            rows = connection.execute("SELECT reason, gateway_id, payload, payload_size FROM quarantine").fetchall()
            assert rows == [(reason, GATEWAY, payload[: 64 * 1024], len(payload))]
            assert count(connection, "SELECT count(*) FROM reading") == 0


async def test_a_fire_with_an_impossible_time_is_a_fire(services: BlockingServices, database: str) -> None:
    """A clock that lost its battery hides no fire: the receive time stands in, and the claim is kept."""
    register_venue(database)
    admit(services, GATEWAY)
    async with ingest(services, database), gateway(services) as client:
        await client.publish(ALARM, message(1, fire(at=FAR_FUTURE)), qos=1)
        await told(client, alarm=1)
    with psycopg.connect(database) as connection:
        [(at_is_receive_time, device_at)] = connection.execute(
            "SELECT at = received_at, device_at FROM state_change"
        ).fetchall()
        assert at_is_receive_time
        assert device_at == datetime.fromisoformat(FAR_FUTURE)
        assert count(connection, "SELECT count(*) FROM quarantine WHERE reason = 'future_time'") == 1


async def test_a_gateway_nobody_registered_is_quarantined(services: BlockingServices, database: str) -> None:
    """A message of an unknown gateway is kept for whoever registers it, and acknowledged."""
    admit(services, "STRANGER")
    async with ingest(services, database), gateway_client(services, "STRANGER") as client:
        await client.publish("fire/v1/STRANGER/alarm", message(1, fire()), qos=1)
        with psycopg.connect(database, autocommit=True) as connection:
            await until(lambda: count(connection, "SELECT count(*) FROM quarantine"), "the quarantined message")
            assert connection.execute("SELECT reason, gateway_id FROM quarantine").fetchall() == [
                ("unknown_gateway", "STRANGER")
            ]


async def test_a_point_nobody_registered_is_kept_and_marked(services: BlockingServices, database: str) -> None:
    """A fire of a point that the register lacks is stored like any other, and its point is marked."""
    register_venue(database)
    admit(services, GATEWAY)
    async with ingest(services, database), gateway(services) as client:
        await client.publish(ALARM, message(1, fire(point="9.9/1.ffffffff")), qos=1)
        await client.publish(READING, message(1, {**pressure(5), "point": "new/sensor"}), qos=1)
        await told(client, alarm=1, reading=1)
    with psycopg.connect(database) as connection:
        added = connection.execute("SELECT address, quantity FROM point WHERE NOT registered ORDER BY 1").fetchall()
        assert added == [("9.9/1.ffffffff", None), ("new/sensor", "pressure")]
        assert count(connection, "SELECT count(*) FROM state_change s JOIN point p ON p.id = s.point_id") == 1


async def test_endless_new_points_stay_bounded(services: BlockingServices, database: str) -> None:
    """A gateway that invents addresses for ever fills no table, and its last fire is stored all the same."""
    register_venue(database)
    admit(services, GATEWAY)
    async with ingest(services, database), gateway(services) as client:
        quiet = [{**fire(set=[], clear=["fault"]), "point": f"p{number}"} for number in range(3_300)]
        for seq in range(11):
            await client.publish(STATE, message(seq + 1, *quiet[seq * 300 : seq * 300 + 300]), qos=1)
        await told(client, state=11)
        await client.publish(ALARM, message(1, fire(point="p-the-last")), qos=1)
        await told(client, alarm=1)
    with psycopg.connect(database) as connection:
        assert count(connection, "SELECT count(*) FROM point WHERE NOT registered") == 3_201
        assert count(connection, "SELECT count(*) FROM state_change") == 3_301
        rows = connection.execute(
            "SELECT p.address FROM state_change s JOIN point p ON p.id = s.point_id WHERE s.state = 'fire'"
        ).fetchall()
    assert rows == [("beyond-limit",)]


async def test_another_gateway_s_topic_is_refused(services: BlockingServices, database: str) -> None:
    """The broker lets a gateway speak only for itself, and a wrong password not at all."""
    register_venue(database)
    register_venue(database, "GW-2", code="V2")
    admit(services, GATEWAY, "GW-2")
    async with ingest(services, database), gateway(services, "GW-2") as client:
        await client.publish(ALARM, message(1, fire()), qos=1)
        await client.publish("fire/v1/GW-2/alarm", message(1, fire()), qos=1)
        await told(client, alarm=1)
    with pytest.raises(aiomqtt.MqttError):
        async with gateway_client(services, GATEWAY, SECRET + "x"):
            pass
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT gateway_id FROM state_change").fetchall() == [("GW-2",)]
        assert count(connection, "SELECT count(*) FROM quarantine") == 0


async def test_ingest_survives_its_database(services: BlockingServices, database: str) -> None:
    """While the database is away nothing is confirmed; when it is back everything is stored, once."""
    register_venue(database)
    admit(services, GATEWAY)
    async with ingest(services, database), gateway(services) as client:
        await client.publish(ALARM, message(1, fire()), qos=1)
        await told(client, alarm=1)
        services.kill("postgres")
        for seq in range(2, 30):
            await client.publish(ALARM, message(seq, fire()), qos=1)
        await told(client, alarm=29)
        await until(lambda: _reachable(database), "the database")
        with psycopg.connect(database) as connection:
            assert count(connection, "SELECT count(*) FROM state_change") == 29
            assert count(connection, "SELECT count(*) FROM message_gap") == 0


async def test_ingest_survives_its_broker(services: BlockingServices, database: str) -> None:
    """After the broker was killed ingest comes back by itself and goes on storing."""
    register_venue(database)
    admit(services, GATEWAY)
    async with ingest(services, database):
        async with gateway(services) as client:
            await client.publish(ALARM, message(1, fire()), qos=1)
            await told(client, alarm=1)
        services.kill("mosquitto")
        async with asyncio.timeout(60):
            while True:
                try:
                    async with gateway(services) as client:
                        await client.publish(ALARM, message(2, fire()), qos=1)
                        async with asyncio.timeout(2):
                            await told(client, alarm=2)
                        break
                except (aiomqtt.MqttError, TimeoutError):
                    await asyncio.sleep(0.1)
    with psycopg.connect(database) as connection:
        assert count(connection, "SELECT count(*) FROM state_change") == 2


def _reachable(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
