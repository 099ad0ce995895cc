"""Figures: equal to scikit-learn's where there are no ties, and to brute force where there are."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from firewarden.risk.learn import metrics


def _sample(seed: int, n: int = 400, rate: float = 0.2) -> tuple[metrics.Floats, metrics.Floats]:
    rng = np.random.default_rng(seed)
    y = (rng.random(n) < rate).astype(np.float64)
    return y, rng.normal(size=n) + y


@pytest.mark.parametrize("seed", range(5))
def test_auc_and_ap_equal_those_of_scikit_learn(seed: int) -> None:
    """Without ties AUC and AP are the field's own; with ties the AUC still is."""
    y, scores = _sample(seed)
    assert metrics.auc(y, scores) == pytest.approx(roc_auc_score(y, scores), abs=1e-12)
    assert metrics.average_precision(y, scores) == pytest.approx(average_precision_score(y, scores), abs=1e-12)
    assert metrics.auc(y, scores.round()) == pytest.approx(roc_auc_score(y, scores.round()), abs=1e-12)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 2)), min_size=2, max_size=6))
def test_ties_count_as_expected_over_every_order(rows: list[tuple[bool, int]]) -> None:
    """AP and hits among the first k are the mean over all orders of equal scores."""
    y = np.array([float(hit) for hit, _ in rows])
    scores = np.array([float(score) for _, score in rows])
    if not y.any():
        return
    orders = [order for order in permutations(range(len(rows))) if all(np.diff(-scores[list(order)]) >= 0)]
    hits = np.array([y[list(order)] for order in orders])
    precision = np.cumsum(hits, axis=1) / np.arange(1, len(rows) + 1)
    assert metrics.average_precision(y, scores) == pytest.approx(
        float(((precision * hits).sum(axis=1) / y.sum()).mean())
    )
    for count in range(1, len(rows) + 1):
        assert metrics.hits_among(y, scores, count) == pytest.approx(float(hits[:, :count].sum(axis=1).mean()))


def test_a_constant_score_is_worth_what_chance_is() -> None:
    """Equal scores for all: AUC 1/2, precision the base rate, lift 1."""
    y, _ = _sample(1)
    found = metrics.figures(y, np.zeros(len(y)), np.full(len(y), y.mean()))
    assert found.auc is not None
    assert found.auc.value == pytest.approx(0.5)
    assert [at.lift for at in found.at] == pytest.approx([1.0] * 4)
    assert found.ece == pytest.approx(0.0, abs=1e-12)


def test_the_interval_of_the_auc_holds_what_it_says() -> None:
    """DeLong's interval holds the true AUC about 95 times in 100, and the bootstrap of AP is near it."""
    truth = 0.760250  # of two normals one apart
    inside = 0
    for seed in range(300):
        found = metrics.auc_interval(*_sample(seed, n=300))
        inside += found.low <= truth <= found.high
    assert 0.91 <= inside / 300 <= 0.98
    interval = metrics.ap_interval(*_sample(7))
    assert interval.low < interval.value < interval.high


def test_few_positives_are_told_without_auc() -> None:
    """Under 20 positives AUC, AP and ECE are null with the reason; precision with its interval is still told."""
    y = np.zeros(500)
    y[:19] = 1
    found = metrics.figures(y, np.arange(500.0), np.full(500, 0.1))
    assert (found.auc, found.ap, found.ece, found.predicted_over_observed) == (None, None, None, None)
    assert found.reason is not None
    assert "19 positives" in found.reason
    assert found.at[0].precision.low == 0
    y[19] = 1
    assert metrics.figures(y, np.arange(500.0)).auc is not None


@pytest.mark.parametrize("positives", [0, 50])
def test_nothing_to_tell_apart(positives: int) -> None:
    """No positives at all, or nothing else: figures without AUC, and no division by zero."""
    found = metrics.figures(np.r_[np.ones(positives), np.zeros(0 if positives else 50)], np.zeros(50), np.full(50, 0.5))
    assert found.auc is None
    assert found.reason


def test_no_rows_are_no_error() -> None:
    """An empty population has figures that say so."""
    assert metrics.figures(np.zeros(0), np.zeros(0)).n == 0


def test_calibration_error_is_of_ten_equal_parts() -> None:
    """Probabilities twice as high as what happens are off by the base rate."""
    rng = np.random.default_rng(3)
    p = rng.uniform(0.01, 0.2, 200_000)
    y = (rng.random(200_000) < p).astype(np.float64)
    assert metrics.ece(y, p) < 0.002
    assert metrics.ece(y, 2 * p) == pytest.approx(y.mean(), abs=0.002)


def test_the_bootstrap_is_paired() -> None:
    """Two rankings are judged on the same draws: equal scores differ by nothing in any of them."""
    y, scores = _sample(11)
    found = metrics.bootstrap(y, {"a": scores, "b": scores * 2}, metrics.resampled_precision(0.05))
    assert (found["a"] == found["b"]).all()
    assert found["a"].mean() == pytest.approx(metrics.at_share(y, scores, 0.05).precision.value, abs=0.06)
