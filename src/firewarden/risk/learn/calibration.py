"""How is a score turned into a probability that comes true? By the last full period before the cutoff.

The level always; beyond it a shape: Platt's line on the log-odds, or from 1,000 positives on isotonic steps joined by
straight lines. Where a period before the last is known, a shape is taken only if, fitted to that period, it told the
last one better than the level alone by two standard errors: a shape that does not last is noise.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from firewarden.risk.learn.design import Feature, Rows
from firewarden.risk.learn.hazard import FEW_POSITIVES, fit, level, sigmoid

Floats = NDArray[np.float64]

ISOTONIC_MIN = 1000
POSITIVES_PER_PART = 50
_SLOPE_MIN = 0.1
_LEVEL_OFF = float(np.log(1.25))
_SLOPE = Feature(name="log-odds", sign=1, prior=1.0, prior_sd=0.25, source="a score that is true as it stands")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Log-odds = intercept + slope x log-odds."""

    intercept: float
    slope: float

    def probability(self, logit: Floats) -> Floats:
        """The probability that belongs to each log-odds."""
        return sigmoid(self.log_odds(logit))

    def log_odds(self, logit: Floats) -> Floats:
        """Its log-odds, which never run into 0 or 1."""
        return self.intercept + self.slope * logit

    def shifted(self, by: float) -> "Line":
        """The same shape at another level of the log-odds."""
        return Line(intercept=self.intercept + by, slope=self.slope)

    def to_json(self) -> dict[str, object]:
        """As plain numbers."""
        return {"kind": "line", "intercept": self.intercept, "slope": self.slope}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """Rising probabilities at rising log-odds, straight between them; beyond the ends as Platt's line goes on.

    The last blocks of an isotonic fit hold few events; `line` keeps venues beyond them apart and never at 0 or 1.
    """

    logits: Floats
    probabilities: Floats

    def probability(self, logit: Floats) -> Floats:
        """The probability that belongs to each log-odds."""
        return sigmoid(self.log_odds(logit))

    def log_odds(self, logit: Floats) -> Floats:
        """Its log-odds, which never run into 0 or 1."""
        z = np.interp(logit, self.logits, _logit(self.probabilities))
        beyond = logit - np.clip(logit, self.logits[0], self.logits[-1])
        return z + beyond

    def shifted(self, by: float) -> "Curve":
        """The same shape at another level of the log-odds."""
        return Curve(logits=self.logits, probabilities=sigmoid(_logit(self.probabilities) + by))

    def to_json(self) -> dict[str, object]:
        """As plain lists."""
        return {"kind": "curve", "logits": self.logits.tolist(), "probabilities": self.probabilities.tolist()}


Calibration = Line | Curve


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Period:
    """What a model that had not seen the period said of it, and what happened."""

    logit: Floats
    y: Floats


AS_IT_STANDS = Line(intercept=0.0, slope=1.0)


def fitted(logit: Floats, y: Floats) -> Calibration:
    """The calibration that `y` of the last full period asks for, when there is no period to try a shape on."""
    positives = float(y.sum())
    if positives < FEW_POSITIVES:
        return level_only(logit, (positives + 0.5) / (len(y) + 1))
    return isotonic(logit, y) if positives >= ISOTONIC_MIN else platt(logit, y)


def tried(before: Period, last: Period) -> Calibration:
    """The same, each shape tried on the step from the period before the last to the last."""
    positives = float(min(before.y.sum(), last.y.sum()))
    level_alone = level_only(last.logit, (float(last.y.sum()) + 0.5) / (len(last.y) + 1))
    shapes: list[Callable[[Floats, Floats], Calibration]] = [platt] if positives >= FEW_POSITIVES else []
    if positives >= ISOTONIC_MIN:
        shapes.append(isotonic)
    best = _losses(level_alone.probability(last.logit), last.y)
    found: Calibration = level_alone
    for shape in shapes:
        log_odds = _logit(shape(before.logit, before.y).probability(last.logit))
        losses = _losses(level_only(log_odds, float(last.y.mean())).probability(log_odds), last.y)
        gain = best - losses
        if gain.mean() > 2 * gain.std() / np.sqrt(len(gain)):
            best, found = losses, shape(last.logit, last.y)
    return found


def levelled(found: Calibration, last: Period) -> Calibration:
    """The calibration for a model that has learnt from the last period too (`last`: what that model says of it).

    Where the records of the label began, or grew much, within the last period, an earlier fit stood at another level;
    its correction would be made twice. A level that is nearly right is left as the earlier fit measured it.
    """
    log_odds = found.log_odds(last.logit)
    by = level(log_odds, (float(last.y.sum()) + 0.5) / (len(last.y) + 1))
    return found.shifted(by) if abs(by) > _LEVEL_OFF else found


def _losses(p: Floats, y: Floats) -> Floats:
    return -np.where(y > 0, np.log(p), np.log1p(-p))


def level_only(logit: Floats, base_rate: float) -> Line:
    """The slope as it is, the level by the base rate."""
    return Line(intercept=level(logit, base_rate), slope=1.0)


def platt(logit: Floats, y: Floats) -> Line:
    """A logistic regression of the outcome on the log-odds, its slope drawn a little towards 1 and always positive."""
    n, ones = len(y), np.ones(len(y))
    rows = Rows(
        x=logit.reshape(-1, 1),
        y=y,
        exposure=ones,
        origin=np.zeros(n, "datetime64[s]"),
        venue=np.arange(n),
        weight=ones,
    )
    model = fit(rows, [_SLOPE])
    slope = float(model.weights[0])
    if slope >= _SLOPE_MIN:
        return Line(intercept=model.intercept, slope=slope)
    base_rate = float(y.mean())
    return Line(intercept=level(_SLOPE_MIN * logit, base_rate), slope=_SLOPE_MIN)


def isotonic(logit: Floats, y: Floats) -> Calibration:
    """Parts of 50 positives each, joined where the rate would fall, each told by its mean log-odds."""
    order = np.argsort(logit, kind="stable")
    part = np.minimum(np.cumsum(y[order]) // POSITIVES_PER_PART, y.sum() // POSITIVES_PER_PART - 1).astype(np.int64)
    size, events = np.bincount(part).astype(np.float64), np.bincount(part, weights=y[order])
    total = np.bincount(part, weights=logit[order])
    starts = isotonic_regression(events / size, weights=size).blocks[:-1]
    size, events, total = (np.add.reduceat(values, starts) for values in (size, events, total))
    centre, probability = total / size, events / size
    if len(centre) < 2:  # noqa: PLR2004 - one block has no slope
        return platt(logit, y)
    return Curve(logits=centre, probabilities=probability)


def from_json(data: dict[str, Any]) -> Calibration:
    """What `to_json` wrote; refused when it is not a rising curve of finite numbers."""
    if data.get("kind") == "line":
        numbers = np.array([data["intercept"], data["slope"]], dtype=np.float64)
        if not np.isfinite(numbers).all() or numbers[1] <= 0:
            raise ValueError("calibration: the line does not rise")
        return Line(intercept=float(numbers[0]), slope=float(numbers[1]))
    logits, probabilities = np.asarray(data["logits"], np.float64), np.asarray(data["probabilities"], np.float64)
    rising = (np.diff(logits) > 0).all() and (np.diff(probabilities) >= 0).all()
    inside = np.isfinite(logits).all() and (probabilities > 0).all() and (probabilities < 1).all()
    if data.get("kind") != "curve" or len(logits) != len(probabilities) or not len(logits) or not rising or not inside:
        raise ValueError("calibration: this is no rising curve")
    return Curve(logits=logits, probabilities=probabilities)


def _logit(p: Floats) -> Floats:
    return np.log(p) - np.log1p(-p)
