"""Ingest's figures: what it tells, as counters, gauges and histograms."""

from collections.abc import Callable
from functools import partial

from prometheus_client import Counter, Gauge, Histogram

from firewarden.figures.basics import Basics
from firewarden.figures.histogram import BatchHistogram
from firewarden.ingest.connections import ALARM, BULK
from firewarden.ingest.delays import sampled, since_arrival, since_sent
from firewarden.ingest.facts import Lane, Reason
from firewarden.ingest.gb_figures import GbFigures
from firewarden.ingest.signals import (
    BrokerConnected,
    CertificateSeen,
    GbTold,
    GivenUp,
    Signal,
    Stored,
    Waiting,
    Watched,
)

GB26875 = "gb26875"
CONNECTIONS = (ALARM.name, BULK.name, GB26875)
DELAY_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0, 600.0)
LAG_BUCKETS_S = (0.05, 0.25, 1.0, 5.0, 15.0, 60.0, 600.0, 3_600.0, 86_400.0)
SIZE_BUCKETS = (1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000)
STAGE_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0)
STAGES = ("read", "write", "commit", "whole")


class IngestFigures:
    """Takes in what ingest tells."""

    def __init__(self, basics: Basics) -> None:
        self._basics = basics
        counter = partial(Counter, registry=basics.registry)
        histogram = partial(Histogram, registry=basics.registry)
        self._messages = counter(
            "firewarden_ingest_messages", "Messages that were committed, new or known", ["connection", "result"]
        )
        self._facts = counter("firewarden_ingest_facts", "Facts that were committed", ["connection"])
        self._quarantined = counter("firewarden_ingest_quarantined", "What went to quarantine", ["reason"])
        self._gaps = counter(
            "firewarden_ingest_gaps", "Gaps in the numbering of gateways: seen, filled later, given up", ["change"]
        )
        self._connects = counter(
            "firewarden_ingest_broker_connects",
            "Connections to the broker, by whether it had kept our session",
            ["connection", "session"],
        )
        self._sizes = histogram(
            "firewarden_ingest_batch_messages", "Messages of a batch", ["connection"], buckets=SIZE_BUCKETS
        )
        self._stages = histogram(
            "firewarden_ingest_batch_seconds",
            "Time of a batch: reading it, its statements, its commit; whole: all attempts to store it",
            ["connection", "stage"],
            buckets=STAGE_BUCKETS_S,
        )
        self._acknowledged = BatchHistogram(
            "firewarden_ingest_ack_delay_seconds",
            "From the arrival of a message to its acknowledgement, which is after its commit",
            label="connection",
            values=CONNECTIONS,
            buckets=DELAY_BUCKETS_S,
            registry=basics.registry,
        )
        self._committed = _by_lane(
            basics,
            "firewarden_ingest_commit_delay_seconds",
            "From the arrival of a message to its commit; a sample of each batch",
            DELAY_BUCKETS_S,
        )
        self._sent = _by_lane(
            basics,
            "firewarden_ingest_sent_lag_seconds",
            "From sending, by the gateway's clock, to arrival; a sample of each batch",
            LAG_BUCKETS_S,
        )
        self._certificates = Gauge(
            "firewarden_certificate_expires_timestamp_seconds",
            "Until when the certificate holds that was shown at the last connection with TLS, in seconds since 1970",
            ["of"],
            registry=basics.registry,
        )
        self._looks = _looks(basics)
        self._devices = GbFigures(basics.registry)
        self._begin()

    def _begin(self) -> None:
        """Show what has not happened yet as 0, not as absent."""
        for connection in CONNECTIONS:
            self._facts.labels(connection)
            self._sizes.labels(connection)
            for result in ("new", "duplicate"):
                self._messages.labels(connection, result)
            for stage in STAGES:
                self._stages.labels(connection, stage)
        for connection in (ALARM.name, BULK.name):
            for session in ("kept", "lost"):
                self._connects.labels(connection, session)
        for reason in Reason:
            self._quarantined.labels(reason.value)
        for change in ("opened", "filled", "given_up"):
            self._gaps.labels(change)

    def __call__(self, signal: Signal) -> None:
        """Make figures of what ingest told."""
        match signal:
            case Stored():
                self._stored(signal)
            case GivenUp(gaps=gaps):
                self._gaps.labels("given_up").inc(gaps)
            case BrokerConnected(connection=connection, resumed=resumed):
                self._connects.labels(connection, "kept" if resumed else "lost").inc()
            case Watched(connection=connection, look=look):
                self._watch(connection, look)
            case CertificateSeen(of=of, expires_s=expires_s):
                self._certificates.labels(of).set(expires_s)
            case GbTold():
                self._devices(signal)
            case _:
                self._basics(signal)

    def _stored(self, signal: Stored) -> None:
        connection = signal.connection
        self._sizes.labels(connection).observe(len(signal.batch))
        self._stages.labels(connection, "read").observe(signal.read_s)
        self._stages.labels(connection, "whole").observe(signal.store_s)
        for part in signal.parts:
            self._stages.labels(connection, "write").observe(part.write_s)
            self._stages.labels(connection, "commit").observe(part.commit_s)
            self._messages.labels(connection, "new").inc(part.messages)
            self._messages.labels(connection, "duplicate").inc(part.duplicates)
            self._facts.labels(connection).inc(part.facts)
            self._gaps.labels("opened").inc(part.gaps.opened)
            self._gaps.labels("filled").inc(part.gaps.filled)
            for reason, times in part.reasons.items():
                self._quarantined.labels(reason.value).inc(times)
        ages_s, counts = since_arrival(signal.batch, signal.at)
        self._acknowledged.add(connection, ages_s, counts)
        for lane, messages in sampled(signal.batch).items():
            self._sent.add(lane.value, since_sent(messages))
            self._committed.add(lane.value, since_arrival(messages, signal.at)[0])

    def _watch(self, connection: str, look: Callable[[], Waiting]) -> None:
        self._basics.lag_gauge(connection).set_function(lambda: look().oldest_s)
        for gauge, value in self._looks:
            gauge.labels(connection).set_function(lambda value=value: value(look()))


def _by_lane(basics: Basics, name: str, documentation: str, buckets: tuple[float, ...]) -> BatchHistogram:
    lanes = [lane.value for lane in Lane]
    return BatchHistogram(name, documentation, label="lane", values=lanes, buckets=buckets, registry=basics.registry)


def _looks(basics: Basics) -> list[tuple[Gauge, Callable[[Waiting], float]]]:
    """What waits in a connection: each gauge with its value."""

    def gauge(name: str, documentation: str) -> Gauge:
        return Gauge(f"firewarden_ingest_{name}", documentation, ["connection"], registry=basics.registry)

    return [
        (gauge("connected", "1 while the subscriptions at the broker stand"), lambda waiting: waiting.connected),
        (gauge("waiting_messages", "Messages that came and wait for a batch"), lambda waiting: waiting.messages),
        (gauge("waiting_bytes", "Bytes of their payloads"), lambda waiting: waiting.payload_bytes),
        (
            gauge("unacknowledged", "Messages that the broker has sent and we have not acknowledged"),
            lambda waiting: waiting.unacknowledged,
        ),
    ]
