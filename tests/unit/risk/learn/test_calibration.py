"""Calibration: what is said comes true, the order stays, few events set the level only."""

import json

import numpy as np
import pytest

from firewarden.risk.learn import calibration, metrics
from firewarden.risk.learn.hazard import sigmoid


def _distorted(n: int, seed: int) -> tuple[metrics.Floats, metrics.Floats]:
    """Log-odds twice too steep and too high, and what happened."""
    rng = np.random.default_rng(seed)
    z = rng.normal(-3, 1, n)
    return 2 * z + 3.5, (rng.random(n) < sigmoid(z)).astype(np.float64)


@pytest.mark.parametrize(("n", "kind"), [(8_000, calibration.Line), (60_000, calibration.Curve)])
def test_calibrated_probabilities_come_true_later(n: int, kind: type) -> None:
    """The error on the next period falls to a fraction; a line while events are few, a curve from 1,000 on."""
    found = calibration.fitted(*_distorted(n, 1))
    later, y = _distorted(n, 2)
    assert isinstance(found, kind)
    assert metrics.ece(y, found.probability(later)) < metrics.ece(y, sigmoid(later)) / 4


@pytest.mark.parametrize("n", [8_000, 60_000])
def test_the_order_stays(n: int) -> None:
    """A venue that scored higher has no lower probability, beyond the ends too; the numbers survive JSON."""
    found = calibration.fitted(*_distorted(n, 1))
    logits = np.linspace(-60, 60, 5_001)
    probabilities = found.probability(logits)
    assert (np.diff(probabilities) >= 0).all()
    assert 0 < probabilities[0] < probabilities[-1] < 1
    again = calibration.from_json(json.loads(json.dumps(found.to_json())))
    assert (again.probability(logits) == probabilities).all()


def test_few_events_set_only_the_level() -> None:
    """Under 30 positives the slope is 1 and the mean is what was seen."""
    logit = np.random.default_rng(0).normal(size=400)
    y = np.zeros(400)
    y[:7] = 1
    found = calibration.fitted(logit, y)
    assert isinstance(found, calibration.Line)
    assert found.slope == 1
    assert found.probability(logit).mean() == pytest.approx(7.5 / 401)


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
        {"kind": "pickle", "logits": [0], "probabilities": [0.5]},
    ],
)
def test_a_damaged_calibration_is_refused(data: dict[str, object]) -> None:
    """Only rising curves of finite numbers are read."""
    with pytest.raises(ValueError, match="calibration"):
        calibration.from_json(data)


def test_a_level_that_is_far_off_is_set_and_one_that_is_nearly_right_is_left() -> None:
    """An earlier fit at another level has its correction made once: the mean is the last period's, the order stays."""
    logit, y = _distorted(20_000, 3)
    last = calibration.Period(logit=logit, y=y)
    right = calibration.platt(logit, y)
    assert calibration.levelled(right, last) is right
    for off in (right.shifted(45.0), calibration.isotonic(logit, y).shifted(-3.0)):
        found = calibration.levelled(off, last)
        assert found.probability(logit).mean() == pytest.approx(y.mean(), rel=0.01)
        assert (np.diff(found.probability(np.sort(logit))) >= 0).all()
