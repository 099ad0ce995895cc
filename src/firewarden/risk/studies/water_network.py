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

from dataclasses import dataclass, field
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
    begun: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """One column as a function of others: which of the inputs it sees, and what it was found to be."""

    name: str
    target: int
    change: bool
    """Whether the change since the hour before is predicted instead of the value."""
    sees: tuple[int, ...]
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
        return Carry(last=self.usual.copy())


def learn(record: Record) -> Network:
    """Learn the laws of a network from a record without attacks."""
    rounded = np.round(record.values, DIGITS)
    usual = np.nan_to_num(np.nanmedian(rounded, axis=0))
    filled, before = _filled(rounded, Carry(last=usual.copy()))
    inputs = _inputs(filled, before, record.times)
    laws, residuals = list[Law](), list[NDArray[np.float64]]()
    for name, target, change, sees in _plans(record.columns, filled):
        y = filled[:, target] - (before[:, target] if change else 0)
        law, residual = _law(name, target, inputs, y, sees, change=change)
        laws.append(law)
        residuals.append(np.where(np.isnan(rounded[:, target]), 0, residual) / law.scale)
    low, high = np.min(filled, axis=0), np.max(filled, axis=0)
    held_out = np.column_stack([*residuals, np.zeros_like(filled)])
    return Network(columns=record.columns, usual=usual, low=low, high=high, laws=tuple(laws), held_out=held_out)


def residuals(network: Network, record: Record, carry: Carry) -> Matrix:
    """How far each law is broken in each hour, in units of its scale. Any cutting into parts gives the same."""
    rounded = np.round(_aligned(network, record), DIGITS)
    filled, before = _filled(rounded, carry)
    inputs = _inputs(filled, before, record.times)
    broken = [_broken(law, inputs, filled, before, rounded) for law in network.laws]
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


def _law(
    name: str, target: int, inputs: Matrix, y: NDArray[np.float64], sees: tuple[int, ...], *, change: bool
) -> tuple[Law, NDArray[np.float64]]:
    x, fold = inputs[:, sees], np.arange(len(y)) * FOLDS // len(y)
    residual = np.zeros_like(y)
    for k in range(FOLDS):
        out = fold == k
        residual[out] = y[out] - _fitted(x[~out], y[~out]).predict(x[out])
    scale = max(float(np.quantile(np.abs(residual), QUANTILE)), FLOOR_LEARNT * float(np.ptp(y)), 1e-3)
    law = Law(name=name, target=target, change=change, sees=sees, model=_fitted(x, y), scale=scale)
    return law, residual


def _fitted(x: Matrix, y: NDArray[np.float64]) -> ExtraTreesRegressor:
    forest = ExtraTreesRegressor(TREES, min_samples_leaf=LEAF, max_features=FEATURES, random_state=0, n_jobs=1)
    return forest.fit(x, y)


def _broken(law: Law, inputs: Matrix, filled: Matrix, before: Matrix, rounded: Matrix) -> NDArray[np.float64]:
    y = filled[:, law.target] - (before[:, law.target] if law.change else 0)
    residual = (y - law.model.predict(inputs[:, law.sees])) / law.scale
    return np.where(np.isnan(rounded[:, law.target]), 0, residual)


def _aligned(network: Network, record: Record) -> Matrix:
    """The record's values in the network's columns; a column that the record lacks is missing in every hour."""
    place = {column: j for j, column in enumerate(record.columns)}
    lacking = np.full(len(record.times), np.nan)
    return np.column_stack([record.values[:, place[c]] if c in place else lacking for c in network.columns])


def _filled(values: Matrix, carry: Carry) -> tuple[Matrix, Matrix]:
    """Missing values as they were last known, and the same of the hour before; `carry` goes along."""
    filled, before = np.empty_like(values), np.empty_like(values)
    for i, row in enumerate(values):
        filled[i] = np.where(np.isnan(row), carry.last, row)
        before[i] = carry.last if carry.begun else filled[i]
        carry.last, carry.begun = filled[i], True
    return filled, before


def _inputs(filled: Matrix, before: Matrix, times: tuple[datetime, ...]) -> Matrix:
    clock = np.array([[t.hour, t.weekday()] for t in times], dtype=np.float64).reshape(len(times), 2)
    return np.hstack([filled, before, clock])
