"""Calibration: what is said comes true, the order stays, few events set the level only."""

import json
from collections.abc import Callable

import numpy as np
import pytest

from firewarden.risk.learn import calibration, metrics
from firewarden.risk.learn.hazard import sigmoid


def _distorted(n: int, seed: int) -> tuple[metrics.Floats, metrics.Floats]:
    """Log-odds twice too steep and too high, and what happened."""
    rng = np.random.default_rng(seed)
    z = rng.normal(-3, 1, n)
    return 2 * z + 3.5, (rng.random(n) < sigmoid(z)).astype(np.float64)


def _periods(n: int, count: int = 2) -> list[calibration.Period]:
    return [calibration.Period(logit=logit, y=y) for logit, y in (_distorted(n, seed) for seed in range(1, count + 1))]


@pytest.mark.parametrize("n", [8_000, 60_000])
def test_calibrated_probabilities_come_true_later(n: int) -> None:
    """The error on the next period, at its level, falls to a fraction of what it was at the same level."""
    found = calibration.shaped(_periods(n))
    later, y = _distorted(n, 7)
    raw = calibration.at_level(calibration.AS_IT_STANDS, later, float(y.mean()))
    told = calibration.from_level(found, later, float(y.mean()))
    assert told.probability(later).mean() == pytest.approx(y.mean(), rel=1e-6)
    assert metrics.ece(y, told.probability(later)) < metrics.ece(y, raw.probability(later)) / 3


@pytest.mark.parametrize("shape", [calibration.platt, calibration.beta, calibration.isotonic])
def test_the_order_stays(shape: Callable[[metrics.Floats, metrics.Floats], calibration.Calibration]) -> None:
    """A venue that scored higher has no lower probability, beyond the ends too; the numbers survive JSON."""
    found = shape(*_distorted(20_000, 1))
    logits = np.linspace(-60, 60, 5_001)
    probabilities = found.probability(logits)
    assert (np.diff(probabilities) >= 0).all()
    assert 0 < probabilities[0] < probabilities[-1] < 1
    again = calibration.from_json(json.loads(json.dumps(found.to_json())))
    assert (again.probability(logits) == probabilities).all()
    assert again.shifted(0.5).log_odds(logits) == pytest.approx(found.log_odds(logits) + 0.5)
    assert again.moved(0.5).log_odds(logits - 0.5) == pytest.approx(found.log_odds(logits))


@pytest.mark.parametrize("shape", [calibration.platt, calibration.beta, calibration.isotonic])
def test_a_shape_is_told_from_any_level(
    shape: Callable[[metrics.Floats, metrics.Floats], calibration.Calibration],
) -> None:
    """A later fit that stands three times as high says the same: its log-odds are brought to their level first."""
    logit, y = _distorted(20_000, 1)
    period = calibration.Period(logit=logit, y=y).at_its_level()
    found = shape(period.logit, period.y)
    told = [calibration.from_level(found, logit + by, 0.03).probability(logit + by) for by in (0.0, np.log(3))]
    assert told[0] == pytest.approx(told[1], rel=1e-6)


def test_few_events_have_no_shape() -> None:
    """Under 30 positives in the other periods, with one period alone or none, the slope is 1 whatever happened."""
    few = [calibration.Period(logit=p.logit[:400], y=np.where(np.arange(400) < 7, 1.0, 0.0)) for p in _periods(400, 3)]
    for periods in (few, _periods(8_000, 1), []):
        assert calibration.shaped(periods) == calibration.AS_IT_STANDS


def test_a_shape_that_does_not_last_is_not_taken() -> None:
    """Steep in one period and flat in the next: neither is told to the third."""
    logit, y = _distorted(8_000, 1)
    other = np.random.default_rng(3).permutation(y)
    periods = [calibration.Period(logit=logit / 2, y=y), calibration.Period(logit=logit / 2, y=other)]
    assert calibration.shaped(periods) == calibration.AS_IT_STANDS


def test_a_score_that_says_the_opposite_is_not_turned_round() -> None:
    """A ranking that was wrong last period keeps its order and a flat, true level."""
    logit, y = _distorted(20_000, 1)
    found = calibration.platt(-logit, y)
    assert found.slope > 0
    assert found.probability(-logit).mean() == pytest.approx(y.mean(), rel=0.01)


@pytest.mark.parametrize(
    "data",
    [
        {"kind": "line", "intercept": 0, "slope": -1},
        {"kind": "line", "intercept": float("inf"), "slope": 1},
        {"kind": "curve", "logits": [0, 1], "probabilities": [0.2, 0.1]},
        {"kind": "curve", "logits": [], "probabilities": []},
        {"kind": "curve", "logits": [0], "probabilities": [1.0]},
        {"kind": "beta", "intercept": 0, "above": 0, "below": 1, "start": 0},
        {"kind": "beta", "intercept": 0, "above": 1, "below": float("nan"), "start": 0},
        {"kind": "pickle", "logits": [0], "probabilities": [0.5]},
    ],
)
def test_a_damaged_calibration_is_refused(data: dict[str, object]) -> None:
    """Only rising curves of finite numbers are read."""
    with pytest.raises(ValueError, match="calibration"):
        calibration.from_json(data)
