"""Does the ranking help? What was found afterwards, at the top of the list, and where chance alone chose."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from firewarden.risk.choices.estimates import (
    Estimate,
    Ratio,
    hajek,
    lift,
    poisson_interval,
    simple,
)

POSITIVES_MIN = 10
"""With fewer in all, no verdict."""


class Verdict(StrEnum):
    """What the figures say of the ranking."""

    HELPS = "helps"
    NO_BETTER_THAN_CHANCE = "no_better_than_chance"
    TOO_LITTLE_DATA = "too_little_data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """One venue of one round, and what came of it. `found` None: nobody has looked (violations), or it is too early."""

    round_id: int
    quarter: str
    stratum: str
    probability: float
    rank: int
    chosen: bool
    by_chance: bool
    size: int
    """Of the round: how many were chosen."""
    expected: float | None
    """Fires in the horizon that the model expected here; None: not recorded."""
    fire: bool | None
    violation: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Helped:
    """The proof for one group of choices and one kind of outcome."""

    outcome: str
    verdict: Verdict
    top: Estimate
    """precision@k: among those that the ranking alone would have chosen."""
    everybody: Estimate
    """The city: all of the frame where all is known, else the Hájek estimate from those who were chosen."""
    by_chance: Estimate
    """Those who were chosen and would not have been by rank."""
    lift: Ratio
    recall: float | None
    """Share of all that happened that is among the top k; None where it is not known of everybody."""
    predicted: float | None
    observed: int | None
    predicted_over_observed: Ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One cut through the choices: a quarter, a use class or all (None)."""

    quarter: str | None
    stratum: str | None
    rounds: int
    venues: int
    chosen: int
    fire: Helped
    violation: Helped


def helped(choices: Sequence[Chosen]) -> tuple[Group, ...]:
    """All choices, each quarter, each use class."""
    quarters = sorted({one.quarter for one in choices})
    strata = sorted({one.stratum for one in choices})
    return (
        _group(choices, None, None),
        *(_group([one for one in choices if one.quarter == quarter], quarter, None) for quarter in quarters),
        *(_group([one for one in choices if one.stratum == stratum], None, stratum) for stratum in strata),
    )


def _group(choices: Sequence[Chosen], quarter: str | None, stratum: str | None) -> Group:
    return Group(
        quarter=quarter,
        stratum=stratum,
        rounds=len({one.round_id for one in choices}),
        venues=len(choices),
        chosen=sum(one.chosen for one in choices),
        fire=of_fires(choices),
        violation=of_violations(choices),
    )


def of_fires(choices: Sequence[Chosen]) -> Helped:
    """Fires are known of every venue, whether anybody looked or not: the whole frame is the proof."""
    known = [one for one in choices if one.fire is not None]
    top = [one for one in known if one.rank <= one.size]
    happened = sum(bool(one.fire) for one in known)
    told = [one for one in known if one.expected is not None]
    predicted = sum(one.expected or 0.0 for one in told) if told else None
    observed = sum(bool(one.fire) for one in told)
    return _judged(
        "fire",
        top=simple([bool(one.fire) for one in top]),
        everybody=simple([bool(one.fire) for one in known]),
        by_chance=_by_chance(known, lambda one: bool(one.fire)),
        recall=sum(bool(one.fire) for one in top) / happened if happened else None,
        predicted=predicted,
        observed=observed if told else None,
    )


def of_violations(choices: Sequence[Chosen]) -> Helped:
    """Violations are known only where somebody looked: who was chosen stands for the rest, by its probability."""
    seen = [one for one in choices if one.chosen and one.violation is not None]
    top = [one for one in seen if one.rank <= one.size]
    return _judged(
        "violation",
        top=simple([bool(one.violation) for one in top]),
        everybody=hajek([bool(one.violation) for one in seen], [one.probability for one in seen]),
        by_chance=_by_chance(seen, lambda one: bool(one.violation)),
        recall=None,
        predicted=None,
        observed=None,
    )


def _by_chance(known: Sequence[Chosen], happened: Callable[[Chosen], bool]) -> Estimate:
    return simple([happened(one) for one in known if one.chosen and one.by_chance])


def _judged(
    outcome: str,
    *,
    top: Estimate,
    everybody: Estimate,
    by_chance: Estimate,
    recall: float | None,
    predicted: float | None,
    observed: int | None,
) -> Helped:
    ratio = lift(top, everybody)
    return Helped(
        outcome=outcome,
        verdict=verdict(everybody, ratio),
        top=top,
        everybody=everybody,
        by_chance=by_chance,
        lift=ratio,
        recall=recall,
        predicted=predicted,
        observed=observed,
        predicted_over_observed=_calibration(predicted, observed),
    )


def verdict(everybody: Estimate, ratio: Ratio) -> Verdict:
    """The ranking helps where the whole interval of its lift is above 1; anything else must be said in red."""
    if everybody.positives < POSITIVES_MIN or ratio.low is None:
        return Verdict.TOO_LITTLE_DATA
    return Verdict.HELPS if ratio.low > 1 else Verdict.NO_BETTER_THAN_CHANCE


def _calibration(predicted: float | None, observed: int | None) -> Ratio:
    if predicted is None or not observed:
        return Ratio(value=None, low=None, high=None)
    low, high = poisson_interval(observed)
    return Ratio(value=predicted / observed, low=predicted / high, high=predicted / low if low else None)
