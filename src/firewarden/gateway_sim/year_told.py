"""What is told of a simulated year, and in which season and at which hour is it? Times are days since it began."""

from dataclasses import dataclass
from typing import NamedTuple

from firewarden.gateway_sim.year_odds import YearOdds

YEAR = 365.25
HOUR = 1 / 24
SECOND = HOUR / 3600

Payload = dict[str, object]


class Learnt(NamedTuple):
    """A fact as the platform learns it. `event`: what it is in a list of records, if it is in one."""

    learnt: float
    order: int
    at: float
    fact: Payload
    event: str | None = None


class Outage(NamedTuple):
    """Something is out of order in the meantime."""

    since: float
    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueFire:
    """A fire that happened, and whether it got out of control."""

    at: float
    uncontrolled: bool


def hour(t: float) -> float:
    """Of the day, in the city."""
    return t % 1 * 24


def season(t: float, odds: YearOdds) -> float:
    """The year begins on the first of January: November to March 1.3, June to September 0.85."""
    day = t % YEAR
    if day < 90 or day >= 304:  # noqa: PLR2004 - end of March, beginning of November
        return odds.season_winter
    return odds.season_summer if 151 <= day < 273 else 1.0  # noqa: PLR2004 - June to September
