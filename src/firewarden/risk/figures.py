"""The risk process's figures: what it tells, as counters, gauges and histograms."""

from collections.abc import Mapping

from prometheus_client import Counter, Gauge, Histogram

from firewarden.figures.basics import Basics
from firewarden.figures.signals import Standing
from firewarden.risk.signals import Scored, Signal
from firewarden.risk.state.facts import WaterKind
from firewarden.risk.worker import Pace

STEP_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)
SWEEP_BUCKETS_S = (1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 180.0, 600.0, 1_800.0, 3_600.0)


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
        self._sweeps = Histogram(
            "firewarden_risk_sweep_seconds",
            "How long it took to score all venues, from the beginning of a sweep to its last venue",
            buckets=SWEEP_BUCKETS_S,
            registry=registry,
        )
        self._open = Gauge(
            "firewarden_risk_findings_open",
            "Findings of the water detectors that hold",
            ["kind"],
            registry=registry,
        )
        for cause in ("news", "sweep"):
            self._venues.labels(cause)
        self._hold({})

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
                if signal.swept_s is not None:
                    self._sweeps.observe(signal.swept_s)
                if signal.open is not None:
                    self._hold(signal.open)
            case Standing(by=True):
                self._lag.rest()
                self._hold({})  # what holds is told by whoever scores
                self._basics(signal)
            case _:
                self._basics(signal)

    def _hold(self, findings: Mapping[WaterKind, int]) -> None:
        for kind in WaterKind:
            self._open.labels(kind.value).set(findings.get(kind, 0))
