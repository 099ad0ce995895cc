"""The risk process's figures: what it tells, as counters, gauges and histograms."""

from prometheus_client import Counter, Histogram

from firewarden.figures.basics import Basics
from firewarden.figures.signals import Standing
from firewarden.risk.signals import Scored, Signal
from firewarden.risk.worker import Pace

STEP_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)


class RiskFigures:
    """Takes in what the risk process tells."""

    def __init__(self, basics: Basics, pace: Pace) -> None:
        registry = basics.registry
        self._basics = basics
        self._lag = basics.lag("risk", idle_s=pace.idle_s + pace.step_s)
        self._steps = Histogram(
            "firewarden_risk_step_seconds",
            "How long it took to read what is new, score the venues it touches, and commit",
            buckets=STEP_BUCKETS_S,
            registry=registry,
        )
        self._venues = Counter(
            "firewarden_risk_venues_scored", "Venues that were scored, by what for", ["cause"], registry=registry
        )
        self._changed = Counter(
            "firewarden_risk_scores_changed", "Scores that are others than before", registry=registry
        )
        self._facts = Counter(
            "firewarden_risk_facts_folded", "Facts that were taken into the states of venues", registry=registry
        )
        for cause in ("news", "sweep"):
            self._venues.labels(cause)

    def __call__(self, signal: Signal) -> None:
        """Make figures of what the risk process told."""
        match signal:
            case Scored():
                # What is committed while a step runs is read by the next one.
                self._lag.read(signal.seconds)
                self._steps.observe(signal.seconds)
                self._venues.labels("sweep" if signal.sweeping else "news").inc(signal.venues)
                self._changed.inc(signal.changed)
                self._facts.inc(signal.facts)
            case Standing(by=True):
                self._lag.rest()
                self._basics(signal)
            case _:
                self._basics(signal)
