"""What does it cost to look by chance too, and what does it save? (T7, San Francisco, year by year)

Every New Year a twentieth of the addresses is chosen: most by the model's ranking, a share `e` by chance among the
rest. Only there the year's label is seen; the next year's model learns from what was seen so far. Without chance
(e = 0) the model hears only what it asked for, and believes the whole city to be like that: predicted over actual
goes up. Weights of one over the probability of being seen undo that, in two ways: in the whole fit (truncated, as a
few of them would decide everything), or in the level alone, since who is chosen depends on nothing but the features,
and then weights add noise to a fit and no truth. What the ranking is made of, the fires of the past, is known of
everybody, as fire brigades know it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from firewarden.risk.learn import hazard
from firewarden.risk.learn.design import Feature, Rows
from firewarden.risk.learn.metrics import auc
from firewarden.risk.records import sf
from firewarden.risk.records.features import maker
from firewarden.risk.records.reading import read_city

Floats = NDArray[np.float64]

YEARS = range(2008, 2018)
JUDGED_FROM = 2010
"""The first years have little to learn from."""
CHOSEN_SHARE = 0.05
EXPLORATIONS = (0.1, 0.2)
SEEDS = 5
WEIGHT_MAX_TIMES_MEAN = 5.0
LEVEL_YEARS = 3
"""The level is set by what the last years' choices say of the whole city, as a yearly recalibration would."""


class Weighting(StrEnum):
    """Where the probabilities of being seen are made up for."""

    NONE = "none"
    LEVEL = "level"
    ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Year:
    """All addresses on New Year's Day, and whether it burnt there within the year."""

    x: Floats
    y: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Arm:
    """One way to choose and to learn, on average over the judged years and the seeds."""

    exploration: float
    weighted: Weighting
    auc: float
    yield_share: float
    yield_loss: float
    """Against choosing by rank alone."""
    yield_loss_sd: float
    """Between seeds."""
    predicted_over_actual: float
    predicted_over_actual_sd: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackStudy:
    """All arms side by side."""

    addresses: int
    chosen: int
    base_rate: float
    years: int
    seeds: int
    arms: tuple[Arm, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    yields: float
    auc: float
    ratio: float


def study(folder: Path) -> FeedbackStudy:
    """Read San Francisco from `folder` and simulate."""
    features, years = read(folder)
    greedy = _run(features, years, exploration=0.0, weighted=Weighting.NONE, seed=0)
    arms = [_arm(0.0, weighted=Weighting.NONE, runs=[greedy], greedy=greedy)]
    for exploration in EXPLORATIONS:
        for weighted in Weighting:
            runs = [
                _run(features, years, exploration=exploration, weighted=weighted, seed=seed) for seed in range(SEEDS)
            ]
            arms.append(_arm(exploration, weighted=weighted, runs=runs, greedy=greedy))
    judged = [year for name, year in years.items() if name >= JUDGED_FROM]
    last = judged[-1]
    return FeedbackStudy(
        addresses=len(last.y),
        chosen=round(CHOSEN_SHARE * len(last.y)),
        base_rate=float(np.mean([year.y.mean() for year in judged])),
        years=len(judged),
        seeds=SEEDS,
        arms=tuple(arms),
    )


def read(folder: Path) -> tuple[tuple[Feature, ...], dict[int, Year]]:
    """Features and labels of every New Year's Day."""
    zone = ZoneInfo(sf.ZONE)
    with TemporaryDirectory() as place:
        sf.convert(folder, Path(place))
        city = read_city(Path(place) / "venues.csv.gz", Path(place) / "events.csv.gz", zone)
    make = maker(city, ("fire",))
    found: dict[int, Year] = {}
    for year in YEARS:
        begin, end = (int(datetime(one, 1, 1, tzinfo=zone).astimezone(UTC).timestamp()) for one in (year, year + 1))
        population = city.population(begin)
        burnt = np.zeros(len(city.venues))
        burnt[city.events.within(begin, end).of(("fire",)).venue] = 1.0
        found[year] = Year(x=make.at(begin, population), y=burnt[population])
    return make.columns.features(), found


def _arm(exploration: float, *, weighted: Weighting, runs: Sequence[_Run], greedy: _Run) -> Arm:
    losses = [1 - run.yields / greedy.yields for run in runs]
    ratios = [run.ratio for run in runs]
    return Arm(
        exploration=exploration,
        weighted=weighted,
        auc=float(np.mean([run.auc for run in runs])),
        yield_share=float(np.mean([run.yields for run in runs])),
        yield_loss=float(np.mean(losses)),
        yield_loss_sd=float(np.std(losses, ddof=1)) if len(losses) > 1 else 0.0,
        predicted_over_actual=float(np.mean(ratios)),
        predicted_over_actual_sd=float(np.std(ratios, ddof=1)) if len(ratios) > 1 else 0.0,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Seen:
    """What was seen in one year: features, labels and the probabilities of being seen."""

    x: Floats
    y: Floats
    pi: Floats


def _run(
    features: Sequence[Feature], years: Mapping[int, Year], *, exploration: float, weighted: Weighting, seed: int
) -> _Run:
    chance = np.random.default_rng(seed)
    seen: list[_Seen] = []
    yields: list[float] = []
    aucs: list[float] = []
    predicted = actual = 0.0
    for name, year in years.items():
        model = _learn(features, seen, year, weighted=weighted)
        logit = model.logit(year.x)
        chosen, pi = choose(logit, exploration, chance)
        if name >= JUDGED_FROM:
            yields.append(float(year.y[chosen].mean()))
            aucs.append(auc(year.y, logit))
            predicted, actual = predicted + float(hazard.sigmoid(logit).sum()), actual + float(year.y.sum())
        seen.append(_Seen(x=year.x[chosen], y=year.y[chosen], pi=pi))
    return _Run(yields=float(np.mean(yields)), auc=float(np.mean(aucs)), ratio=predicted / actual)


def choose(logit: Floats, exploration: float, chance: np.random.Generator) -> tuple[NDArray[np.int64], Floats]:
    """Most by rank, a share by chance among the rest; who was chosen, and with which probability."""
    n = round(CHOSEN_SHARE * len(logit))
    by_chance = round(exploration * n)
    order = np.argsort(-logit, kind="stable")
    top, rest = order[: n - by_chance], order[n - by_chance :]
    drawn = chance.choice(rest, by_chance, replace=False)
    pi = np.concatenate([np.ones(len(top)), np.full(by_chance, by_chance / len(rest))])
    return np.concatenate([top, drawn]), pi


def _learn(features: Sequence[Feature], seen: Sequence[_Seen], year: Year, *, weighted: Weighting) -> hazard.Hazard:
    """The model before `year`: the prior at first, then what was seen."""
    if not seen:
        return hazard.prior_only(features, year.x, 0.01)
    rows = _rows(seen, weighted=weighted is Weighting.ALL)
    model = hazard.fit(rows, features)
    return model if weighted is Weighting.NONE else _levelled(model, seen[-LEVEL_YEARS:])


def _rows(seen: Sequence[_Seen], *, weighted: bool) -> Rows:
    y = np.concatenate([one.y for one in seen])
    weight = np.ones(len(y))
    if weighted:
        weight = 1 / np.concatenate([one.pi for one in seen])
        weight = np.minimum(weight, WEIGHT_MAX_TIMES_MEAN * weight.mean())
        weight /= weight.mean()
    return Rows(
        x=np.concatenate([one.x for one in seen]),
        y=y,
        exposure=np.ones(len(y)),
        origin=np.repeat(np.arange(len(seen)).astype("datetime64[s]"), [len(one.y) for one in seen]),
        venue=np.arange(len(y)),
        weight=weight,
    )


def _levelled(model: hazard.Hazard, seen: Sequence[_Seen]) -> hazard.Hazard:
    """The same weights at the level of the whole city: what the last choices, weighted in full, say that it is."""
    weight = np.concatenate([1 / one.pi for one in seen])
    burnt = float(weight @ np.concatenate([one.y for one in seen]))
    logit = model.logit(np.concatenate([one.x for one in seen]))
    low, high = -5.0, 5.0
    for _ in range(60):
        middle = (low + high) / 2
        expected = float(weight @ hazard.sigmoid(logit + middle))
        low, high = (middle, high) if expected < burnt else (low, middle)
    return hazard.Hazard(
        features=model.features,
        weights=model.weights,
        intercept=model.intercept + (low + high) / 2,
        fill=model.fill,
        covariance=model.covariance,
        positives=model.positives,
        widening=model.widening,
    )
