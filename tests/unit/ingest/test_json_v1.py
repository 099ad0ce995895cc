"""Is everything a gateway can say read right, and nothing it should not say let in?"""

import json
import math
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.ingest.facts import (
    QUANTITY_NAMES,
    UNIT_FACTORS,
    Act,
    Envelope,
    Heartbeat,
    Lane,
    OperatorAction,
    Reading,
    Reason,
    Reply,
    State,
    StateChange,
)
from firewarden.ingest.wire import json_v1

AT = "2026-11-23T11:04:05.678+08:00"
FIRE = {"kind": "state", "point": "1.1/40.0a000200", "at": AT, "set": ["fire"], "clear": []}
READING = {"kind": "reading", "point": "p", "at": AT, "quantity": "pressure", "value": 0.35, "unit": "MPa"}
TOPIC = "fire/v1/GW-1/alarm"
NOW = datetime(2026, 11, 23, 11, 4, 5, tzinfo=timezone(timedelta(hours=8)))


def payload(*facts: object, **changes: object) -> bytes:
    """A message of the contract with some of its parts changed."""
    return json.dumps({"boot": "7f3a", "seq": 17, "sent_at": AT, "facts": list(facts), **changes}).encode()


def reasons(decoded: json_v1.Decoded) -> list[Reason]:
    """Why something was refused."""
    return [rejection.reason for rejection in decoded.rejections]


def test_the_example_of_the_contract_is_read() -> None:
    """Each kind of fact comes out as it went in."""
    action = {"kind": "action", "at": AT, "action": "manual_alarm", "operator": "3"}
    reply = {"kind": "reply", "command": "c1", "at": AT, "result": "done"}
    decoded = json_v1.decode(TOPIC, payload(FIRE, READING, action, reply))
    assert decoded.rejections == ()
    assert decoded.envelope is not None
    at = datetime(2026, 11, 23, 3, 4, 5, 678_000, tzinfo=UTC)
    assert decoded.envelope == Envelope(
        gateway="GW-1",
        lane=Lane.ALARM,
        boot="7f3a",
        seq=17,
        sent_at=at,
        facts=(
            StateChange(point="1.1/40.0a000200", at=at, set=(State.FIRE,)),
            Reading(point="p", at=at, quantity="pressure", value=0.35, unit="MPa"),
            OperatorAction(at=at, action=Act.MANUAL_ALARM, operator="3"),
            Reply(command="c1", at=at, result="done"),
        ),
    )


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "fire/v1/GW-1",
        "fire/v1/GW-1/cmd",
        "fire/v1/GW-1/stored",
        "fire/v2/GW-1/alarm",
        "fire/v1//alarm",
        "fire/v1/GW 1/alarm",
        "fire/v1/GW-1/alarm/x",
        "fire/v1/" + "x" * 65 + "/alarm",
    ],
)
def test_a_wrong_topic_is_refused(topic: str) -> None:
    """Only the topics of the contract carry messages."""
    assert reasons(json_v1.decode(topic, payload(FIRE))) == [Reason.WRONG_TOPIC]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"", Reason.BAD_JSON),
        (b"{", Reason.BAD_JSON),
        (b"\xff\xfe", Reason.BAD_JSON),
        (b"[" * 100_000, Reason.BAD_MESSAGE),
        (b'{"facts":' + b"[" * 100_000, Reason.BAD_MESSAGE),
        (b"x" * (json_v1.PAYLOAD_BYTES_MAX + 1), Reason.OVERSIZED),
        (b"null", Reason.BAD_MESSAGE),
        (b"[]", Reason.BAD_MESSAGE),
        (payload(FIRE, seq=0), Reason.BAD_MESSAGE),
        (payload(FIRE, seq=-1), Reason.BAD_MESSAGE),
        (payload(FIRE, seq=1.5), Reason.BAD_MESSAGE),
        (payload(FIRE, seq=2**63), Reason.BAD_MESSAGE),
        (payload(FIRE, boot=""), Reason.BAD_MESSAGE),
        (payload(FIRE, boot="a\0b"), Reason.BAD_MESSAGE),
        (payload(FIRE, sent_at="2026-11-23T11:04:05"), Reason.BAD_MESSAGE),
        (payload(FIRE, extra=1), Reason.BAD_MESSAGE),
    ],
)
def test_an_unreadable_message_has_a_reason(text: bytes, reason: Reason) -> None:
    """What is not the contract is refused whole, with a reason to count by."""
    decoded = json_v1.decode(TOPIC, text)
    assert decoded.envelope is None
    assert reasons(decoded) == [reason]


@pytest.mark.parametrize(
    "broken",
    [
        {**READING, "value": math.nan},
        {**READING, "value": math.inf},
        {**READING, "value": True},
        {**READING, "value": "0.3"},
        {**READING, "value": 1e301},
        {**READING, "at": "2026-11-23T11:04:05"},
        {**READING, "at": "yesterday"},
        {**READING, "unit": "parsec"},
        {**READING, "quantity": "luck"},
        {**READING, "point": ""},
        {**READING, "point": "a\0b"},
        {**READING, "more": 1},
        {"kind": "wish"},
        {"no": "kind"},
        "text",
        None,
        {**FIRE, "set": ["smoke"]},
        {**FIRE, "clear": ["fire"]},
    ],
)
def test_a_fire_survives_its_neighbour(broken: object) -> None:
    """One unreadable fact is refused by itself: the fire in the same message is read."""
    decoded = json_v1.decode(TOPIC, payload(broken, FIRE))
    assert decoded.envelope is not None
    assert [fact for fact in decoded.envelope.facts if isinstance(fact, StateChange) and State.FIRE in fact.set]
    assert len(decoded.envelope.facts) == 1
    assert len(decoded.rejections) == 1


def test_a_number_beyond_floats_is_refused() -> None:
    """1e999, which some readers take for infinity, is no value."""
    text = payload(FIRE, READING).replace(b"0.35", b"1e999")
    decoded = json_v1.decode(TOPIC, text)
    assert decoded.envelope is not None
    assert len(decoded.envelope.facts) == 1
    assert reasons(decoded) == [Reason.BAD_FACT]


@pytest.mark.parametrize("name", ["张三".encode("gbk"), b"\\ud83d"])
def test_a_fire_survives_a_name_that_is_not_utf8(name: bytes) -> None:
    """Control rooms write GBK: the fire beside such a name is read, and the message is kept as it came."""
    action = b'{"kind":"action","at":"%s","action":"confirm","operator":"%s"}' % (AT.encode(), name)
    text = payload(FIRE).replace(b"}]}", b"}," + action + b"]}")
    decoded = json_v1.decode(TOPIC, text)
    assert decoded.envelope is not None
    assert [type(fact) for fact in decoded.envelope.facts] == [StateChange, OperatorAction]
    assert reasons(decoded) == [Reason.BAD_JSON]


def test_status_carries_heartbeats_only() -> None:
    """A fire on the uncounted lane is not silently lost: it is refused aloud."""
    decoded = json_v1.decode("fire/v1/GW-1/status", payload({"kind": "heartbeat", "at": AT}, FIRE, seq=0))
    assert decoded.envelope is not None
    assert decoded.envelope.facts == (Heartbeat(at=datetime(2026, 11, 23, 3, 4, 5, 678_000, tzinfo=UTC)),)
    assert reasons(decoded) == [Reason.BAD_FACT]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.binary(max_size=300))
def test_random_bytes_never_raise(data: bytes) -> None:
    """Whatever bytes come, the answer is facts or a reason."""
    decoded = json_v1.decode(TOPIC, data)
    assert decoded.envelope is not None or decoded.rejections


@given(st.lists(json_values, max_size=5), json_values)
def test_shaped_values_never_raise(facts: list[object], boot: object) -> None:
    """Neither do values that look like messages; each fact is read or refused."""
    decoded = json_v1.decode(TOPIC, payload(*facts, boot=boot))
    if decoded.envelope is not None:
        refused = [one for one in decoded.rejections if not one.detail.startswith("read with replacements")]
        assert len(decoded.envelope.facts) + len(refused) == len(facts)


names = st.text(min_size=1, max_size=64, alphabet=st.characters(codec="utf-8", exclude_characters="\0"))
instants = st.integers(-(10**6), 10**6).map(lambda minutes: NOW + timedelta(minutes=minutes))
units = st.sampled_from(sorted((q.name.lower(), unit) for q, unit in UNIT_FACTORS))
states = st.frozensets(st.sampled_from(State))


def a_reading(point: str, at: datetime, unit: tuple[str, str], value: float) -> Reading:
    """A reading in one of the units there are."""
    return Reading(point=point, at=at, quantity=unit[0], unit=unit[1], value=value)


def a_change(point: str, at: datetime, came: frozenset[State], went: frozenset[State]) -> StateChange:
    """States of which none both came and went."""
    return StateChange(point=point, at=at, set=tuple(came), clear=tuple(went - came))


readings = st.builds(a_reading, names, instants, units, st.floats(-1e6, 1e6))
changes = st.builds(a_change, names, instants, states, states)
acts = st.builds(OperatorAction, at=instants, action=st.sampled_from(Act), operator=st.just("3"))
envelopes = st.builds(
    Envelope,
    gateway=st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True),
    lane=st.sampled_from([Lane.ALARM, Lane.STATE, Lane.READING, Lane.REPLY]),
    boot=names,
    seq=st.integers(1, json_v1.SEQ_MAX),
    sent_at=instants,
    facts=st.lists(readings | changes | acts, max_size=5).map(tuple),
)


@given(envelopes)
def test_what_is_encoded_is_decoded(envelope: Envelope) -> None:
    """Every message of the contract survives the wire."""
    decoded = json_v1.decode(json_v1.topic(envelope.gateway, envelope.lane), json_v1.encode(envelope))
    assert decoded.rejections == ()
    assert decoded.envelope == envelope


def test_every_quantity_has_a_stored_unit() -> None:
    """No quantity can be named that has no unit to store it in."""
    assert {quantity for quantity, _ in UNIT_FACTORS} == set(QUANTITY_NAMES.values())
