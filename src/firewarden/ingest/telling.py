"""What does the log say of a committed batch? What is notable, one line a message, and never all of a flood."""

from collections.abc import Iterable, Sequence

import structlog

from firewarden.ingest.facts import Envelope, StateChange
from firewarden.ingest.rows import QuarantineRow
from firewarden.ingest.trace_id import MessageId, message_fields
from firewarden.ingest.writer import Written

log = structlog.stdlib.get_logger("ingest")

LINES_MAX = 50
"""Of alarms from one batch: what more there is stands in the database, and `firewarden trace` finds it."""


def tell_of(parts: Iterable[Written], connection: str) -> None:
    """Write down which alarms are committed now, and what went to quarantine."""
    for written in parts:
        if written.alarms:
            _alarms(connection, [r.envelope for r in written.alarms if r.envelope is not None])
        if written.quarantined:
            log.warning("quarantined", connection=connection, messages=written.quarantined)
            for row in written.refused:
                _refused(connection, row)


def message_id(envelope: Envelope) -> MessageId:
    """Which message of all it is."""
    return MessageId(gateway=envelope.gateway, boot=envelope.boot, lane=envelope.lane.value, seq=envelope.seq)


def _alarms(connection: str, envelopes: Sequence[Envelope]) -> None:
    for envelope in envelopes[:LINES_MAX]:
        states = sorted({state.value for fact in envelope.facts if isinstance(fact, StateChange) for state in fact.set})
        log.info("alarm_committed", connection=connection, states=states, **message_fields(message_id(envelope)))
    if len(envelopes) > LINES_MAX:
        log.info("alarms_committed", connection=connection, further=len(envelopes) - LINES_MAX)


def _refused(connection: str, row: QuarantineRow) -> None:
    envelope, reason = row.received.envelope, row.rejection.reason.value
    log.info(
        "message_quarantined",
        connection=connection,
        reason=reason,
        **({"gateway": row.gateway_id} if envelope is None else message_fields(message_id(envelope))),
    )
