"""Is the loaded year a year: enough rows, spread over its days, each row once?"""

import itertools
import struct
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.bench.loading import shanghai_days
from firewarden.bench.year import DENSE_PER_DAY, SPARSE_PER_DAY, Year, packed_day
from firewarden.ingest.facts import Quantity

UNTIL = datetime(2026, 11, 24, 10, 17, tzinfo=UTC)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
HEADER_BYTES = 19
ROW = struct.Struct(">hiqihiqidiqiq")


def year(rows: int = 20_000, days: int = 10) -> Year:
    """Ten venues of six sensors."""
    return Year(sensors=tuple(range(100, 160)), of_venue=6, days=days, rows=rows, until=UNTIL)


def rows_of(packed: bytes) -> list[tuple[int, datetime, float, datetime, datetime]]:
    """Point, time, value, sent, received: as PostgreSQL reads a binary COPY."""
    assert packed.startswith(b"PGCOPY\n\xff\r\n\x00")
    assert packed.endswith(b"\xff\xff")
    body = packed[HEADER_BYTES:-2]
    found: list[tuple[int, datetime, float, datetime, datetime]] = []
    for fields, *rest in ROW.iter_unpack(body):
        assert fields == 6
        assert rest[0::2] == [8, 2, 8, 8, 8, 8]
        point, quantity, at, value, sent, received = rest[1::2]
        assert quantity == Quantity.PRESSURE
        times = [EPOCH + timedelta(microseconds=number) for number in (at, sent, received)]
        found.append((point, times[0], value, times[1], times[2]))
    return found


def test_a_day_holds_its_rows_in_the_order_of_their_times() -> None:
    """Each point at its own times, all within the day, dense ones more often."""
    one = year()
    rows = rows_of(packed_day(one, 3))
    assert len(rows) == one.rows_of_day == one.dense * DENSE_PER_DAY + (60 - one.dense) * SPARSE_PER_DAY
    times = [at for _, at, *_ in rows]
    assert times == sorted(times)
    assert one.begin_of(3) <= times[0] <= times[-1] < one.begin_of(4)
    assert len({(point, at) for point, at, *_ in rows}) == len(rows)
    assert {point for point, *_ in rows} == set(one.sensors)
    assert all(0.1 < value < 0.4 and at == sent < received for _, at, value, sent, received in rows)


def test_the_last_day_ends_with_the_year() -> None:
    """Nothing lies in the future."""
    one = year()
    assert one.begin_of(one.days) == UNTIL
    assert one.begin_of(0) == UNTIL - timedelta(days=10)


@given(st.integers(1, 160_000), st.integers(1, 40))
def test_dense_venues_are_whole_and_make_the_rows(rows: int, days: int) -> None:
    """As many as asked for where the sensors can give them, by whole venues; one venue at least is dense."""
    one = year(rows, days)
    assert one.dense % one.of_venue == 0
    assert 6 <= one.dense <= 60
    assert one.rows_in_all >= rows or one.dense == 60


def test_every_reading_lies_in_a_day_that_is_rolled_up() -> None:
    """Days begin at midnight in China, whatever the hour of the load."""
    one = year()
    days = shanghai_days(one)
    assert days[0] <= one.begin_of(0)
    assert days[-1] + timedelta(days=1) >= UNTIL
    assert all(later - earlier == timedelta(days=1) for earlier, later in itertools.pairwise(days))
    assert {(day + timedelta(hours=8)).hour for day in days} == {0}


@pytest.mark.parametrize("hour", range(24))
def test_days_are_whole_at_every_hour(hour: int) -> None:
    """Also when it is already tomorrow in China."""
    until = UNTIL.replace(hour=hour)
    days = shanghai_days(Year(sensors=(1,), of_venue=1, days=3, rows=1, until=until))
    assert days[0] <= until - timedelta(days=3) < days[0] + timedelta(days=1)
    assert days[-1] < until <= days[-1] + timedelta(days=1)
