"""Is every missing message on record, asked for, given up in time, and counted on its day?"""

import asyncio
from datetime import UTC, datetime, timedelta
from random import Random

import aiomqtt
import psycopg
from tests.integration.city import GATEWAY, admit, register_venue
from tests.integration.ingest.harness import count, count_batch, fire, gateway, ingest, message, pressure, told
from tests.integration.polling import until

from firewarden.deploy.services import BlockingServices
from firewarden.ingest.batch import Received, read
from firewarden.ingest.day import day_begins, day_of
from firewarden.ingest.facts import Lane
from firewarden.ingest.gaps import ASK_PAUSE, ASKED_MAX, GIVE_UP_AFTER
from firewarden.ingest.mqtt_session import Message
from firewarden.ingest.platform_clock import PlatformClock
from firewarden.ingest.register_cache import SQL
from firewarden.ingest.wire.json_v1 import Command, decode_command, topic
from firewarden.ingest.writer import Writer
from firewarden.store.database import Role, connect

ALARM = topic(GATEWAY, "alarm")
AGE = "UPDATE message_gap SET seen_at = seen_at - interval '31 s', moved_at = moved_at - interval '31 s'"
GAPS = "SELECT from_seq, to_seq, state::text FROM message_gap ORDER BY from_seq"


async def test_a_gap_on_a_quiet_lane_is_given_up(services: BlockingServices, database: str) -> None:
    """No further message is needed: in time the gap is given up, and the gateway is told that it may forget."""
    register_venue(database)
    admit(services, GATEWAY)
    async with ingest(services, database), gateway(services) as client:
        await client.publish(ALARM, message(3, fire()), qos=1)
        await told(client, alarm=0)
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(AGE)
            await told(client, alarm=3)
            assert connection.execute(GAPS).fetchall() == [(1, 2, "given_up")]


async def test_what_comes_after_it_was_given_up_is_filled_late(services: BlockingServices, database: str) -> None:
    """A part of a given-up gap that comes after all is stored and named; the rest stays given up, the mark stays."""
    register_venue(database)
    admit(services, GATEWAY)
    async with ingest(services, database), gateway(services) as client:
        await client.publish(ALARM, message(5, fire()), qos=1)
        await told(client, alarm=0)
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(AGE)
            await told(client, alarm=5)
            await client.publish(ALARM, message(2, fire()), qos=1)
            await told(client, alarm=5)
            assert connection.execute(GAPS).fetchall() == [
                (1, 1, "given_up"),
                (2, 2, "filled_late"),
                (3, 4, "given_up"),
            ]
            assert count(connection, "SELECT count(*) FROM state_change") == 2


async def commands(client: aiomqtt.Client, wanted: int) -> list[Command]:
    """The next commands to send again; its clock is set in between."""
    found: list[Command] = []
    async with asyncio.timeout(30):
        async for one in client.messages:
            if one.topic.value.endswith("/cmd"):
                assert isinstance(one.payload, bytes)
                found += [each for each in [decode_command(one.payload)] if each.command == "resend"]
            if len(found) == wanted:
                return found
    raise AssertionError("unreachable: the messages never end")


async def test_a_gap_makes_ingest_ask(services: BlockingServices, database: str) -> None:
    """While a gap is open its gateway is asked to send again; asked anew only after a pause, and not once given up."""
    register_venue(database)
    admit(services, GATEWAY)
    async with ingest(services, database), gateway(services) as client:
        await client.subscribe(topic(GATEWAY, "cmd"), qos=1)
        await client.publish(ALARM, message(2, fire()), qos=1)
        [first] = await commands(client, 1)
        assert first.command == "resend"
        assert first.deadline > datetime.now(tz=UTC)
        with psycopg.connect(database, autocommit=True) as connection:
            assert count(connection, "SELECT asked FROM resend_request") == 1
            connection.execute("UPDATE resend_request SET asked_at = asked_at - interval '10 s'")
            [second] = await commands(client, 1)
            assert second.id != first.id
            assert count(connection, "SELECT asked FROM resend_request") == 2
            connection.execute(AGE)
            await until(lambda: connection.execute(GAPS).fetchall() == [(1, 1, "given_up")], "giving up")


async def test_workers_ask_with_one_pace(database: str) -> None:
    """Of two that look at the same moment one asks, a gap that has just been seen is let be, and a city is paced."""
    now = datetime.now(tz=UTC)
    with psycopg.connect(database) as connection:
        for number in range(ASKED_MAX + 10):
            name = f"G{number:03d}"
            register_venue(database, name, code=name)
            connection.execute(
                "INSERT INTO message_ledger (gateway_id, boot, lane, first_at, last_at)"
                " VALUES (%s, 'b', 'alarm', %s, %s)",
                [name, now, now],
            )
            connection.execute(
                "INSERT INTO message_gap (gateway_id, boot, lane, from_seq, to_seq, seen_at, moved_at)"
                " VALUES (%s, 'b', 'alarm', 1, 1, %s, %s)",
                [name, now, now],
            )
    async with (
        await connect(database, Role.INGEST, name="one") as one,
        await connect(database, Role.INGEST, name="other") as other,
    ):
        left, right = (
            Writer(one, SQL["notify_bulk"], PlatformClock()),
            Writer(other, SQL["notify_bulk"], PlatformClock()),
        )
        assert await left.claim_resends(now) == []
        later = now + timedelta(seconds=3)
        asked = await asyncio.gather(left.claim_resends(later), right.claim_resends(later))
        assert sorted(map(len, asked)) in ([0, ASKED_MAX], [10, ASKED_MAX])
        rest = await left.claim_resends(later)
        names = [*asked[0], *asked[1], *rest]
        assert len(names) == len(set(names)) == ASKED_MAX + 10
        assert await right.claim_resends(later) == []
        assert len(await right.claim_resends(later + ASK_PAUSE)) == ASKED_MAX


async def test_a_lost_session_makes_ingest_ask_everybody_there(services: BlockingServices, database: str) -> None:
    """A broker that had not kept our session: who is connected is asked, who is not will send again by itself."""
    register_venue(database)
    register_venue(database, "GW-2", code="V2")
    admit(services, GATEWAY, "GW-2")
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO gateway_liveness (gateway_id, heard_at, online, changed_at)"
            " VALUES ('GW-1', now(), true, now()), ('GW-2', now(), false, now())"
        )
    async with gateway(services) as client:
        await client.subscribe(topic(GATEWAY, "cmd"), qos=1)
        async with ingest(services, database):
            [command] = await commands(client, 1)
            assert command.command == "resend"
            with psycopg.connect(database, autocommit=True) as connection:
                asked = connection.execute("SELECT gateway_id FROM resend_request WHERE asked > 0").fetchall()
            assert asked == [(GATEWAY,)]


def received(seq: int, lane: Lane, boot: str, at: datetime) -> Received:
    """A message as it came from the broker."""
    fact = fire() if lane is Lane.ALARM else pressure(100)
    return read(Message(topic(GATEWAY, lane.value), message(seq, fact, boot=boot), 1, 1), at)


async def test_the_days_add_up(database: str) -> None:
    """Two workers, losses, repeats and disorder over three days: every number is accounted for on exactly one day."""
    register_venue(database)
    dice = Random(5)
    truth: dict[tuple[Lane, str], set[int]] = {}
    expected_repeats = 0
    first = day_begins(day_of(datetime.now(tz=UTC))) + timedelta(hours=23, minutes=50)
    async with (
        await connect(database, Role.INGEST, name="one") as one,
        await connect(database, Role.INGEST, name="other") as other,
    ):
        highest: dict[tuple[Lane, str], int] = {}
        for step in range(120):
            at = first + timedelta(minutes=step * 15)
            batch: list[Received] = []
            for _ in range(dice.randint(1, 6)):
                key = (dice.choice([Lane.ALARM, Lane.READING]), dice.choice(["a", "b"]))
                top = highest.get(key, 0)
                seq = dice.choice(
                    [top + 1, top + 1, top + 1, top + dice.randint(1, 4), max(1, top - dice.randint(0, 5))]
                )
                highest[key] = max(top, seq)
                expected_repeats += seq in truth.setdefault(key, set())
                truth[key].add(seq)
                batch.append(received(seq, *key, at))
            await count_batch(dice.choice([one, other]), batch, at)
    with psycopg.connect(database) as connection:
        assert count(connection, "SELECT count(DISTINCT day) FROM message_daily") >= 2
        for (lane, boot), numbers in truth.items():
            row = connection.execute(
                "SELECT sum(counted), sum(stored), min(first_seq), max(last_seq) FROM message_daily"
                " WHERE lane = %s AND boot = %s",
                [lane.value, boot],
            ).fetchone()
            assert row == (max(numbers), len(numbers), 1, max(numbers))
            missing = connection.execute(
                "SELECT from_seq, to_seq FROM message_gap WHERE lane = %s AND boot = %s AND state <> 'filled_late'",
                [lane.value, boot],
            ).fetchall()
            assert {n for a, b in missing for n in range(a, b + 1)} == set(range(1, max(numbers))) - numbers
        assert count(connection, "SELECT sum(repeats) FROM message_daily") == expected_repeats
        balance = connection.execute(
            "SELECT d.day, sum(d.counted) - sum(d.stored) + sum(d.late)"
            " - coalesce((SELECT sum(g.to_seq - g.from_seq + 1) FROM message_gap g"
            " WHERE (g.seen_at AT TIME ZONE 'Asia/Shanghai')::date = d.day), 0)"
            " FROM message_daily d GROUP BY d.day"
        ).fetchall()
        assert all(difference == 0 for _, difference in balance), balance


async def test_giving_up_waits_while_something_comes(database: str) -> None:
    """A long gap that is being sent again piece by piece is not given up in the middle of it."""
    register_venue(database)
    at = datetime.now(tz=UTC)
    lanes = (Lane.ALARM, Lane.STATUS)
    async with await connect(database, Role.INGEST, name="one") as connection:
        writer = Writer(connection, SQL["notify_alarm"], PlatformClock())
        await count_batch(connection, [received(10, Lane.ALARM, "b", at)], at)
        for seq in range(1, 5):
            at += GIVE_UP_AFTER - timedelta(seconds=1)
            await count_batch(connection, [received(seq, Lane.ALARM, "b", at)], at)
            assert await writer.give_up(lanes, at) == {}
        [(stream, through)] = (await writer.give_up(lanes, at + GIVE_UP_AFTER + timedelta(seconds=1))).items()
        assert (stream.lane, through) == (Lane.ALARM, 10)
