"""Are weights what the formula says, and the sums of them exact?"""

from fractions import Fraction
from math import exp2

from hypothesis import given
from hypothesis import strategies as st

from firewarden.risk.state.decay import BITS, DAY, LANDMARK, LATEST, ONE, clamp, read, split, weight
from firewarden.risk.state.facts import Micros

moments = st.integers(LANDMARK, LATEST)
half_lives = st.integers(1, 1100).map(lambda days: days * DAY)


@given(moments, half_lives)
def test_a_weight_is_two_to_the_age(at: Micros, half_life: Micros) -> None:
    """2^((at - LANDMARK) / half-life), to the last bits of a double."""
    whole, part = split(at, half_life)
    assert 1 <= part < 2
    assert abs(part / exp2((at - LANDMARK) % half_life / half_life) - 1) < 1e-14
    assert whole == (at - LANDMARK) // half_life


@given(moments, st.integers(0, 400 * DAY), half_lives)
def test_what_is_read_is_the_closed_formula(at: Micros, age: Micros, half_life: Micros) -> None:
    """Something of this age counts 2^(-age / half-life)."""
    now = min(LATEST, at + age)
    value = read(weight(at, half_life), split(now, half_life), 1)
    assert abs(value - 2.0 ** -((now - at) / half_life)) < 1e-9


@given(st.lists(st.tuples(moments, st.integers(-3, 3))), moments, half_lives)
def test_reading_is_a_quotient_of_exact_sums(events: list[tuple[Micros, int]], now: Micros, half_life: Micros) -> None:
    """However large the sum: what is read is its quotient, or the bound."""
    total = sum(weight(at, half_life) * times for at, times in events)
    exact = Fraction(total) / weight(now, half_life)
    bounded = min(max(exact, Fraction(-9)), Fraction(9))
    assert abs(Fraction(read(total, split(now, half_life), 9)) - bounded) < Fraction(1, 10**9)


@given(st.integers(LANDMARK, LATEST - 1000), st.integers(1, 1000), half_lives)
def test_later_weighs_more(at: Micros, later: int, half_life: Micros) -> None:
    """Even a microsecond later, so that no time out of order is negative."""
    assert weight(at + later, half_life) > weight(at, half_life)


def test_the_century_has_edges() -> None:
    """Times outside it count as its nearer edge."""
    assert weight(LANDMARK, DAY) == ONE == 1 << BITS
    assert clamp(-(10**18)) == LANDMARK
    assert clamp(10**18) == LATEST
    assert clamp(LANDMARK + 1) == LANDMARK + 1
