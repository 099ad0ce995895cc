"""Models as data: what is read back scores the same, and what is broken does not score."""

import json
from typing import Any

import numpy as np
import pytest

from firewarden.risk.learn import boosted, hazard
from firewarden.risk.learn.calibration import Line
from firewarden.risk.learn.design import Rows
from firewarden.risk.scoring.features import FEATURES, TYPICAL
from firewarden.risk.scoring.likelihood import prior_likelihood
from firewarden.risk.stored_model import ModelError, additive_body, likelihood, linear_body, prior_body

P = len(FEATURES)
LINE = Line(intercept=-0.3, slope=0.9)


def generated(n: int = 3_000) -> Rows:
    """Rows on which the fourth feature counts, with gaps."""
    chance = np.random.default_rng(3)
    x = chance.normal(size=(n, P))
    y = (chance.random(n) < 1 / (1 + np.exp(3 - x[:, 4]))).astype(np.float64)
    x[chance.random((n, P)) < 0.05] = np.nan
    return Rows(
        x=x,
        y=y,
        exposure=np.ones(n),
        origin=np.full(n, np.datetime64("2026-01-01", "s")),
        venue=np.arange(n),
        weight=np.ones(n),
    )


def stored(body: dict[str, object]) -> dict[str, Any]:
    """What comes back from the database."""
    return json.loads(json.dumps(body, allow_nan=False))


def whole(x: "np.ndarray[Any, np.dtype[np.float64]]") -> "np.ndarray[Any, np.dtype[np.float64]]":
    """Vectors as they are scored: without gaps."""
    return np.where(np.isnan(x), 0.0, x)


def test_the_prior_is_read_back_as_it_was() -> None:
    """The prior as data gives the same terms, reference and version, bit for bit."""
    prior = prior_likelihood()
    again = likelihood(prior.version, stored(prior_body(prior)))
    assert (again.terms(TYPICAL), tuple(again.reference), again.version) == (
        prior.terms(TYPICAL),
        prior.reference,
        prior.version,
    )


def test_a_linear_model_scores_as_it_was_fitted() -> None:
    """Calibrated terms of a stored MAP model add up to the calibrated log-odds of the fit."""
    rows = generated()
    model = hazard.fit(rows, FEATURES)
    x = whole(rows.x[:50])
    again = likelihood("m", stored(linear_body(model, LINE)))
    sums = [intercept + sum(terms) for intercept, terms in (again.terms(row) for row in x.tolist())]
    assert sums == pytest.approx((LINE.intercept + LINE.slope * model.logit(x)).tolist())
    assert again.draws(x, np.random.default_rng(1), 20).shape == (20, 50)


def test_a_boosted_model_scores_as_it_was_fitted() -> None:
    """Steps that are read back add up to what was fitted, and each feature keeps its sign."""
    rows = generated()
    model = boosted.fit(rows, FEATURES)
    body = stored(additive_body(model.to_json(), [model.to_json()["steps"]] * 2, LINE))
    again = likelihood("b", body)
    x = whole(rows.x[:50])
    sums = [intercept + sum(terms) for intercept, terms in (again.terms(row) for row in x.tolist())]
    assert sums == pytest.approx((LINE.intercept + LINE.slope * model.logit(x)).tolist())
    assert again.draws(x, np.random.default_rng(1), 20) == pytest.approx(np.tile(sums, (20, 1)))


def broken() -> list[dict[str, Any]]:
    """Bodies with one thing wrong."""
    good = stored(linear_body(hazard.prior_only(FEATURES, np.zeros((1, P)), 0.01), LINE))
    steps = stored(additive_body(boosted.fit(generated(), FEATURES).to_json(), [], LINE))
    up_and_down = [{"edges": [0.0], "values": [1.0, 0.0], "unknown": 0.0}] * P
    return [
        {},
        good | {"format": 99},
        good | {"features": ["inspector", *good["features"][1:]]},
        good | {"kind": "pickle"},
        good | {"calibration": {"kind": "line", "intercept": 0.0, "slope": -1.0}},
        good | {"calibration": {"kind": "curve", "logits": [], "probabilities": []}},
        good | {"model": good["model"] | {"weights": [1.0]}},
        good | {"model": good["model"] | {"weights": ["x"] * P}},
        steps | {"model": steps["model"] | {"steps": []}},
        steps | {"model": steps["model"] | {"steps": up_and_down}},
    ]


@pytest.mark.parametrize("body", broken())
def test_what_is_broken_does_not_score(body: dict[str, Any]) -> None:
    """Another format, other features, a falling line, missing numbers or a wrong sign: no model."""
    with pytest.raises(ModelError):
        likelihood("x", body)


def test_no_feature_tells_who_inspected() -> None:
    """A venue's score depends on the venue alone: no feature and no fact of a venue has room for an inspector."""
    from firewarden.risk.state import facts  # noqa: PLC0415 - only here

    fields = {name for kind in facts.VenueFact.__args__ for name in kind.__struct_fields__}
    people = ("inspector", "officer", "actor", "user", "person", "brigade", "shift", "imported_by")
    told = {*fields, *(feature.name for feature in FEATURES)}
    assert [name for name in told if any(word in name for word in people)] == []
