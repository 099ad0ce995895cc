"""The published schemas, and messages to try them with."""

import json
from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from firewarden.ingest.facts import UNIT_FACTORS, Act, Lane, State
from firewarden.ingest.wire import json_v1

Json = Any
"""Whatever json.loads gives: what is wrong with it is the question here, not its type."""
CONTRACT = Path(__file__).parents[3] / "docs" / "contract"
SCHEMAS = ("mqtt-v1", "stored", "command")
AT = "2026-11-23T11:04:05.678+08:00"
FIRE = {"kind": "state", "point": "1.1/40.0a000200", "at": AT, "set": ["fire"], "clear": []}
READING = {"kind": "reading", "point": "p", "at": AT, "quantity": "pressure", "value": 0.35, "unit": "MPa"}
ACTION = {"kind": "action", "at": AT, "action": "reset"}
REPLY = {"kind": "reply", "command": "c", "at": AT, "result": "done"}
BEAT = {"kind": "heartbeat", "at": AT}


def schema(name: str) -> dict[str, Json]:
    """One published schema."""
    return json.loads((CONTRACT / f"{name}.schema.json").read_text(encoding="utf-8"))


@cache
def validator(name: str, definition: str = "") -> Draft202012Validator:
    """What checks a value against a published schema, or one of its definitions."""
    whole = schema(name)
    registry = Registry().with_resource(str(whole["$id"]), Resource.from_contents(whole))
    return Draft202012Validator({"$ref": f"{whole['$id']}{definition}"}, registry=registry)


def fits_schema(lane: Lane, message: Json) -> bool:
    """Whether the published schema of the lane takes the message."""
    return validator("mqtt-v1", "#/$defs/status_message" if lane is Lane.STATUS else "").is_valid(message)


def is_taken(lane: Lane, payload: bytes) -> bool:
    """Whether the decoder takes the whole message and refuses nothing of it."""
    decoded = json_v1.decode(json_v1.topic("GW-1", lane.value), payload)
    return decoded.envelope is not None and not decoded.rejections


def dumped(message: Json) -> bytes:
    """The payload of a message."""
    return json.dumps(message, ensure_ascii=False).encode()


def message_of(*facts: Json, **changes: Json) -> dict[str, Json]:
    """A message with some of its parts changed."""
    return {"boot": "7f3a", "seq": 17, "sent_at": AT, "facts": list(facts), **changes}


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0\\"), max_size=64)
names = texts.filter(bool)
instants = st.builds(
    "{}{}{:%H:%M:%S}{}{}".format,
    st.dates(max_value=date(9998, 12, 31)).map(date.isoformat),  # a fraction may round up to the next second
    st.sampled_from("Tt "),
    st.times(),
    st.from_regex(r"(\.[0-9]{1,9})?", fullmatch=True),
    st.from_regex(r"[Zz]|[+-]([01][0-9]|2[0-3]):?[0-5][0-9]", fullmatch=True),
)
states = st.lists(st.sampled_from([state.value for state in State]), unique=True, max_size=17)
numbers = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(10**299), 10**299)
units = st.sampled_from(sorted((quantity.name.lower(), unit) for quantity, unit in UNIT_FACTORS))
heartbeats = st.fixed_dictionaries({"kind": st.just("heartbeat"), "at": instants}, optional={"online": st.booleans()})


def _reading(point: str, at: str, value: float, unit: tuple[str, str]) -> dict[str, Json]:
    return {**READING, "point": point, "at": at, "value": value, "quantity": unit[0], "unit": unit[1]}


def _not_both(fact: dict[str, Json]) -> dict[str, Json]:
    both = not set(fact.get("set", ())).isdisjoint(fact.get("clear", ()))
    return {**fact, "clear": []} if both else fact


facts: st.SearchStrategy[Json] = st.one_of(
    st.fixed_dictionaries(
        {"kind": st.just("state"), "point": names, "at": instants}, optional={"set": states, "clear": states}
    ).map(_not_both),
    st.builds(_reading, names, instants, numbers.filter(lambda value: abs(value) < 1e300), units),
    st.fixed_dictionaries(
        {"kind": st.just("action"), "at": instants, "action": st.sampled_from([act.value for act in Act])},
        optional={"operator": texts},
    ),
    st.fixed_dictionaries(
        {"kind": st.just("reply"), "at": instants, "command": names, "result": names},
        optional={"detail": st.text(st.characters(codec="utf-8", exclude_characters="\0\\"), max_size=1024)},
    ),
    heartbeats,
)  # fmt: skip
counted_lanes = st.sampled_from([Lane.ALARM, Lane.STATE, Lane.READING, Lane.REPLY])
seqs = st.integers(1, json_v1.SEQ_MAX)


def messages(inner: st.SearchStrategy[Json], numbers_: st.SearchStrategy[int]) -> st.SearchStrategy[dict[str, Json]]:
    """Messages of the contract."""
    return st.fixed_dictionaries(
        {"boot": names, "seq": numbers_, "sent_at": instants, "facts": st.lists(inner, max_size=4)}
    )


plain = st.none() | st.booleans() | st.integers(-5, 2**64) | st.floats(allow_nan=False, allow_infinity=False) | texts
odd_values: st.SearchStrategy[Json] = st.one_of(
    plain,
    st.lists(plain, max_size=3),
    st.dictionaries(texts, plain, max_size=2),
    st.sampled_from([1e300, -1e300, 10**299, 10**301, "", "x" * 64, "x" * 65, "水" * 64, "水" * 65, "\0", "a\0b"]),
    st.sampled_from(["fire", "smoke", "pressure", "MPa", "kPa", "℃", "reading", "state", "heartbeat"]),
    st.sampled_from(
        [AT, "2026-11-23T11:04:05", "2026-11-23T11:04Z", "2026-11-23", "2026-11-23T24:00:00Z", "2026-13-01T00:00:00Z",
         "0000-01-01T00:00:00Z", "2026-11-23T11:04:05.Z", "2026-11-23T11:04:05,5Z", "2026-11-23T11:04:05+24:00"]
    ),
    st.sampled_from([["fire"], ["fire", "smoke"], ["fire"] * 32, ["fire"] * 33, [None]]),
)  # fmt: skip


def places(value: Json) -> Iterator[tuple[dict[str, Json], str]]:
    """Every member of every object of a message."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield value, key
            yield from places(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from places(inner)


def is_beyond_schema(message: Json) -> bool:
    """Whether the message breaks only what JSON Schema has no words for."""
    return any(
        (key == "seq" and isinstance(holder[key], float))
        or (key == "set" and not _disjoint(holder.get("set"), holder.get("clear")))
        for holder, key in places(message)
    )


def _disjoint(one: Json, other: Json) -> bool:
    lists = isinstance(one, list) and isinstance(other, list)
    return not lists or {str(item) for item in one}.isdisjoint(str(item) for item in other)
