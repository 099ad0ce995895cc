"""Boosted trees: exactly additive, monotone, equal to scikit-learn's own answer, plain data."""

import json

import numpy as np
import pytest
from tests.unit.risk.learn.test_hazard import FEATURES, city

from firewarden.risk.learn import boosted
from firewarden.risk.learn.design import Rows


def _rows(n: int = 4_000) -> Rows:
    rows = city(n)
    rows.x[::5, 1] = np.nan
    return rows


def test_steps_are_what_scikit_learn_says() -> None:
    """The sum of the step functions is the decision function, at ordinary, unknown, extreme and borderline values."""
    rows = _rows()
    theirs = boosted.classifier(rows, FEATURES)
    ours = boosted.fit(rows, FEATURES)
    edges = [steps.edges for steps in ours.steps]
    borders = np.column_stack([np.resize(e if len(e) else np.zeros(1), 400) for e in edges])
    just_above = np.nextafter(borders, np.inf)
    extreme = np.array([[-1e300, 1e300, np.nan], [np.nan, np.nan, np.nan], [np.inf, -np.inf, 0.0]])
    for x in (rows.x, borders, just_above, extreme):
        assert ours.logit(x) == pytest.approx(theirs.decision_function(x), abs=1e-12)


def test_monotone_as_the_signs_say() -> None:
    """Each step function never moves against the sign of its feature."""
    model = boosted.fit(_rows(), FEATURES)
    assert (np.diff(model.steps[0].values) >= 0).all()
    assert (np.diff(model.steps[1].values) <= 0).all()


def test_the_same_rows_make_the_same_model_and_it_is_plain_data() -> None:
    """Fitted twice, and through JSON and back, the model says the same to the bit; a damaged one is refused."""
    rows = _rows(1_500)
    one, two = boosted.fit(rows, FEATURES), boosted.fit(rows, FEATURES)
    again = boosted.from_json(json.loads(json.dumps(one.to_json())))
    assert (one.logit(rows.x) == two.logit(rows.x)).all()
    assert (one.logit(rows.x) == again.logit(rows.x)).all()
    assert one.base + one.terms(rows.x).sum(axis=1) == pytest.approx(one.logit(rows.x), abs=1e-12)
    for damage in ({"kind": "?"}, {"base": float("nan")}, {"steps": one.to_json()["steps"][:1]}):  # pyright: ignore[reportIndexIssue]
        with pytest.raises(ValueError, match="boosted"):
            boosted.from_json({**one.to_json(), **damage})


def test_a_shorter_exposure_is_told_over_the_whole_horizon() -> None:
    """Learnt on a tenth of the horizon, the level is that of the whole one."""
    whole = boosted.fit(city(40_000, intercept=-3), FEATURES)
    tenth = boosted.fit(city(40_000, intercept=-3, days=0.1, seed=2), FEATURES)
    x = city(2_000, seed=9).x
    assert tenth.probability(x).mean() == pytest.approx(whole.probability(x).mean(), rel=0.15)


def test_rows_without_a_single_event() -> None:
    """Nothing happened: a model that says so, not an error."""
    rows = city(300, intercept=-30)
    assert boosted.fit(rows, FEATURES).probability(rows.x).max() < 0.01
