"""How much of a published gain is the venue's, and how much is the inspector's? (T4, Chicago, September-October 2014)

The published model knows who will inspect. Put into the order of its score, the same inspections find critical
violations a week earlier, mostly because strict inspectors go first. A ranking of venues may not do that: the venue's
model is trained with the inspector as a nuisance and ranks by the venue's own terms alone, and is judged within
inspectors. Its settings are chosen by rolling origin inside the training period; the test months are scored once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from firewarden.risk.studies.chicago_data import HISTORY_TARGETS, Inspections, Numbers, history, read

ORIGINS = ("2013-01-01", "2013-03-01", "2013-05-01", "2013-07-01", "2013-09-01", "2013-11-01", "2014-01-01")
ORIGINS_DAYS = 61
GAP_DAYS = 60
"""Between what a fold may know and its first day, as months lie between the training data and the test."""
PENALTIES = (0.003, 0.01, 0.03, 0.1, 0.3)
"""Inverse strength of the ridge."""
HALF_LIVES_DAYS = (365.0, 730.0, 3_000.0)
BOOTSTRAPS = 1_000

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A figure with its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordering:
    """What one order of the test's inspections reaches."""

    name: str
    knows_inspector: bool
    days_earlier: Figure
    first_half_share: Figure
    auc: Figure
    within_inspector_auc: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class ChicagoStudy:
    """All orders side by side."""

    n: int
    positives: int
    base_rate: float
    training: int
    actual_first_half_share: float
    penalty: float
    half_life_days: float
    choice_within_auc: float
    """What the chosen settings reached inside the training period, on average over the origins."""
    orderings: tuple[Ordering, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settings:
    penalty: float
    half_life_days: float


def study(folder: Path) -> ChicagoStudy:
    """Read the data, choose, fit, and score the test months once."""
    data = read(folder)
    chosen, reached = _choose(data)
    train, test = ~data.test, data.test
    own = _with_history(data, train, chosen.half_life_days)
    scores = (
        ("published score", True, data.published),
        ("with inspector", True, _fit_with_inspector(data, train, chosen.penalty)),
        ("inspector alone", True, _inspector_alone(data, train)),
        ("venue only, inspector ignored", False, _fit(data, own, train, chosen.penalty, nuisance=False)),
        ("venue only, inspector as nuisance", False, _fit(data, own, train, chosen.penalty, nuisance=True)),
    )
    found = data.found[test]
    return ChicagoStudy(
        n=int(test.sum()),
        positives=int(found.sum()),
        base_rate=float(found.mean()),
        training=int(train.sum()),
        actual_first_half_share=_first_half(np.argsort(data.day[test], kind="stable"), found),
        penalty=chosen.penalty,
        half_life_days=chosen.half_life_days,
        choice_within_auc=reached,
        orderings=tuple(_ordering(data, name, score[test], knows=knows) for name, knows, score in scores),
    )


def _choose(data: Inspections) -> tuple[_Settings, float]:
    best, reached = _Settings(penalty=PENALTIES[0], half_life_days=HALF_LIVES_DAYS[0]), 0.0
    folds = list(_folds(data))
    for half_life in HALF_LIVES_DAYS:
        features = [_with_history(data, known, half_life) for known, _ in folds]
        for penalty in PENALTIES:
            mean = float(
                np.mean(
                    [
                        within_auc(
                            _fit(data, x, known, penalty, nuisance=True)[after],
                            data.found[after],
                            data.inspector[after],
                        )
                        for x, (known, after) in zip(features, folds, strict=True)
                    ]
                )
            )
            if mean > reached:
                best, reached = _Settings(penalty=penalty, half_life_days=half_life), mean
    return best, reached


def _folds(data: Inspections) -> Sequence[tuple[Mask, Mask]]:
    folds: list[tuple[Mask, Mask]] = []
    for text in ORIGINS:
        origin = np.datetime64(text)
        after = (data.day >= origin) & (data.day < origin + ORIGINS_DAYS) & ~data.test
        folds.append(((data.day < origin - GAP_DAYS) & ~data.test, after))
    return folds


def _with_history(data: Inspections, known: Mask, half_life_days: float) -> Numbers:
    own = [history(data, data.targets[name], known, half_life_days=half_life_days) for name in HISTORY_TARGETS]
    return np.column_stack([data.venue, *own])


def _standard(x: Numbers, train: Mask) -> Numbers:
    return (x - x[train].mean(axis=0)) / (x[train].std(axis=0) + 1e-9)


def _dummies(data: Inspections) -> Numbers:
    """One column for each inspector; larger, so that the ridge hardly shrinks them."""
    return 3.0 * (data.inspector[:, None] == np.arange(len(data.inspectors))[None, :])


def _fit(data: Inspections, x: Numbers, train: Mask, penalty: float, *, nuisance: bool) -> Numbers:
    """The venue's own part of the log-odds. In an additive model, to average over inspectors is to leave them out."""
    own = _standard(x, train)
    columns = np.column_stack([own, _dummies(data), _standard(data.weather, train)]) if nuisance else own
    model = LogisticRegression(C=penalty, max_iter=1_000).fit(columns[train], data.found[train])
    return own @ model.coef_[0][: own.shape[1]]


def _fit_with_inspector(data: Inspections, train: Mask, penalty: float) -> Numbers:
    columns = np.column_stack([_standard(data.venue, train), _dummies(data), _standard(data.weather, train)])
    model = LogisticRegression(C=penalty, max_iter=1_000).fit(columns[train], data.found[train])
    return columns @ model.coef_[0]


def _inspector_alone(data: Inspections, train: Mask) -> Numbers:
    rates = [data.found[train & (data.inspector == one)].mean() for one in range(len(data.inspectors))]
    return np.array(rates)[data.inspector]


def _ordering(data: Inspections, name: str, score: Numbers, *, knows: bool) -> Ordering:
    found, day, inspector = data.found[data.test], data.day[data.test], data.inspector[data.test]
    chance = np.random.default_rng(1)
    rows = [np.arange(len(found)), *(np.sort(chance.integers(0, len(found), len(found))) for _ in range(BOOTSTRAPS))]
    values = np.array(
        [
            (
                _days_earlier(score[row], day[row], found[row]),
                _first_half(np.argsort(-score[row], kind="stable"), found[row]),
                within_auc(score[row], found[row], np.zeros(len(row), dtype=np.int64)),
                within_auc(score[row], found[row], inspector[row]),
            )
            for row in rows
        ]
    )
    low, high = np.percentile(values[1:], [2.5, 97.5], axis=0)
    days, first, auc, within = (
        Figure(value=float(values[0, i]), low=float(low[i]), high=float(high[i])) for i in range(4)
    )
    return Ordering(
        name=name,
        knows_inspector=knows,
        days_earlier=days,
        first_half_share=first,
        auc=auc,
        within_inspector_auc=within,
    )


def _days_earlier(score: Numbers, day: NDArray[np.datetime64], found: Numbers) -> float:
    """Mean days that the inspections with a finding would have come earlier, on the same days in another order."""
    order = np.argsort(-score, kind="stable")
    then = np.empty_like(day)
    then[order] = np.sort(day)
    return float((day - then).astype(np.float64)[found == 1].mean())


def _first_half(order: NDArray[np.intp], found: Numbers) -> float:
    """Share of the findings in the first half of the inspections."""
    return float(found[order][: len(found) // 2].sum() / found.sum())


def within_auc(score: Numbers, found: Numbers, group: NDArray[np.int64]) -> float:
    """Of all pairs of a finding and none of one and the same group, the share that stands in the right order."""
    right = pairs = 0.0
    for one in np.unique(group):
        inside = group == one
        none = np.sort(score[inside & (found == 0)])
        some = score[inside & (found == 1)]
        right += (np.searchsorted(none, some, "left") + np.searchsorted(none, some, "right")).sum() / 2
        pairs += len(none) * len(some)
    return right / pairs if pairs else 0.5
