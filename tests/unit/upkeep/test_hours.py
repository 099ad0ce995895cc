"""Is every due hour made once it is over, and none twice?"""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from firewarden.upkeep.hours import HOUR, Split, Stretch, closed_before, split

DAY = datetime(2026, 3, 1, 16, tzinfo=UTC)


def stretch_of(begin: int, length: int, points: list[int] | None) -> Stretch:
    """Some hours of the day."""
    return Stretch(from_at=DAY + begin * HOUR, to_at=DAY + min(24, begin + length) * HOUR, point_ids=points)


stretches = st.builds(
    stretch_of, st.integers(0, 23), st.integers(1, 24), st.none() | st.lists(st.integers(1, 5), min_size=1)
)


def covered(stretch: Stretch | None) -> set[datetime]:
    """The hours of a stretch."""
    if stretch is None:
        return set()
    return {stretch.from_at + n * HOUR for n in range(int((stretch.to_at - stretch.from_at) / HOUR))}


@given(st.lists(stretches, min_size=1, max_size=5), st.integers(-2, 26), st.none() | st.integers(0, 24 * 60))
def test_each_due_hour_is_now_or_later_and_none_is_both(due: list[Stretch], closed: int, begin: int | None) -> None:
    """What is over is made now, what is not is kept, and what has no readings any more is neither."""
    end = DAY + closed * HOUR
    start = None if begin is None else DAY + timedelta(minutes=begin)
    parts: Split = split(due, begin=start, closed=end)
    now, later = covered(parts.now), covered(parts.later)
    wanted = {hour for stretch in due for hour in covered(stretch) if start is None or hour >= start}
    assert not now & later
    assert wanted <= now | later
    assert all(hour + HOUR <= end for hour in now)
    assert all(hour >= end for hour in later)
    if start is not None:
        assert all(hour >= start for hour in now | later)


def test_an_hour_is_closed_two_minutes_after_its_end() -> None:
    """Most of what belongs to an hour has come by then."""
    assert closed_before(DAY + timedelta(minutes=61)) == DAY
    assert closed_before(DAY + timedelta(minutes=62)) == DAY + HOUR
