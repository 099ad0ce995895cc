"""Does a fact survive its way, and is everything else refused by name?"""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.risk.venue_facts import histories

from firewarden.risk.state.facts import VenueFact
from firewarden.risk.state.fold import VenueState
from firewarden.risk.state.snapshot import VERSION, SnapshotError, decode, encode
from firewarden.risk.state.wire import BYTES_MAX, FactError, from_json, to_json

json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
)


@given(histories())
def test_a_fact_survives_its_way(facts: list[VenueFact]) -> None:
    """What is written is read again, equal."""
    assert [from_json(to_json(fact)) for fact in facts] == facts


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff",
        b'{"kind": "unknown", "number": 1, "at": 0}',
        b'{"kind": "handled", "number": 0, "at": 0, "seconds": 1}',
        b'{"kind": "handled", "number": 1, "at": 0, "seconds": 1e999}',
        b'{"kind": "handled", "number": 1, "at": 0, "seconds": NaN}',
        b'{"kind": "handled", "number": 1, "at": 99999999999999999999999, "seconds": 1}',
        b'{"kind": "handled", "number": 1, "at": 1.5, "seconds": 1}',
        b'{"kind": "handled", "number": 1, "at": "now", "seconds": 1}',
        b'{"kind": "registered", "number": 1, "at": 0, "use": "castle"}',
        b'{"kind": "registered", "number": 1, "at": 0, "points": -1}',
        b'{"kind": "registered", "number": 1, "at": 0, "area_m2": 0}',
        b'{"kind": "registered", "number": 1, "at": 0, "unheard": [["g", 99999999999999999999999]]}',
        b'{"kind": "judged", "number": 1, "at": 0, "incident": 1, "verdict": "test", "judged_at": 0, "signals": -5}',
        b'{"kind": "handled", "number": 1, "at": 0, "seconds": 1, "more": "' + b"x" * BYTES_MAX + b'"}',
        b"[" * 5000,
    ],
)
def test_what_is_no_fact_is_refused(text: bytes) -> None:
    """With one named error."""
    with pytest.raises(FactError):
        from_json(text)


@given(st.binary(max_size=200) | json.map(msgspec.json.encode))
def test_hostile_json_raises_nothing_else(text: bytes) -> None:
    """Any bytes, any JSON."""
    with pytest.raises(FactError):
        from_json(text)


@given(histories(), st.data())
def test_a_damaged_snapshot_is_refused_or_read(facts: list[VenueFact], data: st.DataObject) -> None:
    """Cut short or with a byte changed, it raises SnapshotError or gives some state; nothing else happens."""
    state = VenueState()
    whole = bytearray(encode(state))
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] = data.draw(st.integers(0, 255))
    for damaged in (bytes(whole), bytes(whole[:place])):
        try:
            decode(damaged)
        except SnapshotError:
            continue


@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"\xff" * 50, encode(VenueState()).replace(VERSION.encode(), b"state-0")]
)
def test_another_version_is_refused(data: bytes) -> None:
    """A state of an older version is no state: it is made again from the facts."""
    with pytest.raises(SnapshotError):
        decode(data)
