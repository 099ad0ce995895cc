"""Which spans does ingest tell? One for each message of the alarm lane, and few for all else."""

from firewarden.figures.tracing import SPANS_AT_ONCE_MAX, Span, Trace
from firewarden.ingest.signals import Signal, Stored
from firewarden.ingest.telling import message_id
from firewarden.ingest.trace_id import message_fields

WITHOUT_ALARMS_EVERY_S = 1.0
"""Of batches without alarms one a second is enough to see how they do."""


class IngestTraces:
    """Makes spans of what ingest tells."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._told_s: dict[str, float] = {}

    def __call__(self, signal: Signal) -> None:
        """Hear one."""
        if isinstance(signal, Stored):
            self._stored(signal)

    def _stored(self, stored: Stored) -> None:
        alarms = [received for part in stored.parts for received in part.alarms]
        at_s = stored.at.timestamp()
        if not alarms and abs(at_s - self._told_s.get(stored.connection, 0.0)) < WITHOUT_ALARMS_EVERY_S:
            return
        self._told_s[stored.connection] = at_s
        traces: list[str] = []
        for received in alarms[:SPANS_AT_ONCE_MAX]:
            assert received.envelope is not None
            message = message_id(received.envelope)
            traces.append(message.trace_id)
            self._trace(
                Span(
                    name="ingest.message",
                    began_at=received.received_at,
                    ended_at=stored.at,
                    trace_id=message.trace_id,
                    root=True,
                    attributes=message_fields(message),
                )
            )
        self._trace(_batch(stored, traces))


def _batch(stored: Stored, traces: list[str]) -> Span:
    began_s = stored.at.timestamp() - stored.store_s
    parts = stored.parts
    return Span(
        name="ingest.batch",
        began_at=stored.at.fromtimestamp(began_s, stored.at.tzinfo),
        ended_at=stored.at,
        links=traces,
        attributes={
            "connection": stored.connection,
            "messages": len(stored.batch),
            "facts": sum(part.facts for part in parts),
            "duplicates": sum(part.duplicates for part in parts),
            "quarantined": sum(part.quarantined for part in parts),
            "commit_s": sum(part.commit_s for part in parts),
        },
    )
