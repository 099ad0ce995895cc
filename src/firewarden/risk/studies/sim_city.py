"""Does the score find what is true, in a city of which everything is known? (T10)

The rates by use and size are the same published table in the simulator and in the prior: that part agrees by
construction. What is hidden is each venue's quality, which changes its rates by a factor of about four between the
worst and the best fifth, and which the score sees only in what it does. Oracles tell what can be reached at all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import chi2

from firewarden.risk.learn import hazard
from firewarden.risk.learn.design import Rows
from firewarden.risk.learn.metrics import Estimate, bins, first, hits_among, midranks, wilson
from firewarden.risk.scoring.features import FEATURES
from firewarden.risk.state.decay import DAY
from firewarden.risk.state.facts import Micros
from firewarden.risk.studies.sim_files import TrueMonth, Truth
from firewarden.risk.studies.sim_walk import Floats, MonthEnd, Tries, Walk

DECILE = 0.1
HORIZON_DAYS = 90
SPEARMAN_WANTED, FIRES_WANTED, HAZARDS_WANTED = 0.8, 0.30, 0.45
QUALITY_LOG = 2.4
"""How steeply the simulator's rates fall with quality; only the oracle of quality knows it."""
RESAMPLES = 200

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One month: what was known at its beginning, what was true then, and what followed."""

    known: MonthEnd
    true: TrueMonth
    until: Micros
    rate: Floats
    uncontrolled: Floats
    quality: Floats
    fires: Floats
    standing: Floats
    determined: Floats

    @property
    def hazard(self) -> Floats:
        """Fires a year that get out of control, as things stand: what is hidden."""
        return self.rate * self.uncontrolled


Ranking = Callable[[Month], Floats]
Outcome = Callable[[Month], Floats]

RANKINGS: dict[str, Ranking] = {
    "score": lambda month: month.known.tenths,
    "ranking_by_grade": lambda month: month.known.place,
    "decayed_count_of_events": lambda month: month.known.events,
    "decayed_count_of_fires": lambda month: month.known.fires_seen,
    "random": lambda month: np.zeros(len(month.rate)),
    "observer_of_a_year": lambda month: month.known.informed,
    "oracle_quality": lambda month: np.exp(-QUALITY_LOG * month.quality),
    "oracle_quality_and_state": lambda month: np.exp(-QUALITY_LOG * month.quality) * month.uncontrolled,
    "oracle_hazard": lambda month: month.hazard,
}
OUTCOMES: dict[str, Outcome] = {
    "fires_of_the_next_month": lambda month: month.fires,
    "major_hazards_standing": lambda month: month.standing,
    "major_hazards_determined_in_the_next_month": lambda month: month.determined,
    "hidden_hazard": lambda month: month.hazard,
}


def figures(walked: Walk, truth: Truth) -> Json:
    """Everything that T10 asks for, and what could be reached."""
    if not walked.months:
        raise ValueError("less than a month was simulated: there is nothing to tell")
    months = months_of(walked, truth)
    decile = top_decile(months)
    spearman = correlations(months)
    return {
        "targets": targets(spearman, decile, walked),
        "spearman": spearman,
        "top_decile": decile,
        "repairs": {"all": _tried(_sum(walked.repairs.values()))}
        | {item.value: _tried(tries) for item, tries in sorted(walked.repairs.items())},
        "detectors_put_out_of_service": _tried(walked.shielded),
        "calibration": calibration(months),
        "learnt_from_the_first_half": learnt(months),
        "scale_of_each_quarter": walked.scales,
        "facts": walked.facts,
        "repeats": walked.repeats,
        "circular": (
            "rates by use and size, P(out of control) and its factor for a system shut off are the published figures"
            " in both; hidden are each venue's quality, its agency and contract, and what has not been reported yet"
        ),
    }


def months_of(walked: Walk, truth: Truth) -> list[Month]:
    """Each month with what followed it, up to the next month's end; after the last one as long again."""
    found: list[Month] = []
    ends = [month.at for month in walked.months]
    length = ends[1] - ends[0] if len(ends) > 1 else 30 * DAY
    for known, true, until in zip(walked.months, truth.months, [*ends[1:], ends[-1] + length], strict=True):
        venues = [truth.venues[code] for code in known.codes]
        found.append(
            Month(
                known=known,
                true=true,
                until=until,
                rate=np.array([true.fires_per_year[code] for code in known.codes]),
                uncontrolled=np.array([true.uncontrolled[code] for code in known.codes]),
                quality=np.array([venue.quality for venue in venues]),
                fires=_within([venue.fires for venue in venues], known.at, until),
                standing=np.array([sum(a <= known.at < b for a, b in v.standing) for v in venues], np.float64),
                determined=_within([venue.hazards for venue in venues], known.at, until),
            )
        )
    return found


def correlations(months: Sequence[Month]) -> Json:
    """Spearman of the score with what is hidden: the mean over months, its interval over venues, and each month."""
    against: dict[str, Outcome] = {
        "hazard": lambda month: month.hazard,
        "fires_per_year": lambda month: month.rate,
        "harm": lambda month: month.hazard * month.known.consequence,
    }
    found: Json = {}
    for name, hidden in against.items():
        by_month = [spearman(month.known.tenths, hidden(month)) for month in months]
        estimate = _over_venues(months, hidden)
        found[name] = {**_estimate(estimate), "n": len(months[0].rate), "by_month": by_month}
    quality = [spearman(month.known.rate, -month.quality) for month in months]
    found["rate_with_quality_alone"] = {"value": float(np.mean(quality)), "by_month": quality}
    return found


def spearman(one: Floats, other: Floats) -> float:
    """Rank correlation; ties share their rank."""
    return float(np.corrcoef(midranks(one), midranks(other))[0, 1])


def _over_venues(months: Sequence[Month], hidden: Outcome) -> Estimate:
    """The mean over months, with the interval over resampled venues (all months of a venue together)."""
    rng, n = np.random.default_rng(0), len(months[0].rate)
    pairs = [(month.known.tenths, hidden(month)) for month in months]
    drawn = np.empty(RESAMPLES)
    for place in range(RESAMPLES):
        taken = rng.integers(0, n, n)
        drawn[place] = np.mean([spearman(a[taken], b[taken]) for a, b in pairs])
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Estimate(value=float(np.mean([spearman(a, b) for a, b in pairs])), low=float(low), high=float(high))


def top_decile(months: Sequence[Month]) -> Json:
    """For each outcome and ranking: which share of it the first tenth of the ranking holds, all months together."""
    return {
        outcome: {ranking: _share(months, by, of) for ranking, by in RANKINGS.items()}
        for outcome, of in OUTCOMES.items()
    }


def _share(months: Sequence[Month], by: Ranking, of: Outcome) -> Json:
    held = sum(hits_among(of(month), by(month), first(DECILE, len(month.rate))) for month in months)
    total = float(sum(of(month).sum() for month in months))
    if not total:
        return {"share": None, "n": 0}
    if not float(total).is_integer():  # of what is hidden there are no cases to count
        return {"share": held / total}
    return {"share": held / total, "n": int(total), **_bounds(wilson(held, total))}


def calibration(months: Sequence[Month]) -> Json:
    """Expected against observed fires: in all, with the interval of a Poisson count, and by tenths of the venues."""
    expected = np.concatenate([month.known.rate * _months(month) for month in months])
    observed = np.concatenate([month.fires for month in months])
    n = float(observed.sum())
    low = chi2.ppf(0.025, 2 * n) / 2 if n else 0.0
    high = chi2.ppf(0.975, 2 * n + 2) / 2
    total = float(expected.sum())
    return {
        "fires": int(n),
        "expected": total,
        "expected_over_observed": total / n if n else None,
        "low": total / high,
        "high": total / low if low else None,
        "bins": [
            {
                "venue_months": part.venues,
                "expected": part.predicted * part.venues,
                "fires": part.observed * part.venues,
            }
            for part in bins(observed, expected)
        ],
    }


def _months(month: Month) -> float:
    """The length of the month in horizons of the rate."""
    return (month.until - month.known.at) / DAY / HORIZON_DAYS


def learnt(months: Sequence[Month]) -> Json:
    """A MAP update of the prior by the first half of the year, on the second half: the share of fires it holds."""
    half = len(months) // 2
    if half == 0 or len(months) < 4:  # noqa: PLR2004 - two halves of two months at least
        return {"why_not": "a year has two halves; this one is too short"}
    rows = _rows(months[:half])
    fitted = hazard.fit(rows, FEATURES)
    later = months[half:]

    def by_map(month: Month) -> Floats:
        return fitted.logit(month.known.x) + np.log(month.known.uncontrolled * month.known.consequence)

    fires = OUTCOMES["fires_of_the_next_month"]
    return {
        "fires_learnt_from": int(rows.y.sum()),
        "widening_of_the_prior": fitted.widening,
        "prior": _share(later, RANKINGS["score"], fires),
        "map": _share(later, by_map, fires),
    }


def _rows(months: Sequence[Month]) -> Rows:
    """One row for each venue and month: the next month, as a part of the horizon."""
    n = len(months[0].rate)
    exposure = np.concatenate([np.full(n, _months(month)) for month in months])
    return Rows(
        x=np.concatenate([month.known.x for month in months]),
        y=np.concatenate([(month.fires > 0).astype(np.float64) for month in months]),
        exposure=exposure,
        origin=np.repeat(np.array([month.known.at // 1_000_000 for month in months], dtype="datetime64[s]"), n),
        venue=np.tile(np.arange(n), len(months)),
        weight=np.ones(n * len(months)),
    )


def targets(spearman_: Json, decile: Json, walked: Walk) -> Json:
    """Each target with what was reached."""
    fires = decile["fires_of_the_next_month"]["score"]["share"]
    standing = decile["major_hazards_standing"]["score"]["share"]
    all_repairs = _sum(walked.repairs.values())
    reached = spearman_["hazard"]["value"]
    return {
        "spearman": _target(reached, SPEARMAN_WANTED),
        "fires_in_the_top_decile": _target(fires, FIRES_WANTED),
        "major_hazards_in_the_top_decile": _target(standing, HAZARDS_WANTED),
        "repairs_with_the_wrong_sign": {"wanted": 0, "got": all_repairs.rose, "n": all_repairs.n},
        "scores_lowered_by_disabling": {"wanted": 0, "got": walked.shielded.rose, "n": walked.shielded.n},
    }


def _target(got: float | None, wanted: float) -> Json:
    return {"wanted": wanted, "got": got, "reached": got is not None and got >= wanted}


def _within(moments: Sequence[Sequence[Micros]], after: Micros, until: Micros) -> Floats:
    return np.array([sum(after < at <= until for at in ones) for ones in moments], dtype=np.float64)


def _sum(tries: Any) -> Tries:
    total = Tries()
    for one in tries:
        total.fell, total.same, total.rose = total.fell + one.fell, total.same + one.same, total.rose + one.rose
    return total


def _tried(tries: Tries) -> Json:
    return {"n": tries.n, "fell": tries.fell, "same": tries.same, "rose": tries.rose}


def _bounds(estimate: Estimate) -> Json:
    return {"low": estimate.low, "high": estimate.high}


def _estimate(estimate: Estimate) -> Json:
    return {"value": estimate.value, **_bounds(estimate)}


def lines(report: Mapping[str, Any]) -> list[str]:
    """The report for a terminal."""
    found = [f"{report['facts']} facts of {report['spearman']['hazard']['n']} venues"]
    for name in ("hazard", "fires_per_year", "harm"):
        one = report["spearman"][name]
        found.append(f"Spearman of score and {name}: {one['value']:.3f} ({one['low']:.3f} to {one['high']:.3f})")
    for outcome, rankings in report["top_decile"].items():
        n = rankings["score"].get("n")
        found.append(f"share of {outcome.replace('_', ' ')} in the first tenth" + ("" if n is None else f" (n {n})"))
        for ranking, one in rankings.items():
            found.append(f"  {ranking:28} {_told(one)}")
    one = report["calibration"]
    found.append(f"expected over observed fires: {_number(one['expected_over_observed'])} (n {one['fires']})")
    for name, one in report["targets"].items():
        found.append(f"{name}: wanted {one['wanted']}, got {_number(one['got'])}")
    return found


def _told(one: Mapping[str, Any]) -> str:
    if one["share"] is None:
        return "-"
    interval = f" ({one['low']:.3f} to {one['high']:.3f})" if "low" in one else ""
    return f"{one['share']:.3f}{interval}"


def _number(value: float | None) -> str:
    return "-" if value is None else str(value) if isinstance(value, int) else f"{value:.3f}"
