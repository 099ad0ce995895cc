"""What does a batch write? Facts to rows, with the ids of the register; nothing is looked up or decided later."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from firewarden.ingest import clock
from firewarden.ingest.batch import Received
from firewarden.ingest.facts import (
    QUANTITY_NAMES,
    UNIT_FACTORS,
    Envelope,
    Heartbeat,
    OperatorAction,
    Reading,
    Reason,
    Rejection,
    Reply,
    StateChange,
)
from firewarden.ingest.wire.json_v1 import gateway_of

PointKey = tuple[str, str]
"""A gateway and the address of one of its points."""

_POSTGRES_EPOCH_US = int(datetime(2000, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
_COPY_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_COPY_TRAILER = b"\xff\xff"
# PostgreSQL's binary COPY format: a field count, then each field's length and its value, all big-endian.
_READING = np.dtype(
    [
        ("fields", ">i2"),
        ("point_id_len", ">i4"),
        ("point_id", ">i8"),
        ("quantity_len", ">i4"),
        ("quantity", ">i2"),
        ("at_len", ">i4"),
        ("at", ">i8"),
        ("value_len", ">i4"),
        ("value", ">f8"),
        ("sent_at_len", ">i4"),
        ("sent_at", ">i8"),
        ("received_at_len", ">i4"),
        ("received_at", ">i8"),
    ]
)
READING_COLUMNS = ("point_id", "quantity", "at", "value", "sent_at", "received_at")
"""What the packed rows hold, in the order of COPY."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRow:
    """One rise or fall of one state."""

    gateway_id: str
    venue_id: int
    point_id: int
    state: str
    raised: bool
    at: datetime
    device_at: datetime
    envelope: Envelope
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionRow:
    """One act of an operator."""

    venue_id: int
    fact: OperatorAction
    at: datetime
    envelope: Envelope
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRow:
    """One answer to a command."""

    fact: Reply
    at: datetime
    envelope: Envelope
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineRow:
    """Something that could not be taken at its word, with the whole message."""

    received: Received
    gateway_id: str | None
    rejection: Rejection


@dataclass(slots=True)
class Rows:
    """All that one transaction inserts."""

    readings: list[tuple[int, int, float, float, float, float]] = field(
        default_factory=list[tuple[int, int, float, float, float, float]]
    )
    states: list[StateRow] = field(default_factory=list[StateRow])
    actions: list[ActionRow] = field(default_factory=list[ActionRow])
    replies: list[ReplyRow] = field(default_factory=list[ReplyRow])
    quarantine: list[QuarantineRow] = field(default_factory=list[QuarantineRow])


def points_named(batch: Iterable[Received]) -> dict[PointKey, str | None]:
    """Every point that a batch speaks of, with the quantity that it measures, if it measures."""
    named: dict[PointKey, str | None] = {}
    for received in batch:
        if received.envelope is None:
            continue
        for fact in received.envelope.facts:
            if isinstance(fact, Reading):
                named[received.envelope.gateway, fact.point] = fact.quantity
            elif isinstance(fact, StateChange):
                named.setdefault((received.envelope.gateway, fact.point), None)
    return named


def quarantined(received: Received, rejections: Iterable[Rejection]) -> list[QuarantineRow]:
    """What of a message goes to quarantine."""
    gateway_id = gateway_of(received.message.topic)
    return [QuarantineRow(received=received, gateway_id=gateway_id, rejection=r) for r in rejections]


def add_message(rows: Rows, received: Received, venue_id: int, points: dict[PointKey, int]) -> None:
    """Add the facts of one new message. Every point it names has its id in `points`."""
    envelope = received.envelope
    assert envelope is not None
    received_s = received.received_at.timestamp()
    sent_s = clock.judge(envelope.sent_at, received.received_at).at.timestamp()
    for fact in envelope.facts:
        # Readings are nearly all there is: they go by numbers alone, without an object for each judgement.
        if isinstance(fact, Reading) and clock.believable(at_s := fact.at.timestamp(), received_s):
            quantity = QUANTITY_NAMES[fact.quantity]
            value = fact.value * UNIT_FACTORS[quantity, fact.unit]
            rows.readings.append((points[envelope.gateway, fact.point], quantity, at_s, value, sent_s, received_s))
        elif not isinstance(fact, Heartbeat):
            _add_rare(rows, fact, received, venue_id, points)


def _add_rare(
    rows: Rows,
    fact: Reading | StateChange | OperatorAction | Reply,
    received: Received,
    venue_id: int,
    points: dict[PointKey, int],
) -> None:
    envelope = received.envelope
    assert envelope is not None
    judged = clock.judge(fact.at, received.received_at)
    if judged.wrong is not None:
        rows.quarantine.extend(quarantined(received, [judged.wrong]))
    match fact:
        case StateChange():
            point_id = points[envelope.gateway, fact.point]
            rows.states.extend(_state_rows(fact, point_id, venue_id, judged.at, received))
        case OperatorAction():
            row = ActionRow(
                venue_id=venue_id, fact=fact, at=judged.at, envelope=envelope, received_at=received.received_at
            )
            rows.actions.append(row)
        case Reply():
            reply = ReplyRow(fact=fact, at=judged.at, envelope=envelope, received_at=received.received_at)
            rows.replies.append(reply)
        case Reading():
            assert judged.wrong is not None, "a reading whose time can be true is no rarity"


def _state_rows(
    fact: StateChange, point_id: int, venue_id: int, at: datetime, received: Received
) -> Iterator[StateRow]:
    envelope = received.envelope
    assert envelope is not None
    # Falls first: a message that ends one state and begins another is read in that order.
    for raised, states in ((False, fact.clear), (True, fact.set)):
        for state in states:
            yield StateRow(
                gateway_id=envelope.gateway,
                venue_id=venue_id,
                point_id=point_id,
                state=state.value,
                raised=raised,
                at=at,
                device_at=fact.at,
                envelope=envelope,
                received_at=received.received_at,
            )


def pack_readings(readings: list[tuple[int, int, float, float, float, float]]) -> bytes:
    """Rows of READING_COLUMNS (times in seconds since 1970) as one binary COPY stream."""
    packed: npt.NDArray[np.void] = np.empty(len(readings), dtype=_READING)
    columns = np.array(readings, dtype=np.float64)  # ids and microseconds stay exact below 2**53
    packed["fields"] = len(READING_COLUMNS)
    for index, name in enumerate(READING_COLUMNS):
        packed[f"{name}_len"] = _READING[name].itemsize
        if name.endswith("at"):
            packed[name] = np.rint(columns[:, index] * 1e6).astype(np.int64) - _POSTGRES_EPOCH_US
        else:
            packed[name] = columns[:, index]
    return _COPY_HEADER + packed.tobytes() + _COPY_TRAILER


def reason_for_unknown_gateway(received: Received) -> Rejection:
    """A well-formed message of a gateway that nobody registered."""
    gateway = received.envelope.gateway if received.envelope else ""
    return Rejection(
        reason=Reason.UNKNOWN_GATEWAY,
        detail=f"{gateway!r} is not in the register; add it: firewarden gateway add --id {gateway} --venue CODE",
    )
