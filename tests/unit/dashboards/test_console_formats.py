"""Are times, shares and values written as people here read them?"""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.dashboards.console import formats


def test_moments_are_local() -> None:
    """A UTC time is written in the time of Shanghai, eight hours ahead, over midnight too."""
    at = datetime(2026, 11, 23, 18, 4, 5, tzinfo=UTC)
    assert formats.moment(at) == "11-24 02:04:05"
    assert formats.full_moment(at) == "2026-11-24 02:04:05"
    assert formats.full_moment(None) == "—"


def test_a_day_begins_at_local_midnight() -> None:
    """The day of 00:30 in Shanghai began half an hour ago, although UTC says yesterday."""
    now = datetime(2026, 11, 23, 16, 30, tzinfo=UTC)
    assert formats.day_start(now).astimezone(UTC) == datetime(2026, 11, 23, 16, tzinfo=UTC)


@pytest.mark.parametrize(("share", "text"), [(0, "0%"), (0.876, "88%"), (0.996, "99%"), (1, "100%")])
def test_only_all_is_a_hundred_percent(share: float, text: str) -> None:
    """A confidence with any doubt in it never reads 100 %."""
    assert formats.percent(share) == text


@given(st.floats(0, 1))
def test_percent_is_never_more_than_it_is(share: float) -> None:
    """Whatever the share, 100 % stands for all of it."""
    assert (formats.percent(share) == "100%") == (share == 1)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.4, "0 s"),
        (-0.4, "0 s"),
        (94.2, "+94 s"),
        (-31, "-31 s"),
        (-3600, "-60 min"),
        (-86400, "-24 h"),
        (-446_907_540, "-5,173 d"),
    ],
)
def test_skew_has_a_sign(seconds: float, text: str) -> None:
    """A clock is ahead or behind, in the unit that says something."""
    assert formats.skew(seconds) == text


@pytest.mark.parametrize(("value", "unit", "text"), [(0.0678, "MPa", "0.068 MPa"), (92.44, "%", "92.4 %")])
def test_values_have_fitting_decimals(value: float, unit: str, text: str) -> None:
    """Pressures need three decimals, levels one."""
    assert formats.measured(value, unit) == text
