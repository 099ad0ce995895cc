"""The hazard model: finds what is true, keeps its signs, believes the expert while events are few."""

import json

import numpy as np
import pytest
from scipy.optimize import minimize

from firewarden.risk.learn import hazard
from firewarden.risk.learn.design import Feature, Rows

TRUE = np.array([0.8, -0.5, 0.0])


def feature(name: str, *, sign: int = 0, prior: float = 0.0, prior_sd: float = 0.25) -> Feature:
    """A column for a test."""
    return Feature(name=name, sign=sign, prior=prior, prior_sd=prior_sd, source="test")


FEATURES = (feature("a", sign=1), feature("b", sign=-1), feature("c"))


def city(n: int, *, seed: int = 0, intercept: float = -2.0, weights: hazard.Floats = TRUE, days: float = 1.0) -> Rows:
    """Rows whose outcomes follow known weights."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, len(weights)))
    y = (rng.random(n) < hazard.sigmoid(intercept + x @ weights + np.log(days))).astype(np.float64)
    times = np.zeros(n, "datetime64[s]")
    return Rows(x=x, y=y, exposure=np.full(n, days), origin=times, venue=np.arange(n), weight=np.ones(n))


def test_true_weights_are_found() -> None:
    """With many events the weights are those that made the data, within what the covariance says."""
    model = hazard.fit(city(40_000), FEATURES)
    sd = np.sqrt(np.diag(model.covariance))
    assert model.widening == 4
    assert (abs(np.r_[model.intercept, model.weights] - np.r_[-2, TRUE]) < 4 * sd).all()


def test_the_weights_are_those_of_highest_density() -> None:
    """No other optimiser finds a better point within the signs."""
    rows = city(600, seed=5)
    bounded = (feature("a", sign=-1, prior=-0.2), feature("b", sign=-1), feature("c", sign=1, prior=0.3))
    model = hazard.fit(rows, bounded, opened=2)

    def loss(w: hazard.Floats) -> float:
        z = w[0] + rows.x @ w[1:]
        prior = np.array([f.prior for f in bounded])
        return float(np.logaddexp(0, z).sum() - rows.y @ z + 0.5 * (((w[1:] - prior) / 0.5) ** 2).sum())

    best = minimize(loss, np.zeros(4), bounds=[(None, None), (None, 0), (None, 0), (0, None)], tol=1e-12)
    assert np.r_[model.intercept, model.weights] == pytest.approx(best.x, abs=2e-3)
    assert model.weights[0] == 0


def test_few_events_leave_the_prior_and_many_overrule_it() -> None:
    """A prior that is wrong holds at 10 positives and is gone at thousands."""
    wrong = (feature("a", sign=1, prior=0.1), feature("b", sign=-1, prior=-1.5), feature("c", prior=0.4))
    few = hazard.fit(city(60), wrong)
    many = hazard.fit(city(60_000), wrong)
    assert few.positives < 30
    assert abs(few.weights - [0.1, -1.5, 0.4]).max() < 0.4
    assert abs(many.weights - TRUE).max() < 0.06


def test_exposure_moves_the_level_only() -> None:
    """A model learnt on a tenth of the horizon says the same of the whole one."""
    whole = hazard.fit(city(60_000, intercept=-3), FEATURES)
    tenth = hazard.fit(city(60_000, intercept=-3, days=0.1, seed=2), FEATURES)
    assert tenth.intercept == pytest.approx(whole.intercept, abs=0.15)
    assert tenth.probability(np.zeros((1, 3)), 0.1)[0] < whole.probability(np.zeros((1, 3)))[0] / 8


def test_terms_add_up_and_unknown_is_the_mean() -> None:
    """The log-odds are the intercept and the terms; an unknown value weighs what the mean does."""
    rows = city(3_000)
    rows.x[::3, 0] = np.nan
    model = hazard.fit(rows, FEATURES)
    x = np.array([[1.0, 2.0, 3.0], [np.nan, 2.0, 3.0]])
    assert model.intercept + model.terms(x).sum(axis=1) == pytest.approx(model.logit(x), abs=1e-12)
    assert model.terms(x)[1, 0] == pytest.approx(model.weights[0] * np.nanmean(rows.x[:, 0]))


def test_a_model_is_plain_data() -> None:
    """Through JSON and back the model says the same; a damaged one is refused."""
    model = hazard.fit(city(2_000), FEATURES)
    again = hazard.from_json(json.loads(json.dumps(model.to_json())))
    x = np.random.default_rng(1).normal(size=(50, 3))
    assert (again.logit(x) == model.logit(x)).all()
    for damage in ({"kind": "?"}, {"weights": [1.0, 2.0]}, {"intercept": float("nan")}, {"fill": [0, 0, float("inf")]}):
        with pytest.raises(ValueError, match=r"hazard|reshape"):
            hazard.from_json({**model.to_json(), **damage})


def test_odd_columns_do_no_harm() -> None:
    """A constant column, an unknown one and a copy leave finite weights; nothing but positives is learnt too."""
    rows = city(500)
    x = np.column_stack([rows.x[:, 0], rows.x[:, 0], np.full(500, np.nan), np.ones(500)])
    odd = Rows(x=x, y=rows.y, exposure=rows.exposure, origin=rows.origin, venue=rows.venue, weight=rows.weight)
    names = tuple(feature(name) for name in "abcd")
    assert np.isfinite(hazard.fit(odd, names).weights).all()
    for y in (np.zeros(500), np.ones(500)):
        one_sided = Rows(x=x, y=y, exposure=rows.exposure, origin=rows.origin, venue=rows.venue, weight=rows.weight)
        assert np.isfinite(hazard.fit(one_sided, names).logit(x)).all()


def test_the_prior_alone_has_the_level_of_the_city() -> None:
    """Without a single event learnt, the mean probability is the base rate that was given."""
    x = city(1_000).x
    model = hazard.prior_only(FEATURES, x, 0.0123)
    assert model.probability(x).mean() == pytest.approx(0.0123, rel=1e-6)
