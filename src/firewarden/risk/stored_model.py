"""What is kept of a model, and how does it score? Numbers in plain lists, made into a sum of terms.

A body names its features: one whose features are not those of this version cannot score. The calibration of a model
that scores is a straight line on the log-odds, so that its terms stay exact.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from firewarden.risk.learn import hazard
from firewarden.risk.learn.calibration import Line
from firewarden.risk.scoring.features import FEATURES, TYPICAL
from firewarden.risk.scoring.likelihood import Likelihood, Linear

FORMAT = 1
NAMES = tuple(feature.name for feature in FEATURES)


class ModelError(Exception):
    """This body cannot score; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """values[i] holds up to edges[i], inclusive; the last value beyond all edges."""

    edges: tuple[float, ...]
    values: tuple[float, ...]

    def at(self, x: float) -> float:
        """The value at x."""
        return self.values[bisect_left(self.edges, x)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Additive:
    """A step function for each feature, and what other samples of the same venues would have taught (bootstrap)."""

    version: str
    intercept: float
    steps: tuple[Steps, ...]
    reference: tuple[float, ...]
    samples: tuple[tuple[Steps, ...], ...]

    def terms(self, x: Sequence[float]) -> tuple[float, list[float]]:
        """The intercept and the value of each feature's step."""
        return self.intercept, [steps.at(value) for steps, value in zip(self.steps, x, strict=True)]

    def draws(self, x: NDArray[np.float64], rng: Generator, n: int) -> NDArray[np.float64]:
        """Each draw is the model of one sample, held at the log-odds of the typical venue, of which most is known."""
        told = [_sums(steps, x) - _sums(steps, np.array([TYPICAL])) for steps in self.samples or (self.steps,)]
        return self.intercept + float(sum(self.reference)) + np.stack(told)[rng.integers(0, len(told), n)]


def _sums(steps: Sequence[Steps], x: NDArray[np.float64]) -> NDArray[np.float64]:
    return sum(
        (np.array(one.values)[np.searchsorted(np.array(one.edges), x[:, j])] for j, one in enumerate(steps)),
        start=np.zeros(len(x)),
    )


def likelihood(version: str, body: Mapping[str, Any]) -> Likelihood:
    """What scores. Raises ModelError where the body is of another format, other features or broken."""
    try:
        if body["format"] != FORMAT:
            raise ModelError(f"format {body['format']!r}, this version reads {FORMAT}")
        if tuple(body["features"]) != NAMES:
            raise ModelError("it was made for other features than this version has")
        line = _line(body["calibration"])
        if body["kind"] == "linear":
            return _linear(version, body["model"], line)
        if body["kind"] == "additive":
            return _additive(version, body["model"], line)
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise ModelError(f"not a model: {error}") from error
    raise ModelError(f"no kind of model is called {body['kind']!r}")


def _line(data: Mapping[str, Any]) -> Line:
    line = Line(intercept=float(data["intercept"]), slope=float(data["slope"]))
    if data["kind"] != "line" or not np.isfinite([line.intercept, line.slope]).all() or line.slope <= 0:
        raise ModelError("its calibration is no rising line")
    return line


def _linear(version: str, data: dict[str, object], line: Line) -> Linear:
    model = hazard.from_json(data)
    weights = tuple(float(weight) * line.slope for weight in model.weights)
    return Linear(
        version=version,
        intercept=line.intercept + line.slope * model.intercept,
        weights=weights,
        covariance=model.covariance[1:, 1:] * line.slope**2,
        reference=tuple(weight * value for weight, value in zip(weights, TYPICAL, strict=True)),
    )


def _additive(version: str, data: Mapping[str, Any], line: Line) -> Additive:
    steps = _all_steps(data["steps"], line.slope)
    return Additive(
        version=version,
        intercept=line.intercept + line.slope * float(data["base"]),
        steps=steps,
        reference=tuple(one.at(value) for one, value in zip(steps, TYPICAL, strict=True)),
        samples=tuple(_all_steps(sample, line.slope) for sample in data["samples"]),
    )


def _all_steps(data: Sequence[Mapping[str, Any]], slope: float) -> tuple[Steps, ...]:
    result: list[Steps] = []
    for feature, entry in zip(FEATURES, data, strict=True):
        edges, values = np.array(entry["edges"], np.float64), np.array(entry["values"], np.float64)
        whole = edges.ndim == values.ndim == 1 and len(values) == len(edges) + 1
        if not whole or not np.isfinite(edges).all() or not np.isfinite(values).all() or (np.diff(edges) <= 0).any():
            raise ModelError(f"the steps of {feature.name} are not in order")
        if (np.diff(values) * feature.sign < 0).any():
            raise ModelError(f"the steps of {feature.name} go against its sign")
        result.append(Steps(edges=tuple(edges.tolist()), values=tuple((values * slope).tolist())))
    return tuple(result)


def linear_body(model: hazard.Hazard, line: Line) -> dict[str, object]:
    """What to keep of a linear model."""
    return _body("linear", model.to_json(), line)


def additive_body(model: Mapping[str, object], samples: Sequence[object], line: Line) -> dict[str, object]:
    """What to keep of a boosted model (its own JSON), and of the steps of its samples."""
    return _body("additive", {**model, "samples": list(samples)}, line)


def prior_body(prior: Linear) -> dict[str, object]:
    """The prior as data, so that a replay finds it again when a later version has another one."""
    names = len(NAMES)
    covariance = np.zeros((names + 1, names + 1))
    covariance[1:, 1:] = prior.covariance
    model = hazard.Hazard(
        features=NAMES,
        weights=np.array(prior.weights),
        intercept=prior.intercept,
        fill=np.array(TYPICAL),
        covariance=covariance,
        positives=0,
        widening=1.0,
    )
    return linear_body(model, Line(intercept=0.0, slope=1.0))


def _body(kind: str, model: Mapping[str, object], line: Line) -> dict[str, object]:
    return {
        "format": FORMAT,
        "kind": kind,
        "features": list(NAMES),
        "model": dict(model),
        "calibration": line.to_json(),
    }
