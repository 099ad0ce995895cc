"""What does the risk process tell about its own work? One fact for each step; figures.py makes figures of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from firewarden.figures import signals
from firewarden.risk.state.facts import WaterKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One step: `facts` were taken in and `venues` were scored anew; the scores of `changed` are others now."""

    venues: int
    changed: int
    facts: int
    seconds: float
    sweeping: bool
    """Whether the step was part of the sweep through all venues."""
    swept_s: float | None = None
    """Of the step that scored the last venue of a sweep: how long the sweep took. None also where it began before a
    restart."""
    open: Mapping[WaterKind, int] | None = None
    """Findings of the water detectors that hold, by kind; None until all sensors were looked up."""


Signal = Scored | signals.Signal
Tell = Callable[[Signal], None]
