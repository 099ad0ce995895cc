"""Which spans does the api tell? One for each event that follows from a message, until it is handed to who watches."""

from collections.abc import Callable
from datetime import UTC, datetime

from firewarden.api.signals import Handed, Signal
from firewarden.figures.tracing import SPANS_AT_ONCE_MAX, Span, Trace


def wall_clock() -> datetime:
    """The moment."""
    return datetime.now(tz=UTC)


class ApiTraces:
    """Makes spans of what the api tells."""

    def __init__(self, trace: Trace, now: Callable[[], datetime] = wall_clock) -> None:
        self._trace = trace
        self._now = now

    def __call__(self, signal: Signal) -> None:
        """Hear one."""
        if not isinstance(signal, Handed):
            return
        for traced in signal.traced[:SPANS_AT_ONCE_MAX]:
            self._trace(
                Span(
                    name="api.handed",
                    began_at=traced.at,
                    ended_at=self._now(),
                    trace_id=traced.trace_id,
                    attributes={"event_id": traced.event_id, "kind": traced.kind},
                )
            )
