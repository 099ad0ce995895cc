"""How do spans reach an OpenTelemetry collector, over OTLP/gRPC, without slowing anybody? Of the extra `traces`."""

import logging
from collections.abc import Sequence
from datetime import datetime
from threading import Lock, Thread

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import IdGenerator, RandomIdGenerator
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

import firewarden
from firewarden.figures.basics import Basics
from firewarden.figures.tracing import Span, root_span_id

WAITING_MAX = 2_048
BATCH_MAX = 512
SEND_EVERY_MS = 1_000
EXPORT_TIMEOUT_S = 5
CLOSE_S = 2.0


class _Ids(IdGenerator):
    """Random, unless the next span has its ids already."""

    def __init__(self) -> None:
        self._random = RandomIdGenerator()
        self.next: tuple[int, int] | None = None

    def generate_trace_id(self) -> int:
        """The trace of the next root."""
        return self._random.generate_trace_id() if self.next is None else self.next[0]

    def generate_span_id(self) -> int:
        """The next span."""
        return self._random.generate_span_id() if self.next is None else self.next[1]


class _Counted(SpanExporter):
    """An exporter whose successes and failures are figures."""

    def __init__(self, exporter: SpanExporter, bounded: "_Bounded") -> None:
        self._exporter = exporter
        self._bounded = bounded

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send some; the collector may be away for as long as it likes."""
        result = self._exporter.export(spans)
        self._bounded.settled(len(spans), sent=result is SpanExportResult.SUCCESS)
        return result

    def shutdown(self) -> None:
        """End."""
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Nothing waits here."""
        return self._exporter.force_flush(timeout_millis)


class _Bounded(SpanProcessor):
    """In front of the library's queue, which would drop in silence: what would not fit is dropped here, and counted."""

    def __init__(self, basics: Basics, exporter: SpanExporter) -> None:
        self._basics = basics
        self._lock = Lock()
        self._waiting = 0
        self._queue = BatchSpanProcessor(
            _Counted(exporter, self),
            max_queue_size=WAITING_MAX,
            schedule_delay_millis=SEND_EVERY_MS,
            max_export_batch_size=BATCH_MAX,
        )

    def on_end(self, span: ReadableSpan) -> None:
        """Queue a span, or drop it."""
        with self._lock:
            full = self._waiting >= WAITING_MAX
            self._waiting += not full
        if full:
            self._basics.spans("dropped", 1)
        else:
            self._queue.on_end(span)

    def settled(self, spans: int, *, sent: bool) -> None:
        """So many left the queue."""
        with self._lock:
            self._waiting -= spans
        self._basics.spans("sent" if sent else "failed", spans)

    def shutdown(self) -> None:
        """Send what waits, and end."""
        self._queue.shutdown()


class Collector:
    """Takes spans, from one thread, and sends them from another."""

    def __init__(self, basics: Basics, exporter: SpanExporter | None = None) -> None:
        # What it says of a collector that is away, every few seconds, is no trouble of ours; figures count it.
        logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
        about = {
            "service.name": f"firewarden-{basics.process}",
            "service.instance.id": basics.worker,
            "service.version": firewarden.__version__,
        }
        self._ids = _Ids()
        self._provider = TracerProvider(resource=Resource.create(about), id_generator=self._ids, shutdown_on_exit=False)
        self._provider.add_span_processor(_Bounded(basics, exporter or OTLPSpanExporter(timeout=EXPORT_TIMEOUT_S)))
        self._tracer = self._provider.get_tracer("firewarden", firewarden.__version__)

    def __call__(self, span: Span) -> None:
        """Take one; it ended already."""
        parent = None
        self._ids.next = None
        if span.trace_id is not None:
            ids = int(span.trace_id, 16), int(root_span_id(span.trace_id), 16)
            if span.root:
                self._ids.next = ids
            else:
                parent = set_span_in_context(NonRecordingSpan(_context(*ids)))
        links = [Link(_context(int(each, 16), int(root_span_id(each), 16))) for each in span.links]
        made = self._tracer.start_span(
            span.name,
            context=parent,
            links=links,
            attributes={f"firewarden.{name}": value for name, value in span.attributes.items()},
            start_time=_nanoseconds(span.began_at),
        )
        made.end(end_time=max(_nanoseconds(span.began_at), _nanoseconds(span.ended_at)))
        self._ids.next = None

    def close(self) -> None:
        """Send what waits, if that can be done soon."""
        closing = Thread(target=self._provider.shutdown, name="traces closing", daemon=True)
        closing.start()
        closing.join(CLOSE_S)


def _context(trace_id: int, span_id: int) -> SpanContext:
    return SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))


def _nanoseconds(at: datetime) -> int:
    return int(at.timestamp() * 1e6) * 1_000
