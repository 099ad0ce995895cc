"""An OpenTelemetry collector for tests: takes spans over OTLP/gRPC and keeps them."""

from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """One span, with ids in hex; `parent` is empty for a root."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent: str
    links: tuple[str, ...]
    attributes: dict[str, str]


@dataclass(slots=True)
class Receiver(trace_service_pb2_grpc.TraceServiceServicer):
    """The service that exporters speak to."""

    spans: list[Collected] = field(default_factory=list[Collected])
    port: int = 0

    @property
    def endpoint(self) -> str:
        """Its address, as the standard variables name it."""
        return f"http://127.0.0.1:{self.port}"

    def Export(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002 - the protocol's name
        """Keep what came."""
        for resource in request.resource_spans:
            about = {each.key: each.value.string_value for each in resource.resource.attributes}
            for scope in resource.scope_spans:
                self.spans += [_collected(about.get("service.name", ""), span) for span in scope.spans]
        return ExportTraceServiceResponse()


def _collected(service: str, span: Any) -> Collected:
    return Collected(
        service=service,
        name=span.name,
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        links=tuple(link.trace_id.hex() for link in span.links),
        attributes={each.key: each.value.string_value or str(each.value.int_value) for each in span.attributes},
    )


@contextmanager
def collecting() -> Generator[Receiver]:
    """A collector on a free port of this machine."""
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    receiver = Receiver()
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(receiver, server)
    receiver.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield receiver
    finally:
        server.stop(None).wait()
