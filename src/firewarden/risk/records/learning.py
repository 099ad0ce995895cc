"""What would the models have said at a cutoff? Learnt from earlier origins only, calibrated on the last full period.

Four models: the expert's scorecard (nothing learnt but the level), the MAP hazard, the boosted challenger, and the
plain decayed count of the label. A history too short to learn from leaves the scorecard and the count.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from firewarden.risk.learn import boosted, calibration, hazard, level
from firewarden.risk.learn.calibration import Calibration, Period
from firewarden.risk.learn.design import Feature, Rows
from firewarden.risk.learn.splits import ORIGINS_MAX, Plan, held_out, plan
from firewarden.risk.records.city import City, Events
from firewarden.risk.records.columns import YEAR_DAYS
from firewarden.risk.records.features import Floats, Maker, decayed

DAY_S = 86400
COUNT_HALF_LIFE_DAYS = 3 * YEAR_DAYS
POSITIVES_MAX, NEGATIVES_MIN, NEGATIVES_PER_POSITIVE = 5_000, 20_000, 10
"""So many venues of an origin with and without an event are kept, drawn and weighted: more add time, not knowledge."""
ORIGINS_WHEN_FEW, YEARS_MAX, EVENTS_ENOUGH, ROWS_MAX = 24, 8, 1_000, 3_000_000
"""So many origins, over so many years, while there are not so many events, and not so many rows are held."""
SHAPED_BY = 3
"""So many past periods tell the shape of a calibration."""
_FITS = (("map", hazard.fit), ("boosted", boosted.fit))
MODELS = ("scorecard", "map", "boosted", "count")

Scorer = Callable[[Floats], Floats]
"""Log-odds over the horizon of the rows it learnt from."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Said:
    """What one model says of the population: an order, and probabilities over the horizon."""

    scores: Floats
    probabilities: Floats
    model: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """What all models say at a cutoff, and what happened."""

    cutoff: int
    population: NDArray[np.int64]
    y: Floats
    plan: Plan
    train_rows: int
    train_positives: int
    base_rate_before: float
    outside: int
    within: int
    said: Mapping[str, Said]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Origin:
    """The population at a moment: what was known, and what happened."""

    x: Floats
    count: Floats
    y: Floats
    venue: NDArray[np.int64]
    moment: int


def _never(maker: Maker) -> str | None:
    """Said of a label that the files do not have."""
    if len(maker.city.events.of(maker.columns.label).time):
        return None
    return f"there is no event of {'+'.join(maker.columns.label)} at any venue of the file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The share of venues to expect: within a horizon of training (None: nothing learnt), and within the one asked."""

    training: float | None
    horizon: float


def outcome(maker: Maker, cutoff: int, horizon_days: int) -> Outcome:
    """Learn before the cutoff, say at the cutoff, look at the horizon after it."""
    city, features = maker.city, maker.columns.features()
    ahead = scheme(city, maker.columns.label, cutoff, horizon_days)
    population = city.population(cutoff)
    origins = origins_of(maker, ahead)
    now = _origin(maker, cutoff, horizon_days)
    exposure = ahead.days / horizon_days
    foreseen, note = _level(maker, origins, ahead, cutoff, horizon_days)
    said, notes = _said(features, origins, now, exposure, foreseen)
    label = city.events.within(cutoff, cutoff + horizon_days * DAY_S).of(maker.columns.label)
    strangers = city.strangers.within(cutoff, cutoff + horizon_days * DAY_S).of(maker.columns.label)
    inside = int(np.isin(label.venue, population).sum())
    return Outcome(
        cutoff=cutoff,
        population=population,
        y=now.y,
        plan=ahead,
        train_rows=sum(len(origin.y) for origin in origins),
        train_positives=int(sum(origin.y.sum() for origin in origins)),
        base_rate_before=foreseen.horizon,
        outside=len(label.time) - inside + len(strangers.time),
        within=inside,
        said=said,
        notes=tuple(note for note in (ahead.note, note, *notes, _never(maker)) if note),
    )


def origins_of(maker: Maker, ahead: Plan) -> list[Origin]:
    """What was known and what happened at each origin of the plan that had venues."""
    found = [_origin(maker, int(moment.astype(np.int64)), ahead.days) for moment in ahead.origins]
    return [origin for origin in found if len(origin.y)]


def scheme(city: City, label: Sequence[str], cutoff: int, horizon_days: int) -> Plan:
    """From which origins a cutoff is learnt for: the history begins with the first event, or with the label's own."""
    begin, since = _begin(city, label, cutoff)
    most = _reach(city, label, cutoff, horizon_days)
    found = plan(np.datetime64(since, "s"), np.datetime64(cutoff, "s"), horizon_days, origins_max=most)
    if since == begin:
        return found
    said = f"records of {'+'.join(label)} begin on {np.datetime64(since, 'D')}: what was before is not learnt from"
    return replace(found, note=f"{said}; {found.note}" if found.note else said)


def _reach(city: City, label: Sequence[str], cutoff: int, horizon_days: int) -> int:
    """How many origins: more than the usual while events are few, for short horizons would forget what there is."""
    times = city.events.before(cutoff).of(label).time
    most = min(ORIGINS_WHEN_FEW, int(YEARS_MAX * YEAR_DAYS / horizon_days), ROWS_MAX // max(len(city.venues), 1))
    if len(times) >= EVENTS_ENOUGH:
        spanned = (cutoff - int(times[-EVENTS_ENOUGH])) // (horizon_days * DAY_S) + 1
        most = min(most, spanned)
    return max(ORIGINS_MAX, most)


def _begin(city: City, label: Sequence[str], cutoff: int) -> tuple[int, int]:
    """When the records began, and when those of the label did."""
    begin = min((int(events.time[0]) for events in (city.events, city.strangers) if len(events.time)), default=cutoff)
    return begin, level.began(city.events.of(label).time, begin, cutoff)


def happened(maker: Maker, moment: int, days: int, population: NDArray[np.int64]) -> Floats:
    """1 for each venue of the population with an event of the label within `days` from the moment."""
    label = maker.city.events.within(moment, moment + days * DAY_S).of(maker.columns.label)
    y = np.zeros(len(maker.city.venues))
    y[label.venue] = 1
    return y[population]


def _origin(maker: Maker, moment: int, days: int) -> Origin:
    population = maker.city.population(moment)
    label = maker.city.events.before(moment).of(maker.columns.label)
    counts = decayed(label, COUNT_HALF_LIFE_DAYS, moment, len(maker.city.venues))[population]
    y = happened(maker, moment, days, population)
    return Origin(x=maker.at(moment, population), count=counts, y=y, venue=population, moment=moment)


def _level(
    maker: Maker, origins: Sequence[Origin], ahead: Plan, cutoff: int, horizon_days: int
) -> tuple[Level, str | None]:
    """What share of the venues to expect, as foreseen from what was known before the cutoff."""
    label = maker.city.events.before(cutoff).of(maker.columns.label)
    _, since = _begin(maker.city, maker.columns.label, cutoff)
    if not origins:
        return Level(training=None, horizon=_without_periods(maker, label, cutoff, horizon_days)), None
    periods = [origin.y for origin in origins[::-1]]
    first = origins[-1].moment - ahead.days * DAY_S  # history for the first origin, and a period of the level
    there = maker.city.population(first)
    if len(there) and first >= since:
        periods.insert(0, happened(maker, first, ahead.days, there))
    training = level.forecast([float(y.sum()) for y in periods], [len(y) for y in periods])
    at = level.moved(label.time, since, cutoff, ahead.days * DAY_S)
    if at is not None:
        share = (float(periods[-1].sum()) + 0.5) / (len(periods[-1]) + 1)
        step = level.rate(label.time, at, cutoff) / level.rate(label.time, origins[0].moment, cutoff)
        training = _times_odds(share, step)
    note = None if at is None else f"the level moved on {np.datetime64(at, 'D')}: told by what happened since"
    return Level(training=training, horizon=_times_odds(training, horizon_days / ahead.days)), note


def _times_odds(share: float, factor: float) -> float:
    odds = share / (1 - share) * factor
    return odds / (1 + odds)


def _without_periods(maker: Maker, label: Events, cutoff: int, horizon_days: int) -> float:
    """By the number of events since the first; half an event more than none."""
    _, since = _begin(maker.city, maker.columns.label, cutoff)
    own = label.within(since, cutoff)
    days = (cutoff - int(own.time[0])) / DAY_S if len(own.time) else 0.0
    expected = (len(own.time) + 0.5) / (max(days, 1.0) * max(len(maker.city.venues), 1)) * horizon_days
    return float(min(1 - np.exp(-expected), 0.5))


def rows_of(origins: Sequence[Origin], exposure: float, rng: np.random.Generator) -> Rows:
    """Rows of all origins at one level; of many venues without an event a weighted draw."""
    negatives = max(ORIGINS_MAX * NEGATIVES_MIN // max(len(origins), ORIGINS_MAX), 1)
    parts = [(origin, *_kept(origin.y, negatives, rng)) for origin in origins]
    n = sum(len(kept) for _, kept, _ in parts)
    rows = Rows(
        x=np.concatenate([origin.x[kept] for origin, kept, _ in parts]),
        y=np.concatenate([origin.y[kept] for origin, kept, _ in parts]),
        exposure=np.full(n, exposure),
        origin=np.concatenate([np.full(len(kept), np.datetime64(origin.moment, "s")) for origin, kept, _ in parts]),
        venue=np.concatenate([origin.venue[kept] for origin, kept, _ in parts]),
        weight=np.concatenate([weight for _, _, weight in parts]),
    )
    return level.even(rows)


def _kept(y: Floats, negatives: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], Floats]:
    positive, negative = np.flatnonzero(y > 0), np.flatnonzero(y == 0)
    ones, few = _drawn(positive, POSITIVES_MAX, rng)
    zeros, many = _drawn(negative, max(negatives, NEGATIVES_PER_POSITIVE * len(ones)), rng)
    return np.concatenate([ones, zeros]), np.concatenate([few, many])


def _drawn(of: NDArray[np.int64], most: int, rng: np.random.Generator) -> tuple[NDArray[np.int64], Floats]:
    if len(of) <= most:
        return of, np.ones(len(of))
    return np.sort(rng.choice(of, most, replace=False)), np.full(most, len(of) / most)


def _said(
    features: Sequence[Feature], origins: Sequence[Origin], now: Origin, exposure: float, foreseen: Level
) -> tuple[dict[str, Said], list[str]]:
    prior = hazard.prior_only(features, now.x, foreseen.horizon) if len(now.y) else None
    said = dict[str, Said]()
    if prior is not None:
        said["scorecard"] = Said(
            scores=prior.logit(now.x), probabilities=prior.probability(now.x), model=prior.to_json()
        )
    notes = list[str]()
    if len(now.y) and sum(origin.y.sum() for origin in origins):
        said |= _learnt(features, origins, now, exposure, foreseen)
        if len(origins) == 1:
            notes.append("one origin alone: probabilities have its level and no shape of their own")
    else:
        notes.append("nothing to learn from before the cutoff: only the scorecard and the count")
    said["count"] = _count(origins, now, exposure, foreseen)
    return {name: said[name] for name in MODELS if name in said}, notes


def unseen(maker: Maker, cutoff: int, horizon_days: int) -> tuple[Floats, dict[str, Floats]]:
    """What happened at the fifth of the venues that no row of training had, and what MAP and challenger say of them."""
    ahead = scheme(maker.city, maker.columns.label, cutoff, horizon_days)
    held = held_out(maker.city.venues.ids)
    seen = [_of(origin, ~held) for origin in origins_of(maker, ahead)]
    now = _of(_origin(maker, cutoff, horizon_days), held)
    if not seen or not sum(origin.y.sum() for origin in seen):
        return now.y, {}
    exposure, features = ahead.days / horizon_days, maker.columns.features()
    rows = rows_of(seen, exposure, np.random.default_rng(boosted.SEED))
    return now.y, {name: fit(rows, features).logit(now.x) for name, fit in _FITS}


def _of(origin: Origin, chosen: NDArray[np.bool_]) -> Origin:
    own = chosen[origin.venue]
    x, count, y, venue = origin.x[own], origin.count[own], origin.y[own], origin.venue[own]
    return Origin(x=x, count=count, y=y, venue=venue, moment=origin.moment)


def _learnt(
    features: Sequence[Feature], origins: Sequence[Origin], now: Origin, exposure: float, foreseen: Level
) -> dict[str, Said]:
    """MAP and challenger: their shape by what earlier fits said of later periods, then fitted to all of them."""
    rng = np.random.default_rng(boosted.SEED)
    whole = rows_of(origins, exposure, rng)
    parts = [rows_of(origins[k + 1 :], exposure, rng) for k in range(min(SHAPED_BY, len(origins) - 1))]
    said = dict[str, Said]()
    for name, fit in _FITS:
        periods = [
            Period(logit=fit(rows, features).logit(origin.x, exposure), y=origin.y)
            for rows, origin in zip(parts, origins, strict=False)
            if rows.y.any()
        ]
        model = fit(whole, features)
        scores = model.logit(now.x)
        assert foreseen.training is not None, "there is no model without periods"
        found = calibration.from_level(calibration.shaped(periods), scores + np.log(exposure), foreseen.training)
        data = {**model.to_json(), "calibration": found.to_json()}
        said[name] = Said(scores=scores, probabilities=_over_horizon(found, scores, exposure), model=data)
    return said


def _count(origins: Sequence[Origin], now: Origin, exposure: float, foreseen: Level) -> Said:
    """The plain decayed count; as a probability by the same calibration, of its log."""
    log_count = np.log(now.count + 0.1)
    if foreseen.training is None:
        found = calibration.at_level(calibration.AS_IT_STANDS, log_count, foreseen.horizon)
        return Said(scores=now.count, probabilities=found.probability(log_count))
    periods = [Period(logit=np.log(origin.count + 0.1), y=origin.y) for origin in origins[:SHAPED_BY]]
    found = calibration.at_level(calibration.pooled(periods), log_count, foreseen.training)
    return Said(scores=now.count, probabilities=_over_horizon(found, log_count - np.log(exposure), exposure))


def _over_horizon(found: Calibration, logit: Floats, exposure: float) -> Floats:
    """Calibrated at the exposure of training, told over the whole horizon."""
    probabilities = found.probability(logit + np.log(exposure))
    odds = probabilities / (1 - probabilities) / exposure
    return odds / (1 + odds)
