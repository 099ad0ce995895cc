"""The api's figures: what it tells, as counters, gauges and histograms, and what its pool counts."""

from prometheus_client import Counter, Gauge, Histogram
from psycopg_pool import AsyncConnectionPool

from firewarden.api.live import POLL_S, EndReason, Live
from firewarden.api.signals import Answered, Handed, Pages, Signal, StreamEnded
from firewarden.api.stream import CLIENT_GONE
from firewarden.figures.basics import Basics
from firewarden.figures.pool import PoolFigures

ANSWER_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
HANDED_BUCKETS_S = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)


class ApiFigures:
    """Takes in what the api tells."""

    def __init__(self, basics: Basics) -> None:
        registry = basics.registry
        self._basics = basics
        self._lag = basics.lag("events", idle_s=POLL_S)
        self._requests = Counter(
            "firewarden_http_requests", "Requests that were answered", ["method", "route", "status"], registry=registry
        )
        self._answers = Histogram(
            "firewarden_http_request_seconds",
            "How long a request took, from its head to the end of the answer; without streams",
            ["route"],
            buckets=ANSWER_BUCKETS_S,
            registry=registry,
        )
        self._events = Counter("firewarden_events_handed", "Events handed to streams and pages", registry=registry)
        self._delays = Histogram(
            "firewarden_event_delay_seconds",
            "How long ago the newest event of a batch happened when it was handed over",
            buckets=HANDED_BUCKETS_S,
            registry=registry,
        )
        self._ended = Counter(
            "firewarden_streams_ended", "Event streams that ended, by why", ["reason"], registry=registry
        )
        self._watchers = Gauge(
            "firewarden_stream_clients", "Event streams that are open, the console's own included", registry=registry
        )
        self._pages = Gauge("firewarden_console_pages", "Pages of the console that are open", registry=registry)
        for reason in (*EndReason, CLIENT_GONE):
            self._ended.labels(str(reason))

    def watch(self, pool: AsyncConnectionPool, live: Live) -> None:
        """Show also what these know themselves; once."""
        PoolFigures(pool, self._basics.registry)
        self._watchers.set_function(lambda: live.watchers)

    def __call__(self, signal: Signal) -> None:
        """Make figures of what the api told."""
        match signal:
            case Answered(method=method, route=route, status=status, seconds=seconds):
                self._requests.labels(method, route, str(status)).inc()
                if seconds is not None:
                    self._answers.labels(route).observe(seconds)
            case Handed(events=events, age_s=age_s):
                self._lag.read(age_s or 0.0)
                self._events.inc(events)
                if age_s is not None:
                    self._delays.observe(max(0.0, age_s))
            case StreamEnded(reason=reason):
                self._ended.labels(reason).inc()
            case Pages(open=pages):
                self._pages.set(pages)
            case _:
                self._basics(signal)
