"""Does anybody want OpenTelemetry traces, and what is a span of one? Off unless a collector is named.

Rooms tell spans after the fact, from the signals that they send anyway: whether somebody collects them changes nothing
in how they work.
"""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from firewarden.figures.basics import Basics
from firewarden.store.errors import StoreError

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
SPANS_AT_ONCE_MAX = 50
"""Of one batch or step: a flood of alarms is no reason for a flood of spans."""

Attribute = str | bool | int | float | Sequence[str]


class TracesUnavailableError(StoreError):
    """Traces are asked for, and what makes them is not installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Something that took its time. With a `trace_id` it belongs to a message: as the root of its trace, or below."""

    name: str
    began_at: datetime
    ended_at: datetime
    trace_id: str | None = None
    root: bool = False
    links: Sequence[str] = ()
    """Trace ids of messages that it was about as well."""
    attributes: Mapping[str, Attribute] = field(default_factory=dict[str, Attribute])


Trace = Callable[[Span], None]


def root_span_id(trace_id: str) -> str:
    """The id of the first span of a message's trace: every process knows it without asking another."""
    digest = sha256(trace_id.encode()).digest()[:8]
    return (digest if any(digest) else b"\x01".rjust(8, b"\0")).hex()


def wanted(environment: Mapping[str, str]) -> bool:
    """Whether the standard variables name a collector and do not switch traces off."""
    off = environment.get("OTEL_SDK_DISABLED", "").lower() == "true"
    off = off or environment.get("OTEL_TRACES_EXPORTER", "").lower() == "none"
    return not off and any(environment.get(name) for name in ENDPOINTS)


@contextmanager
def tracing(basics: Basics, environment: Mapping[str, str]) -> Generator[Trace | None]:
    """What takes spans while the block runs; None where nobody wants them. Raises TracesUnavailableError."""
    if not wanted(environment):
        yield None
        return
    try:
        from firewarden.figures.otlp import Collector  # noqa: PLC0415 - of an extra; costs half a second
    except ImportError as error:
        raise TracesUnavailableError(
            "a collector of traces is named (OTEL_EXPORTER_OTLP_ENDPOINT), and what sends them is not installed:"
            " pip install 'firewarden[traces]', or unset the variable"
        ) from error
    collector = Collector(basics)
    try:
        yield collector
    finally:
        collector.close()
