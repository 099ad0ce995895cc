"""How is a frame told to a program? As plain values, with every key that applies and no other."""

import struct
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import msgspec

from firewarden.ingest.facts import Act
from firewarden.ingest.wire.gb26875 import objects
from firewarden.ingest.wire.gb26875.facts import measured, shown_unit
from firewarden.ingest.wire.gb26875.frames import FRAME_BYTES_MIN, Flaw, Flawed, Frame, checksum
from firewarden.ingest.wire.gb26875.objects import Object
from firewarden.ingest.wire.gb26875.profiles import Profile
from firewarden.ingest.wire.gb26875.tables import DEVICE_OPERATIONS, SYSTEM_OPERATIONS, TYPES
from firewarden.ingest.wire.gb26875.times import TIME_BYTES, read_time
from firewarden.ingest.wire.gb26875.units import ANSWER, CONTROL, REQUEST, SEND, Unit, decode_unit
from firewarden.ingest.wire.gb26875.word_names import word_states
from firewarden.ingest.wire.gb26875.words import Of

Plain = dict[str, object]

_TIME_AT = 6
_LENGTH_AT = 24
_LENGTH = struct.Struct("<H")
_TYPE_AND_COUNT_BYTES = 2
_OPERATION_BITS = 8
_WITH_A_HEAD = frozenset({CONTROL, SEND, REQUEST, ANSWER})
"""The commands whose application unit begins with type and count."""


class Verdict(StrEnum):
    """What becomes of a frame that is no flaw (the flaws have words of their own)."""

    ACCEPT = "accept"
    UNREADABLE_BODY = "accept_frame_quarantine_body"  # a type of the standard whose objects do not fit


def frame_json(frame: Frame, profile: Profile) -> Plain:
    """A sound frame."""
    unit = decode_unit(frame.command, frame.unit, profile)
    told: Plain = {
        "verdict": verdict_of(frame, unit),
        "serial": frame.serial,
        "version": _version(frame.version),
        "time": _time(read_time(frame.time, profile.time_coding)),
        "source": frame.source,
        "destination": frame.destination,
        "command": frame.command,
        "type": unit.type,
        "objects": _objects(frame, unit, profile),
    }
    if unit.undecoded is not None:
        told["reason"] = unit.undecoded
    return told


def flawed_json(flawed: Flawed, profile: Profile) -> Plain:
    """Bytes that are no sound frame, with as much of the header as there is."""
    told: Plain = {"verdict": flawed.flaw.value}
    if flawed.serial is not None and flawed.version is not None:
        told |= {
            "serial": flawed.serial,
            "version": _version(flawed.version),
            "time": _time(read_time(flawed.raw[_TIME_AT : _TIME_AT + TIME_BYTES], profile.time_coding)),
            "source": flawed.source,
            "destination": flawed.destination,
            "command": flawed.command,
        }
    told["reason"] = flaw_text(flawed)
    return told


def verdict_of(frame: Frame, unit: Unit) -> Verdict:
    """Whether all of a sound frame can be used. What is private to a vendor is no flaw of the frame."""
    if unit.undecoded is None:
        return Verdict.ACCEPT
    if unit.type is None:
        headless = len(frame.unit) == 1 and frame.command in _WITH_A_HEAD
        return Verdict.UNREADABLE_BODY if headless else Verdict.ACCEPT
    return Verdict.UNREADABLE_BODY if unit.type in TYPES else Verdict.ACCEPT


def flaw_text(flawed: Flawed) -> str:
    """What is wrong, in words."""
    match flawed.flaw:
        case Flaw.START:
            return f"{flawed.size} bytes without start marks"
        case Flaw.TAIL:
            return f"{_frame_in(flawed)[-2:].hex()} where the end marks 2323 belong{_and_behind(flawed)}"
        case Flaw.CHECKSUM:
            frame = _frame_in(flawed)
            return f"checksum {frame[-3]:02x}, computed {checksum(frame):02x}{_and_behind(flawed)}"
        case Flaw.MALFORMED if flawed.serial is None:
            return f"ended after {flawed.size} bytes; the shortest frame has {FRAME_BYTES_MIN}"
        case Flaw.MALFORMED:
            return f"an application unit of {flawed.size - FRAME_BYTES_MIN} bytes is longer than allowed"
        case Flaw.INCOMPLETE:
            due = f" of {_due(flawed)}" if flawed.serial is not None else ", within the header"
            return f"cut short after {flawed.size} bytes{due}"


def _due(flawed: Flawed) -> int:
    """How many bytes its header announces."""
    return FRAME_BYTES_MIN + _LENGTH.unpack_from(flawed.raw, _LENGTH_AT)[0]


def _frame_in(flawed: Flawed) -> bytes:
    return flawed.raw[: _due(flawed)]


def _and_behind(flawed: Flawed) -> str:
    behind = flawed.size - _due(flawed)
    return f"; {behind} bytes behind it" if behind else ""


def _act_names(flags: int, acts: Mapping[int, Act]) -> list[str]:
    """What the bits of an operation say, in the words of `Act`."""
    return [acts[bit].value if bit in acts else f"bit_{bit}" for bit in range(_OPERATION_BITS) if flags >> bit & 1]


def _objects(frame: Frame, unit: Unit, profile: Profile) -> list[Plain]:
    if unit.objects:
        return [_object(one, unit, profile) for one in unit.objects]
    raw = frame.unit if unit.type is None else frame.unit[_TYPE_AND_COUNT_BYTES:]
    return [{"raw": raw.hex()}] if raw else []


def _object(one: Object, unit: Unit, profile: Profile) -> Plain:
    told: Plain = {}
    of_kind = msgspec.structs.asdict(one)
    told |= {key: of_kind[key] for key in ("system_type", "system_address", "component_type") if key in of_kind}
    if "component_address" in of_kind:
        told["component_address"] = of_kind["component_address"].hex()
    of_its_own = _OF_ITS_OWN.get(type(one))
    if of_its_own is not None:
        told |= of_its_own(one, profile)
    if "text" in of_kind:
        told["text"] = of_kind["text"]
    if "at" in of_kind and not unit.untimed and not isinstance(one, objects.SetClock):
        told["at"] = _time(of_kind["at"])
    return told


def _version(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.strftime("%Y-%m-%d %H:%M:%S")


def _value(one: objects.Analog, profile: Profile) -> Plain:
    found = measured(one, profile)
    if found is None:
        return {"analog_type": one.analog_type, "value": one.raw}
    return {"analog_type": one.analog_type, "value": found.value, "unit": shown_unit(found.unit)}


def _records(one: objects.ReadOperations | objects.ReadDeviceOperations, _: Profile) -> Plain:
    return {"count": one.count, "since": _time(one.since)}


def _software(one: objects.SystemVersion | objects.DeviceVersion, _: Profile) -> Plain:
    return {"version": _version((one.major, one.minor))}


def _reserved(one: objects.ReadDevice | objects.Initialise, _: Profile) -> Plain:
    return {"raw": f"{one.reserved:02x}"}


def _acts(one: objects.SystemOperation | objects.DeviceOperation, _: Profile) -> Plain:
    acts = SYSTEM_OPERATIONS if isinstance(one, objects.SystemOperation) else DEVICE_OPERATIONS
    return {"operation": _act_names(one.flags, acts), "operator": one.operator}


_OF_ITS_OWN: Mapping[type[Object], Callable[[Any, Profile], Plain]] = {
    objects.SystemState: lambda one, profile: {"state": word_states(Of.SYSTEM, one.word, profile)},
    objects.ComponentState: lambda one, profile: {
        "state": word_states(Of.COMPONENT, one.word, profile, one.component_type)
    },
    objects.DeviceState: lambda one, profile: {"state": word_states(Of.DEVICE, one.word, profile)},
    objects.Analog: _value,
    objects.SystemOperation: _acts,
    objects.DeviceOperation: _acts,
    objects.SystemVersion: _software,
    objects.DeviceVersion: _software,
    objects.ReadOperations: _records,
    objects.ReadDeviceOperations: _records,
    objects.ReadDevice: _reserved,
    objects.Initialise: _reserved,
    objects.SetClock: lambda one, _: {"set_time": _time(one.at)},
    objects.DutyCheck: lambda one, _: {"duty_timeout_min": one.minutes},
}
"""What is particular to a kind of object."""
