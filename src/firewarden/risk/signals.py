"""What does the risk process tell about its own work? One fact for each step; figures.py makes figures of them."""

from collections.abc import Callable
from dataclasses import dataclass

from firewarden.figures import signals


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One step: `facts` were taken in and `venues` were scored anew; the scores of `changed` are others now."""

    venues: int
    changed: int
    facts: int
    seconds: float
    sweeping: bool
    """Whether the step was part of the sweep through all venues."""


Signal = Scored | signals.Signal
Tell = Callable[[Signal], None]
