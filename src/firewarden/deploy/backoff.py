"""How long does a process that ended wait before it is started again?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartPolicy:
    """The first restart comes almost at once; each further failure doubles the wait, up to a limit."""

    first_s: float = 0.1
    factor: float = 2.0
    limit_s: float = 15.0
    jitter: float = 0.2
    """The share of the wait that is random, so that processes killed together do not return together."""
    stable_after_s: float = 20.0
    """A process that ran this long has recovered; its next end counts as the first again."""

    def __post_init__(self) -> None:
        if not (0 < self.first_s <= self.limit_s and self.factor >= 1 and 0 <= self.jitter <= 1):
            raise ValueError(f"expected 0 < first_s <= limit_s, factor >= 1, 0 <= jitter <= 1; got {self}")


def failures_after(policy: RestartPolicy, *, failures: int, ran_s: float) -> int:
    """Count the failures in a row, now that a process ended which had run for `ran_s`."""
    return 1 if ran_s >= policy.stable_after_s else failures + 1


def delay_s(policy: RestartPolicy, *, failures: int, chance: float) -> float:
    """Return the wait before the restart after the n-th failure in a row; `chance` is from [0, 1)."""
    assert failures >= 1
    # The exponent is bounded before the power: a process may fail for months.
    full = min(policy.limit_s, policy.first_s * policy.factor ** min(failures - 1, 64))
    return full * (1 - policy.jitter * chance)
