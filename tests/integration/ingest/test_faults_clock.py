"""Clocks jump: is everything still dated, judged and confirmed as it should be?"""

from datetime import timedelta

import psycopg
from tests.integration.ingest.faulty import scene
from tests.integration.ingest.harness import count, fire, message
from tests.integration.polling import until

from firewarden.deploy.services import BlockingServices
from firewarden.ingest.platform_clock import PlatformClock, system_time

FUTURE = "SELECT count(*) FROM ingest_worker WHERE beat_at > now() OR watching_since > now()"


async def test_a_machine_whose_clock_is_wrong(services: BlockingServices, database: str) -> None:
    """Three hours ahead, ingest dates what it receives by the database's clock as soon as it has heard it."""
    clock = PlatformClock(machine=lambda: system_time() + timedelta(hours=3))
    async with scene(services, database, clock=clock) as it:
        await it.logged("clock_set", by_s="-10", advice="NTP")
        it.send(3)
        await it.all_is_well()
        with psycopg.connect(database) as connection:
            late = "SELECT count(*) FROM {} WHERE received_at > now() AND seq > 1"
            assert count(connection, late.format("state_change")) == 0
            assert count(connection, "SELECT count(*) FROM gateway_liveness WHERE heard_at > now()") == 0


async def test_a_gap_is_not_given_up_by_a_clock_that_was_set(services: BlockingServices, database: str) -> None:
    """A gap seems as old as the clock jumped: it gets its time all the same, and the gateway keeps the message."""
    clock = PlatformClock(machine=lambda: system_time() - timedelta(hours=1))
    async with scene(services, database, clock=clock) as it:
        await it.logged("clock_set", by_s="36")
        missing = it.gateway.send("state", fire(set=["fault"]))
        payload = it.gateway.kept.pop(("state", missing))
        it.gateway.send("state", fire(set=["fault"]))
        with psycopg.connect(database, autocommit=True) as connection:
            await until(lambda: count(connection, "SELECT count(*) FROM message_gap"), "the gap")
            connection.execute(
                "UPDATE message_gap SET moved_at = moved_at - interval '1 hour', seen_at = seen_at - interval '1 hour'"
            )
            it.gateway.send("state", fire(set=["fault"]))
            await it.arrived(missing + 2, "state")
            await until(lambda: it.acknowledged_since("state", missing + 2), "the acknowledgement")
            assert count(connection, "SELECT count(*) FROM message_gap WHERE given_up_at IS NOT NULL") == 0
            assert it.gateway.told["state"] < missing
        it.gateway.kept["state", missing] = payload
        await it.gateway.all_stored()


async def test_a_database_whose_clock_is_set_back(services: BlockingServices, database: str) -> None:
    """What was heard and watched later than now begins now: no gateway counts as heard for another hour."""
    async with scene(services, database) as it:
        with psycopg.connect(database, autocommit=True) as connection:
            for pipeline in it.pipelines:
                await pipeline.ready.wait()  # it has beaten
            heard = "SELECT count(*) FROM gateway_liveness"
            await until(lambda: count(connection, heard), "who spoke")
            # To the rows it is the same whether the clock goes back or they go ahead.
            connection.execute("UPDATE gateway_liveness SET heard_at = heard_at + interval '1 hour'")
            connection.execute(
                "UPDATE ingest_worker SET beat_at = beat_at + interval '1 hour',"
                " watching_since = watching_since + interval '1 hour'"
            )
            await until(lambda: count(connection, FUTURE) == 0, "a watch that begins now")
            assert count(connection, "SELECT count(*) FROM gateway_liveness WHERE heard_at > now()") == 0
        await it.all_is_well()


async def test_a_gap_seen_in_the_future(services: BlockingServices, database: str) -> None:
    """A gap that a wrong clock dated ahead holds the mark no longer than any other: its time begins now."""
    async with scene(services, database) as it:
        it.gateway.numbers["state"] = 1
        it.gateway.send("state", fire(set=["fault"]))
        with psycopg.connect(database, autocommit=True) as connection:
            await until(lambda: count(connection, "SELECT count(*) FROM message_gap"), "the gap")
            connection.execute(
                "UPDATE message_gap SET moved_at = now() + interval '1 day', seen_at = now() + interval '1 day'"
            )
            it.gateway.send("state", fire(set=["fault"]))
            ahead = "SELECT count(*) FROM message_gap WHERE moved_at > now() OR seen_at > now()"
            await until(lambda: count(connection, ahead) == 0, "the gap, dated now")
        it.gateway.kept["state", 1] = message(1, fire(set=["fault"]))
        await it.gateway.all_stored()
