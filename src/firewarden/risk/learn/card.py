"""What must be said of a model before anybody relies on it? Its card: how it was made, what it reaches, its limits."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from firewarden.risk.choices.estimates import poisson_interval
from firewarden.risk.learn.hazard import Hazard, sigmoid
from firewarden.risk.learn.metrics import (
    RESAMPLED_AP,
    at_share,
    average_precision,
    bootstrap,
    figures,
    hits_among,
    resampled_precision,
)
from firewarden.risk.learn.metrics import first as first_of
from firewarden.risk.learn.training import POSITIVES_MIN, Fitted, Quarter, Trained, pooled
from firewarden.risk.scoring.features import FEATURES

Floats = NDArray[np.float64]

TOP = 0.05
DRAWS = 1_000
LAST = 2
GAIN_SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
LIMITS = (
    "Late data counts as known when it happened, judgements as known when they were made.",
    "What the register said first is taken for the time before it.",
    "The expert's prior is part of the model: with few positives the weights are the prior's.",
    "Labels are real fires that the desk judged so or the brigade recorded; a fire that nobody reported is missing.",
    "Heads for violations and for systems out of order are not part of it: it learns from fires alone.",
)


def card(
    trained: Trained, kind: str, *, incumbent: str, venues: int, checked: tuple[int, bool], made_at: datetime
) -> dict[str, Any]:
    """The card of one of the models, as JSON."""
    fitted, last = trained.fitted[kind], trained.quarters[-LAST:]
    y, logit = pooled(trained.quarters, kind) if trained.quarters else (np.empty(0), np.empty(0))
    return {
        "how": _how(kind),
        "made_at": made_at.isoformat(),
        "data_version": trained.data_version,
        "incumbent": incumbent,
        "venues": venues,
        "positives": trained.positives,
        "quarters": [_quarter(quarter, kind) for quarter in trained.quarters],
        "together": _compared(last, kind) if len(last) == LAST else None,
        "pooled": msgspec.to_builtins(figures(y, logit, sigmoid(logit))) if len(y) else None,
        "strangers": _strangers(trained.quarters, kind),
        "gain": [_gain(y, logit, share) for share in GAIN_SHARES] if y.sum() >= POSITIVES_MIN else [],
        "calibration": fitted.line.to_json(),
        "features": _features(fitted),
        "reference": trained.reference,
        "check_of_the_future": {"venues": checked[0], "passed": checked[1]},
        "limits": list(LIMITS),
    }


def _how(kind: str) -> str:
    if kind == "map":
        return (
            "Discrete-time hazard, one row for each venue and month, fires within 90 days; weights of highest posterior"
            " density around the expert's prior, with signs that hold; calibrated on the last complete quarter."
        )
    return (
        "Boosted trees on one feature each, monotone where the expert says so, on the same rows; an exact sum of steps;"
        " calibrated on the last complete quarter."
    )


def _quarter(quarter: Quarter, kind: str) -> dict[str, Any]:
    said = quarter.said[kind]
    told = figures(quarter.y, said, sigmoid(said))
    return {
        "quarter": quarter.name,
        "figures": msgspec.to_builtins(told),
        "incumbent": msgspec.to_builtins(figures(quarter.y, quarter.said["incumbent"])),
        "against_incumbent": _compared([quarter], kind),
    }


def _compared(quarters: Sequence[Quarter], kind: str) -> dict[str, Any] | None:
    """Paired bootstrap over venues against the incumbent; None where positives are too few to compare by."""
    y, new = pooled(quarters, kind)
    old = pooled(quarters, "incumbent")[1]
    if not POSITIVES_MIN <= y.sum() < len(y):
        return None
    count = first_of(TOP, len(y))
    better = {
        "ap": average_precision(y, new) - average_precision(y, old),
        "precision_at_5": (hits_among(y, new, count) - hits_among(y, old, count)) / count,
    }
    result: dict[str, Any] = {}
    for name, statistic in (("ap", RESAMPLED_AP), ("precision_at_5", resampled_precision(TOP))):
        drawn = bootstrap(y, {"new": new, "old": old}, statistic, draws=DRAWS)
        apart = drawn["new"] - drawn["old"]
        low, high = np.percentile(apart, [2.5, 97.5])
        result[name] = {
            "better_by": float(better[name]),
            "low": float(low),
            "high": float(high),
            "p": float((apart <= 0).mean()),
        }
    predicted, observed = float(sigmoid(new).sum()), int(y.sum())
    low, high = poisson_interval(observed)
    result["predicted_over_observed"] = {
        "value": predicted / observed,
        "low": predicted / high,
        "high": predicted / low,
    }
    return result


def _strangers(quarters: Sequence[Quarter], kind: str) -> dict[str, Any] | None:
    """Figures on a fifth of the venues by a fit that never saw them: whether it only remembers venues."""
    name = f"{kind}_strangers"
    able = [quarter for quarter in quarters if name in quarter.said]
    if not able:
        return None
    y = np.concatenate([quarter.y[quarter.held_out] for quarter in able])
    said = np.concatenate([quarter.said[name][quarter.held_out] for quarter in able])
    return msgspec.to_builtins(figures(y, said, sigmoid(said)))


def _gain(y: Floats, logit: Floats, share: float) -> dict[str, float]:
    return {"share": share, "recall": at_share(y, logit, share).recall}


def _features(fitted: Fitted) -> list[dict[str, Any]]:
    model = fitted.model
    rows: list[dict[str, Any]] = []
    for j, feature in enumerate(FEATURES):
        row: dict[str, Any] = {
            "name": feature.name,
            "sign": feature.sign,
            "prior": feature.prior,
            "prior_sd": feature.prior_sd,
            "source": feature.source,
        }
        if isinstance(model, Hazard):
            row |= {"weight": float(model.weights[j]), "sd": float(np.sqrt(model.covariance[j + 1, j + 1]))}
        else:
            steps = model.steps[j]
            row |= {"steps": len(steps.values), "least": float(steps.values.min()), "most": float(steps.values.max())}
        rows.append(row)
    return rows
