"""Does a picture of any stretch have few samples, and none that crosses an hour or a day?"""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from firewarden.api.resolution import Resolution, floor, picture

UNTIL = datetime(2026, 11, 24, 10, 17, 3, tzinfo=UTC)
minutes = st.integers(1, 5 * 366 * 24 * 60).map(lambda n: timedelta(minutes=n))


@given(minutes, st.integers(10, 1_000))
def test_samples_are_bounded_and_begin_where_hours_and_days_do(span: timedelta, samples: int) -> None:
    """Two days of readings, sixty of hours, then days; never more samples than asked for."""
    seen = picture(UNTIL - span, UNTIL, samples)
    wanted = Resolution.READING if span <= timedelta(days=2) else Resolution.HOUR
    wanted = Resolution.DAY if span > timedelta(days=60) else wanted
    assert seen.resolution is wanted
    assert seen.since == floor(seen.since, seen.resolution) <= UNTIL - span
    assert (UNTIL - seen.since) / seen.step <= samples


def test_a_day_begins_at_midnight_in_shanghai() -> None:
    """Whatever the clock of the server shows."""
    assert floor(UNTIL, Resolution.DAY) == datetime(2026, 11, 23, 16, tzinfo=UTC)
