"""From which value on is a figure good, doubtful or bad? The thresholds of all boards stand here, each once."""

from dataclasses import dataclass

from firewarden.dashboards.grafana.kit.colours import BAD, CALM, CODES, GOOD, WARN
from firewarden.risk.scoring.weights import LINES

GRADE_COLOURS = tuple(CODES["grade"][grade] for grade in "BCD")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Colours by value: `base` below the first step, then each step's colour from its value on."""

    base: str = GOOD
    steps: tuple[tuple[float, str], ...] = ()


PLAIN = Limits(base=CALM)
"""A figure that is neither good nor bad."""
NONE_IS_GOOD = Limits(steps=((1, BAD),))
"""Fires, breaches, failed jobs: one is too many."""
FEW_IS_GOOD = Limits(steps=((1, WARN),))
"""Faults, shields: something to look at, not an emergency."""
ONLINE = Limits(base=BAD, steps=((0.95, WARN), (0.98, GOOD)))
"""Online rate: at least 95 %, good from 98 %."""
INTACT = Limits(base=BAD, steps=((0.90, WARN), (0.95, GOOD)))
"""Intact rate: good from 95 %, below 90 % a matter for the supervisor."""
IN_TIME = Limits(base=BAD, steps=((0.90, WARN), (0.95, GOOD)))
"""Share done in time (duty checks, judging): at least 95 %."""
FALSE_SHARE = Limits(steps=((0.5, WARN), (0.9, BAD)))
"""Share of fire signals that were false."""
FALSE_PER_100 = Limits(steps=((2, WARN), (5, BAD)))
"""False alarms of 100 detectors in a year: up to 2 is usual, from 5 on they are investigated."""
SCORE = Limits(steps=tuple((tenths / 10, colour) for tenths, colour in zip(LINES, GRADE_COLOURS, strict=True)))
"""The lines between the grades, with the grades' colours."""
AGE_FAULT = Limits(steps=((86_400, WARN), (5 * 86_400, BAD)))
"""Since when a fault holds: a day to repair it, five where parts have to be bought."""
AGE_OPEN = Limits(steps=((60, WARN), (3600, BAD)))
"""Since when an incident is open: a minute to judge a fire signal, an hour for the rest."""
SEVERAL = Limits(base=CALM, steps=((2, WARN), (3, BAD)))
"""Venues with low pressure at once: from two on it may be the street main, from three on it is likely."""
RISE = Limits(base=CALM, steps=((5, WARN), (15, BAD)))
"""By how many points a score rose."""
AUC = Limits(base=BAD, steps=((0.6, WARN), (0.7, GOOD)))
CONNECTED = Limits(base=BAD, steps=((0.6, WARN), (1.0, GOOD)))
"""Connection rate: 60 % is a stage, all is the aim."""
