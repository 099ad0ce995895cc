"""How likely is it within the horizon? A discrete-time hazard: logistic, with an expert's prior and signs that hold.

The weights are those of highest posterior density (MAP): log-odds = intercept + x·w + log(exposure), w_j ~ N(prior,
(prior_sd x widening)^2), found by projected Newton steps, so that a weight of the wrong sign stands at zero. The spread
of the prior widens with the positives: x 1 under 30, x 2 to 300, x 4 above (.25, .5, 1.0 for a prior_sd of .25).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firewarden.risk.learn.design import Feature, Rows

Floats = NDArray[np.float64]

FEW_POSITIVES, MANY_POSITIVES = 30, 300
_STEPS_MAX = 100
_TOLERANCE = 1e-9
_LOGIT_MAX = 35.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hazard:
    """A fitted model. `fill` stands for a value that is unknown; the covariance is that of (intercept, weights)."""

    features: tuple[str, ...]
    weights: Floats
    intercept: float
    fill: Floats
    covariance: Floats
    positives: int
    widening: float

    def terms(self, x: Floats) -> Floats:
        """(n, p): what each feature adds to the log-odds, exactly."""
        return np.where(np.isnan(x), self.fill, x) * self.weights

    def logit(self, x: Floats, exposure: Floats | float = 1.0) -> Floats:
        """Log-odds over the horizon of the model, or over `exposure` of it."""
        return self.intercept + self.terms(x).sum(axis=1) + np.log(exposure)

    def probability(self, x: Floats, exposure: Floats | float = 1.0) -> Floats:
        """The same as probabilities."""
        return sigmoid(self.logit(x, exposure))

    def to_json(self) -> dict[str, object]:
        """Everything, as numbers in plain lists."""
        return {
            "kind": "hazard",
            "features": list(self.features),
            "weights": self.weights.tolist(),
            "intercept": self.intercept,
            "fill": self.fill.tolist(),
            "covariance": self.covariance.tolist(),
            "positives": self.positives,
            "widening": self.widening,
        }


def from_json(data: dict[str, object]) -> Hazard:
    """The model that `to_json` wrote; refused when its parts do not fit together or a number is not finite."""
    features, p = tuple(str(name) for name in _list(data, "features")), len(_list(data, "features"))
    intercept, positives, widening = data.get("intercept"), data.get("positives"), data.get("widening")
    if data.get("kind") != "hazard" or not isinstance(intercept, int | float) or not isinstance(positives, int):
        raise ValueError("this is no hazard model")
    if not isinstance(widening, int | float) or not np.isfinite([intercept, widening]).all():
        raise ValueError("hazard model: intercept or widening is not a number")
    return Hazard(
        features=features,
        weights=_numbers(data, "weights", (p,)),
        intercept=float(intercept),
        fill=_numbers(data, "fill", (p,)),
        covariance=_numbers(data, "covariance", (p + 1, p + 1)),
        positives=positives,
        widening=float(widening),
    )


def _list(data: dict[str, object], name: str) -> list[object]:
    value = data.get(name)
    if not isinstance(value, list):
        raise TypeError(f"hazard model: {name} is missing")
    return value


def _numbers(data: dict[str, object], name: str, shape: tuple[int, ...]) -> Floats:
    values = np.asarray(_list(data, name), dtype=np.float64).reshape(shape)
    if not np.isfinite(values).all():
        raise ValueError(f"hazard model: {name} holds what is not a number")
    return values


def widening(positives: float) -> float:
    """How far the prior is opened: an expert is believed until there are events enough to contradict."""
    if positives < FEW_POSITIVES:
        return 1.0
    return 2.0 if positives <= MANY_POSITIVES else 4.0


def prior_only(features: Sequence[Feature], x: Floats, base_rate: float) -> Hazard:
    """The expert's weights as they stand, their level set so that the mean probability over `x` is the base rate."""
    fill = fills(x)
    weights = np.array([feature.prior for feature in features])
    scores = np.where(np.isnan(x), fill, x) @ weights
    sd = np.array([0.5, *(feature.prior_sd for feature in features)])
    return Hazard(
        features=tuple(feature.name for feature in features),
        weights=weights,
        intercept=level(scores, base_rate),
        fill=fill,
        covariance=np.diag(sd**2),
        positives=0,
        widening=1.0,
    )


def level(scores: Floats, base_rate: float) -> float:
    """The intercept with which the mean of sigmoid(intercept + scores) is `base_rate` (by bisection)."""
    low, high = -_LOGIT_MAX - float(np.max(scores)), _LOGIT_MAX - float(np.min(scores))
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if sigmoid(middle + scores).mean() < base_rate else (low, middle)
    return (low + high) / 2


def fit(rows: Rows, features: Sequence[Feature], *, opened: float | None = None) -> Hazard:
    """The MAP weights for `rows`. `opened`: the widening of the prior where another than by positives is wanted."""
    if len(features) != rows.x.shape[1]:
        raise ValueError("there must be one feature for each column")
    if not len(rows.y):
        raise ValueError("there is nothing to learn from: no rows")
    fill = fills(rows.x)
    filled = np.where(np.isnan(rows.x), fill, rows.x)
    middle = filled.mean(axis=0)
    wide = widening(float(rows.y.sum())) if opened is None else opened
    prior = np.array([feature.prior for feature in features])
    posterior = _Posterior(
        x=np.column_stack([np.ones(len(filled)), filled - middle]),
        y=rows.y,
        offset=np.log(rows.exposure),
        weight=rows.weight,
        mean=np.concatenate([[0.0], prior]),
        precision=np.concatenate([[1e-4], [(feature.prior_sd * wide) ** -2 for feature in features]]),
        sign=np.array([0, *(feature.sign for feature in features)]),
    )
    start = np.concatenate([[_start(rows)], prior])
    best = posterior.highest(start)
    return Hazard(
        features=tuple(feature.name for feature in features),
        weights=best[1:],
        intercept=float(best[0] - middle @ best[1:]),
        fill=fill,
        covariance=_uncentred(posterior.covariance(best), middle),
        positives=int(rows.y.sum()),
        widening=wide,
    )


def fills(x: Floats) -> Floats:
    """The mean of what is known in each column; 0 where nothing is."""
    known = ~np.isnan(x)
    return np.where(known, x, 0.0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)


def sigmoid(z: Floats | float) -> Floats:
    """1 / (1 + exp(-z)) without overflow."""
    return 1 / (1 + np.exp(-np.clip(z, -_LOGIT_MAX, _LOGIT_MAX)))


def _start(rows: Rows) -> float:
    """Log-odds of half an event more than were seen, over the exposure there was."""
    happened, exposed = float(rows.y @ rows.weight) + 0.5, float(rows.exposure @ rows.weight) + 1
    return float(np.log(happened / max(exposed - happened, 0.5)))


def _uncentred(covariance: Floats, middle: Floats) -> Floats:
    """The covariance of (intercept, weights) from that of (intercept at the mean row, weights)."""
    back = np.eye(len(covariance))
    back[0, 1:] = -middle
    return back @ covariance @ back.T


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Posterior:
    x: Floats
    y: Floats
    offset: Floats
    weight: Floats
    mean: Floats
    precision: Floats
    sign: NDArray[np.int64]

    def highest(self, start: Floats) -> Floats:
        """The weights of highest density within their signs."""
        at = self._within(start)
        value = self._loss(at)
        for _ in range(_STEPS_MAX):
            gradient, curvature = self._slopes(at)
            free = ~((self.sign != 0) & (at == 0) & (gradient * self.sign > 0))
            step = np.zeros_like(at)
            step[free] = -np.linalg.solve(curvature[np.ix_(free, free)], gradient[free])
            at, better = self._walk(at, step, value)
            if value - better <= _TOLERANCE * (1 + abs(value)):
                return at
            value = better
        return at

    def covariance(self, at: Floats) -> Floats:
        """Laplace: the inverse of the curvature at the highest point."""
        return np.linalg.inv(self._slopes(at)[1]).astype(np.float64)

    def _walk(self, at: Floats, step: Floats, value: float) -> tuple[Floats, float]:
        """Along the step, within the signs, halved until it is no worse."""
        length = 1.0
        while length > 1e-8:  # noqa: PLR2004 - no step so small helps
            there = self._within(at + length * step)
            loss = self._loss(there)
            if loss <= value:
                return there, loss
            length /= 2
        return at, value

    def _within(self, at: Floats) -> Floats:
        return np.where(at * self.sign < 0, 0.0, at)

    def _loss(self, at: Floats) -> float:
        z = self.x @ at + self.offset
        likelihood = self.weight @ (np.logaddexp(0, z) - self.y * z)
        return float(likelihood + 0.5 * self.precision @ (at - self.mean) ** 2)

    def _slopes(self, at: Floats) -> tuple[Floats, Floats]:
        p = sigmoid(self.x @ at + self.offset)
        gradient = self.x.T @ (self.weight * (p - self.y)) + self.precision * (at - self.mean)
        spread = self.weight * p * (1 - p)
        return gradient, (self.x.T * spread) @ self.x + np.diag(self.precision)
