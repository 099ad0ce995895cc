"""What goes down to a device for a command, and what does its answer say in words that people read?"""

from collections.abc import Mapping
from datetime import datetime
from typing import assert_never, cast

import msgspec

from firewarden.ingest import command_words as words
from firewarden.ingest.command_words import CommandName, read_args
from firewarden.ingest.wire.gb26875 import objects
from firewarden.ingest.wire.gb26875.facts import DEVICE_POINT, component_point, measured
from firewarden.ingest.wire.gb26875.objects import Object
from firewarden.ingest.wire.gb26875.profiles import Profile
from firewarden.ingest.wire.gb26875.tables import DEVICE_OPERATIONS, SYSTEM_OPERATIONS
from firewarden.ingest.wire.gb26875.units import CONTROL, REQUEST, Unit, encode_unit
from firewarden.ingest.wire.gb26875.words import Of, said

TYPES: Mapping[CommandName, int] = {
    CommandName.READ_SYSTEM_STATE: 61,
    CommandName.READ_COMPONENT_STATE: 62,
    CommandName.READ_ANALOG: 63,
    CommandName.READ_OPERATIONS: 64,
    CommandName.READ_SYSTEM_VERSION: 65,
    CommandName.READ_SYSTEM_CONFIG: 66,
    CommandName.READ_COMPONENT_CONFIG: 67,
    CommandName.READ_SYSTEM_TIME: 68,
    CommandName.READ_DEVICE_STATE: 81,
    CommandName.READ_DEVICE_OPERATIONS: 84,
    CommandName.READ_DEVICE_VERSION: 85,
    CommandName.READ_DEVICE_CONFIG: 86,
    CommandName.READ_DEVICE_TIME: 88,
    CommandName.INITIALISE: 89,
    CommandName.CLOCK_SYNC: 90,
    CommandName.DUTY_CHECK: 91,
}
"""The type flag of each command (8.2)."""

DETAIL_CHARACTERS_MAX = 4_000
_OPERATION_BITS = 8


def request(command: str, args: Mapping[str, object], now: datetime, profile: Profile) -> tuple[int, bytes]:
    """The command byte and the application unit that go to a device at `now`.

    Raises ValueError: of the name, ArgsError of what is said with it, EncodeError of what the protocol cannot say.
    """
    name = CommandName(command)
    unit = encode_unit(TYPES[name], [_object(name, args, now)], profile)
    return (REQUEST if name.is_read else CONTROL), unit


def _object(name: CommandName, args: Mapping[str, object], now: datetime) -> Object:
    taken = read_args(name, args)
    match taken:
        case words.OfSystem():
            return objects.ReadSystem(system_type=taken.system_type, system_address=taken.system_address)
        case words.OfComponent():
            return objects.ReadComponent(
                system_type=taken.system_type,
                system_address=taken.system_address,
                component_address=bytes.fromhex(taken.component_address),
            )
        case words.RecordsOfSystem():
            return objects.ReadOperations(
                system_type=taken.system_type,
                system_address=taken.system_address,
                count=taken.count,
                since=taken.since,
            )
        case words.RecordsOfDevice():
            return objects.ReadDeviceOperations(count=taken.count, since=taken.since)
        case words.Duty():
            return objects.DutyCheck(minutes=taken.minutes)
        case words.NoArgs():
            return _without_args(name, now)
        case _:
            assert_never(taken)


def _without_args(name: CommandName, now: datetime) -> Object:
    if name is CommandName.CLOCK_SYNC:
        return objects.SetClock(at=now)
    return objects.Initialise() if name is CommandName.INITIALISE else objects.ReadDevice()


def answer_detail(unit: Unit, profile: Profile) -> str:
    """What the application unit of an answer says, as one JSON object on one line; nothing where it says nothing."""
    if not unit.objects and unit.undecoded is None:
        return ""
    said_: dict[str, object] = {"type": unit.type, "objects": [in_words(one, profile) for one in unit.objects]}
    if unit.undecoded is not None:
        said_["undecoded"] = unit.undecoded
    text = msgspec.json.encode(said_).decode()
    if len(text) <= DETAIL_CHARACTERS_MAX:
        return text
    few = cast("list[object]", said_["objects"])[:10]
    return msgspec.json.encode({**said_, "objects": few, "more": len(unit.objects) - len(few)}).decode()


def in_words(one: Object, profile: Profile) -> dict[str, object]:
    """What one information object says: names instead of numbers, text, times with a zone."""
    at = getattr(one, "at", None)
    found = {"point": _point(one), **_said(one, profile), "at": at.isoformat() if isinstance(at, datetime) else None}
    return {name: value for name, value in found.items() if value is not None}


def _point(one: Object) -> str | None:
    match one:
        case objects.ComponentState() | objects.Analog() | objects.ComponentConfig():
            return component_point(one)
        case (
            objects.SystemState()
            | objects.SystemOperation()
            | objects.SystemVersion()
            | objects.SystemConfig()
            | objects.SystemTime()
        ):
            return f"{one.system_type}.{one.system_address}"
        case _:
            return DEVICE_POINT


def _said(one: Object, profile: Profile) -> dict[str, object]:
    found: dict[str, object] = {}
    match one:
        case objects.SystemState():
            found = _states(Of.SYSTEM, one.word, profile)
        case objects.ComponentState():
            found = {**_states(Of.COMPONENT, one.word, profile), "text": one.text or None}
        case objects.DeviceState():
            found = _states(Of.DEVICE, one.word, profile)
        case objects.Analog():
            found = _value(one, profile)
        case objects.SystemOperation() | objects.DeviceOperation():
            found = _acts(one)
        case objects.SystemVersion() | objects.DeviceVersion():
            found = {"version": f"{one.major}.{one.minor}"}
        case objects.SystemConfig() | objects.ComponentConfig() | objects.DeviceConfig():
            found = {"text": one.text}
        case _:  # a clock has nothing but its time; a command of a centre, sent back, says nothing
            pass
    return found


def _states(of: Of, word: int, profile: Profile) -> dict[str, object]:
    return {"states": [state.value for state in said(of, word, profile).set]}


def _value(one: objects.Analog, profile: Profile) -> dict[str, object]:
    found = measured(one, profile)
    if found is None:
        return {"analog_type": one.analog_type, "raw": one.raw}
    return {"quantity": found.quantity, "value": found.value, "unit": found.unit}


def _acts(one: objects.SystemOperation | objects.DeviceOperation) -> dict[str, object]:
    known = SYSTEM_OPERATIONS if isinstance(one, objects.SystemOperation) else DEVICE_OPERATIONS
    acts = [known[bit].value for bit in range(_OPERATION_BITS) if one.flags >> bit & 1 and bit in known]
    return {"acts": acts, "operator": one.operator}
