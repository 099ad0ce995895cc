"""Which bytes of a frame say what? Field by field with offsets, in Chinese and English."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from firewarden.ingest.facts import Act
from firewarden.ingest.wire.gb26875 import objects
from firewarden.ingest.wire.gb26875.facts import measured, shown_unit
from firewarden.ingest.wire.gb26875.frames import HEADER_BYTES, Frame
from firewarden.ingest.wire.gb26875.layouts import LAYOUTS, read_text
from firewarden.ingest.wire.gb26875.objects import COMPONENT_TEXT_BYTES, Object
from firewarden.ingest.wire.gb26875.profiles import AddressLabel, FieldKind, PrivateField, Profile
from firewarden.ingest.wire.gb26875.tables import (
    ACTS,
    ANALOGS,
    COMMANDS,
    DEVICE_OPERATIONS,
    SYSTEM_OPERATIONS,
    TYPES,
    Name,
)
from firewarden.ingest.wire.gb26875.times import TIME_BYTES, read_time
from firewarden.ingest.wire.gb26875.units import Unit, decode_unit
from firewarden.ingest.wire.gb26875.word_names import word_name
from firewarden.ingest.wire.gb26875.words import Of

_TYPE_AND_COUNT_BYTES = 2
_OPERATION_BITS = 8
_BOARD = 0xFF
"""As the high byte of the loop where the point comes first: an interface board, not a loop."""

_SYSTEM = (("system_type", 1), ("system_address", 1))
_COMPONENT = (*_SYSTEM, ("component_type", 1), ("component_address", 4))
_FIELDS: Mapping[type[Object], tuple[tuple[str, int], ...]] = {
    objects.SystemState: (*_SYSTEM, ("word", 2)),
    objects.ComponentState: (*_COMPONENT, ("word", 2), ("text", COMPONENT_TEXT_BYTES)),
    objects.Analog: (*_COMPONENT, ("analog_type", 1), ("raw", 2)),
    objects.SystemOperation: (*_SYSTEM, ("flags", 1), ("operator", 1)),
    objects.SystemVersion: (*_SYSTEM, ("version", 2)),
    objects.ComponentConfig: (*_COMPONENT, ("text", COMPONENT_TEXT_BYTES)),
    objects.SystemTime: (*_SYSTEM, ("at", TIME_BYTES)),
    objects.DeviceState: (("word", 1),),
    objects.DeviceOperation: (("flags", 1), ("operator", 1)),
    objects.DeviceVersion: (("version", 2),),
    objects.DeviceTime: (("at", TIME_BYTES),),
    objects.ReadSystem: _SYSTEM,
    objects.ReadComponent: (*_SYSTEM, ("component_address", 4)),
    objects.ReadOperations: (*_SYSTEM, ("count", 1), ("since", TIME_BYTES)),
    objects.ReadDevice: (("reserved", 1),),
    objects.ReadDeviceOperations: (("count", 1), ("since", TIME_BYTES)),
    objects.Initialise: (("reserved", 1),),
    objects.SetClock: (("at", TIME_BYTES),),
    objects.DutyCheck: (("minutes", 1),),
}
"""In the order of the wire, without the time that follows where the type has one."""

_NAMES: Mapping[str, Name] = {
    "system_type": Name("系统类型", "system type"),
    "system_address": Name("系统地址", "system address"),
    "component_type": Name("部件类型", "component type"),
    "component_address": Name("部件地址", "component address"),
    "word": Name("状态", "state"),
    "length": Name("说明长度", "length of the text"),
    "text": Name("说明", "text"),
    "analog_type": Name("模拟量类型", "analog type"),
    "raw": Name("模拟量值", "analog value"),
    "flags": Name("操作标志", "operation"),
    "operator": Name("操作员编号", "operator"),
    "version": Name("软件版本", "software version"),
    "count": Name("记录数目", "number of records"),
    "since": Name("起始时间", "from"),
    "reserved": Name("预留", "reserved"),
    "minutes": Name("应答时限", "to be answered within"),
    "at": Name("时间", "time"),
    "undecoded": Name("未解析", "not decoded"),
}


class Part(NamedTuple):
    """Some bytes of a frame. `place` counts the objects from 1; 0 is the frame itself."""

    offset: int
    length: int
    name: Name
    value: Name
    place: int = 0


def explain(frame: Frame, profile: Profile) -> list[Part]:
    """Every byte of a frame, in order. Never raises."""
    unit = decode_unit(frame.command, frame.unit, profile)
    end = len(frame.raw) - 3
    return [
        *_header(frame, profile),
        *_unit(frame, unit, profile),
        Part(end, 1, Name("校验和", "checksum"), _same(f"{frame.raw[end]:02x}")),
        Part(end + 1, 2, Name("结束符", "end marks"), _same("##")),
    ]


def _header(frame: Frame, profile: Profile) -> Iterable[Part]:
    return (
        Part(0, 2, Name("启动符", "start marks"), _same("@@")),
        Part(2, 2, Name("业务流水号", "serial"), _same(str(frame.serial))),
        Part(4, 2, Name("协议版本号", "version"), _same(f"{frame.version[0]}.{frame.version[1]}")),
        Part(6, 6, Name("时间标签", "sent at"), _time(read_time(frame.time, profile.time_coding))),
        Part(12, 6, Name("源地址", "source"), _same(str(frame.source))),
        Part(18, 6, Name("目的地址", "destination"), _same(str(frame.destination))),
        Part(24, 2, Name("应用数据单元长度", "length of the unit"), _same(str(len(frame.unit)))),
        Part(26, 1, Name("命令字节", "command"), _coded(frame.command, _commands(profile))),
    )


def _commands(profile: Profile) -> Mapping[int, Name]:
    beats = dict.fromkeys(profile.heartbeat_commands, Name("心跳", "heartbeat"))
    return {**COMMANDS, **beats, **dict.fromkeys(profile.registration_commands, Name("注册", "registration"))}


def _unit(frame: Frame, unit: Unit, profile: Profile) -> Iterator[Part]:
    at = HEADER_BYTES
    if unit.type is None:
        if frame.unit:
            name = Name("心跳", "heartbeat") if unit.heartbeat else _NAMES["undecoded"]
            yield Part(at, len(frame.unit), name, _same(frame.unit.hex(" ")))
        return
    yield Part(at, 1, Name("类型标志", "type"), _coded(unit.type, {**TYPES, **profile.private_types}))
    yield Part(at + 1, 1, Name("信息对象数目", "number of objects"), _same(str(unit.count)))
    at += _TYPE_AND_COUNT_BYTES
    if unit.objects:
        yield from _objects(frame, unit, profile, at)
    else:
        yield from _undecoded(frame, unit, profile, at)


def _objects(frame: Frame, unit: Unit, profile: Profile, at: int) -> Iterator[Part]:
    layout = LAYOUTS.get(unit.type or 0)
    timed = (("at", TIME_BYTES),) if layout is not None and layout.timed is not None and not unit.untimed else ()
    for place, one in enumerate(unit.objects, start=1):
        for key, length in (*_fields(one, frame.raw, at), *timed):
            name, value = _value(key, one, frame.raw[at : at + length], profile)
            yield Part(at, length, name, value, place)
            at += length


def _fields(one: Object, raw: bytes, at: int) -> Iterable[tuple[str, int]]:
    match one:
        case objects.SystemConfig():
            return (*_SYSTEM, ("length", 1), ("text", raw[at + 2]))
        case objects.DeviceConfig():
            return (("length", 1), ("text", raw[at]))
        case _:
            return _FIELDS[type(one)]


def _undecoded(frame: Frame, unit: Unit, profile: Profile, at: int) -> Iterator[Part]:
    area = frame.unit[_TYPE_AND_COUNT_BYTES:]
    fields = profile.private_fields.get(unit.type or 0, ())
    size = sum(field.bytes for field in fields)
    if not fields or len(area) != size * (unit.count or 0):
        if area:
            yield Part(at, len(area), _NAMES["undecoded"], _same(area.hex(" ")), 1)
        return
    for place in range(1, (unit.count or 0) + 1):
        for field in fields:
            value = _private(field, frame.raw[at : at + field.bytes], profile)
            yield Part(at, field.bytes, field.name, value, place)
            at += field.bytes


def _private(field: PrivateField, raw: bytes, profile: Profile) -> Name:
    match field.kind:
        case FieldKind.NUMBER:
            return _same(str(int.from_bytes(raw, "little")))
        case FieldKind.TIME:
            return _time(read_time(raw, profile.time_coding))
        case FieldKind.TEXT:
            return _same(read_text(raw))
        case FieldKind.HEX:
            return _same(raw.hex(" "))


def _value(key: str, one: Object, raw: bytes, profile: Profile) -> tuple[Name, Name]:
    told = _TOLD.get(key)
    return _NAMES[key], told(one, raw, profile) if told else _same(str(int.from_bytes(raw, "little")))


def _word(one: Object, raw: bytes, profile: Profile) -> Name:
    match one:
        case objects.ComponentState():
            return word_name(Of.COMPONENT, one.word, profile, one.component_type)
        case objects.SystemState():
            return word_name(Of.SYSTEM, one.word, profile)
        case objects.DeviceState():
            return word_name(Of.DEVICE, one.word, profile)
        case _:
            return _same(raw.hex(" "))


def _analog(one: Object, raw: bytes, profile: Profile) -> Name:
    found = measured(one, profile) if isinstance(one, objects.Analog) else None
    if found is None:
        number = int.from_bytes(raw, "little", signed=True)
        return Name(f"{number}（单位未知）", f"{number} in a unit that is not known")
    return _same(f"{found.value:g} {shown_unit(found.unit)}")


def _analog_type(_: Object, raw: bytes, __: Profile) -> Name:
    kind = ANALOGS.get(raw[0])
    return _coded(raw[0], {raw[0]: kind.name} if kind is not None else {})


def _acts(one: Object, raw: bytes, _: Profile) -> Name:
    flags = raw[0]
    acts: Mapping[int, Act] = SYSTEM_OPERATIONS if isinstance(one, objects.SystemOperation) else DEVICE_OPERATIONS
    names = [
        ACTS[acts[bit]] if bit in acts else Name(f"预留位 {bit}", f"reserved bit {bit}")
        for bit in range(_OPERATION_BITS)
        if flags >> bit & 1
    ]
    return _listed(names) if names else Name("无", "none")


def _address(raw: bytes, label: AddressLabel) -> Name:
    first, second = int.from_bytes(raw[:2], "little"), int.from_bytes(raw[2:], "little")
    if label is AddressLabel.HEX:
        return _same(raw.hex())
    loop, point = (first, second) if label is AddressLabel.LOOP_POINT else (second, first)
    if label is AddressLabel.POINT_LOOP and loop >> 8 == _BOARD:
        return Name(f"{raw.hex()}（接口板 {loop & 0xFF}，{point}）", f"{raw.hex()} (board {loop & 0xFF}, {point})")
    return Name(f"{raw.hex()}（回路 {loop}，点 {point}）", f"{raw.hex()} (loop {loop}, point {point})")


def _coded(code: int, names: Mapping[int, Name]) -> Name:
    name = names.get(code)
    return Name(f"{code} 未知", f"{code} unknown") if name is None else Name(f"{code} {name.zh}", f"{code} {name.en}")


def _time(at: datetime | None) -> Name:
    return Name("不可能的时间", "no possible time") if at is None else _same(f"{at:%Y-%m-%d %H:%M:%S}")


def _listed(names: Iterable[Name]) -> Name:
    found = list(names)
    return Name("、".join(name.zh for name in found), ", ".join(name.en for name in found))


def _same(text: str) -> Name:
    return Name(text, text)


_TOLD: Mapping[str, Callable[[Object, bytes, Profile], Name]] = {
    "system_type": lambda _, raw, profile: _coded(raw[0], profile.systems),
    "component_type": lambda _, raw, profile: _coded(raw[0], profile.components),
    "component_address": lambda _, raw, profile: _address(raw, profile.address_label),
    "word": _word,
    "text": lambda _, raw, __: _same(read_text(raw)),
    "analog_type": _analog_type,
    "raw": _analog,
    "flags": _acts,
    "version": lambda _, raw, __: _same(f"{raw[0]}.{raw[1]}"),
    "minutes": lambda _, raw, __: Name(f"{raw[0]} 分钟", f"{raw[0]} min"),
    "since": lambda _, raw, profile: _time(read_time(raw, profile.time_coding)),
    "at": lambda _, raw, profile: _time(read_time(raw, profile.time_coding)),
}
"""What the bytes of a field say; of a field that is not here, their number."""
