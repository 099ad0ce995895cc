"""Do intervals of ranks hold the rank, and widen with what is not known?"""

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.unit.risk.venue_situations import PRIOR

from firewarden.risk.scoring.features import DUTY, FEATURES, TYPICAL
from firewarden.risk.scoring.likelihood import Linear
from firewarden.risk.scoring.ranks import rank_intervals

Floats = NDArray[np.float64]


def city(n: int, seed: int = 5) -> tuple[Floats, Floats]:
    """n venues around the typical one."""
    rng = np.random.default_rng(seed)
    x = np.array(TYPICAL) + np.abs(rng.standard_normal((n, len(FEATURES)))) * 0.5
    return x, rng.standard_normal(n) * 0.7


def own_ranks(x: Floats, elsewhere: Floats) -> NDArray[np.int64]:
    """Ranks by the score itself."""
    log_r = x @ np.array(PRIOR.weights) + elsewhere
    return np.argsort(np.argsort(-log_r)) + 1


def test_the_rank_lies_within_its_interval() -> None:
    """From 1 to n, the lower end no higher than the rank, the upper no lower."""
    x, elsewhere = city(300)
    low, high = rank_intervals(x, elsewhere, np.ones(300), PRIOR, seed=1)
    ranks = own_ranks(x, elsewhere)
    assert ((low >= 1) & (low <= ranks) & (ranks <= high) & (high <= 300)).all()
    assert (high - low).mean() > 3


def test_what_is_not_covered_widens() -> None:
    """A venue that is not heard has a wider interval than the same venue heard well."""
    x, elsewhere = city(300)
    coverage = np.ones(300)
    coverage[::3] = 0.0
    low, high = rank_intervals(x, elsewhere, coverage, PRIOR, seed=1)
    seen_low, seen_high = rank_intervals(x, elsewhere, np.ones(300), PRIOR, seed=1)
    assert (high - low)[::3].mean() > 1.5 * (seen_high - seen_low)[::3].mean()


def test_few_duty_checks_widen() -> None:
    """A share of missed checks seen in three checks is less sure than one seen in three hundred."""
    x, elsewhere = city(200)
    x[:, DUTY] = np.log(0.25 / 0.75)
    few, many = np.tile([1.0, 3.0], (200, 1)), np.tile([100.0, 300.0], (200, 1))
    wide = np.subtract(*rank_intervals(x, elsewhere, np.ones(200), PRIOR, seed=3, duty=few)[::-1]).mean()
    narrow = np.subtract(*rank_intervals(x, elsewhere, np.ones(200), PRIOR, seed=3, duty=many)[::-1]).mean()
    assert wide > narrow


def test_the_same_seed_gives_the_same_intervals() -> None:
    """A replay shows the same interval; nobody's rank is unsure where there is one venue, or none."""
    x, elsewhere = city(50)
    one = rank_intervals(x, elsewhere, np.ones(50), PRIOR, seed=9)
    other = rank_intervals(x, elsewhere, np.ones(50), PRIOR, seed=9)
    assert all((a == b).all() for a, b in zip(one, other, strict=True))
    assert [a.tolist() for a in rank_intervals(x[:1], elsewhere[:1], np.ones(1), PRIOR, seed=9)] == [[1], [1]]
    assert [a.tolist() for a in rank_intervals(x[:0], elsewhere[:0], np.ones(0), PRIOR, seed=9)] == [[], []]


def test_a_model_that_is_sure_has_narrow_intervals() -> None:
    """Without any doubt about weights or facts every interval is the rank itself."""
    sure = Linear(
        version="sure",
        intercept=PRIOR.intercept,
        weights=PRIOR.weights,
        covariance=np.zeros_like(PRIOR.covariance),
        reference=PRIOR.reference,
    )
    x, elsewhere = city(60)
    low, high = rank_intervals(x, elsewhere, np.ones(60), sure, seed=2)
    assert (low == high).all()


def test_drawn_weights_keep_their_signs() -> None:
    """No possible model says that a fire makes the next one less likely; of a typical venue all say the same."""
    more = np.array([TYPICAL, TYPICAL])
    more[1, 4] += 1.0
    drawn = PRIOR.draws(more, np.random.default_rng(4), 500)
    assert (drawn[:, 1] >= drawn[:, 0]).all()
    assert drawn[:, 0] == pytest.approx(PRIOR.intercept + sum(PRIOR.reference))
