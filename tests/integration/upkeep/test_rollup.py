"""Is a rollup always what its readings say, whatever comes late, twice or out of order?"""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from firewarden.store.database import Role, connect
from firewarden.upkeep.rollup import Rolled, roll_up
from tests.integration.upkeep.measured import aggregated, note, rolled, write

T0 = datetime(2026, 3, 1, 15, 30, tzinfo=UTC)  # half an hour before midnight in Shanghai
LATER = T0 + timedelta(days=30)


def run(database: str, now: datetime = LATER, *, budget_s: float = 60) -> Rolled:
    """Run the rollup once, as its process would."""

    async def once() -> Rolled:
        async with await connect(database, Role.UPKEEP, name="test upkeep") as connection:
            return await roll_up(connection, now, budget_s=budget_s)

    return asyncio.run(once())


def assert_right(connection: psycopg.Connection, before: datetime = LATER) -> None:
    """Hours and days are the aggregates of the readings."""
    for table in ("reading_hour", "reading_day"):
        rows, sums = rolled(connection, table)
        expected, expected_sums = aggregated(connection, table, before)
        assert rows == expected, table
        assert sums == pytest.approx(expected_sums, rel=1e-9, abs=1e-6), table


@pytest.fixture
def connect_owner(database: str) -> Callable[[], psycopg.Connection]:
    """Opens connections as the owner."""
    return lambda: psycopg.connect(database)


rows = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.sampled_from([1, 2]),
        st.integers(-3 * 24 * 60, 12 * 60).map(lambda minutes: T0 + timedelta(minutes=minutes)),
        st.floats(-1e6, 1e6),
    ),
    min_size=1,
    max_size=8,
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("write"), rows),
        st.tuples(st.just("slow"), rows),
        st.tuples(st.just("repeat"), rows),
        st.tuples(st.just("commit"), st.none()),
        st.tuples(st.just("roll"), st.integers(-48, 20).map(lambda hours: T0 + timedelta(hours=hours))),
    ),
    max_size=12,
)


@given(steps=steps)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_any_interleaving_gives_the_aggregate_of_the_readings(
    database: str, connect_owner: Callable[[], psycopg.Connection], steps: list[tuple[str, object]]
) -> None:
    """Late, repeated and slow transactions, with runs between them at any time, end at the truth."""
    with connect_owner() as connection:
        # Whoever makes a chunk holds up the others until the commit: the slow transactions here find theirs ready.
        write(connection, [(1, 1, T0 + timedelta(days=day), 0.0) for day in range(-4, 2)])
        for table in ("reading", "reading_batch", "reading_hour", "reading_day", "rollup_due", "reader_cursor"):
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))  # truncating drops the chunks
    with ExitStack() as stack:
        slow: list[psycopg.Connection] = []
        for step, value in steps:
            if step == "slow":
                slow.append(stack.enter_context(connect_owner()))
                write(slow[-1], value)  # pyright: ignore[reportArgumentType]
            elif step == "commit" and slow:
                slow.pop(0).commit()
            elif step == "roll":
                run(database, value)  # pyright: ignore[reportArgumentType]
            elif step in {"write", "repeat"}:
                with connect_owner() as connection:
                    (write if step == "write" else note)(connection, value)  # pyright: ignore[reportArgumentType]
        for connection in slow:
            connection.commit()
    run(database)
    with connect_owner() as connection:
        assert_right(connection)
        assert connection.execute("SELECT count(*) FROM rollup_due").fetchone() == (0,)


def test_an_hour_that_is_not_over_waits(database: str) -> None:
    """The running hour is not made again and again: it stays due until it is over."""
    at = T0.replace(minute=10)
    with psycopg.connect(database, autocommit=True) as connection:
        write(connection, [(1, 1, at, 1.0), (1, 1, at - timedelta(hours=2), 3.0)])
        assert run(database, at + timedelta(minutes=5)).readings == 1
        assert rolled(connection, "reading_hour")[1] == [3.0]
        assert run(database, at + timedelta(minutes=51)).readings == 0, "within the grace"
        assert run(database, at + timedelta(minutes=53)).readings == 1
        assert_right(connection)


def test_only_what_a_late_reading_touched_is_made_anew(database: str) -> None:
    """A late reading costs the hours of its own point between it and its company, not the whole past."""
    many = [(point, 1, T0 - timedelta(hours=hours), 1.0) for point in range(1, 21) for hours in range(48)]
    with psycopg.connect(database, autocommit=True) as connection:
        write(connection, many)
        assert run(database).readings == len(many)
        write(connection, [(7, 1, T0 - timedelta(hours=30, minutes=1), 9.0)])
        assert run(database).readings == 2, "its hour: the reading that was there, and the late one"
        assert_right(connection)
        assert run(database).readings == 0, "nothing new, nothing done"


def test_a_database_that_had_readings_before_is_rolled_up_whole(database: str) -> None:
    """Readings whose notes are long gone are found by the first run."""
    with psycopg.connect(database, autocommit=True) as connection:
        write(connection, [(1, 1, T0 - timedelta(days=days, minutes=days), float(days)) for days in range(40)])
        connection.execute("DELETE FROM reading_batch")
        assert run(database).readings == 40
        assert_right(connection)


def test_a_run_stops_when_its_time_is_up_and_the_next_goes_on(database: str) -> None:
    """A backlog is worked off in bounded steps, the newest day first."""
    with psycopg.connect(database, autocommit=True) as connection:
        write(connection, [(1, 1, T0 - timedelta(days=days), float(days)) for days in range(5)])
        first = run(database, budget_s=0)
        assert not first.finished
        while not run(database, budget_s=0).finished:
            newest = connection.execute("SELECT max(at), (SELECT max(day) FROM rollup_due) FROM reading_day").fetchone()
            assert newest is None or newest[0] is None or newest[1] is None or newest[0] > newest[1]
            run(database, budget_s=60)
        assert_right(connection)


def test_absurd_values_do_not_stop_the_rollup(database: str) -> None:
    """A gateway that sends the largest numbers there are cannot make the sum overflow, and all others wait."""
    with psycopg.connect(database, autocommit=True) as connection:
        write(connection, [(1, 1, T0, 1.7e308), (1, 1, T0, 1.7e308), (2, 1, T0, 5.0)])
        run(database)
        assert rolled(connection, "reading_hour")[1] == [2e290, 5.0]


def test_readings_that_were_dropped_stay_in_the_rollup(database: str) -> None:
    """A late reading of a time whose other readings were dropped does not replace what they said."""
    with psycopg.connect(database, autocommit=True) as connection:
        write(connection, [(1, 1, T0, 1.0), (1, 1, T0 + timedelta(minutes=1), 2.0)])
        run(database)
        connection.execute("DELETE FROM reading")
        connection.execute(
            "UPDATE retention SET dropped_before = %s WHERE class = 'readings'", [T0 + timedelta(days=1)]
        )
        write(connection, [(1, 1, T0, 9.0)])
        run(database)
        assert rolled(connection, "reading_hour")[1] == [3.0]


def test_notes_are_kept_until_they_are_rolled_up(database: str) -> None:
    """Ingest forgets a note a day later, and never before the rollup has read it."""
    from firewarden.ingest.register_cache import SQL  # noqa: PLC0415

    now = {"now": datetime.now(tz=UTC) + timedelta(days=2)}
    with psycopg.connect(database, autocommit=True) as connection:
        write(connection, [(1, 1, T0, 1.0)])
        assert connection.execute(SQL["forget_reading_batches"], now).rowcount == 0
        run(database)
        assert connection.execute(SQL["forget_reading_batches"], now).rowcount == 1
