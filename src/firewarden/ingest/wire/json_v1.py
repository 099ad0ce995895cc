"""The published MQTT contract, version 1: topics `fire/v1/{gateway}/{lane}` and UTF-8 JSON payloads.

The same contract stands as JSON Schema and AsyncAPI in docs/contract/. One unreadable fact does not take the rest of
its message with it: a fire beside a broken reading is still a fire.
"""

import json
import math
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Annotated

import msgspec

from firewarden.ingest.facts import (
    MEASURE_NUMBERS,
    QUANTITY_NAMES,
    UNIT_FACTORS,
    Envelope,
    Fact,
    Heartbeat,
    Instant,
    Lane,
    Name,
    Reading,
    Readings,
    Reason,
    Rejection,
    StateChange,
)

PAYLOAD_BYTES_MAX = 256 * 1024
FACTS_MAX = 5_000
SEQ_MAX = 2**63 - 2

_NUL = b"\\u0000"
_TOPIC = re.compile(r"fire/v1/([A-Za-z0-9_-]{1,64})/(alarm|state|reading|reply|status)")

_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
_TOPIC_PARTS_MIN = 3
_ROUTES_CACHED_MAX = 65_536
_FINITE_MAX = 1e300  # beyond it a unit's factor could make the value infinite

Seq = Annotated[int, msgspec.Meta(ge=0, le=SEQ_MAX)]


class _Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    boot: Name
    seq: Seq
    sent_at: Instant
    facts: Annotated[tuple[Fact, ...], msgspec.Meta(max_length=FACTS_MAX)]


class _ReadingsMessage(msgspec.Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    boot: Name
    seq: Seq
    sent_at: Instant
    facts: Annotated[tuple[Reading, ...], msgspec.Meta(min_length=1, max_length=FACTS_MAX)]


class _RawMessage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    boot: Name
    seq: Seq
    sent_at: Instant
    facts: Annotated[tuple[msgspec.Raw, ...], msgspec.Meta(max_length=FACTS_MAX)]


class Stored(msgspec.Struct, frozen=True, omit_defaults=True):
    """What ingest publishes on `fire/v1/{gateway}/stored`: up to which number all is stored, by lane.

    A lane that is absent has no news. A gateway that can keeps its messages until then.
    """

    boot: str
    alarm: int | None = None
    state: int | None = None
    reading: int | None = None
    reply: int | None = None


class Command(msgspec.Struct, frozen=True):
    """What ingest publishes on `fire/v1/{gateway}/cmd`. The same id is carried out once, and not after the deadline."""

    id: Name
    command: Name
    deadline: Instant
    args: dict[str, str | int | float | bool | None] = {}


class Decoded(msgspec.Struct, frozen=True, gc=False):
    """What was understood, and what was not. `envelope` is None where nothing was."""

    envelope: Envelope | None
    rejections: tuple[Rejection, ...] = ()


_MESSAGE = msgspec.json.Decoder(_Message)
_READINGS_MESSAGE = msgspec.json.Decoder(_ReadingsMessage)
_RAW_MESSAGE = msgspec.json.Decoder(_RawMessage)
_FACT = msgspec.json.Decoder(Fact)
_STORED = msgspec.json.Decoder(Stored)
_COMMAND = msgspec.json.Decoder(Command)
_ENCODER = msgspec.json.Encoder()


def topic(gateway: str, lane: str) -> str:
    """The topic of one gateway and lane (or `cmd`, `stored`)."""
    return f"fire/v1/{gateway}/{lane}"


def gateway_of(name: str) -> str | None:
    """The gateway that a topic names, even where its last part is wrong; None where it names none."""
    parts = name.split("/")
    return parts[2][:64] if len(parts) >= _TOPIC_PARTS_MIN and parts[:2] == ["fire", "v1"] else None


def decode(name: str, payload: bytes) -> Decoded:
    """Read one message published on topic `name`. Never raises for what a device can send."""
    route = _route(name)
    if route is None:
        return _rejected(Reason.WRONG_TOPIC, f"expected fire/v1/{{gateway}}/{{lane}}, got {name[:200]!r}")
    if len(payload) > PAYLOAD_BYTES_MAX:
        return _rejected(Reason.OVERSIZED, f"{len(payload)} bytes, at most {PAYLOAD_BYTES_MAX} are allowed")
    return _decode_payload(*route, payload)


def decode_compact(name: str, payload: bytes) -> Decoded:
    """As `decode`, but a message that holds sound readings and nothing else has them as columns."""
    route = _route(name)
    if route is None or route[1] is not Lane.READING or len(payload) > PAYLOAD_BYTES_MAX or _NUL in payload:
        return decode(name, payload)
    try:
        message = _READINGS_MESSAGE.decode(payload)
    except _UNREADABLE:
        return decode(name, payload)
    readings = _readings(message.facts)
    if readings is None or message.seq < 1 or "\0" in message.boot:
        return decode(name, payload)
    gateway, lane = route
    envelope = Envelope(
        gateway=gateway,
        lane=lane,
        boot=message.boot,
        seq=message.seq,
        sent_at=message.sent_at,
        facts=(),
        readings=readings,
    )
    return Decoded(envelope)


def _readings(facts: tuple[Reading, ...]) -> Readings | None:
    """The columns; None where a reading is not sound."""
    if len(facts) == 1:  # many gateways send nothing else, and four loops over one reading are the most of its way
        [fact] = facts
        measure = MEASURE_NUMBERS.get((fact.quantity, fact.unit))
        if measure is None or not -_FINITE_MAX < fact.value < _FINITE_MAX:
            return None
        return Readings(points=[fact.point], measures=[measure], times_s=[fact.at.timestamp()], values=[fact.value])
    values = [fact.value for fact in facts]
    if not (min(values) > -_FINITE_MAX and max(values) < _FINITE_MAX):
        return None
    try:
        measures = [MEASURE_NUMBERS[fact.quantity, fact.unit] for fact in facts]
    except KeyError:
        return None
    return Readings(
        points=[fact.point for fact in facts],
        measures=measures,
        times_s=[fact.at.timestamp() for fact in facts],
        values=values,
    )


@lru_cache(maxsize=_ROUTES_CACHED_MAX)
def _route(name: str) -> tuple[str, Lane] | None:
    """Gateway and lane of a topic of the contract."""
    match = _TOPIC.fullmatch(name)
    return None if match is None else (match[1], Lane(match[2]))


def _decode_payload(gateway: str, lane: Lane, payload: bytes) -> Decoded:
    if _NUL in payload:  # PostgreSQL's text cannot hold it; look at each fact by itself
        return _decode_each(gateway, lane, payload)
    try:
        message = _MESSAGE.decode(payload)
    except msgspec.ValidationError:
        return _decode_each(gateway, lane, payload)
    except _UNREADABLE as error:
        mended = _mended(payload)
        if mended is None:
            return _rejected(Reason.BAD_JSON, str(error))
        decoded = _decode_each(gateway, lane, mended)
        if decoded.rejections:
            return decoded
        # Every fact was read after all: what was replaced in them stays in quarantine, as it came.
        note = Rejection(reason=Reason.BAD_JSON, detail=f"read with replacements: {error}")
        return Decoded(decoded.envelope, (note,))
    return _envelope(gateway, lane, message, message.facts, ())


def _mended(payload: bytes) -> bytes | None:
    """The payload as JSON that can be read fact by fact; None if nothing mends it.

    Many JSON writers emit NaN and Infinity: they become text, which no value may be. Control rooms write names in GBK:
    what is not UTF-8 becomes a replacement character. A fire in the same message survives either.
    """
    try:
        parsed: object = json.loads(payload.decode(errors="replace"), parse_constant=str, parse_float=_finite)
        return json.dumps(parsed, ensure_ascii=False).encode(errors="replace")
    except (ValueError, RecursionError):
        return None


def _finite(text: str) -> float | str:
    value = float(text)
    return value if math.isfinite(value) else text


def _decode_each(gateway: str, lane: Lane, payload: bytes) -> Decoded:
    try:
        raw = _RAW_MESSAGE.decode(payload)
    except _UNREADABLE as error:
        return _rejected(Reason.BAD_MESSAGE, str(error))
    good: list[Fact] = []
    bad: list[Rejection] = []
    for index, text in enumerate(raw.facts):
        try:
            good.append(_FACT.decode(_without_nul(text)))
        except _UNREADABLE as error:
            bad.append(Rejection(reason=Reason.BAD_FACT, detail=f"fact {index}: {error}"))
    return _envelope(gateway, lane, raw, good, bad)


def _without_nul(text: msgspec.Raw) -> bytes:
    fact = bytes(text)
    if _NUL in fact:
        raise msgspec.ValidationError("a NUL character")
    return fact


def _envelope(
    gateway: str, lane: Lane, message: _Message | _RawMessage, facts: Iterable[Fact], bad: Iterable[Rejection]
) -> Decoded:
    if lane is not Lane.STATUS and message.seq < 1:
        return _rejected(Reason.BAD_MESSAGE, f"seq starts at 1, got {message.seq}")
    if "\0" in message.boot:
        return _rejected(Reason.BAD_MESSAGE, "boot holds a NUL character")
    sound, unsound = _sound(lane, facts)
    envelope = Envelope(
        gateway=gateway, lane=lane, boot=message.boot, seq=message.seq, sent_at=message.sent_at, facts=sound
    )
    return Decoded(envelope, (*bad, *unsound))


def _sound(lane: Lane, facts: Iterable[Fact]) -> tuple[tuple[Fact, ...], tuple[Rejection, ...]]:
    """Set apart what the types allow and the contract does not."""
    good: list[Fact] = []
    bad: list[Rejection] = []
    for fact in facts:
        rejection = _unsound(lane, fact)
        if rejection is None:
            good.append(fact)
        else:
            bad.append(rejection)
    return tuple(good), tuple(bad)


def _unsound(lane: Lane, fact: Fact) -> Rejection | None:
    if lane is Lane.STATUS and not isinstance(fact, Heartbeat):
        return Rejection(reason=Reason.BAD_FACT, detail="status carries heartbeats only: it is not counted")
    if isinstance(fact, Reading):
        quantity = QUANTITY_NAMES.get(fact.quantity)
        if quantity is None or (quantity, fact.unit) not in UNIT_FACTORS:
            detail = f"point {fact.point}: no quantity {fact.quantity!r} in unit {fact.unit!r}"
            return Rejection(reason=Reason.UNKNOWN_UNIT, detail=detail)
        if not abs(fact.value) < _FINITE_MAX:
            return Rejection(reason=Reason.BAD_FACT, detail=f"point {fact.point}: the value is not a finite number")
    elif isinstance(fact, StateChange) and set(fact.set) & set(fact.clear):
        both = ", ".join(sorted(set(fact.set) & set(fact.clear)))
        return Rejection(reason=Reason.BAD_FACT, detail=f"point {fact.point}: {both} both set and cleared")
    return None


def _rejected(reason: Reason, detail: str) -> Decoded:
    return Decoded(None, (Rejection(reason=reason, detail=detail[:500]),))


def encode(envelope: Envelope) -> bytes:
    """The payload of one message, as a gateway sends it."""
    assert envelope.readings is None, "a gateway sends facts"
    message = _Message(boot=envelope.boot, seq=envelope.seq, sent_at=envelope.sent_at, facts=envelope.facts)
    return _ENCODER.encode(message)


def encode_stored(stored: Stored) -> bytes:
    """The payload of a stored watermark."""
    return _ENCODER.encode(stored)


def decode_stored(payload: bytes) -> Stored:
    """Read a stored watermark. Raises msgspec.DecodeError."""
    return _STORED.decode(payload)


def encode_command(command: Command) -> bytes:
    """The payload of a command."""
    return _ENCODER.encode(command)


def decode_command(payload: bytes) -> Command:
    """Read a command. Raises msgspec.DecodeError."""
    return _COMMAND.decode(payload)
