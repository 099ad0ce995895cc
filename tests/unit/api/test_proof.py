"""Does the verdict of a day follow from its numbers?"""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.api.proof import Counts, Verdict, verdict

NOTHING = Counts(numbered=0, stored=0, late=0, repeats=0, filled_late=0, open=0, given_up=0)


@pytest.mark.parametrize(
    ("counts", "wanted"),
    [
        (NOTHING, Verdict.NOTHING),
        (replace(NOTHING, repeats=3), Verdict.NOTHING),
        (replace(NOTHING, numbered=5, stored=5), Verdict.COMPLETE),
        (replace(NOTHING, numbered=5, stored=5, late=2, filled_late=2), Verdict.COMPLETE),
        (replace(NOTHING, stored=2, late=2), Verdict.COMPLETE),
        (replace(NOTHING, numbered=5, stored=4, open=1), Verdict.WAITING),
        (replace(NOTHING, numbered=5, stored=3, open=1, given_up=1), Verdict.MISSING),
        (replace(NOTHING, numbered=5, stored=4), Verdict.DOES_NOT_ADD_UP),
        (replace(NOTHING, numbered=5, stored=6), Verdict.DOES_NOT_ADD_UP),
        (replace(NOTHING, numbered=5, stored=5, given_up=1), Verdict.DOES_NOT_ADD_UP),
    ],
)
def test_a_verdict_follows_from_the_numbers(counts: Counts, wanted: Verdict) -> None:
    """Complete only where every number is stored, and where the two records agree."""
    assert verdict(counts) is wanted


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_whatever_really_happened_adds_up(in_turn: int, filled: int, waiting: int, lost: int, earlier: int) -> None:
    """Messages in turn, filled late, waited for, lost, and come for an earlier day: no mixture looks damaged."""
    counts = Counts(
        numbered=in_turn + filled + waiting + lost,
        stored=in_turn + filled + earlier,
        late=filled + earlier,
        repeats=0,
        filled_late=filled,
        open=waiting,
        given_up=lost,
    )
    assert counts.unexplained == 0
    assert counts.missing == waiting + lost
    assert verdict(counts) is not Verdict.DOES_NOT_ADD_UP
