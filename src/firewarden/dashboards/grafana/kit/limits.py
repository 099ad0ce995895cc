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
ECE = Limits(steps=((0.01, WARN), (0.02, BAD)))
"""Mean distance of predicted and observed rates; base rates are a few per cent."""
AUC = Limits(base=BAD, steps=((0.6, WARN), (0.7, GOOD)))
CONNECTED = Limits(base=BAD, steps=((0.6, WARN), (1.0, GOOD)))
"""Connection rate: 60 % is a stage, all is the aim."""
SHOW = Limits(steps=((5, WARN), (10, BAD)))
"""From received to shown: the law gives ten seconds from the gateway on."""
TAKE = Limits(steps=((10, WARN), (15, BAD)))
"""Until somebody takes a fire signal: fifteen seconds."""
JUDGE = Limits(steps=((45, WARN), (60, BAD)))
"""Until a fire signal is judged: a minute."""
FLOOD = Limits(base=CALM, steps=((10, WARN), (60, BAD)))
"""New incidents in ten minutes: from ten on one person no longer keeps up, from sixty on nobody does."""
CLOCK = Limits(base=BAD, steps=((-5, WARN), (-1, GOOD), (1, WARN), (5, BAD)))
"""Error of a clock: five seconds are allowed."""
SILENT_TOGETHER = Limits(steps=((0.05, WARN), (0.2, BAD)))
"""Gateways that fell silent together: from a fifth on it is a network."""
LINK_TEST = Limits(steps=((24 * 3600, WARN), (26 * 3600, BAD)))
"""Since the link to 119 was tested: a day, and two hours of grace."""
FREE = Limits(base=BAD, steps=((0.05, WARN), (0.15, GOOD)))
"""Room on a disk."""
CERTIFICATE = Limits(base=BAD, steps=((3 * 86_400, WARN), (14 * 86_400, GOOD)))
"""For how long a certificate still holds."""
TRANSACTION = Limits(steps=((60, WARN), (600, BAD)))
"""How long a transaction has gone on: ours take seconds, a dump takes minutes."""
LAG = Limits(steps=((2, WARN), (10, BAD)))
"""How far behind a reader is: two seconds for alarms, ten for the rest."""
CONNECTIONS = Limits(steps=((0.7, WARN), (0.9, BAD)))
"""Connections to the database, of those that it allows."""
