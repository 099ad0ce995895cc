"""What is measured in every process, whatever it does?"""

import time
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

import prometheus_client
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Info, ProcessCollector
from stamina.instrumentation import RetryDetails

import firewarden
from firewarden.figures.lag import Lag
from firewarden.figures.signals import Connected, Signal, Standing

CONNECT_BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
TICK_S = 0.5
"""How often the event loop is asked whether it still turns."""
TICKS_KEPT = 120
ERROR_LENGTH_MAX = 300

# The moment at which a series began is of no use here, and would double their number.
prometheus_client.disable_created_metrics()


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The last thing that a process complained about."""

    at: datetime
    text: str


class Basics:
    """The registry of one process, with what every process has. Rooms add their own figures to `registry`."""

    def __init__(self, process: str, worker: str, *, only_one: bool = False) -> None:
        """`only_one`: the process works only while no other of its kind and name does, and waits at first."""
        self.process = process
        self.standby = only_one
        self.worker = worker
        self.began_s = time.monotonic()
        self.registry = CollectorRegistry()
        self.last_failure: Failure | None = None
        self._turns: deque[float] = deque(maxlen=TICKS_KEPT)
        self._turn_due_s: float | None = None
        self._reported_s: float | None = None
        ProcessCollector(registry=self.registry)
        info = Info("firewarden_build", "Which process this is, and of which version", registry=self.registry)
        info.info({"process": process, "worker": worker, "version": firewarden.__version__})
        self._lag = Gauge(
            "firewarden_lag_seconds",
            "How far behind the process is at this moment, by what it follows",
            ["of"],
            registry=self.registry,
        )
        self._standby = Gauge(
            "firewarden_standby", "1 while another process of the kind works and this one waits", registry=self.registry
        )
        self._standby.set(float(only_one))
        self._retries = Counter(
            "firewarden_retries", "What failed and was tried again, by error", ["error"], registry=self.registry
        )
        self._spans = Counter(
            "firewarden_trace_spans", "Spans of traces, by what became of them", ["result"], registry=self.registry
        )
        for result in ("sent", "failed", "dropped"):
            self._spans.labels(result)
        self._complaints = Counter(
            "firewarden_log_events", "Warnings and errors in the log", ["level"], registry=self.registry
        )
        for level in ("warning", "error"):
            self._complaints.labels(level)
        self._complained_at = Gauge(
            "firewarden_last_error_timestamp_seconds",
            "When the log last had a warning or an error, in seconds since 1970; 0 for never",
            registry=self.registry,
        )
        self._connects = Histogram(
            "firewarden_database_connect_seconds",
            "How long it took to get a connection to the database that is kept",
            buckets=CONNECT_BUCKETS_S,
            registry=self.registry,
        )
        Gauge(
            "firewarden_event_loop_lag_seconds",
            "The longest time in the last minute for which nothing else got its turn",
            registry=self.registry,
        ).set_function(self._worst_turn)

    def __call__(self, signal: Signal) -> None:
        """Make a figure of what a process told."""
        match signal:
            case Connected(seconds=seconds):
                self._connects.observe(seconds)
            case Standing(by=by):
                self.standby = by
                self._standby.set(float(by))

    def lag(self, of: str, *, idle_s: float) -> Lag:
        """A lag that /metrics shows under that name, of a reader that looks at least every `idle_s`."""
        lag = Lag(idle_s=idle_s, clock=time.monotonic)
        self._lag.labels(of).set_function(lag.seconds)
        return lag

    def lag_gauge(self, of: str) -> Gauge:
        """The same, for whoever knows the lag by other means."""
        return self._lag.labels(of)

    def retried(self, details: RetryDetails) -> None:
        """Count an error after which something is tried again."""
        self._retries.labels(type(details.caused_by).__name__).inc()

    def complained(self, *, level: str, text: str) -> None:
        """Note a warning or an error of the log."""
        now = datetime.now(tz=UTC)
        self._complaints.labels(level).inc()
        self._complained_at.set(now.timestamp())
        self.last_failure = Failure(at=now, text=text[:ERROR_LENGTH_MAX])

    def spans(self, result: str, count: int) -> None:
        """So many spans were sent, could not be sent, or had no room to wait; any thread may say so."""
        self._spans.labels(result).inc(count)

    def turned(self, late_s: float) -> None:
        """The event loop came round, so late; the next time it should in TICK_S."""
        self._turns.append(max(0.0, late_s))
        self._turn_due_s = time.monotonic() + TICK_S

    def still_s(self, now_s: float) -> float:
        """For how long the event loop has not come round although it should have, as any thread may ask."""
        return 0.0 if self._turn_due_s is None else max(0.0, now_s - self._turn_due_s)

    def reported(self) -> None:
        """The figures have just reached the database."""
        self._reported_s = time.monotonic()

    def unreported_s(self, now_s: float) -> float | None:
        """How long ago they last did; None before the first time."""
        return None if self._reported_s is None else max(0.0, now_s - self._reported_s)

    def _worst_turn(self) -> float:
        # Also while it stands still: /metrics is answered by another thread.
        return max(0.0, self.still_s(time.monotonic()), *tuple(self._turns))
