"""Do moments survive their way between integers, datetimes and text?"""

from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from firewarden.risk.state.moments import day_in_china, iso, micros, moment


@given(st.datetimes(timezones=st.just(UTC)).filter(lambda at: at < datetime(9999, 12, 30, tzinfo=UTC)))
def test_a_moment_survives_its_way(at: datetime) -> None:
    """To the microsecond, as number and as text."""
    assert moment(micros(at)) == at
    assert datetime.fromisoformat(iso(micros(at))) == at


@given(st.integers(-(10**30), 10**30))
def test_no_number_is_too_large_for_a_calendar(at: int) -> None:
    """What no calendar holds becomes its edge."""
    assert iso(at).endswith("Z")
    assert date.min <= day_in_china(at) <= date.max


def test_the_day_in_china() -> None:
    """It begins at 16:00 UTC of the day before."""
    midnight = micros(datetime(2025, 11, 1, tzinfo=timezone(timedelta(hours=8))))
    assert day_in_china(midnight) == date(2025, 11, 1)
    assert day_in_china(midnight - 1) == date(2025, 10, 31)
    assert iso(midnight) == "2025-10-31T16:00:00Z"
