"""Does a gateway that floods hurt nobody but itself, and lose nothing in silence?"""

import psycopg
from tests.contract.stores import PostgresUnderTest, unreadable
from tests.integration.city import GATEWAY, admit, register_venue
from tests.integration.ingest import harness
from tests.integration.ingest.harness import count, fire, gateway, ingest, pressure, told

from firewarden.deploy.services import BlockingServices
from firewarden.ingest.batch import Received
from firewarden.ingest.facts import Lane
from firewarden.ingest.flood import FloodGuard, FloodLimits
from firewarden.ingest.ledger import Span, Stream

BURST = 20
SENT = 200


async def test_a_flood_is_kept_without_effect(services: BlockingServices, database: str) -> None:
    """Of a flood a burst is taken and the rest kept raw, all confirmed; every fire and the other gateway pass."""
    register_venue(database)
    register_venue(database, "GW-2", code="V2")
    admit(services, GATEWAY, "GW-2")
    running = ingest(services, database, flood_burst=BURST)
    async with running, gateway(services) as loud, gateway(services, "GW-2") as quiet:
        for seq in range(1, SENT + 1):
            await loud.publish(f"fire/v1/{GATEWAY}/reading", harness.message(seq, pressure(seq)), qos=1)
        await loud.publish(f"fire/v1/{GATEWAY}/alarm", harness.message(1, fire()), qos=1)
        await loud.publish(f"fire/v1/{GATEWAY}/state", harness.message(1, fire()), qos=1)
        for seq in range(1, BURST + 1):
            await quiet.publish("fire/v1/GW-2/reading", harness.message(seq, pressure(seq)), qos=1)
        await told(loud, reading=SENT, alarm=1, state=1)
        await told(quiet, reading=BURST)
    with psycopg.connect(database) as connection:
        taken = connection.execute(
            "SELECT p.gateway_id, count(*) FROM reading r JOIN point p ON p.id = r.point_id GROUP BY 1 ORDER BY 1"
        ).fetchall()
        assert taken == [(GATEWAY, BURST), ("GW-2", BURST)]
        assert count(connection, "SELECT count(*) FROM state_change") == 2
        kept = "SELECT count(*) FROM quarantine WHERE reason = 'flood' AND gateway_id = 'GW-1' AND payload_size > 0"
        assert count(connection, kept) == SENT - BURST
        assert count(connection, "SELECT count(*) FROM message_gap") == 0


async def test_beyond_what_is_kept_a_flood_is_only_counted(database: str) -> None:
    """Then a message is not in the ledger, so that the mark does not pass it, and quarantine says how many they are."""
    postgres = PostgresUnderTest(database)
    try:
        writer = await postgres.writer()
        guard = FloodGuard(FloodLimits(rate_per_s=1.0, burst=3.0, aside_bytes_a_day=0.0))
        stream = Stream(GATEWAY, "b1", Lane.READING)
        [written] = await writer.write([guard.judge(reading(seq), 0.0) for seq in range(1, 11)])
        assert (written.through, written.messages, written.quarantined) == ({stream: 3}, 3, 1)
        [written] = await writer.write([guard.judge(reading(seq), 2.0) for seq in (9, 10)])
        assert (written.through, written.messages) == ({stream: 3}, 2)
        assert postgres.missing(stream) == [Span(4, 8)]
    finally:
        await postgres.close()
    with psycopg.connect(database) as connection:
        [(reason, detail)] = connection.execute("SELECT reason, detail FROM quarantine").fetchall()
    assert reason == "flood"
    assert detail.startswith("1 messages were not stored")


def reading(seq: int) -> Received:
    """One of a flood."""
    return unreadable(harness.message(seq, pressure(seq)), lane=Lane.READING)
