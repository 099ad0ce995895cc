"""Are the objects of every type read as they were written, and nothing sliced on a guess?"""

from dataclasses import replace
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.gb26875 import OBJECTS, TIMED, units

from firewarden.ingest.wire.gb26875 import objects
from firewarden.ingest.wire.gb26875.errors import EncodeError
from firewarden.ingest.wire.gb26875.objects import Object
from firewarden.ingest.wire.gb26875.profiles import STANDARD, ByteOrder, Profile
from firewarden.ingest.wire.gb26875.tables import TYPES, Name
from firewarden.ingest.wire.gb26875.times import CHINA, TimeCoding
from firewarden.ingest.wire.gb26875.units import ANSWER, CONFIRM, CONTROL, DENY, REQUEST, SEND, decode_unit, encode_unit

OTHER = replace(STANDARD, name="other", time_coding=TimeCoding.BCD, state_order=ByteOrder.BIG)
AT = datetime(2020, 8, 1, 19, 18, 48, tzinfo=CHINA)
FIRE = bytes.fromhex(
    "0201010300d90006000200a3c1c7f8a3b1b2e3dfc8b2b8d7dfc0c800000000000000000000000000000030121301081400"[:-2]
)

profiles = st.sampled_from([STANDARD, OTHER])
commands = st.sampled_from([CONTROL, SEND, REQUEST, ANSWER])


def test_every_type_has_a_strategy() -> None:
    """No type of the tables is left out of the properties below."""
    assert set(OBJECTS) == set(TYPES)


@pytest.mark.parametrize("type_", OBJECTS)
@given(data=st.data(), profile=profiles, command=commands)
@settings(max_examples=40)
def test_what_was_written_is_read(type_: int, data: st.DataObject, profile: Profile, command: int) -> None:
    """Round trip: one object or as many as a unit holds, in both time codings and state byte orders."""
    _, some = data.draw(units((type_,)))
    written = encode_unit(type_, some, profile)
    unit = decode_unit(command, written, profile)
    assert (unit.type, unit.count, unit.objects, unit.undecoded) == (type_, len(some), tuple(some), None)
    assert not unit.untimed
    assert not unit.heartbeat
    assert len(written) <= 1_024


@given(units(TIMED), profiles)
def test_objects_without_their_times(some: tuple[int, list[Object]], profile: Profile) -> None:
    """Where every object leaves its time out, the rest is read; a device state is then a heartbeat too."""
    type_, timed = some
    unit = decode_unit(SEND, encode_unit(type_, timed, profile, timed=False), profile)
    assert unit.objects == tuple(msgspec.structs.replace(one, at=None) for one in timed)
    assert unit.untimed
    assert unit.heartbeat == (type_ == 21)


def test_a_captured_fire() -> None:
    """A real unit: place in Chinese, address in the order of the wire, state and time."""
    [one] = decode_unit(SEND, FIRE, STANDARD).objects
    assert one == objects.ComponentState(
        system_type=1,
        system_address=3,
        component_type=0,
        component_address=bytes.fromhex("d9000600"),
        word=2,
        text="Ａ区１层呷哺走廊",
        at=AT,
    )


@given(units(), st.integers(1, 60), st.booleans())
def test_a_unit_of_another_size_has_no_objects(some: tuple[int, list[Object]], amount: int, longer: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    """Bytes too many or too few: no objects but a reason, unless another count of bytes is right as well."""
    type_, objects_ = some
    written = encode_unit(type_, objects_, STANDARD)
    changed = written + b"\x01" * amount if longer else written[: max(2, len(written) - amount)]
    unit = decode_unit(SEND, changed, STANDARD)
    if unit.untimed:
        assert len(written) - len(changed) == 6 * len(objects_)
    else:
        assert unit.objects == ()
        assert unit.undecoded
        assert unit.type == type_


def test_vendor_records_are_not_mis_sliced() -> None:
    """A count that does not fill the bytes says so precisely."""
    unit = decode_unit(SEND, bytes([2, 4]) + bytes(54), STANDARD)
    assert unit.undecoded == "4 objects of type 2 have 184 bytes, 54 came"
    assert (unit.type, unit.count, unit.objects) == (2, 4, ())


@pytest.mark.parametrize(
    ("command", "unit", "reason"),
    [
        (SEND, b"\x01", "1 byte"),
        (ANSWER, b"", "0 bytes"),
        (REQUEST, b"", "0 bytes"),
        (SEND, b"\x02\x00", "no object was announced"),
        (SEND, b"\x96\x01\0", "type 150 is private to a vendor"),
        (SEND, b"\x09\x01\0", "type 9 is reserved"),
        (SEND, b"\xff\x01\0", "type 255 is reserved"),
        (SEND, b"\x06\x01\x01\x01\x05abc", "1 text"),
        (SEND, b"\x06\x02\x01\x01\x03abc", "2 texts"),
        (SEND, b"\x1a\x01\x03abcd", "1 text"),
        (0, b"\x02\x01", "command 0"),
        (7, b"", "command 7"),
        (200, FIRE, "command 200"),
        (CONFIRM, b"\x01", "1 byte"),
        (DENY, FIRE, "48 bytes"),
    ],
)
def test_why_something_is_undecoded(command: int, unit: bytes, reason: str) -> None:
    """Whoever integrates the device is told what was wrong."""
    found = decode_unit(command, unit, STANDARD)
    assert found.objects == ()
    assert not found.heartbeat
    assert found.undecoded is not None
    assert reason in found.undecoded


@pytest.mark.parametrize("unit", [b"", b"\x16"])
def test_heartbeats(unit: bytes) -> None:
    """Nothing, or the one byte of a well-known dialect: the device lives, and nothing is undecoded."""
    found = decode_unit(SEND, unit, STANDARD)
    assert found.heartbeat
    assert found.undecoded is None


def test_heartbeats_of_a_profile() -> None:
    """A profile may have further shapes; what comes beside them is kept as undecoded."""
    profile = replace(STANDARD, heartbeat_commands=frozenset({7, 0}), heartbeat_units=frozenset({b"\x15\x00"}))
    assert decode_unit(7, b"", profile).heartbeat
    assert decode_unit(SEND, b"\x15\x00", profile).heartbeat
    registration = decode_unit(0, bytes(112), profile)
    assert registration.heartbeat
    assert registration.undecoded == "112 bytes beside a heartbeat"
    assert decode_unit(SEND, b"", profile).undecoded


@pytest.mark.parametrize("unit", [b"", b"\x17"])
def test_confirms_hold_nothing(unit: bytes) -> None:
    """A confirm is empty, or answers a handshake."""
    found = decode_unit(CONFIRM, unit, STANDARD)
    assert found.undecoded is None
    assert not found.heartbeat


def test_private_types_have_the_vendors_name() -> None:
    """A private type that the profile knows is kept under its name."""
    profile = replace(STANDARD, private_types={150: Name("开关量", "switch input")})
    assert decode_unit(SEND, b"\x96\x01\0", profile).undecoded == "type 150 is private to the vendor: switch input"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"abc\0old bytes", "abc"),
        ("烟感".encode("gb18030") + b"   ", "烟感"),
        (b"\0" * 31, ""),
        (b" " * 31, ""),
        (b"\xb2\xe3\xff", "层\ufffd"),
        ("烟".encode("gb18030") * 15 + b"\xb2", "烟" * 15 + "\ufffd"),
    ],
)
def test_texts(text: bytes, expected: str) -> None:
    """Cut at the first NUL, bad bytes replaced, blanks at the end dropped."""
    unit = b"\x07\x01\x01\x01\x28" + bytes(4) + text.ljust(31, b"\0")[:31]
    [one] = decode_unit(ANSWER, unit, STANDARD).objects
    assert isinstance(one, objects.ComponentConfig)
    assert one.text == expected


@settings(max_examples=500)
@given(st.integers(0, 255), st.binary(max_size=60), profiles)
def test_random_bytes_raise_nothing(command: int, unit: bytes, profile: Profile) -> None:
    """Any unit is objects, a heartbeat, nothing, or a reason."""
    found = decode_unit(command, unit, profile)
    assert found.objects or found.heartbeat or found.undecoded or command in {CONFIRM, DENY}


@settings(max_examples=500)
@given(st.sampled_from(sorted(TYPES)), st.integers(0, 255), st.binary(max_size=200))
def test_random_objects_raise_nothing(type_: int, count: int, area: bytes) -> None:
    """Known types with anything behind them: all of it is objects, or none of it."""
    found = decode_unit(SEND, bytes([type_, count]) + area, STANDARD)
    assert bool(found.objects) != bool(found.undecoded)
    assert len(found.objects) in {0, count}


def component(**changes: object) -> Object:
    """A component state that can be written, but for what is changed."""
    fields: dict[str, object] = {
        "system_type": 1,
        "system_address": 1,
        "component_type": 40,
        "component_address": bytes(4),
        "word": 2,
        "at": AT,
    }
    return objects.ComponentState(**{**fields, **changes})  # pyright: ignore[reportArgumentType] - that is the point


@pytest.mark.parametrize(
    ("type_", "some"),
    [
        (2, []),
        (2, [component()] * 23),
        (21, [objects.DeviceState(word=1, at=None)] * 2),
        (9, [component()]),
        (1, [component()]),
        (2, [component(word=65_536)]),
        (2, [component(system_type=256)]),
        (2, [component(component_address=bytes(3))]),
        (2, [component(component_address=bytes(5))]),
        (2, [component(text="烟" * 16)]),
        (2, [component(text="a\0b")]),
        (2, [component(text="\ud800")]),
        (2, [component(at=datetime(1999, 1, 1, tzinfo=UTC))]),
        (6, [objects.SystemConfig(system_type=1, system_address=256, text="")]),
        (6, [objects.SystemConfig(system_type=1, system_address=1, text="x" * 256)]),
        (26, [objects.DeviceConfig(text="x" * 256)]),
        (26, [objects.DeviceConfig(text="x")] * 2),
    ],
)
def test_what_does_not_fit_is_not_written(type_: int, some: list[Object]) -> None:
    """Too many, too long, the wrong kind: EncodeError, and nothing else."""
    with pytest.raises(EncodeError):
        encode_unit(type_, some, STANDARD)


def test_a_profile_may_allow_less() -> None:
    """A unit longer than the device takes is not written."""
    with pytest.raises(EncodeError, match="512"):
        encode_unit(2, [component()] * 12, replace(STANDARD, unit_max=512))
