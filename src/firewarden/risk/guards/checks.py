"""What does each guard say? A value, the bounds that it must keep, and whether it fired; None: too little to say."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firewarden.risk.choices.estimates import poisson_interval, wilson
from firewarden.risk.choices.helped import Verdict
from firewarden.risk.guards.drift import PSI_MAX, VENUES_MIN, psi

CALIBRATION = (0.8, 1.25)
FIRES_MIN = 5
"""Expected or observed: with fewer of both nothing is said of calibration."""
COVERAGE_MIN = 0.5
SHARE_D_MAX = 0.2
OFFLINE_MAX = 0.3
GATEWAYS_MIN = 20
CLASS_MIN = 30
FALSE_POSITIVE_TIMES = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one guard says. `value` None: too little data, and nothing fires."""

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    fired: bool = False
    detail: Mapping[str, Any] = field(default_factory=dict[str, Any])


def drift(names: Sequence[str], then: Mapping[str, Any] | None, x: NDArray[np.float64]) -> tuple[Finding, ...]:
    """PSI of every feature; nothing where the model brought no reference (the prior does not)."""
    if then is None:
        return ()
    found: list[Finding] = []
    for name, column in zip(names, x.T, strict=True):
        told = name in then and len(column) >= VENUES_MIN
        value = psi(then[name], column) if told else None
        found.append(
            Finding(
                name=f"psi.{name}",
                value=value,
                high=PSI_MAX,
                fired=value is not None and value > PSI_MAX,
                detail={"venues": len(column)},
            )
        )
    return tuple(found)


def calibration(predicted: float | None, observed: int) -> Finding:
    """Fires that were expected 90 days ago over those that came. Fires where chance cannot explain it."""
    low, high = CALIBRATION
    detail = {"predicted": predicted, "observed": observed}
    if predicted is None or max(predicted, observed) < FIRES_MIN:
        return Finding(name="calibration", value=None, low=low, high=high, detail=detail)
    least, most = poisson_interval(observed)
    ratio = predicted / observed if observed else None
    interval = (predicted / most, predicted / least if least else math.inf)
    return Finding(
        name="calibration",
        value=ratio if ratio is not None else interval[0],
        low=low,
        high=high,
        fired=interval[0] > high or interval[1] < low,
        detail={**detail, "at_least": interval[0]},
    )


def coverage(shares: Sequence[float]) -> Finding:
    """How much of what should report does, on average over the venues."""
    if not shares:
        return Finding(name="coverage", value=None, low=COVERAGE_MIN)
    mean = sum(shares) / len(shares)
    return Finding(
        name="coverage", value=mean, low=COVERAGE_MIN, fired=mean < COVERAGE_MIN, detail={"venues": len(shares)}
    )


def share_of_d(grades: Mapping[str, int]) -> Finding:
    """Where a fifth of the city is at its worst, the grade says nothing any more."""
    total = sum(grades.values())
    if total < VENUES_MIN:
        return Finding(name="share_d", value=None, high=SHARE_D_MAX, detail={"venues": total})
    share = grades.get("D", 0) / total
    return Finding(name="share_d", value=share, high=SHARE_D_MAX, fired=share > SHARE_D_MAX, detail={"venues": total})


def offline(silent: int, gateways: int) -> Finding:
    """Share of gateways that are silent: what they say of is imputed."""
    if gateways < GATEWAYS_MIN:
        return Finding(name="offline", value=None, high=OFFLINE_MAX, detail={"gateways": gateways})
    share = silent / gateways
    return Finding(
        name="offline", value=share, high=OFFLINE_MAX, fired=share > OFFLINE_MAX, detail={"gateways": gateways}
    )


def better_than_chance(outcome: str, verdict: Verdict, lift: tuple[float | None, float | None]) -> Finding:
    """Whether the top of the list holds more than chance finds; an interval of the lift that includes 1 fires."""
    value, low = lift
    told = verdict is not Verdict.TOO_LITTLE_DATA
    return Finding(
        name=f"lift.{outcome}",
        value=value if told else None,
        low=1.0,
        fired=verdict is Verdict.NO_BETTER_THAN_CHANCE,
        detail={"interval_from": low},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Flagged:
    """A venue as it stood 90 days ago, and whether anything was found since."""

    stratum: str
    flagged: bool
    happened: bool


def fairness(venues: Sequence[Flagged]) -> tuple[Finding, ...]:
    """False positives by use class: of the venues where nothing happened, how many stood at the top for nothing.

    A class fires where even the low end of its interval is several times what the city has.
    """
    quiet = [venue for venue in venues if not venue.happened]
    if len(quiet) < VENUES_MIN:
        return (Finding(name="false_positives", value=None, detail={"venues": len(quiet)}),)
    city = sum(venue.flagged for venue in quiet) / len(quiet)
    return tuple(_of_class(stratum, quiet, city) for stratum in sorted({venue.stratum for venue in quiet}))


def _of_class(stratum: str, quiet: Sequence[Flagged], city: float) -> Finding:
    own = [venue.flagged for venue in quiet if venue.stratum == stratum]
    name, high = f"false_positives.{stratum or 'unknown'}", FALSE_POSITIVE_TIMES * city
    if len(own) < CLASS_MIN:
        return Finding(name=name, value=None, high=high, detail={"venues": len(own)})
    share = sum(own) / len(own)
    low, _ = wilson(share, len(own))
    return Finding(name=name, value=share, high=high, fired=low > high, detail={"venues": len(own), "at_least": low})


def fallback(trouble: str | None) -> Finding:
    """Whether the model that was promoted cannot be read, so that the prior stands in for it."""
    return Finding(
        name="fallback", value=0.0 if trouble is None else 1.0, high=0.0, fired=trouble is not None,
        detail={} if trouble is None else {"trouble": trouble},
    )  # fmt: skip


FREEZES_NOT = ("fallback",)
"""The prior scores already."""


def onsets(findings: Sequence[Finding], firing_before: Sequence[str]) -> tuple[str, ...]:
    """Guards that began to fire. One that fires on was known to whoever released the model meanwhile."""
    return tuple(
        one.name for one in findings if one.fired and one.name not in firing_before and one.name not in FREEZES_NOT
    )
