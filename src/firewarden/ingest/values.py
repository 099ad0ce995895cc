"""Under which names do rows go into the statements of queries.sql?"""

import numpy as np

from firewarden.ingest.batch import PAYLOAD_KEPT_BYTES
from firewarden.ingest.hearing import Heard
from firewarden.ingest.rows import ActionRow, QuarantineRow, ReadingRows, ReplyRow, StateRow


def reading_batch_values(rows: ReadingRows) -> dict[str, object]:
    """The note that tells readers of the readings."""
    return {
        "point_ids": np.unique(np.array(rows.point_ids, dtype=np.int64)).tolist(),
        "rows": len(rows),
        "at_min": min(rows.times_s),
        "at_max": max(rows.times_s),
    }


def state_values(row: StateRow) -> dict[str, object]:
    """One rise or fall."""
    return {
        "gateway_id": row.gateway_id,
        "venue_id": row.venue_id,
        "point_id": row.point_id,
        "state": row.state,
        "raised": row.raised,
        "at": row.at,
        "device_at": row.device_at,
        "sent_at": row.envelope.sent_at,
        "received_at": row.received_at,
        "boot": row.envelope.boot,
        "lane": row.envelope.lane.value,
        "seq": row.envelope.seq,
    }


def action_values(row: ActionRow) -> dict[str, object]:
    """One act of an operator."""
    return {
        "gateway_id": row.envelope.gateway,
        "venue_id": row.venue_id,
        "action": row.fact.action.value,
        "operator": row.fact.operator,
        "at": row.at,
        "device_at": row.fact.at,
        "sent_at": row.envelope.sent_at,
        "received_at": row.received_at,
        "boot": row.envelope.boot,
        "lane": row.envelope.lane.value,
        "seq": row.envelope.seq,
    }


def reply_values(row: ReplyRow) -> dict[str, object]:
    """One answer to a command."""
    return {
        "gateway_id": row.envelope.gateway,
        "command": row.fact.command,
        "result": row.fact.result,
        "detail": row.fact.detail,
        "at": row.at,
        "received_at": row.received_at,
        "boot": row.envelope.boot,
        "seq": row.envelope.seq,
    }


def quarantine_values(row: QuarantineRow) -> dict[str, object]:
    """What could not be taken at its word."""
    payload = row.received.message.payload
    return {
        "received_at": row.received.received_at,
        "topic": row.received.message.topic,
        "gateway_id": row.gateway_id,
        "reason": row.rejection.reason.value,
        "detail": row.rejection.detail.replace("\0", "\\0"),
        "payload": payload[:PAYLOAD_KEPT_BYTES],
        "payload_size": row.received.size,
    }


def heard_values(spoke: dict[str, Heard]) -> dict[str, object]:
    """Who spoke, by gateway."""
    return {
        "gateways": list(spoke),
        "heard": [heard.heard_at for heard in spoke.values()],
        "boots": [heard.boot for heard in spoke.values()],
        "online": [heard.online for heard in spoke.values()],
        "skews": [heard.skew_s for heard in spoke.values()],
    }
