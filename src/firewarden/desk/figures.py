"""The desk's figures: what it tells, as counters, gauges and histograms."""

from prometheus_client import Counter, Gauge, Histogram

from firewarden.desk.episodes import Step
from firewarden.desk.incidents import PRIORITY
from firewarden.desk.signals import Followed, Judged, Open, Signal
from firewarden.desk.worker import FOLLOWERS, IDLE_S
from firewarden.figures.basics import Basics
from firewarden.figures.signals import Standing

STEP_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)
DELAY_BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 600.0)


class DeskFigures:
    """Takes in what the desk tells."""

    def __init__(self, basics: Basics) -> None:
        registry, readers = basics.registry, [follower.reader for follower in FOLLOWERS]
        self._basics = basics
        self._lags = {reader: basics.lag(reader, idle_s=IDLE_S) for reader in readers}
        self._steps = Histogram(
            "firewarden_desk_step_seconds",
            "How long it took to read what is new and to commit what follows from it",
            ["reader"],
            buckets=STEP_BUCKETS_S,
            registry=registry,
        )
        self._delays = Histogram(
            "firewarden_desk_fact_delay_seconds",
            "How long the oldest fact of a step had waited since its commit, when its effect was committed",
            ["reader"],
            buckets=DELAY_BUCKETS_S,
            registry=registry,
        )
        self._facts = Counter("firewarden_desk_facts", "Facts that were read", ["reader"], registry=registry)
        self._changes = Counter(
            "firewarden_desk_changes", "What facts did to the episodes, by step", ["step"], registry=registry
        )
        self._judgements = Histogram(
            "firewarden_desk_silence_seconds",
            "How long it took to judge which gateways are silent",
            buckets=STEP_BUCKETS_S,
            registry=registry,
        )
        self._silence = Counter(
            "firewarden_desk_silence_changes", "Gateways that fell silent or were heard again", registry=registry
        )
        self._open = Gauge(
            "firewarden_desk_incidents_open", "Incidents that nobody has closed", ["kind"], registry=registry
        )
        for reader in readers:
            for figure in (self._steps, self._delays, self._facts):
                figure.labels(reader)
        for step in Step:
            self._changes.labels(step.name.lower())

    def __call__(self, signal: Signal) -> None:
        """Make figures of what the desk told."""
        match signal:
            case Followed():
                self._followed(signal)
            case Judged(seconds=seconds, changes=changes):
                self._judgements.observe(seconds)
                self._silence.inc(changes)
            case Open(incidents=incidents):
                for kind in PRIORITY:
                    self._open.labels(kind.value).set(incidents.get(kind, 0))
            case Standing(by=True):
                self._rest()
                self._basics(signal)
            case _:
                self._basics(signal)

    def _followed(self, step: Followed) -> None:
        self._lags[step.reader].read(step.ages.newest_s if step.ages else 0.0)
        self._steps.labels(step.reader).observe(step.seconds)
        if step.ages is not None:
            self._facts.labels(step.reader).inc(step.facts)
            self._delays.labels(step.reader).observe(max(0.0, step.ages.oldest_s))
        for taken, times in step.taken.items():
            self._changes.labels(taken.name.lower()).inc(times)

    def _rest(self) -> None:
        for lag in self._lags.values():
            lag.rest()
        self._open.clear()  # the desk that works counts them
