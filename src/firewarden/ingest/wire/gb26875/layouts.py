"""Where in its bytes does an information object keep what? One row for each type whose objects have a fixed size."""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from firewarden.ingest.wire.gb26875 import objects
from firewarden.ingest.wire.gb26875.errors import EncodeError
from firewarden.ingest.wire.gb26875.objects import COMPONENT_ADDRESS_BYTES, COMPONENT_TEXT_BYTES, Object
from firewarden.ingest.wire.gb26875.profiles import ByteOrder, Profile
from firewarden.ingest.wire.gb26875.times import NO_TIME, read_time, write_time

Values = tuple[Any, ...]

_TEXTS_CACHED_MAX = 8_192
_ENCODING = "gb18030"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Objects of one type. `timed`: with the six bytes of a time behind the body, where the type has one."""

    kind: type[Object]
    count_max: int
    body: struct.Struct
    timed: struct.Struct | None
    read: Callable[[Values, datetime | None, Profile], Object]
    write: Callable[[Any, Profile], Values]


@lru_cache(maxsize=_TEXTS_CACHED_MAX)
def read_text(data: bytes) -> str:
    """GB18030 up to the first NUL: behind it, devices leave old bytes. What is not GB18030 is replaced."""
    return data.partition(b"\0")[0].decode(_ENCODING, errors="replace").rstrip()


def write_text(text: str, bytes_max: int) -> bytes:
    """GB18030, of at most that many bytes. Raises EncodeError."""
    try:
        data = text.encode(_ENCODING)
    except UnicodeEncodeError as error:
        raise EncodeError(f"{text!r} cannot be written in GB18030") from error
    if len(data) > bytes_max or 0 in data:
        raise EncodeError(f"at most {bytes_max} bytes without NUL were expected, {text!r} has {len(data)}")
    return data


def _word(value: int, profile: Profile) -> int:
    """A state word in the order of the device; the same way back."""
    return value if profile.state_order is ByteOrder.LITTLE else (value & 0xFF) << 8 | value >> 8


def _address(address: bytes) -> bytes:
    if len(address) != COMPONENT_ADDRESS_BYTES:
        raise EncodeError(f"a component's address has {COMPONENT_ADDRESS_BYTES} bytes, not {len(address)}")
    return address


def _time(at: datetime | None, profile: Profile) -> bytes:
    return NO_TIME if at is None else write_time(at, profile.time_coding)


def _system_state(v: Values, at: datetime | None, profile: Profile) -> Object:
    return objects.SystemState(system_type=v[0], system_address=v[1], word=_word(v[2], profile), at=at)


def _write_system_state(one: objects.SystemState, profile: Profile) -> Values:
    return one.system_type, one.system_address, _word(one.word, profile)


def _component_state(v: Values, at: datetime | None, profile: Profile) -> Object:
    return objects.ComponentState(
        system_type=v[0],
        system_address=v[1],
        component_type=v[2],
        component_address=v[3],
        word=_word(v[4], profile),
        text=read_text(v[5]),
        at=at,
    )


def _write_component_state(one: objects.ComponentState, profile: Profile) -> Values:
    return (
        one.system_type,
        one.system_address,
        one.component_type,
        _address(one.component_address),
        _word(one.word, profile),
        write_text(one.text, COMPONENT_TEXT_BYTES),
    )


def _component_state_without_text(v: Values, at: datetime | None, profile: Profile) -> Object:
    return objects.ComponentState(
        system_type=v[0],
        system_address=v[1],
        component_type=v[2],
        component_address=v[3],
        word=_word(v[4], profile),
        at=at,
    )


def _analog(v: Values, at: datetime | None, _: Profile) -> Object:
    return objects.Analog(
        system_type=v[0],
        system_address=v[1],
        component_type=v[2],
        component_address=v[3],
        analog_type=v[4],
        raw=v[5],
        at=at,
    )


def _write_analog(one: objects.Analog, _: Profile) -> Values:
    return (
        one.system_type,
        one.system_address,
        one.component_type,
        _address(one.component_address),
        one.analog_type,
        one.raw,
    )


def _system_operation(v: Values, at: datetime | None, _: Profile) -> Object:
    return objects.SystemOperation(system_type=v[0], system_address=v[1], flags=v[2], operator=v[3], at=at)


def _system_version(v: Values, _: datetime | None, __: Profile) -> Object:
    return objects.SystemVersion(system_type=v[0], system_address=v[1], major=v[2], minor=v[3])


def _component_config(v: Values, _: datetime | None, __: Profile) -> Object:
    return objects.ComponentConfig(
        system_type=v[0], system_address=v[1], component_type=v[2], component_address=v[3], text=read_text(v[4])
    )


def _write_component_config(one: objects.ComponentConfig, _: Profile) -> Values:
    text = write_text(one.text, COMPONENT_TEXT_BYTES)
    return one.system_type, one.system_address, one.component_type, _address(one.component_address), text


def _component_config_without_text(v: Values, _: datetime | None, __: Profile) -> Object:
    return objects.ComponentConfig(
        system_type=v[0], system_address=v[1], component_type=v[2], component_address=v[3], text=""
    )


def _system_time(v: Values, _: datetime | None, profile: Profile) -> Object:
    return objects.SystemTime(system_type=v[0], system_address=v[1], at=read_time(v[2], profile.time_coding))


def _read_component(v: Values, _: datetime | None, __: Profile) -> Object:
    return objects.ReadComponent(system_type=v[0], system_address=v[1], component_address=v[2])


def _read_operations(v: Values, _: datetime | None, profile: Profile) -> Object:
    since = read_time(v[3], profile.time_coding)
    return objects.ReadOperations(system_type=v[0], system_address=v[1], count=v[2], since=since)


def _layout(
    kind: type[Object],
    count_max: int,
    body: str,
    read: Callable[[Values, datetime | None, Profile], Object],
    write: Callable[[Any, Profile], Values],
    *,
    timed: bool = False,
) -> Layout:
    with_time = struct.Struct(f"<{body}6s") if timed else None
    return Layout(
        kind=kind, count_max=count_max, body=struct.Struct(f"<{body}"), timed=with_time, read=read, write=write
    )


def _read_system(count_max: int) -> Layout:
    return _layout(
        objects.ReadSystem,
        count_max,
        "BB",
        lambda v, _, __: objects.ReadSystem(system_type=v[0], system_address=v[1]),
        lambda one, _: (one.system_type, one.system_address),
    )


def _read_component_of(count_max: int) -> Layout:
    return _layout(
        objects.ReadComponent,
        count_max,
        "BB4s",
        _read_component,
        lambda one, _: (one.system_type, one.system_address, _address(one.component_address)),
    )


_READ_DEVICE = _layout(
    objects.ReadDevice, 1, "B", lambda v, _, __: objects.ReadDevice(reserved=v[0]), lambda one, _: (one.reserved,)
)

LAYOUTS: Mapping[int, Layout] = {
    1: _layout(objects.SystemState, 102, "BBH", _system_state, _write_system_state, timed=True),
    2: _layout(objects.ComponentState, 22, "BBB4sH31s", _component_state, _write_component_state, timed=True),
    3: _layout(objects.Analog, 63, "BBB4sBh", _analog, _write_analog, timed=True),
    4: _layout(
        objects.SystemOperation,
        102,
        "BBBB",
        _system_operation,
        lambda one, _: (one.system_type, one.system_address, one.flags, one.operator),
        timed=True,
    ),
    5: _layout(
        objects.SystemVersion,
        1,
        "BBBB",
        _system_version,
        lambda one, _: (one.system_type, one.system_address, one.major, one.minor),
    ),
    7: _layout(objects.ComponentConfig, 26, "BBB4s31s", _component_config, _write_component_config),
    8: _layout(
        objects.SystemTime,
        1,
        "BB6s",
        _system_time,
        lambda one, profile: (one.system_type, one.system_address, _time(one.at, profile)),
    ),
    21: _layout(
        objects.DeviceState,
        1,
        "B",
        lambda v, at, _: objects.DeviceState(word=v[0], at=at),
        lambda one, _: (one.word,),
        timed=True,
    ),
    24: _layout(
        objects.DeviceOperation,
        127,
        "BB",
        lambda v, at, _: objects.DeviceOperation(flags=v[0], operator=v[1], at=at),
        lambda one, _: (one.flags, one.operator),
        timed=True,
    ),
    25: _layout(
        objects.DeviceVersion,
        1,
        "BB",
        lambda v, _, __: objects.DeviceVersion(major=v[0], minor=v[1]),
        lambda one, _: (one.major, one.minor),
    ),
    28: _layout(
        objects.DeviceTime,
        1,
        "6s",
        lambda v, _, profile: objects.DeviceTime(at=read_time(v[0], profile.time_coding)),
        lambda one, profile: (_time(one.at, profile),),
    ),
    61: _read_system(102),
    62: _read_component_of(22),
    63: _read_component_of(63),
    64: _layout(
        objects.ReadOperations,
        1,
        "BBB6s",
        _read_operations,
        lambda one, profile: (one.system_type, one.system_address, one.count, _time(one.since, profile)),
    ),
    65: _read_system(1),
    66: _read_system(3),
    67: _read_component_of(26),
    68: _read_system(1),
    81: _READ_DEVICE,
    84: _layout(
        objects.ReadDeviceOperations,
        1,
        "B6s",
        lambda v, _, profile: objects.ReadDeviceOperations(count=v[0], since=read_time(v[1], profile.time_coding)),
        lambda one, profile: (one.count, _time(one.since, profile)),
    ),
    85: _READ_DEVICE,
    86: _READ_DEVICE,
    88: _READ_DEVICE,
    89: _layout(
        objects.Initialise, 1, "B", lambda v, _, __: objects.Initialise(reserved=v[0]), lambda one, _: (one.reserved,)
    ),
    90: _layout(
        objects.SetClock,
        1,
        "6s",
        lambda v, _, profile: objects.SetClock(at=read_time(v[0], profile.time_coding)),
        lambda one, profile: (_time(one.at, profile),),
    ),
    91: _layout(
        objects.DutyCheck,
        1,
        "B",
        lambda v, _, __: objects.DutyCheck(minutes=v[0]),
        lambda one, _: (one.minutes,),
    ),
}
"""By type. Types 6 and 26, whose texts have a length of their own, are not here."""

LAYOUTS_WITHOUT_TEXT: Mapping[int, Layout] = {
    2: _layout(
        objects.ComponentState,
        22,
        "BBB4sH",
        _component_state_without_text,
        lambda one, profile: _write_component_state(one, profile)[:-1],
        timed=True,
    ),
    7: _layout(
        objects.ComponentConfig,
        26,
        "BBB4s",
        _component_config_without_text,
        lambda one, profile: _write_component_config(one, profile)[:-1],
    ),
}
"""Of the types whose texts a profile may make optional. No number of objects fills the same bytes both ways."""
