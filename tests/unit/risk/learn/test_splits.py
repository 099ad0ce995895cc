"""Splits: only what ended by the cutoff is learnt from; random splits are refused."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.risk.learn import splits

BEGIN = np.datetime64("2010-01-01T00:00:00", "s")
DAY = np.timedelta64(86400, "s")


@given(known=st.integers(-500, 6000), horizon=st.integers(1, 800))
def test_every_horizon_ends_by_the_cutoff_and_has_history_before_it(known: int, horizon: int) -> None:
    """No origin's horizon reaches beyond the cutoff or the next origin; each knows at least one horizon before it."""
    cutoff = BEGIN + known * DAY
    plan = splits.plan(BEGIN, cutoff, horizon)
    assert plan.days <= horizon
    for k, origin in enumerate(plan.origins):
        assert origin + plan.days * DAY == (cutoff if k == 0 else plan.origins[k - 1])
        assert origin - BEGIN >= plan.days * DAY
    assert plan.origins or plan.note
    assert (plan.days == horizon) or plan.note


def test_short_histories_are_learnt_from_in_parts() -> None:
    """98 days of history and 75 ahead: three origins of 24 days; a fortnight of history: none."""
    short = splits.plan(BEGIN, BEGIN + 98 * DAY, 75)
    assert (short.days, len(short.origins)) == (24, 3)
    assert splits.plan(BEGIN, BEGIN + 14 * DAY, 75).origins == ()


def test_a_random_split_is_refused_with_its_reason() -> None:
    """Who asks for a random split is told why there is none."""
    with pytest.raises(splits.RandomSplitRefusedError, match="both sides"):
        splits.refuse_random()


def test_a_venue_is_always_on_the_same_side() -> None:
    """About a fifth is held out, by the id alone."""
    venues = [f"v{k}" for k in range(5_000)]
    held = splits.held_out(venues)
    assert held.mean() == pytest.approx(0.2, abs=0.02)
    assert (splits.held_out(reversed(venues)) == held[::-1]).all()
    assert (splits.held_out(venues, salt="other") != held).any()
