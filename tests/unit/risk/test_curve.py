"""Curves: never cheaper for more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.risk.curve import Curve
from firewarden.risk.scorecard import PARTS

CURVES = [curve for parts in PARTS.values() for curve in parts]


@pytest.mark.parametrize("curve", CURVES, ids=lambda curve: curve.name)
@given(amounts=st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)))
def test_more_is_never_cheaper(curve: Curve, amounts: tuple[float, float]) -> None:
    """Every curve of the scorecard costs at least as much for more, and stays within its cap."""
    less, more = sorted(amounts)
    assert 0 <= curve.at(less) <= curve.at(more) <= curve.cap


def test_a_curve_goes_through_its_knots() -> None:
    """A curve costs at each knot what the table says, halves between them, and is level outside."""
    curve = Curve(name="c", unit="1", knots=((1, 0), (3, 10), (4, 30)))
    assert [curve.at(x) for x in (-5, 1, 2, 3, 3.5, 4, 99)] == [0, 0, 5, 10, 20, 30, 30]


@pytest.mark.parametrize("knots", [(), ((1, 5), (1, 6)), ((2, 5), (1, 6)), ((1, 5), (2, 4)), ((1, -1), (2, 4))])
def test_a_curve_that_falls_is_refused(knots: tuple[tuple[float, int], ...]) -> None:
    """Knots out of order, falling or negative cannot become a curve."""
    with pytest.raises(ValueError, match="curve c"):
        Curve(name="c", unit="1", knots=knots)


def test_an_absent_thing_costs_nothing() -> None:
    """A curve that starts above zero costs that only where the bad thing exists."""
    curve = Curve(name="c", unit="hours", knots=((0, 8), (24, 10)))
    assert (curve.where(None), curve.where(0.0)) == (0, 8)
