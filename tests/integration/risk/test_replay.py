"""Whatever came when and how often, and whoever was killed meanwhile: the facts give every state and score again."""

from datetime import timedelta
from random import Random

import psycopg
import pytest

from tests.integration.city import GATEWAY, Venue, register_venue
from tests.integration.risk.facts_sql import (
    OPENED,
    act,
    add_point,
    check_duty,
    close_episodes,
    close_fires,
    hear,
    open_episode,
    open_fire,
    operate,
    override,
    read,
    record,
)
from tests.integration.risk.stepping import NOON, Clock, settle, stepping, verified

pytestmark = pytest.mark.services


def numbers(url: str) -> list[tuple[object, ...]]:
    """Every fact, in order."""
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT venue_id, number, source, source_id, kind FROM risk_fact ORDER BY venue_id, number"
        ).fetchall()


def happenings(url: str, venue: Venue, gateway: str, rng: Random) -> None:
    """Some of everything that can happen at a venue, late and early."""
    for n in range(6):
        at = NOON - timedelta(hours=rng.uniform(0, 2_000))
        choice = rng.randrange(6)
        if choice == 0:
            open_fire(url, venue.venue_id, gateway, None if n % 2 else venue.detector_id, at=at)
            operate(url, venue.venue_id, gateway, "mute", at + timedelta(seconds=rng.uniform(5, 600)))
            close_fires(url, venue.venue_id, rng.choice(["false_alarm", "real_fire", "test"]), NOON)
        elif choice == 1:
            kind = rng.choice(["fault", "shielded", "manual", "main_power_fault"])
            open_episode(url, venue.venue_id, gateway, venue.detector_id, kind, since=at)
            if rng.random() < 0.5:
                close_episodes(url, venue.venue_id, kind, at + timedelta(hours=3))
            else:
                close_episodes(url, venue.venue_id, kind, NOON)
        elif choice == 2:
            check_duty(url, gateway, rng.choice(["answered", "missed"]), at)
        elif choice == 3:
            record(url, venue.venue_id, rng.choice(["complaint", "violation", "order"]), f"{gateway} {n} {at}", at)
        elif choice == 4:
            act(url, ("UPDATE venue SET area_m2 = %s WHERE id = %s", [rng.uniform(50, 9_000), venue.venue_id]))
        else:
            override(url, venue.venue_id, rng.choice(["A", "D", None]), NOON, NOON + timedelta(days=2))


async def test_a_replay_equals_the_live_run(database: str) -> None:
    """Late and doubled reports, two restarts, killed steps, sweeps: the replay is equal to the last bit."""
    rng, clock = Random(5), Clock()
    venues = [register_venue(database, f"G{n}", code=f"V{n}") for n in range(4)]
    for n, venue in enumerate(venues):
        happenings(database, venue, f"G{n}", rng)
    for _ in range(3):
        async with stepping(database, clock) as live:
            for _ in range(4):
                n = rng.randrange(len(venues))
                happenings(database, venues[n], f"G{n}", rng)
                await settle(live, clock)
                clock.forward(timedelta(minutes=rng.choice([0, 20, 70])))
            before = numbers(database)
            happenings(database, venues[0], "G0", rng)
            with psycopg.connect(database) as rival:
                # The step is broken off after it took everything in: somebody else has the row that it writes last.
                rival.execute("UPDATE reader_cursor SET updated_at = now() WHERE reader = 'risk'")
                with pytest.raises(psycopg.errors.LockNotAvailable):
                    await live.step()
            assert numbers(database) == before
            await settle(live, clock)
            assert len(numbers(database)) > len(before)
    verdict = await verified(database)
    assert verdict.difference is None
    assert (verdict.venues, verdict.facts > 60, verdict.scores > 30) == (4, True, True)


async def test_a_forged_state_or_score_is_found(database: str, venue: Venue) -> None:
    """A score, a state or a fact that somebody changed is the first difference that a replay names."""
    clock = Clock()
    async with stepping(database, clock) as live:
        open_episode(database, venue.venue_id, GATEWAY, venue.detector_id, "fault", since=NOON)
        await settle(live, clock)
    assert (await verified(database)).difference is None
    act(database, ("UPDATE risk_score SET score = score + 0.1", []))
    found = (await verified(database)).difference
    assert found is not None
    assert (found.venue_id, found.what) == (venue.venue_id, "score")
    act(
        database, ("UPDATE risk_fact SET data = jsonb_set(data, '{trouble}', '\"shielded\"') WHERE kind = 'raised'", [])
    )
    found = (await verified(database)).difference
    assert found is not None
    assert found.what == "state"


async def test_each_row_is_one_fact_however_often_it_is_announced(database: str, venue: Venue) -> None:
    """Events that come twice, an end that is announced before its beginning, a closing with its opening: told once."""
    clock = Clock()
    async with stepping(database, clock) as live:
        open_episode(database, venue.venue_id, GATEWAY, venue.detector_id, "fault", since=NOON)
        close_episodes(database, venue.venue_id, "fault", NOON)
        await settle(live, clock)
        again = "INSERT INTO event (kind, venue_id, data) SELECT kind, venue_id, data FROM event WHERE kind ~ 'episode'"
        act(database, (again, []))
        await settle(live, clock)
        open_fire(database, venue.venue_id, GATEWAY, venue.detector_id, at=NOON)
        close_fires(database, venue.venue_id, "false_alarm", NOON + timedelta(minutes=5))
        await settle(live, clock)
    told = [(source_id, kind) for _, _, source, source_id, kind in numbers(database) if source != "register"]
    assert told == [("1", "raised"), ("1/cleared", "cleared"), ("1", "signalled"), ("1/judged", "judged")]


async def test_the_control_room_is_timed_once(database: str, venue: Venue) -> None:
    """The first act within an hour after the signal counts, also where it is reported before the incident is open."""
    clock = Clock()
    async with stepping(database, clock) as live:
        operate(database, venue.venue_id, GATEWAY, "mute", NOON + timedelta(seconds=40))
        operate(database, venue.venue_id, GATEWAY, "confirm", NOON - timedelta(seconds=40))
        operate(database, venue.venue_id, GATEWAY, "self_test", NOON + timedelta(seconds=2))
        await settle(live, clock)
        open_fire(database, venue.venue_id, GATEWAY, venue.detector_id, at=NOON)
        await settle(live, clock)
        operate(database, venue.venue_id, GATEWAY, "reset", NOON + timedelta(seconds=10))
        await settle(live, clock)
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT (data ->> 'seconds')::float FROM risk_fact WHERE kind = 'handled'").fetchall()
    assert rows == [(40.0,)]


@pytest.mark.parametrize(("state", "asked_by"), [("answered", "li"), ("missed", "platform"), ("missed", "li")])
async def test_a_duty_check_counts_whoever_asked(database: str, venue: Venue, state: str, asked_by: str) -> None:
    """How a duty check ended is a fact, asked for by a person or by the platform itself."""
    clock = Clock()
    async with stepping(database, clock) as live:
        check_duty(database, GATEWAY, state, NOON, asked_by=asked_by)
        await settle(live, clock)
    assert [kind for *_, kind in numbers(database) if kind != "registered"] == ["duty_checked"]


async def test_what_says_nothing_of_the_room_is_no_duty_fact(database: str, venue: Venue) -> None:
    """A check that was never sent, or refused by the device, says nothing of the people."""
    clock = Clock()
    async with stepping(database, clock) as live:
        check_duty(database, GATEWAY, "not_sent", NOON)
        check_duty(database, GATEWAY, "refused", NOON)
        await settle(live, clock)
    assert [kind for *_, kind in numbers(database)] == ["registered"]


async def test_history_before_the_first_start_is_read_whole(database: str, venue: Venue) -> None:
    """An upgrade reads everything there is, also what no event tells any more, and scores only then."""
    act(database, (OPENED, [venue.venue_id, GATEWAY, venue.detector_id, "fault", NOON, NOON]))
    open_fire(database, venue.venue_id, GATEWAY, venue.detector_id, at=NOON - timedelta(days=400))
    close_fires(database, venue.venue_id, "real_fire", NOON - timedelta(days=400))
    record(database, venue.venue_id, "fire", "old", NOON - timedelta(days=900))
    act(database, ("DELETE FROM event", []))
    async with stepping(database, Clock()):
        pass
    kinds = sorted(str(kind) for *_, kind in numbers(database))
    assert kinds == ["judged", "raised", "recorded", "registered", "signalled"]
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM risk_score_history").fetchone() == (1,)
    assert (await verified(database)).difference is None


async def test_a_long_silence_of_the_process_is_made_up_for(database: str, venue: Venue) -> None:
    """After more days than events are kept, what happened meanwhile is found in the tables themselves."""
    clock = Clock()
    async with stepping(database, clock):
        pass
    open_episode(database, venue.venue_id, GATEWAY, venue.detector_id, "fault", since=NOON)
    act(
        database,
        ("DELETE FROM event", []),
        ("UPDATE reader_cursor SET updated_at = %s", [clock.now]),
    )
    clock.forward(timedelta(days=9))
    async with stepping(database, clock):
        pass
    assert "raised" in [kind for *_, kind in numbers(database)]
    assert (await verified(database)).difference is None


async def test_the_hours_that_were_missed_are_one(database: str, venue: Venue) -> None:
    """At each full hour every venue is scored as of it; of hours that were missed, as of the newest."""
    clock = Clock()
    async with stepping(database, clock) as live:
        clock.forward(timedelta(hours=1))
        await settle(live, clock)
    clock.forward(timedelta(hours=5))
    async with stepping(database, clock):
        pass
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT cause, to_char(at AT TIME ZONE 'UTC', 'HH24:MI') FROM risk_sweep ORDER BY at")
        causes = rows.fetchall()
    assert [cause for cause, _ in causes] == ["first", "hour", "hour"]
    assert [at for _, at in causes][1:] == ["13:00", "18:00"]
    assert (await verified(database)).difference is None


async def test_a_clock_that_goes_back_disturbs_no_order(database: str, venue: Venue) -> None:
    """A machine whose clock is set back by an hour goes on, each step later than the one before."""
    clock = Clock()
    async with stepping(database, clock) as live:
        for _ in range(3):
            add_point(database, venue.venue_id, GATEWAY, f"1.1/40.{clock.now.minute}", 40)
            clock.forward(timedelta(minutes=-21))
            open_episode(database, venue.venue_id, GATEWAY, None, "offline", since=clock.now)
            await settle(live, clock)
            close_episodes(database, venue.venue_id, "offline", clock.now + timedelta(hours=1))
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT stepped_at FROM risk_fact ORDER BY number").fetchall()
    assert rows == sorted(rows)
    assert (await verified(database)).difference is None


async def test_a_venue_that_joins_during_a_sweep_is_scored_in_order(database: str, venue: Venue) -> None:
    """A venue that is registered when a sweep begins is scored by its own first step."""
    clock = Clock()
    async with stepping(database, clock) as live:
        clock.forward(timedelta(hours=2))
        other = register_venue(database, "G-2", code="V2")
        hear(database, "G-2", clock.now)
        await settle(live, clock)
        open_episode(database, other.venue_id, "G-2", other.detector_id, "fault", since=clock.now)
        await settle(live, clock)
    verdict = await verified(database)
    assert (verdict.venues, verdict.difference) == (2, None)


async def test_water_is_told_once_across_restarts(database: str, venue: Venue) -> None:
    """A pressure that is low before, during and after a restart began once; the same readings again change nothing."""
    clock = Clock()
    low = [(clock.now + timedelta(seconds=30 * n), 0.03) for n in range(6)]
    read(database, venue.pressure_id, (clock.now - timedelta(minutes=9), 0.2), *low[:2])
    clock.forward(timedelta(minutes=5))
    for part in (low[2:4], low[2:], low):
        async with stepping(database, clock) as live:
            read(database, venue.pressure_id, *part)
            await settle(live, clock)
    with psycopg.connect(database) as connection:
        found = connection.execute("SELECT kind, data ->> 'what' FROM risk_fact WHERE source = 'water'").fetchall()
    assert found == [("water_began", "below")]
    assert (await verified(database)).difference is None
