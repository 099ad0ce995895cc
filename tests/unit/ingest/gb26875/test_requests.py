"""Does every command go down as the standard says, and is every answer said in words?"""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.ingest.command_words import ArgsError, CommandName
from firewarden.ingest.wire.gb26875.layouts import LAYOUTS
from firewarden.ingest.wire.gb26875.objects import DeviceVersion, DutyCheck, ReadComponent, SetClock
from firewarden.ingest.wire.gb26875.profiles import STANDARD
from firewarden.ingest.wire.gb26875.requests import DETAIL_CHARACTERS_MAX, TYPES, answer_detail, request
from firewarden.ingest.wire.gb26875.units import ANSWER, decode_unit, encode_unit

NOW = datetime(2026, 11, 24, 3, 4, 5, tzinfo=UTC)
SYSTEM = {"system_type": 1, "system_address": 2}
COMPONENT = {**SYSTEM, "component_address": "0a000200"}
SINCE = {"since": "2026-11-24T03:04:05Z", "count": 3}

EXPECTED = {
    CommandName.READ_SYSTEM_STATE: (SYSTEM, 4, "3d 01 01 02"),
    CommandName.READ_COMPONENT_STATE: (COMPONENT, 4, "3e 01 01 02 0a 00 02 00"),
    CommandName.READ_ANALOG: (COMPONENT, 4, "3f 01 01 02 0a 00 02 00"),
    CommandName.READ_OPERATIONS: ({**SYSTEM, **SINCE}, 4, "40 01 01 02 03 05 04 0b 18 0b 1a"),
    CommandName.READ_SYSTEM_VERSION: (SYSTEM, 4, "41 01 01 02"),
    CommandName.READ_SYSTEM_CONFIG: (SYSTEM, 4, "42 01 01 02"),
    CommandName.READ_COMPONENT_CONFIG: (COMPONENT, 4, "43 01 01 02 0a 00 02 00"),
    CommandName.READ_SYSTEM_TIME: (SYSTEM, 4, "44 01 01 02"),
    CommandName.READ_DEVICE_STATE: ({}, 4, "51 01 00"),
    CommandName.READ_DEVICE_OPERATIONS: (SINCE, 4, "54 01 03 05 04 0b 18 0b 1a"),
    CommandName.READ_DEVICE_VERSION: ({}, 4, "55 01 00"),
    CommandName.READ_DEVICE_CONFIG: ({}, 4, "56 01 00"),
    CommandName.READ_DEVICE_TIME: ({}, 4, "58 01 00"),
    CommandName.INITIALISE: ({}, 1, "59 01 00"),
    CommandName.CLOCK_SYNC: ({}, 1, "5a 01 05 04 0b 18 0b 1a"),
    CommandName.DUTY_CHECK: ({"minutes": 7}, 1, "5b 01 07"),
}


@pytest.mark.parametrize("command", CommandName)
def test_every_command_has_its_bytes(command: CommandName) -> None:
    """Type, count and object as in 8.2, times in those of Shanghai; 89 to 91 are ordered, the others asked for."""
    args, byte, unit = EXPECTED[command]
    assert request(command, args, NOW, STANDARD) == (byte, bytes.fromhex(unit))


def test_what_goes_down_is_read_back() -> None:
    """By a decoder, as the simulated devices use it."""
    _, unit = request("read_analog", COMPONENT, NOW, STANDARD)
    read = ReadComponent(system_type=1, system_address=2, component_address=b"\x0a\x00\x02\x00")
    assert decode_unit(4, unit, STANDARD).objects == (read,)
    _, unit = request("duty_check", {}, NOW, STANDARD)
    assert decode_unit(1, unit, STANDARD).objects == (DutyCheck(minutes=10),)
    _, unit = request("clock_sync", {}, NOW, STANDARD)
    assert decode_unit(1, unit, STANDARD).objects == (SetClock(at=NOW),)


def test_what_cannot_be_said_is_refused() -> None:
    """An unknown command, and args that do not fit."""
    with pytest.raises(ValueError, match="dance"):
        request("dance", {}, NOW, STANDARD)
    with pytest.raises(ArgsError, match="system_type"):
        request("read_analog", {}, NOW, STANDARD)


def test_an_answer_is_said_in_words() -> None:
    """Points, names of states, texts and times; nothing of an empty confirm."""
    assert answer_detail(decode_unit(3, b"", STANDARD), STANDARD) == ""
    unit = encode_unit(25, [DeviceVersion(major=2, minor=11)], STANDARD)
    assert json.loads(answer_detail(decode_unit(ANSWER, unit, STANDARD), STANDARD)) == {
        "type": 25,
        "objects": [{"point": "device", "version": "2.11"}],
    }
    head = bytes.fromhex("02 01 01 01 28 0a000200 0600")
    unit = head + "三层".encode("gb18030").ljust(31, b"\0") + bytes([5, 4, 11, 24, 11, 26])
    said = json.loads(answer_detail(decode_unit(ANSWER, unit, STANDARD), STANDARD))
    fire = {"point": "1.1/40.0a000200", "states": ["fire", "fault"], "text": "三层", "at": "2026-11-24T11:04:05+08:00"}
    assert said["objects"] == [fire]


@given(st.sampled_from([*LAYOUTS, 6, 26, 200]), st.integers(0, 255), st.binary(max_size=1022))
def test_any_answer_can_be_said(type_: int, count: int, area: bytes) -> None:
    """Whatever a device answers is JSON of a bounded length."""
    unit = decode_unit(ANSWER, bytes((type_, count)) + area, STANDARD)
    text = answer_detail(unit, STANDARD)
    assert len(text) <= DETAIL_CHARACTERS_MAX + 2_000
    assert text == "" or json.loads(text)["type"] == type_


@given(st.sampled_from(sorted(LAYOUTS)), st.binary(min_size=1022, max_size=1022))
def test_full_answers_can_be_said(type_: int, area: bytes) -> None:
    """Also one that fills its frame with objects."""
    layout = LAYOUTS[type_]
    size = (layout.timed or layout.body).size
    count = min(layout.count_max, 1022 // size)
    unit = decode_unit(ANSWER, bytes((type_, count)) + area[: count * size], STANDARD)
    assert json.loads(answer_detail(unit, STANDARD))["type"] == type_


def test_types_are_those_of_the_standard() -> None:
    """Each command has one, and no two share it."""
    assert set(TYPES) == set(CommandName)
    assert len(set(TYPES.values())) == len(TYPES)
