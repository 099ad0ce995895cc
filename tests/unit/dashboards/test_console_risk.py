"""Are moments of the past read safely, and are cards of models shown as far as they go?"""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.dashboards.console.model_figures import calibration, estimate, gain, quarters, useless
from firewarden.dashboards.console.risk_moment import as_of_query, parse_moment, parse_picked

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("2026-11-24T10:00", datetime(2026, 11, 24, 2, 0, tzinfo=UTC)),
        ("2026-11-24T10:00:00+00:00", None),
        ("2026-11-24T03:00:00+00:00", datetime(2026, 11, 24, 3, 0, tzinfo=UTC)),
        ("2026-11-25T10:00", None),
        ("yesterday", None),
        ("0001-01-01T00:00", None),
        ("", None),
    ],
)
def test_only_the_past_is_a_moment(value: str, at: datetime | None) -> None:
    """A picker speaks local time; the future, and what is no moment, is now."""
    assert parse_moment(value, now=NOW) == at


@given(st.text(max_size=30))
def test_no_address_breaks_the_page(value: str) -> None:
    """Whatever an address says is a moment or none."""
    at = parse_picked(value)
    assert at is None or at.tzinfo is UTC


def test_a_moment_comes_back_from_its_address() -> None:
    """A link to the past leads to the same minute."""
    query = as_of_query(NOW)
    assert query == "?as_of=2026-11-24T12%3A00"
    assert as_of_query(None) == ""
    assert parse_picked("2026-11-24T12:00") == NOW


CARD_NAMES = ["bins", "predicted", "observed", "share", "recall", "figures", "auc", "value", "low"]
HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(CARD_NAMES), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["pooled", "gain", "quarters", "features"]), HOSTILE))
def test_any_card_can_be_shown(card: dict[str, object]) -> None:
    """A card of another version lacks or changes anything, and the page says less."""
    assert isinstance(quarters(card), tuple)
    assert all(isinstance(x, float) for pair in (*calibration(card), *gain(card)) for x in pair)


def test_figures_come_with_their_interval() -> None:
    """A figure without its interval is none; what could not be told is a dash."""
    assert estimate({"value": 0.77, "low": 0.68, "high": 0.861}) == "0.770 (0.680–0.861)"
    assert estimate(None) == "—"
    assert useless(()) == ()
