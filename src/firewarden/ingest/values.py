"""Under which names do rows go into the statements of queries.sql?"""

from datetime import datetime

import numpy as np
import numpy.typing as npt

from firewarden.ingest.batch import PAYLOAD_KEPT_BYTES
from firewarden.ingest.hearing import Heard
from firewarden.ingest.rows import (
    ActionRow,
    FrameRow,
    QuarantineRow,
    ReadingRows,
    ReplyRow,
    StateRow,
    UnknownRow,
    WholeState,
)

_DAY_S = 86_400
_SHANGHAI_S = 8 * 3_600
"""Ahead of UTC; no summer time since 1991."""


def reading_batch_values(rows: ReadingRows) -> list[dict[str, object]]:
    """The notes that tell readers of the readings: one for each Shanghai day, so that a late one names only its own."""
    at_min, at_max = min(rows.times_s), max(rows.times_s)
    point_ids = np.array(rows.point_ids, dtype=np.int64)
    if _day(at_min) == _day(at_max):
        return [_note(point_ids, len(rows), at_min, at_max)]
    times_s = np.array(rows.times_s, dtype=np.float64)
    days = np.floor_divide(times_s + _SHANGHAI_S, _DAY_S)
    notes: list[dict[str, object]] = []
    for day in np.unique(days).tolist():
        of_day = days == day
        within_s = times_s[of_day]
        notes.append(_note(point_ids[of_day], len(within_s), float(within_s.min()), float(within_s.max())))
    return notes


def _day(time_s: float) -> float:
    return (time_s + _SHANGHAI_S) // _DAY_S


def _note(point_ids: npt.NDArray[np.int64], rows: int, at_min: float, at_max: float) -> dict[str, object]:
    return {"point_ids": np.unique(point_ids).tolist(), "rows": rows, "at_min": at_min, "at_max": at_max}


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


def frame_values(row: FrameRow) -> dict[str, object]:
    """A frame beside the facts that it became."""
    frame = row.frame
    return {
        "gateway_id": row.envelope.gateway,
        "boot": row.envelope.boot,
        "lane": row.envelope.lane.value,
        "seq": row.envelope.seq,
        "received_at": row.received_at,
        "transport": frame.transport,
        "peer": frame.peer,
        "serial": frame.serial,
        "command": frame.command,
        "type": frame.type,
        "digest": frame.digest,
        "undecoded": None if frame.undecoded is None else frame.undecoded.replace("\0", "\\0"),
        "frame": frame.data,
    }


def whole_state_values(row: WholeState) -> dict[str, object]:
    """All states of a point."""
    return {"point_id": row.point_id, "states": list(row.states), "changed_at": row.changed_at}


def unknown_values(rows: list[UnknownRow]) -> list[dict[str, object]]:
    """Who is not in the register, each once, in one order so that two workers never wait for each other."""
    of: dict[tuple[int, str], list[UnknownRow]] = {}
    for row in rows:
        of.setdefault((row.frame.source, row.frame.peer), []).append(row)
    return [
        {
            "source": source,
            "peer": peer,
            "transport": said[-1].frame.transport,
            "at": said[-1].received_at,
            "frames": len(said),
            "frame": said[-1].frame.data,
        }
        for (source, peer), said in sorted(of.items())
    ]


def heard_values(spoke: dict[str, Heard], now: datetime) -> dict[str, object]:
    """Who spoke, by gateway, and how long ago."""
    return {
        "gateways": list(spoke),
        "ages": [max(0.0, (now - heard.heard_at).total_seconds()) for heard in spoke.values()],
        "boots": [heard.boot for heard in spoke.values()],
        "online": [heard.online for heard in spoke.values()],
        "skews": [heard.skew_s for heard in spoke.values()],
    }
