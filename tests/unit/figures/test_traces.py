"""Do traces stay within bounds, harm nobody, and say what is missing?"""

import os
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from tests.collector import collecting

from firewarden.deploy.ports import any_free
from firewarden.figures.basics import Basics
from firewarden.figures.otlp import WAITING_MAX, Collector
from firewarden.figures.series import table
from firewarden.figures.tracing import SPANS_AT_ONCE_MAX, Span, root_span_id, tracing, wanted
from firewarden.ingest.batch import Received
from firewarden.ingest.facts import Envelope, Lane
from firewarden.ingest.mqtt_session import Message
from firewarden.ingest.signals import Stored
from firewarden.ingest.traces import IngestTraces
from firewarden.ingest.writer import Written

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
TRACE = "0123456789abcdef0123456789abcdef"


def received(lane: Lane, seq: int) -> Received:
    """A message that says nothing."""
    envelope = Envelope(gateway="GW-1", lane=lane, boot="b", seq=seq, sent_at=AT, facts=())
    message = Message(topic=f"fire/v1/GW-1/{lane.value}", payload=b"{}", packet_id=None, connection=1)
    return Received(message=message, envelope=envelope, rejections=(), received_at=AT, size=2)


def stored(messages: Sequence[Received], *, at: datetime = AT) -> Stored:
    """A batch that was committed."""
    alarms = [each for each in messages if each.envelope is not None and each.envelope.lane is Lane.ALARM]
    part = Written(through={}, messages=len(messages), duplicates=0, facts=0, quarantined=0, alarms=alarms)
    return Stored(connection="bulk", batch=list(messages), parts=[part], read_s=0.0, store_s=0.1, at=at)


def result_of(basics: Basics) -> dict[str, float]:
    """What became of spans."""
    figures = table(basics.registry.collect())
    return {
        result: figures[f'firewarden_trace_spans_total{{result="{result}"}}']
        for result in ("sent", "failed", "dropped")
    }


def spans(count: int) -> list[Span]:
    """Some spans."""
    return [Span(name="x", began_at=AT, ended_at=AT + timedelta(seconds=1)) for _ in range(count)]


def test_readings_make_no_spans_of_their_own() -> None:
    """10,000 readings, however they are batched within ten seconds, are some ten spans."""
    told: list[Span] = []
    traces = IngestTraces(told.append)
    messages = [received(Lane.READING, seq) for seq in range(1, 10_001)]
    for number, message in enumerate(messages):
        traces(stored([message], at=AT + timedelta(milliseconds=number)))
    traces(stored(messages, at=AT + timedelta(seconds=11)))
    assert {span.name for span in told} == {"ingest.batch"}
    assert 1 <= len(told) <= 12


def test_a_flood_of_alarms_is_bounded_too() -> None:
    """Each alarm is the root of its own trace and a link of its batch, up to a limit."""
    told: list[Span] = []
    IngestTraces(told.append)(stored([received(Lane.ALARM, seq) for seq in range(1, 1_001)]))
    roots = [span for span in told if span.root]
    assert len(roots) == SPANS_AT_ONCE_MAX
    assert len({span.trace_id for span in roots}) == SPANS_AT_ONCE_MAX
    [batch] = [span for span in told if not span.root]
    assert list(batch.links) == [span.trace_id for span in roots]


def test_a_collector_gets_the_ids_that_were_told() -> None:
    """Root, child and link over OTLP/gRPC: the same trace id, and the parent that everybody can compute."""
    basics = Basics("ingest", "1")
    with collecting() as receiver:
        collector = Collector(basics, OTLPSpanExporter(endpoint=receiver.endpoint, insecure=True))
        collector(Span(name="root", began_at=AT, ended_at=AT, trace_id=TRACE, root=True))
        collector(Span(name="child", began_at=AT, ended_at=AT, trace_id=TRACE, attributes={"kind": "fire"}))
        collector(Span(name="batch", began_at=AT, ended_at=AT, links=[TRACE]))
        collector.close()
    root, child, batch = sorted(receiver.spans, key=lambda span: ["root", "child", "batch"].index(span.name))
    assert (root.trace_id, root.span_id, root.parent) == (TRACE, root_span_id(TRACE), "")
    assert (child.trace_id, child.parent) == (TRACE, root.span_id)
    assert child.attributes == {"firewarden.kind": "fire"}
    assert batch.trace_id != TRACE
    assert batch.links == (TRACE,)
    assert root.service == "firewarden-ingest"
    assert result_of(basics) == {"sent": 3.0, "failed": 0.0, "dropped": 0.0}


class Stuck(SpanExporter):
    """A collector that takes a batch and never answers."""

    def __init__(self) -> None:
        self.asked, self.end = Event(), Event()

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:  # noqa: ARG002 - the interface
        """Wait for the end of the test."""
        self.asked.set()
        self.end.wait()
        return SpanExportResult.FAILURE

    def shutdown(self) -> None:
        """End."""
        self.end.set()


def test_a_collector_that_hangs_holds_nobody_up() -> None:
    """Spans wait up to a limit; what is beyond is dropped and counted, and whoever tells them goes on."""
    basics, stuck = Basics("ingest", "1"), Stuck()
    collector = Collector(basics, stuck)
    for span in spans(WAITING_MAX + 500):
        collector(span)
    stuck.asked.wait()
    assert result_of(basics) == {"sent": 0.0, "failed": 0.0, "dropped": 500.0}
    stuck.end.set()
    collector.close()


def test_a_collector_that_is_away_holds_nobody_up() -> None:
    """Nobody at the address: the same."""
    basics = Basics("ingest", "1")
    collector = Collector(basics, OTLPSpanExporter(endpoint=f"http://127.0.0.1:{any_free()}", insecure=True, timeout=1))
    for span in spans(WAITING_MAX + 500):
        collector(span)
    collector.close()
    found = result_of(basics)
    assert found["sent"] == 0.0
    assert found["failed"] + found["dropped"] > 0


@pytest.mark.parametrize(
    ("environment", "is_wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4317"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4317"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4317", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4317", "OTEL_TRACES_EXPORTER": "none"}, False),
    ],
)
def test_off_unless_a_collector_is_named(environment: dict[str, str], *, is_wanted: bool) -> None:
    """The standard variables switch traces on and off."""
    assert wanted(environment) is is_wanted
    if not is_wanted:
        with tracing(Basics("desk", "1"), environment) as trace:
            assert trace is None


def test_without_the_extra_it_says_what_to_install() -> None:
    """A process that shall send traces and cannot ends with 78 and the command that mends it; no trace of Python's."""
    program = "import sys; sys.modules['opentelemetry'] = None; from firewarden.cli.app import main; main()"
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("FIREWARDEN")},
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "FIREWARDEN_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x",
        "FIREWARDEN_MQTT_URL": "mqtt://127.0.0.1:1",
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1",
    }
    done = subprocess.run(
        [sys.executable, "-c", program, "desk"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 78
    assert "pip install 'firewarden[traces]'" in done.stderr
    assert "Traceback" not in done.stderr
