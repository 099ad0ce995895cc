"""From which value on is a figure good, doubtful or bad? The thresholds of all boards stand here, each once."""

from dataclasses import dataclass

from firewarden.dashboards.grafana.kit.colours import BAD, CALM, GOOD, WARN


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
CONNECTED = Limits(base=BAD, steps=((0.6, WARN), (1.0, GOOD)))
"""Connection rate: 60 % is a stage, all is the aim."""
