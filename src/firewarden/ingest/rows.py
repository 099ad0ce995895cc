"""What does a batch write? Facts to rows, with the ids of the register; nothing is looked up or decided later."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import numpy.typing as npt

from firewarden.ingest import clock
from firewarden.ingest.batch import Received
from firewarden.ingest.facts import (
    MEASURE_NUMBERS,
    MEASURES,
    UNIT_FACTORS,
    Envelope,
    Heartbeat,
    Lane,
    OperatorAction,
    Reading,
    Readings,
    Reason,
    Rejection,
    Reply,
    StateChange,
)
from firewarden.ingest.gb_received import RawFrame
from firewarden.ingest.reading_copy import POSTGRES_EPOCH, pack
from firewarden.ingest.wire.json_v1 import gateway_of

PointKey = tuple[str, str]
"""A gateway and the address of one of its points."""

_POSTGRES_EPOCH_US = int(POSTGRES_EPOCH.timestamp()) * 1_000_000
_QUANTITY_OF = np.array([quantity for quantity, _ in UNIT_FACTORS], dtype=np.int16)
_FACTOR_OF = np.array(list(UNIT_FACTORS.values()), dtype=np.float64)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameRow:
    """A frame as it came, beside the facts that it became."""

    envelope: Envelope
    received_at: datetime
    frame: RawFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownRow:
    """Somebody who is not in the register sent a frame."""

    received_at: datetime
    frame: RawFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeState:
    """Which states a point has, all of them."""

    point_id: int
    states: tuple[str, ...]
    changed_at: datetime


@dataclass(slots=True)
class ReadingRows:
    """Readings as columns: one value a reading in the first four, one a message in the others."""

    point_ids: list[int] = field(default_factory=list[int])
    measures: list[int] = field(default_factory=list[int])  # indices of facts.MEASURES
    times_s: list[float] = field(default_factory=list[float])
    values: list[float] = field(default_factory=list[float])  # in the gateway's unit
    counts: list[int] = field(default_factory=list[int])  # readings of the message
    sent_s: list[float] = field(default_factory=list[float])
    received_s: list[float] = field(default_factory=list[float])

    def __len__(self) -> int:
        return len(self.values)


@dataclass(slots=True)
class Rows:
    """All that one transaction inserts."""

    readings: ReadingRows = field(default_factory=ReadingRows)
    states: list[StateRow] = field(default_factory=list[StateRow])
    actions: list[ActionRow] = field(default_factory=list[ActionRow])
    replies: list[ReplyRow] = field(default_factory=list[ReplyRow])
    quarantine: list[QuarantineRow] = field(default_factory=list[QuarantineRow])
    frames: list[FrameRow] = field(default_factory=list[FrameRow])
    unknown: list[UnknownRow] = field(default_factory=list[UnknownRow])
    whole: list[WholeState] = field(default_factory=list[WholeState])

    @property
    def facts(self) -> int:
        """How many facts they hold, states one by one."""
        return len(self.readings) + len(self.states) + len(self.actions) + len(self.replies)


def points_named(batch: Iterable[Received]) -> dict[PointKey, str | None]:
    """Every point that a batch speaks of, with the quantity that it measures, if it measures."""
    named: dict[PointKey, str | None] = {}
    for received in batch:
        envelope = received.envelope
        if envelope is None:
            continue
        if (readings := envelope.readings) is not None:
            for point, measure in zip(readings.points, readings.measures, strict=True):
                named[envelope.gateway, point] = MEASURES[measure][0]
        for fact in envelope.facts:
            if isinstance(fact, Reading):
                named[envelope.gateway, fact.point] = fact.quantity
            elif isinstance(fact, StateChange):
                named.setdefault((envelope.gateway, fact.point), None)
    return named


def quarantined(received: Received, rejections: Iterable[Rejection]) -> list[QuarantineRow]:
    """What of a message goes to quarantine."""
    gateway_id = gateway_of(received.message.topic) or (received.envelope.gateway if received.envelope else None)
    return [QuarantineRow(received=received, gateway_id=gateway_id, rejection=r) for r in rejections]


def rejected(
    batch: Iterable[Received], new: Iterable[Received], venues: Mapping[str, int], refused: str | None
) -> list[QuarantineRow]:
    """What could not be read, whom nobody knows, and what the database refused; of repeats nothing."""
    fresh = {id(received) for received in new}
    rows: list[QuarantineRow] = []
    for received in batch:
        if received.envelope is None:
            rows.extend(quarantined(received, received.rejections))
        elif received.envelope.gateway not in venues:
            rows.extend(quarantined(received, [reason_for_unknown_gateway(received)]))
        elif id(received) in fresh or received.envelope.lane is Lane.STATUS:
            rows.extend(quarantined(received, received.rejections))
            if refused is not None:
                rejection = Rejection(reason=Reason.REFUSED_BY_DATABASE, detail=refused)
                rows.extend(quarantined(received, [rejection]))
    return rows


def rows_of(new: Iterable[Received], venues: Mapping[str, int], points: Mapping[str, Mapping[str, int]]) -> Rows:
    """The facts of new messages of known gateways. `points`: by gateway, ids by address.

    Raises KeyError where a message names a point that is not among them.
    """
    rows = Rows()
    for received in new:
        assert received.envelope is not None
        gateway = received.envelope.gateway
        add_message(rows, received, venues[gateway], points[gateway])
    return rows


def add_message(rows: Rows, received: Received, venue_id: int, points: Mapping[str, int]) -> None:
    """Add the facts of one new message. `points`: the ids of its gateway's points, by address.

    Raises KeyError where it names a point that is not among them; `rows` is of no use then.
    """
    envelope = received.envelope
    assert envelope is not None
    if envelope.readings is not None:
        _add_readings(rows.readings, envelope.readings, received, points)
    for fact in envelope.facts:
        if isinstance(fact, Reading) and clock.believable(fact.at.timestamp(), received.received_at.timestamp()):
            _add_readings(rows.readings, columns_of(fact), received, points)
        elif not isinstance(fact, Heartbeat):
            _add_rare(rows, fact, received, venue_id, points)


def columns_of(fact: Reading) -> Readings:
    """One reading as columns."""
    return Readings(
        points=[fact.point],
        measures=[MEASURE_NUMBERS[fact.quantity, fact.unit]],
        times_s=[fact.at.timestamp()],
        values=[fact.value],
    )


def _add_readings(rows: ReadingRows, readings: Readings, received: Received, points: Mapping[str, int]) -> None:
    envelope = received.envelope
    assert envelope is not None
    rows.point_ids.extend(map(points.__getitem__, readings.points))
    rows.measures.extend(readings.measures)
    rows.times_s.extend(readings.times_s)
    rows.values.extend(readings.values)
    rows.counts.append(len(readings.values))
    sent_s, received_s = envelope.sent_at.timestamp(), received.received_at.timestamp()
    rows.sent_s.append(sent_s if clock.believable(sent_s, received_s) else received_s)
    rows.received_s.append(received_s)


def _add_rare(
    rows: Rows,
    fact: Reading | StateChange | OperatorAction | Reply,
    received: Received,
    venue_id: int,
    points: Mapping[str, int],
) -> None:
    envelope = received.envelope
    assert envelope is not None
    judged = clock.judge(fact.at, received.received_at)
    if judged.wrong is not None:
        rows.quarantine.extend(quarantined(received, [judged.wrong]))
    match fact:
        case StateChange():
            point_id = points[fact.point]
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


def pack_readings(rows: ReadingRows) -> bytes:
    """Rows of READING_COLUMNS as one binary COPY stream."""
    measures = np.array(rows.measures, dtype=np.intp)
    counts = np.array(rows.counts, dtype=np.intp)
    return pack(
        {
            "point_id": np.array(rows.point_ids, dtype=np.int64),
            "quantity": _QUANTITY_OF[measures],
            "at": _postgres_us(rows.times_s),
            "value": np.array(rows.values, dtype=np.float64) * _FACTOR_OF[measures],
            "sent_at": np.repeat(_postgres_us(rows.sent_s), counts),
            "received_at": np.repeat(_postgres_us(rows.received_s), counts),
        }
    )


def _postgres_us(times_s: list[float]) -> npt.NDArray[np.int64]:
    """Microseconds of PostgreSQL's epoch."""
    return np.rint(np.array(times_s, dtype=np.float64) * 1e6).astype(np.int64) - _POSTGRES_EPOCH_US


def reason_for_unknown_gateway(received: Received) -> Rejection:
    """A well-formed message of a gateway that nobody registered."""
    gateway = received.envelope.gateway if received.envelope else ""
    return Rejection(
        reason=Reason.UNKNOWN_GATEWAY,
        detail=f"{gateway!r} is not in the register; add it: firewarden gateway add --id {gateway} --venue CODE",
    )
