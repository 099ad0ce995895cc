"""What should each sensor of a pumped water network say, given the others? Residuals that hold for any such network.

Columns say by their first letter what they are: L_ level of a tank, F_ flow, S_ state of a pump or valve, P_ pressure.
Four laws are learnt from an undisturbed record:

* hydraulics: flow and pressure follow from levels, states and the demand of the hour;
* neighbours: each flow and pressure follows from all other sensors;
* balance: a level changes by what flows in and out;
* control: pumps and valves are switched by levels.

A fifth needs no learning but the range: what was never seen is told. Each residual is divided by what it reached in
one hour of a hundred, in parts of the record that the law had not learnt from.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import ExtraTreesRegressor

Matrix = NDArray[np.float64]

DIGITS = 2  # what such records show; a law learnt from more digits would see rounding as an attack
FOLDS = 5  # of the record, in time: no hour is judged by a law that has seen its neighbours
TREES, LEAF, FEATURES = 60, 3, 0.5
QUANTILE = 0.99
FLOOR = 0.02  # of a column's range: smaller deviations are nobody's concern
FLOOR_UNITS = 0.02
FLOOR_LEARNT = 0.001
Z_MAX = 50.0
WHOLE_MIN = 0.5
LEANS = 0.05  # of what an input explains
GUESSING = frozenset({"hydraulics", "balance", "control"})

Guess = Callable[[int, Matrix, Matrix, NDArray[np.bool_]], None]
"""Puts into row i of the first matrix what is missing there; the second has the hour before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Hours of a network: values (hours, columns), NaN where missing, and which hours were attacked, where known."""

    columns: tuple[str, ...]
    times: tuple[datetime, ...]
    values: Matrix
    attacked: NDArray[np.bool_] | None = None


@dataclass(slots=True)
class Carry:
    """What a stream of hours remembers of the hour before: values that were missing since are still these."""

    last: Matrix
    lost: NDArray[np.bool_]
    """What was missing in the hour before, and only guessed."""
    begun: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """One column as a function of others: which of the inputs it sees, and what it was found to be."""

    name: str
    target: int
    change: bool
    """Whether the change since the hour before is predicted instead of the value."""
    sees: tuple[int, ...]
    leans: tuple[int, ...]
    """Those of them that matter most: where one is missing, the law says nothing."""
    model: ExtraTreesRegressor
    scale: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """What was learnt from an undisturbed record."""

    columns: tuple[str, ...]
    usual: Matrix
    low: Matrix
    high: Matrix
    laws: tuple[Law, ...]
    held_out: Matrix = field(repr=False)
    """Residuals of the record itself, each hour judged by laws that had not seen it."""

    def carry(self) -> Carry:
        """Before the first hour."""
        return Carry(last=self.usual.copy(), lost=np.zeros(len(self.usual), dtype=np.bool_))


def learn(record: Record) -> Network:
    """Learn the laws of a network from a record without attacks."""
    record = _without_empty(record)
    rounded = np.round(record.values, DIGITS)
    usual = np.nanmedian(rounded, axis=0)
    filled, before, _ = _filled(rounded, Carry(last=usual.copy(), lost=np.zeros(len(usual), dtype=np.bool_)))
    inputs = _inputs(filled, before, record.times)
    whole = _whole(rounded)
    laws, residuals = list[Law](), list[NDArray[np.float64]]()
    for name, target, change, sees in _plans(record.columns, filled):
        y = filled[:, target] - (before[:, target] if change else 0)
        law, residual = _law(name, target, (inputs, y, whole), sees, change=change)
        laws.append(law)
        residuals.append(np.where(np.isnan(rounded[:, target]), 0, residual) / law.scale)
    low, high = np.min(filled, axis=0), np.max(filled, axis=0)
    held_out = np.column_stack([*residuals, np.zeros_like(filled)])
    return Network(columns=record.columns, usual=usual, low=low, high=high, laws=tuple(laws), held_out=held_out)


def residuals(network: Network, record: Record, carry: Carry) -> Matrix:
    """How far each law is broken in each hour, in units of its scale. Any cutting into parts gives the same."""
    rounded = np.round(_aligned(network, record), DIGITS)
    filled, before, lost = _filled(rounded, carry, _guessing(network, record.times))
    inputs = _inputs(filled, before, record.times)
    broken = [_broken(law, inputs, filled, before, lost) for law in network.laws]
    span = network.high - network.low
    outside = np.maximum(filled - network.high, network.low - filled)
    outside = np.where(np.isnan(rounded), 0, np.maximum(outside, 0))
    return np.column_stack([*broken, outside / np.maximum(FLOOR * span, FLOOR_UNITS)])


def names(network: Network) -> list[str]:
    """What each column of the residuals is about."""
    return [*(law.name for law in network.laws), *(f"range of {column}" for column in network.columns)]


def statistic(broken: Matrix) -> NDArray[np.float64]:
    """One number for an hour: how many laws are broken, and how badly, in orders of magnitude."""
    size = np.minimum(np.abs(broken), Z_MAX)
    return np.log(np.maximum(size, 1)).sum(axis=1)


def _plans(columns: tuple[str, ...], filled: Matrix) -> list[tuple[str, int, bool, tuple[int, ...]]]:
    """Name, target, change or value, and inputs of every law: columns now, in the hour before, hour, weekday."""
    p = len(columns)
    clock = (2 * p, 2 * p + 1)
    moves = np.ptp(filled, axis=0) > 0
    kinds = {kind: [j for j, c in enumerate(columns) if c.startswith(f"{kind}_") and moves[j]] for kind in "LFSP"}
    levels, flows, states, pressures = (kinds[kind] for kind in "LFSP")

    def before(js: list[int]) -> list[int]:
        return [p + j for j in js]

    plans: list[tuple[str, int, bool, tuple[int, ...]]] = []
    for j in flows + pressures:
        plans.append((f"hydraulics of {columns[j]}", j, False, (*states, *levels, *before(states), *clock)))
        twin = f"S_{columns[j][2:]}"
        others = [k for k in flows + pressures + levels + states if k != j and columns[k] != twin]
        plans.append((f"neighbours of {columns[j]}", j, False, (*others, *clock)))
    for j in levels:
        seen = (*flows, *states, *before(flows), *before(states), *before(levels), *clock)
        plans.append((f"balance of {columns[j]}", j, True, seen))
    plans.extend(
        (f"control of {columns[j]}", j, False, (*levels, *before(levels), *before(states), *clock)) for j in states
    )
    return plans


def _whole(values: Matrix) -> NDArray[np.bool_]:
    """Hours in which, and in the hour before which, nothing is missing: laws are learnt from those, if they suffice."""
    lacking = np.asarray(np.isnan(values).any(axis=1), dtype=np.bool_)
    whole = ~lacking
    whole[1:] &= ~lacking[:-1]
    return whole if float(np.mean(whole)) > WHOLE_MIN else np.ones_like(whole)


def _law(
    name: str,
    target: int,
    hours: tuple[Matrix, NDArray[np.float64], NDArray[np.bool_]],
    sees: tuple[int, ...],
    *,
    change: bool,
) -> tuple[Law, NDArray[np.float64]]:
    inputs, y, whole = hours
    x, fold = inputs[:, sees], np.arange(len(y)) * FOLDS // len(y)
    residual = np.zeros_like(y)
    for k in range(FOLDS):
        out = fold == k
        learnt = ~out & whole
        residual[out] = np.where(whole[out], y[out] - _fitted(x[learnt], y[learnt]).predict(x[out]), 0)
    scale = max(float(np.quantile(np.abs(residual), QUANTILE)), FLOOR_LEARNT * float(np.ptp(y)), 1e-3)
    model = _fitted(x[whole], y[whole])
    leans = tuple(k for k, weight in zip(sees, model.feature_importances_, strict=True) if weight >= LEANS)
    law = Law(name=name, target=target, change=change, sees=sees, leans=leans, model=model, scale=scale)
    return law, residual


def _fitted(x: Matrix, y: NDArray[np.float64]) -> ExtraTreesRegressor:
    forest = ExtraTreesRegressor(TREES, min_samples_leaf=LEAF, max_features=FEATURES, random_state=0, n_jobs=1)
    return forest.fit(x, y)


def _broken(law: Law, inputs: Matrix, filled: Matrix, before: Matrix, lost: NDArray[np.bool_]) -> NDArray[np.float64]:
    p = filled.shape[1]
    y = filled[:, law.target] - (before[:, law.target] if law.change else 0)
    residual = (y - law.model.predict(inputs[:, law.sees])) / law.scale
    needed = [law.target, *((p + law.target,) if law.change else ()), *(k for k in law.leans if k < 2 * p)]
    return np.where(lost[:, needed].any(axis=1), 0, residual)


def _without_empty(record: Record) -> Record:
    """The record without columns in which there is nothing."""
    there = [j for j in range(len(record.columns)) if not np.isnan(record.values[:, j]).all()]
    return replace(record, columns=tuple(record.columns[j] for j in there), values=record.values[:, there])


def _aligned(network: Network, record: Record) -> Matrix:
    """The record's values in the network's columns; a column that the record lacks is missing in every hour."""
    place = {column: j for j, column in enumerate(record.columns)}
    lacking = np.full(len(record.times), np.nan)
    return np.column_stack([record.values[:, place[c]] if c in place else lacking for c in network.columns])


def _filled(values: Matrix, carry: Carry, guess: Guess | None = None) -> tuple[Matrix, Matrix, NDArray[np.bool_]]:
    """Values now and in the hour before, and which of both were missing; `carry` goes along.

    What is missing is as `guess` says, or as last known.
    """
    filled, before, lost = np.empty_like(values), np.empty_like(values), np.tile(np.isnan(values), 2)
    p = values.shape[1]
    for i, row in enumerate(values):
        missing = np.isnan(row)
        filled[i] = np.where(missing, carry.last, row)
        before[i] = carry.last if carry.begun else filled[i]
        lost[i, p:] = carry.lost
        if guess is not None and missing.any():
            guess(i, filled, before, missing)
        carry.last, carry.lost, carry.begun = filled[i].copy(), missing, True
    return filled, before, lost


def _guessing(network: Network, times: tuple[datetime, ...]) -> Guess:
    """What the laws expect stands for what is missing: one lost value must not break the laws of its neighbours.

    States first, then levels, then flows and pressures: each from what is known by then.
    """
    of_column = {law.target: law for law in network.laws if law.name.split(" ", maxsplit=1)[0] in GUESSING}
    order = sorted(of_column, key=lambda j: "SLFP".index(network.columns[j][0]))

    def guess(i: int, filled: Matrix, before: Matrix, missing: NDArray[np.bool_]) -> None:
        for j in order:
            if missing[j]:
                law = of_column[j]
                inputs = _inputs(filled[i : i + 1], before[i : i + 1], times[i : i + 1])
                expected = float(law.model.predict(inputs[:, law.sees])[0])
                value = before[i, j] + expected if law.change else expected
                filled[i, j] = np.round(value, 0 if network.columns[j].startswith("S_") else DIGITS)

    return guess


def _inputs(filled: Matrix, before: Matrix, times: tuple[datetime, ...]) -> Matrix:
    clock = np.array([[t.hour, t.weekday()] for t in times], dtype=np.float64).reshape(len(times), 2)
    return np.hstack([filled, before, clock])
