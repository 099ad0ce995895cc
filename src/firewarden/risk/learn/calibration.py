"""How is a score turned into a probability that comes true? By a shape that past periods agree on, and a level.

The shape is learnt from what fits that had not seen a period said of it: none, Platt's line on the log-odds, a beta
curve, or from 1,000 positives on isotonic steps joined by straight lines. One is taken only if, learnt from the other
periods, it told each better than none by two standard errors: a shape that does not last is noise. The level is
another question (`level.py`): each period stands at its own while shapes are learnt, and the next at what is foreseen.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from firewarden.risk.learn.design import Feature, Rows
from firewarden.risk.learn.hazard import FEW_POSITIVES, Hazard, fit, level, sigmoid

Floats = NDArray[np.float64]

ISOTONIC_MIN = 1000
POSITIVES_PER_PART = 50
_SLOPE_MIN = 0.1
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

    def moved(self, by: float) -> "Line":
        """The same shape for log-odds that stand lower by so much."""
        return Line(intercept=self.intercept + self.slope * by, slope=self.slope)

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

    def moved(self, by: float) -> "Curve":
        """The same shape for log-odds that stand lower by so much."""
        return Curve(logits=self.logits - by, probabilities=self.probabilities)

    def to_json(self) -> dict[str, object]:
        """As plain lists."""
        return {"kind": "curve", "logits": self.logits.tolist(), "probabilities": self.probabilities.tolist()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Beta:
    """Log-odds = intercept + above x log p - below x log(1 - p): the top of a ranking may bend otherwise than the rest.

    Kull, Silva Filho and Flach (2017). Neither factor is negative and one is positive, so the order stays.
    """

    intercept: float
    above: float
    below: float
    start: float = 0.0
    """What is added to the log-odds first."""

    def probability(self, logit: Floats) -> Floats:
        """The probability that belongs to each log-odds."""
        return sigmoid(self.log_odds(logit))

    def log_odds(self, logit: Floats) -> Floats:
        """Its log-odds, which never run into 0 or 1."""
        return self.intercept + _two_logs(logit + self.start) @ np.array([self.above, self.below])

    def shifted(self, by: float) -> "Beta":
        """The same shape at another level of the log-odds."""
        return replace(self, intercept=self.intercept + by)

    def moved(self, by: float) -> "Beta":
        """The same shape for log-odds that stand lower by so much."""
        return replace(self, start=self.start + by)

    def to_json(self) -> dict[str, object]:
        """As plain numbers."""
        return {"kind": "beta", **asdict(self)}


Calibration = Line | Beta | Curve


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Period:
    """What a model that had not seen the period said of it, and what happened."""

    logit: Floats
    y: Floats

    def at_its_level(self) -> "Period":
        """The log-odds moved so that their mean probability is what happened."""
        return Period(logit=self.logit + level(self.logit, _share(self.y)), y=self.y)


AS_IT_STANDS = Line(intercept=0.0, slope=1.0)


def shaped(periods: Sequence[Period]) -> Calibration:
    """The shape that the periods agree on (latest first); its level is to be set. None seen: none."""
    own = [period.at_its_level() for period in periods]
    if not own:
        return AS_IT_STANDS
    whole = _joined(own)
    best, found = 0.0, AS_IT_STANDS
    for shape, positives_min in _SHAPES:
        parts = [(_joined(own[:k] + own[k + 1 :]), own[k]) for k in range(len(own))] if len(own) > 1 else []
        if min((part.y.sum() for part, _ in parts), default=0.0) < positives_min:
            continue
        gains = np.concatenate([_gain(shape(part.logit, part.y), period) for part, period in parts])
        if gains.mean() > max(best, 2 * float(gains.std()) / len(gains) ** 0.5):
            best, found = float(gains.mean()), shape(whole.logit, whole.y)
    return found


def pooled(periods: Sequence[Period]) -> Calibration:
    """The same for scores that are no log-odds of anything: they need a shape, tried or not, once one is known."""
    whole = _joined(periods)
    if whole.y.sum() < FEW_POSITIVES:
        return AS_IT_STANDS
    return (isotonic if whole.y.sum() >= ISOTONIC_MIN else platt)(whole.logit, whole.y)


def at_level(found: Calibration, logit: Floats, base_rate: float) -> Calibration:
    """The same shape at the level at which the mean probability of these log-odds is the base rate."""
    return found.shifted(level(found.log_odds(logit), base_rate)) if len(logit) else found


def from_level(found: Calibration, logit: Floats, base_rate: float) -> Calibration:
    """The same for a shape that was learnt from log-odds at their own level: these are brought to theirs first."""
    return at_level(found.moved(level(logit, base_rate)), logit, base_rate) if len(logit) else found


def _gain(found: Calibration, period: Period) -> Floats:
    """How much less is lost at each venue of a period than without a shape, both at the period's own level."""
    there = found.log_odds(period.logit)
    there = there + level(there, _share(period.y))
    return _losses(sigmoid(period.logit), period.y) - _losses(sigmoid(there), period.y)


def _joined(periods: Sequence[Period]) -> Period:
    return Period(
        logit=np.concatenate([period.logit for period in periods]), y=np.concatenate([period.y for period in periods])
    )


def _share(y: Floats) -> float:
    return (float(y.sum()) + 0.5) / (len(y) + 1)


def _losses(p: Floats, y: Floats) -> Floats:
    return -np.where(y > 0, np.log(p), np.log1p(-p))


def level_only(logit: Floats, base_rate: float) -> Line:
    """The slope as it is, the level by the base rate."""
    return Line(intercept=level(logit, base_rate), slope=1.0)


def platt(logit: Floats, y: Floats) -> Line:
    """A logistic regression of the outcome on the log-odds, its slope drawn a little towards 1 and always positive."""
    model = _regressed(logit.reshape(-1, 1), y, [_SLOPE])
    slope = float(model.weights[0])
    if slope >= _SLOPE_MIN:
        return Line(intercept=model.intercept, slope=slope)
    base_rate = float(y.mean())
    return Line(intercept=level(_SLOPE_MIN * logit, base_rate), slope=_SLOPE_MIN)


def beta(logit: Floats, y: Floats) -> Calibration:
    """A logistic regression of the outcome on both logarithms, each drawn a little towards 1."""
    model = _regressed(_two_logs(logit), y, [_SLOPE, _SLOPE])
    above, below = (float(weight) for weight in model.weights)
    if above < _SLOPE_MIN:  # at small probabilities nothing else rises
        return platt(logit, y)
    return Beta(intercept=model.intercept, above=above, below=below)


def _two_logs(logit: Floats) -> Floats:
    return np.column_stack([-np.logaddexp(0, -logit), np.logaddexp(0, logit)])


def _regressed(x: Floats, y: Floats, features: Sequence[Feature]) -> Hazard:
    n, ones = len(y), np.ones(len(y))
    origin = np.zeros(n, "datetime64[s]")
    return fit(Rows(x=x, y=y, exposure=ones, origin=origin, venue=np.arange(n), weight=ones), features)


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
    if data.get("kind") == "beta":
        numbers = np.array([data[name] for name in ("intercept", "above", "below", "start")], dtype=np.float64)
        if not np.isfinite(numbers).all() or numbers[1] <= 0 or numbers[2] < 0:
            raise ValueError("calibration: the curve does not rise")
        return Beta(**{name: float(data[name]) for name in ("intercept", "above", "below", "start")})
    logits, probabilities = np.asarray(data["logits"], np.float64), np.asarray(data["probabilities"], np.float64)
    rising = (np.diff(logits) > 0).all() and (np.diff(probabilities) >= 0).all()
    inside = np.isfinite(logits).all() and (probabilities > 0).all() and (probabilities < 1).all()
    if data.get("kind") != "curve" or len(logits) != len(probabilities) or not len(logits) or not rising or not inside:
        raise ValueError("calibration: this is no rising curve")
    return Curve(logits=logits, probabilities=probabilities)


_SHAPES: tuple[tuple[Callable[[Floats, Floats], Calibration], int], ...] = (
    (platt, FEW_POSITIVES),
    (beta, 4 * FEW_POSITIVES),
    (isotonic, ISOTONIC_MIN),
)
"""Each with the positives that it takes."""


def _logit(p: Floats) -> Floats:
    return np.log(p) - np.log1p(-p)
