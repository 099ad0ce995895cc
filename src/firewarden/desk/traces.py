"""Which spans does the desk tell? One for each incident that a message opened, in the trace of that message."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from firewarden.desk.signals import Followed, Signal
from firewarden.figures.tracing import SPANS_AT_ONCE_MAX, Span, Trace


def wall_clock() -> datetime:
    """The moment."""
    return datetime.now(tz=UTC)


class DeskTraces:
    """Makes spans of what the desk tells."""

    def __init__(self, trace: Trace, now: Callable[[], datetime] = wall_clock) -> None:
        self._trace = trace
        self._now = now

    def __call__(self, signal: Signal) -> None:
        """Hear one."""
        if not isinstance(signal, Followed) or not signal.opened:
            return
        now = self._now()
        began_at = now - timedelta(seconds=signal.seconds)
        for opened in signal.opened[:SPANS_AT_ONCE_MAX]:
            if opened.change.message is not None:
                self._trace(
                    Span(
                        name="desk.step",
                        began_at=began_at,
                        ended_at=now,
                        trace_id=opened.change.message.trace_id,
                        attributes={
                            "reader": signal.reader,
                            "facts": signal.facts,
                            "incident_id": opened.incident_id,
                            "kind": opened.change.key.kind.value,
                            "venue_id": opened.change.key.venue_id,
                        },
                    )
                )
