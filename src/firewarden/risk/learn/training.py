"""What has been learnt from the months of a city's venues, and how good is it on quarters that it had not seen?

Rolling origin by quarter: for each of the last complete quarters the models learn from what was over before it, and
rank all venues on its first day. The incumbent ranks the same days as it stands. What is kept in the end has learnt
from everything, and is calibrated on the last complete quarter by a fit that had not seen it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firewarden.risk.guards.drift import reference
from firewarden.risk.learn import boosted, calibration, hazard, level
from firewarden.risk.learn.calibration import Line
from firewarden.risk.learn.design import Rows
from firewarden.risk.learn.splits import held_out
from firewarden.risk.learn.venue_months import HORIZON_DAYS, OVERLAP, Table
from firewarden.risk.scoring.features import FEATURES
from firewarden.risk.scoring.likelihood import Likelihood

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

QUARTERS_MAX = 4
SAMPLES = 10
"""Fits on resampled venues, from which the boosted model's spread is told."""
POSITIVES_MIN = 20
"""With fewer the prior stays, and no figure is told."""
_HORIZON = np.timedelta64(HORIZON_DAYS * 86_400, "s")
_MONTHS_OF_QUARTERS = (1, 4, 7, 10)
_SHANGHAI = np.timedelta64(8 * 3600, "s")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """A model of one kind and its calibration. `samples`: the boosted model's fits on resampled venues."""

    model: hazard.Hazard | boosted.Boosted
    line: Line
    samples: tuple[boosted.Boosted, ...] = ()

    def logit(self, scored: Floats) -> Floats:
        """Calibrated log-odds of vectors as they are scored."""
        return self.line.intercept + self.line.slope * self.model.logit(scored)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Quarter:
    """A quarter that was not learnt from, and the log-odds of each model on its first day."""

    name: str
    venue: NDArray[np.int64]
    y: Floats
    said: Mapping[str, Floats]
    held_out: Mask


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trained:
    """Both models and the quarters that judge them."""

    fitted: Mapping[str, Fitted]
    quarters: tuple[Quarter, ...]
    positives: int
    data_version: str
    reference: dict[str, Any]
    """How the features of all venues stood on the newest origin: what drift is measured against."""


def positives(rows: Rows) -> int:
    """How many fires are in the rows, each once although it stands in the rows of three months."""
    return round(float(rows.y @ rows.weight))


def data_version(table: Table) -> str:
    """A digest of everything that is learnt from."""
    digest = hashlib.sha256(",".join(feature.name for feature in FEATURES).encode())
    rows = table.rows
    for column in (rows.x, table.scored, rows.y, rows.origin.astype("datetime64[s]").astype(np.int64), rows.venue):
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()


def train(table: Table, incumbent: Likelihood, *, samples: int = SAMPLES) -> Trained | None:
    """Learn; None where there are too few positives to learn anything from."""
    count = positives(table.rows)
    if count < POSITIVES_MIN:
        return None
    everything = np.ones(len(table.rows.y), dtype=np.bool_)
    starts = quarter_starts(table.rows.origin)
    quarters = [_quarter(table, start, incumbent) for start in starts[-QUARTERS_MAX:]]
    return Trained(
        fitted={kind: _fitted(table, everything, kind, samples=samples) for kind in ("map", "boosted")},
        quarters=tuple(quarter for quarter in quarters if quarter is not None),
        positives=count,
        data_version=data_version(table),
        reference=reference([feature.name for feature in FEATURES], _newest(table)),
    )


def _newest(table: Table) -> Floats:
    return table.scored[_when(table.rows) == _when(table.rows).max()]


def _when(rows: Rows) -> NDArray[np.int64]:
    """Seconds since 1970."""
    return rows.origin.astype("datetime64[s]").astype(np.int64)


def quarter_starts(origins: NDArray[np.datetime64]) -> list[np.datetime64]:
    """The origins that are the first day of a quarter in Shanghai, rising. Their horizon is over, like that of all."""
    return [origin for origin in np.unique(origins) if _month(origin) in _MONTHS_OF_QUARTERS]


def _month(origin: np.datetime64) -> int:
    return int((origin + _SHANGHAI).astype("datetime64[M]").astype(np.int64)) % 12 + 1


def quarter_name(origin: np.datetime64) -> str:
    """Such as 2026Q3."""
    months = int((origin + _SHANGHAI).astype("datetime64[M]").astype(np.int64))
    return f"{1970 + months // 12}Q{months % 12 // 3 + 1}"


def _quarter(table: Table, start: np.datetime64, incumbent: Likelihood) -> Quarter | None:
    rows = table.rows
    past, now = rows.origin + _HORIZON <= start, rows.origin == start
    if positives(_taken(rows, past)) < POSITIVES_MIN:
        return None
    said = {kind: _fitted(table, past, kind).logit(table.scored[now]) for kind in ("map", "boosted")}
    out = held_out(str(venue) for venue in rows.venue.tolist())
    if positives(_taken(rows, past & ~out)):
        said |= {
            f"{kind}_strangers": _fitted(table, past & ~out, kind).logit(table.scored[now])
            for kind in ("map", "boosted")
        }
    return Quarter(
        name=quarter_name(start),
        venue=rows.venue[now],
        y=rows.y[now],
        said={"incumbent": logits(incumbent, table.scored[now]), **said},
        held_out=out[now],
    )


def logits(likelihood: Likelihood, scored: Floats) -> Floats:
    """Log-odds of a model that scores."""
    result = np.empty(len(scored))
    for row, x in enumerate(scored.tolist()):
        intercept, terms = likelihood.terms(x)
        result[row] = intercept + sum(terms)
    return result


def _taken(rows: Rows, mask: Mask) -> Rows:
    return Rows(
        x=rows.x[mask],
        y=rows.y[mask],
        exposure=rows.exposure[mask],
        origin=rows.origin[mask],
        venue=rows.venue[mask],
        weight=rows.weight[mask],
    )


def _fitted(table: Table, mask: Mask, kind: str, *, samples: int = 0) -> Fitted:
    """Fit on the rows of `mask` since fires are recorded; the shape by a fit that had not seen their last origin.

    The level is what the periods before foresee for the venues as they last stood: a fit on what was over before the
    last origin may stand at another level, and its correction would be made twice.
    """
    rows = table.rows
    last = rows.origin[mask].max()
    whole = mask & (rows.origin >= _recorded_since(rows, mask))
    before, at = whole & (rows.origin + _HORIZON <= last), mask & (rows.origin == last)
    model = _fit(_taken(rows, whole), kind)
    line = calibration.AS_IT_STANDS
    if positives(_taken(rows, before)):
        earlier = _fit(_taken(rows, before), kind)
        line = _line(earlier.logit(table.scored[at]), rows.y[at])
    there = line.log_odds(model.logit(table.scored[at]))
    line = line.shifted(hazard.level(there, _foreseen(rows, whole)))
    drawn = _samples(_taken(rows, whole), samples) if kind == "boosted" else ()
    return Fitted(model=model, line=line, samples=drawn)


def _recorded_since(rows: Rows, mask: Mask) -> np.datetime64:
    """The first origin of the rows; where nothing burnt for long and then much did, the first from which on it did."""
    periods = _periods(rows, mask)
    times = np.sort(np.repeat(_when(rows)[periods], rows.y[periods].astype(np.int64)))
    begin, end = rows.origin[mask].min(), rows.origin[mask].max() + _HORIZON
    found = level.began(times, _seconds(begin) - 1, _seconds(end))
    return begin if found < _seconds(begin) else np.datetime64(found, "s")


def _foreseen(rows: Rows, mask: Mask) -> float:
    """The share of venues that is expected to burn within the next horizon, by those that did within past ones."""
    own = _taken(rows, _periods(rows, mask))
    _, of = np.unique(own.origin, return_inverse=True)
    return level.forecast(np.bincount(of, own.y).tolist(), np.bincount(of).astype(np.float64).tolist())


def _periods(rows: Rows, mask: Mask) -> Mask:
    """Of the rows those of every third origin, the last among them: their horizons hardly overlap."""
    origins = np.unique(rows.origin[mask])[::-1][::OVERLAP]
    return mask & np.isin(rows.origin, origins)


def _seconds(moment: np.datetime64) -> int:
    return int(moment.astype("datetime64[s]").astype(np.int64))


def _line(logit: Floats, y: Floats) -> Line:
    """Platt's line, which keeps terms exact, whatever the number of events; the level alone while they are few."""
    if float(y.sum()) >= hazard.FEW_POSITIVES:
        return calibration.platt(logit, y)
    # One fire more at the rate that the model expects: a quarter without any says little.
    expected = float(hazard.sigmoid(logit).mean())
    return calibration.level_only(logit, (float(y.sum()) + expected * len(y)) / (2 * len(y)))


def _fit(rows: Rows, kind: str) -> hazard.Hazard | boosted.Boosted:
    if kind == "map":
        return hazard.fit(level.even(rows), FEATURES, opened=hazard.widening(positives(rows)))
    return boosted.fit(level.even(_told(rows)), FEATURES)


def _told(rows: Rows) -> Rows:
    """Trees cannot cut a column of which nothing is known anywhere; as a constant it is cut nowhere."""
    silent: Mask = np.logical_and.reduce(np.isnan(rows.x), axis=0)
    return Rows(
        x=np.where(silent, 0.0, rows.x),
        y=rows.y,
        exposure=rows.exposure,
        origin=rows.origin,
        venue=rows.venue,
        weight=rows.weight,
    )


def _samples(rows: Rows, count: int) -> tuple[boosted.Boosted, ...]:
    chance = np.random.default_rng(20_200_101)
    venues, index = np.unique(rows.venue, return_inverse=True)
    found: list[boosted.Boosted] = []
    for _ in range(count):
        times = np.bincount(chance.integers(0, len(venues), len(venues)), minlength=len(venues))[index]
        weighted = Rows(
            x=rows.x,
            y=rows.y,
            exposure=rows.exposure,
            origin=rows.origin,
            venue=rows.venue,
            weight=rows.weight * times,
        )
        kept = times > 0
        if positives(_taken(weighted, kept)):
            found.append(boosted.fit(level.even(_told(_taken(weighted, kept))), FEATURES))
    return tuple(found)


def pooled(quarters: Sequence[Quarter], name: str) -> tuple[Floats, Floats]:
    """Labels and log-odds of one model over several quarters."""
    return np.concatenate([quarter.y for quarter in quarters]), np.concatenate([q.said[name] for q in quarters])
