"""Which stretch of time does the address of a page name?"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firewarden.dashboards.console.stretch import LENGTH_MAX, Stretch, parse_stretch

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
EVENING = datetime(2026, 11, 24, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("1795492800000", "1795514400000"),
        ("2026-11-24T04:00:00Z", "2026-11-24T10:00:00Z"),
        ("2026-11-24T12:00:00+08:00", "2026-11-24T18:00:00 08:00"),
        ("2026-11-24T12:00", "2026-11-24 18:00"),
    ],
)
def test_times_are_read_as_dashboards_and_people_write_them(since: str, until: str) -> None:
    """Milliseconds since 1970, ISO 8601 with an offset (also where its plus became a space), and local time."""
    assert parse_stretch({"from": since, "to": until}) == Stretch(since=NOON, until=EVENING)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"from": "1795492800000"},
        {"from": "1795514400000", "to": "1795492800000"},
        {"from": "now-6h", "to": "now"},
        {"from": "0", "to": "1795492800000"},
        {"from": "1795492800000", "to": "9999999999999999"},
        {"from": "-1", "to": "1795492800000"},
        {"from": "1795492800000", "to": "1795492800000"},
        {"from": "１７９５４９２８０００００", "to": "1795514400000"},
    ],
)
def test_what_names_no_stretch_is_left_aside(query: dict[str, str]) -> None:
    """The page then shows how things stand."""
    assert parse_stretch(query) is None


@example({"from": "253402300800000"})
@given(st.dictionaries(st.sampled_from(["from", "to"]), st.text() | st.datetimes().map(str) | st.integers().map(str)))
def test_nothing_in_an_address_breaks_a_page(query: dict[str, str]) -> None:
    """Whatever stands there is a stretch of a sensible length, or none."""
    stretch = parse_stretch(query)
    assert stretch is None or timedelta(0) < stretch.until - stretch.since <= LENGTH_MAX
    assert stretch is None or len(stretch.text) > 10
