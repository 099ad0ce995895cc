"""Do the bench's figures say what was measured?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.bench.figures import figure, ratio, rounded

SPEEDS = st.lists(st.floats(min_value=0.001, max_value=1e9), min_size=1, max_size=9)


def test_a_figure_is_the_median_of_its_rounds() -> None:
    """One slow round moves the least, not the figure."""
    found = figure("rows", "/s", [100.0, 10.0, 120.0])
    assert (found.median, found.least, found.most) == (100.0, 10.0, 120.0)
    assert found.rounds == (100.0, 10.0, 120.0)


def test_what_was_never_measured_has_no_figure() -> None:
    """No rounds is an error, not a zero."""
    with pytest.raises(ValueError, match="rows was never measured"):
        figure("rows", "/s", [])


def test_a_ratio_compares_rounds_in_pairs() -> None:
    """A machine that was slow in one round was slow for the limit too."""
    found = ratio("share", [50.0, 5.0], [100.0, 10.0])
    assert (found.median, found.least, found.most) == (0.5, 0.5, 0.5)


def test_a_ratio_needs_a_limit_for_each_round() -> None:
    """A round without its limit is a mistake of the bench."""
    with pytest.raises(ValueError, match="zip"):
        ratio("share", [1.0, 2.0], [1.0])


@given(SPEEDS)
def test_the_median_lies_between_the_extremes(speeds: list[float]) -> None:
    """Whatever was measured."""
    found = figure("x", "", speeds)
    assert found.least <= found.median <= found.most


@given(st.floats(min_value=0.001, max_value=1e9))
def test_rounding_changes_less_than_a_thousandth(value: float) -> None:
    """Four digits are kept."""
    assert rounded(value) == pytest.approx(value, rel=1e-3)
