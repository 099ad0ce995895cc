"""Do the published schemas say exactly what the decoder accepts?

What JSON Schema cannot say, and the decoder refuses all the same: an integer written as 17.0, a state both set and
cleared, a day that its month lacks, NaN (no JSON), over 256 KiB. These have a test of their own below.
"""

import json
import math
from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from tests.unit.docs.contract import (
    ACTION,
    AT,
    BEAT,
    FIRE,
    READING,
    REPLY,
    SCHEMAS,
    Json,
    counted_lanes,
    dumped,
    facts,
    fits_schema,
    heartbeats,
    is_beyond_schema,
    is_taken,
    message_of,
    messages,
    names,
    odd_values,
    places,
    schema,
    seqs,
    validator,
)

from firewarden.ingest.facts import Lane
from firewarden.ingest.resend import resend
from firewarden.ingest.wire import json_v1


@given(counted_lanes, messages(facts, seqs))
def test_a_sound_message_is_sound_to_both(lane: Lane, message: Json) -> None:
    """Whatever stands in the contract is taken whole by the decoder and by the schema."""
    assert is_taken(lane, dumped(message))
    validator("mqtt-v1").validate(message)


@given(messages(heartbeats, st.integers(0, json_v1.SEQ_MAX)))
def test_a_sound_status_is_sound_to_both(message: Json) -> None:
    """The lane that is not counted takes heartbeats under any number from 0."""
    assert is_taken(Lane.STATUS, dumped(message))
    validator("mqtt-v1", "#/$defs/status_message").validate(message)


@given(st.data())
def test_a_spoilt_message_has_one_verdict(data: st.DataObject) -> None:
    """With any one member replaced, taken away or added, decoder and schema still agree."""
    lane = data.draw(st.sampled_from(list(Lane)))
    example = message_of(FIRE, READING, ACTION, REPLY, BEAT) if lane is not Lane.STATUS else message_of(BEAT)
    message: dict[str, Json] = json.loads(json.dumps(example))
    holder, key = data.draw(st.sampled_from(list(places(message))))
    match data.draw(st.sampled_from(["replace", "remove", "add"])):
        case "replace":
            holder[key] = data.draw(odd_values)
        case "remove":
            del holder[key]
        case _:
            holder[data.draw(st.sampled_from(["more", "online", "operator", "detail", "clear"]))] = data.draw(
                odd_values
            )
    assume(not is_beyond_schema(message))
    assert is_taken(lane, dumped(message)) == fits_schema(lane, message)


PLANTED: dict[str, Json] = {
    "null": None,
    "an array": [],
    "nothing in it": {},
    "an empty boot": message_of(FIRE, boot=""),
    "a long boot": message_of(FIRE, boot="x" * 65),
    "NUL in the boot": message_of(FIRE, boot="a\0b"),
    "a number as boot": message_of(FIRE, boot=7),
    "seq 0": message_of(FIRE, seq=0),
    "seq below 0": message_of(FIRE, seq=-1),
    "half a seq": message_of(FIRE, seq=1.5),
    "text as seq": message_of(FIRE, seq="1"),
    "true as seq": message_of(FIRE, seq=True),
    "seq too high": message_of(FIRE, seq=2**63 - 1),
    "sent_at without offset": message_of(FIRE, sent_at="2026-11-23T11:04:05"),
    "sent_at as a number": message_of(FIRE, sent_at=1_800_000_000),
    "a member more": message_of(FIRE, gateway="GW-1"),
    "too many facts": message_of(*[FIRE] * (json_v1.FACTS_MAX + 1)),
    "an unknown state": message_of({**FIRE, "set": ["smoke"]}),
    "too many states": message_of({**FIRE, "set": ["fire"] * 33}),
    "null for states": message_of({**FIRE, "set": None}),
    "an empty point": message_of({**FIRE, "point": ""}),
    "a long point": message_of({**FIRE, "point": "x" * 65}),
    "no time": message_of({**FIRE, "at": "yesterday"}),
    "a member more in a fact": message_of({**FIRE, "note": "x"}),
    "an unknown unit": message_of({**READING, "unit": "psi"}),
    "another quantity's unit": message_of({**READING, "unit": "m"}),
    "an unknown quantity": message_of({**READING, "quantity": "luck"}),
    "text as value": message_of({**READING, "value": "0.35"}),
    "true as value": message_of({**READING, "value": True}),
    "null as value": message_of({**READING, "value": None}),
    "a value too large": message_of({**READING, "value": 1e300}),
    "an unknown act": message_of({**ACTION, "action": "dance"}),
    "a number as operator": message_of({**ACTION, "operator": 3}),
    "a reply to nothing": message_of({**REPLY, "command": ""}),
    "a long detail": message_of({**REPLY, "detail": "x" * 1025}),
    "1 for true": message_of({**BEAT, "online": 1}),
    "an unknown kind": message_of({"kind": "wish", "at": AT}),
    "no kind": message_of({"at": AT}),
    "text as fact": message_of("fire"),
}


@pytest.mark.parametrize("message", PLANTED.values(), ids=PLANTED.keys())
def test_a_planted_mistake_is_refused_by_both(message: Json) -> None:
    """Neither takes what the contract forbids."""
    assert not is_taken(Lane.ALARM, dumped(message))
    assert not fits_schema(Lane.ALARM, message)


@pytest.mark.parametrize("fact", [FIRE, READING, ACTION, REPLY], ids=lambda fact: str(fact["kind"]))
def test_status_takes_nothing_but_heartbeats(fact: dict[str, Json]) -> None:
    """A fact that would not be counted is refused by both."""
    assert not is_taken(Lane.STATUS, dumped(message_of(BEAT, fact)))
    assert not fits_schema(Lane.STATUS, message_of(BEAT, fact))


@pytest.mark.parametrize(
    "payload",
    [
        dumped(message_of({**FIRE, "clear": ["fire"]})),
        dumped(message_of(FIRE)).replace(b"17", b"17.0"),
        dumped(message_of({**FIRE, "at": "2026-02-30T00:00:00Z"})),
        dumped(message_of({**READING, "value": math.nan})),
        dumped(message_of({**READING, "value": math.inf})),
        dumped(message_of(FIRE)) + b" " * json_v1.PAYLOAD_BYTES_MAX,
    ],
    ids=["set and cleared", "17.0", "30 February", "NaN", "Infinity", "oversized"],
)
def test_what_a_schema_cannot_say_is_refused_by_the_decoder(payload: bytes) -> None:
    """The rules that stand in the schema's descriptions only are kept all the same."""
    assert not is_taken(Lane.ALARM, payload)


@pytest.mark.parametrize("topic", ["fire/v1/GW-1/alarm", "fire/v1/a_b-C9/status", "fire/v1/" + "x" * 64 + "/reply"])
def test_a_topic_of_the_contract_is_one_to_both(topic: str) -> None:
    """The published pattern names every topic that the decoder reads."""
    assert validator("mqtt-v1", "#/$defs/topic").is_valid(topic)
    assert json_v1.decode(topic, dumped(message_of(BEAT))).envelope is not None


@pytest.mark.parametrize(
    "topic", ["fire/v2/GW-1/alarm", "fire/v1//alarm", "fire/v1/GW 1/alarm", "fire/v1/GW-1/cmd", "fire/v1/GW-1/alarm/x"]
)
def test_another_topic_is_none_to_both(topic: str) -> None:
    """Nor does it name another."""
    assert not validator("mqtt-v1", "#/$defs/topic").is_valid(topic)
    assert json_v1.decode(topic, dumped(message_of(BEAT))).envelope is None


lanes_stored = st.none() | st.integers(0, json_v1.SEQ_MAX)


@given(st.builds(json_v1.Stored, boot=names, alarm=lanes_stored, state=lanes_stored, reading=lanes_stored))
def test_a_watermark_fits_its_schema(stored: json_v1.Stored) -> None:
    """What ingest publishes is what the contract promises to gateways."""
    validator("stored").validate(json.loads(json_v1.encode_stored(stored)))


@given(st.integers(1_700_000_000_000, 4_000_000_000_000))
def test_a_resend_command_fits_its_schema(ms: int) -> None:
    """What ingest asks a gateway for is what the contract says, and reads back as it was written."""
    now = datetime.fromtimestamp(ms / 1000, tz=UTC)
    command = resend(now)
    encoded = json_v1.encode_command(command)
    validator("command").validate(json.loads(encoded))
    assert json_v1.decode_command(encoded) == command
    assert command.deadline > now


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_schemas_are_schemas_with_true_examples(name: str) -> None:
    """Each file is JSON Schema 2020-12, and its examples keep its own rules."""
    whole = schema(name)
    Draft202012Validator.check_schema(whole)
    examples = whole["examples"]
    assert isinstance(examples, list)
    assert examples
    for example in examples:
        validator(name).validate(example)
    assert name != "mqtt-v1" or all(is_taken(Lane.ALARM, dumped(example)) for example in examples)
