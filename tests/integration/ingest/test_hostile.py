"""Does a hostile gateway cost bounded room and time, and hide no fire of its own or of others?"""

import json
from datetime import UTC, datetime

import psycopg
import pytest
from tests.integration.city import GATEWAY, admit, register_venue
from tests.integration.ingest.harness import count, fire, gateway, ingest, message, told
from tests.integration.polling import until

from firewarden.deploy.services import BlockingServices
from firewarden.ingest.register_cache import UNREGISTERED_MAX

ALARM = f"fire/v1/{GATEWAY}/alarm"
READING = f"fire/v1/{GATEWAY}/reading"
STATE = f"fire/v1/{GATEWAY}/state"
NAMED = 1_000_000
NAMED_A_MESSAGE = 2_000


@pytest.mark.timeout(600)
async def test_a_million_points(services: BlockingServices, database: str) -> None:
    """A gateway that names a million points fills a bounded table, all its values are kept, and its fires are seen."""
    register_venue(database)
    admit(services, GATEWAY)
    messages = NAMED // NAMED_A_MESSAGE
    async with ingest(services, database), gateway(services) as client:
        for seq in range(1, messages + 1):
            await client.publish(READING, many_points(seq), qos=1)
            if seq % (messages // 5) == 1:
                await client.publish(ALARM, message(seq * 5 // messages + 1, fire(point=f"burning/{seq}")), qos=1)
        with psycopg.connect(database, autocommit=True) as connection:
            readings = "SELECT count(*) FROM reading"
            await until(lambda: count(connection, readings) == NAMED, "every reading", deadline_s=500)
            # Two connections that add points at the same moment may pass the bound by what each has in hand.
            assert count(connection, "SELECT count(*) FROM point WHERE NOT registered") <= UNREGISTERED_MAX + 10
            burning = "SELECT count(*) FROM state_change WHERE state = 'fire' AND raised"
            await until(lambda: count(connection, burning) == 5, "every fire")


def many_points(seq: int) -> bytes:
    """A message that names points which no message named before."""
    at = datetime.now(tz=UTC).isoformat()
    one = b'{"kind":"reading","point":"p%d","at":"' + at.encode() + b'","quantity":"pressure","value":1,"unit":"kPa"}'
    facts = b",".join(one % number for number in range(seq * NAMED_A_MESSAGE, (seq + 1) * NAMED_A_MESSAGE))
    return b'{"boot":"b1","seq":%d,"sent_at":"%s","facts":[%s]}' % (seq, at.encode(), facts)


async def test_hostile_payloads_around_a_fire(services: BlockingServices, database: str) -> None:
    """Oversized, nested and broken messages before and after a fire: it is stored, and each of them is on record."""
    register_venue(database)
    admit(services, GATEWAY)
    hostile = [
        b"x" * (300 * 1024),
        b"[" * 200_000,
        b'{"boot":"b","seq":1,"sent_at":"2026-11-24T08:00:00Z","facts":' + b"[" * 100_000,
        json.dumps({"a": {}}).encode() * 10_000,
        b'{"boot":"b","seq":' + b"9" * 100_000 + b"}",
        b"\x00" * 1_000,
        b"\xff\xfe\xff",
        b"",
    ]
    async with ingest(services, database), gateway(services) as client:
        for topic in (ALARM, READING, STATE):
            for payload in hostile:
                await client.publish(topic, payload, qos=1)
        await client.publish(ALARM, message(1, fire()), qos=1)
        await told(client, alarm=1)
        with psycopg.connect(database, autocommit=True) as connection:
            kept = "SELECT count(*) FROM quarantine"
            await until(lambda: count(connection, kept) == 3 * len(hostile), "every hostile message on record")
            assert count(connection, "SELECT max(octet_length(payload)) FROM quarantine") == 64 * 1024
            assert count(connection, "SELECT count(*) FROM state_change") == 1


async def test_a_forged_gateway(services: BlockingServices, database: str) -> None:
    """Neither a topic nor a payload lets a gateway speak for another: the broker drops one, the contract the other."""
    register_venue(database)
    register_venue(database, "GW-2", code="V2")
    admit(services, GATEWAY, "GW-2")
    forged = json.loads(message(1, fire())) | {"gateway": GATEWAY}
    async with ingest(services, database), gateway(services, "GW-2") as client:
        await client.publish(ALARM, message(1, fire()), qos=1)
        await client.publish(f"fire/v1/{GATEWAY}/stored", b'{"boot":"b1","alarm":99}', qos=1)
        await client.publish("fire/v1/GW-2/alarm", json.dumps(forged).encode(), qos=1)
        await client.publish("fire/v1/GW-2/alarm", message(1, fire(), boot="own"), qos=1)
        await told(client, boot="own", alarm=1)
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT gateway_id FROM state_change").fetchall() == [("GW-2",)]
        assert connection.execute("SELECT gateway_id, reason FROM quarantine").fetchall() == [("GW-2", "bad_message")]
        assert count(connection, "SELECT count(*) FROM message_ledger WHERE gateway_id = 'GW-1'") == 0
