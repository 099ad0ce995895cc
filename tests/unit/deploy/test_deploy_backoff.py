"""The wait before a restart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.deploy.backoff import RestartPolicy, delay_s, failures_after

POLICY = RestartPolicy()
chances = st.floats(min_value=0, max_value=1, exclude_max=True)


def test_first_restart_is_almost_immediate() -> None:
    """A process that is killed once is back within a fifth of a second."""
    assert delay_s(POLICY, failures=1, chance=0.0) <= 0.2


@given(st.integers(min_value=1, max_value=10**9), chances)
def test_delay_is_positive_and_capped(failures: int, chance: float) -> None:
    """However often a process failed, the wait is neither zero nor longer than the limit."""
    assert 0 < delay_s(POLICY, failures=failures, chance=chance) <= POLICY.limit_s


@given(st.integers(min_value=1, max_value=60), chances)
def test_more_failures_never_wait_less(failures: int, chance: float) -> None:
    """With the same chance, one failure more never shortens the wait."""
    before = delay_s(POLICY, failures=failures, chance=chance)
    assert delay_s(POLICY, failures=failures + 1, chance=chance) >= before


@given(st.integers(min_value=1, max_value=60))
def test_jitter_spreads_the_wait(failures: int) -> None:
    """Chance takes away at most the named share of the wait."""
    longest = delay_s(POLICY, failures=failures, chance=0.0)
    shortest = delay_s(POLICY, failures=failures, chance=0.999999)
    assert longest * (1 - POLICY.jitter) <= shortest < longest


def test_stable_run_starts_the_count_again() -> None:
    """A process that ran long enough has recovered, so that its next end is a first failure."""
    assert failures_after(POLICY, failures=7, ran_s=POLICY.stable_after_s) == 1
    assert failures_after(POLICY, failures=7, ran_s=POLICY.stable_after_s - 1) == 8


@pytest.mark.parametrize("wrong", [{"first_s": 0.0}, {"first_s": 20.0}, {"factor": 0.5}, {"jitter": 1.5}])
def test_senseless_policies_are_refused(wrong: dict[str, float]) -> None:
    """A policy that would wait forever, never, or less and less cannot be made."""
    with pytest.raises(ValueError, match="expected"):
        RestartPolicy(**wrong)
