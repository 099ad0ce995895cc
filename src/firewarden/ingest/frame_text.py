"""How is what was captured written on a terminal, and as JSON?"""

from collections.abc import Iterable
from functools import lru_cache
from unicodedata import east_asian_width

from firewarden.ingest.capture import Item, MeokonFlawed, MeokonFound
from firewarden.ingest.wire.gb26875.explain import explain
from firewarden.ingest.wire.gb26875.frame_json import Plain, flaw_text, flawed_json, frame_json, verdict_of
from firewarden.ingest.wire.gb26875.frames import Flawed, Frame
from firewarden.ingest.wire.gb26875.profiles import Profile
from firewarden.ingest.wire.gb26875.tables import Name
from firewarden.ingest.wire.gb26875.times import CHINA
from firewarden.ingest.wire.gb26875.units import decode_unit
from firewarden.ingest.wire.meokon import MeokonFrame

_HEX_BYTES = 8
_HEX_COLUMNS = _HEX_BYTES * 3
_NAME_COLUMNS = 40
_MEOKON = "meokon_v3"


def item_json(item: Item, profile: Profile) -> Plain:
    """What was captured as plain values, with every key that applies, and where it began."""
    match item:
        case Frame():
            told = frame_json(item, profile)
        case Flawed():
            told = flawed_json(item, profile)
        case MeokonFound():
            told = _meokon_json(item.frame)
        case MeokonFlawed():
            told = {"verdict": item.flaw.value, "protocol": _MEOKON, "reason": item.detail}
    return {**told, "offset": item.offset}


def item_text(item: Item, profile: Profile, where: str) -> str:
    """What was captured, field by field: offset in the frame, bytes, name and meaning in English and Chinese."""
    match item:
        case Frame():
            unit = decode_unit(item.command, item.unit, profile)
            head = f"{where}offset {item.offset}: {verdict_of(item, unit)}, {len(item.raw)} bytes"
            return _joined(head, unit.undecoded, _frame_lines(item, profile))
        case Flawed():
            head = f"{where}offset {item.offset}: {item.flaw}, {item.size} bytes"
            return _joined(head, flaw_text(item), [_raw(item.raw, item.size)])
        case MeokonFound():
            head = f"{where}offset {item.offset}: accept, {len(item.frame.raw)} bytes, MEOKON V3"
            return _joined(head, None, _meokon_lines(item.frame))
        case MeokonFlawed():
            head = f"{where}offset {item.offset}: {item.flaw}, {len(item.raw)} bytes, MEOKON V3"
            return _joined(head, item.detail, [_raw(item.raw, len(item.raw))])


def _joined(head: str, reason: str | None, lines: Iterable[str]) -> str:
    return "\n".join([head if reason is None else f"{head}; {reason}", *lines, ""])


def _raw(raw: bytes, size: int) -> str:
    cut = f" … {size - len(raw)} more" if size > len(raw) else ""
    return f"  {raw.hex(' ')}{cut}"


def _frame_lines(frame: Frame, profile: Profile) -> list[str]:
    lines: list[str] = []
    place = 0
    for part in explain(frame, profile):
        if part.place != place:
            place = part.place
            if place:
                lines.append(f"  object {place} 信息对象 {place}")
        raw = frame.raw[part.offset : part.offset + part.length]
        lines.append(f"{part.offset:6}  {_short(raw):{_HEX_COLUMNS}} {_label(part.name)} {_both(part.value)}".rstrip())
    return lines


def _short(raw: bytes) -> str:
    return raw.hex(" ") if len(raw) <= _HEX_BYTES else raw[: _HEX_BYTES - 1].hex(" ") + " …"


@lru_cache(maxsize=4_096)
def _label(name: Name) -> str:
    """Padded to a column: a Chinese character takes two."""
    text = f"{name.en} {name.zh}"
    columns = sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
    return text + " " * max(0, _NAME_COLUMNS - columns)


def _both(value: Name) -> str:
    return _shown(value.en if value.en == value.zh else f"{value.en} / {value.zh}")


def _shown(text: str) -> str:
    """Without what would steer the terminal: a device may write anything into a text."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def _meokon_json(frame: MeokonFrame) -> Plain:
    objects: list[Plain] = []
    for record in frame.records:
        told: Plain = {"value": record.value}
        if frame.unit is not None:
            told["unit"] = frame.unit
        objects.append({**told, "at": f"{record.at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"})
    plain: Plain = {
        "verdict": "accept",
        "protocol": _MEOKON,
        "device": frame.device,
        "time": f"{frame.newest_at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}",
        "command": frame.command,
        "supply": frame.supply,
        "battery_percent": frame.battery_percent,
        "signal_dbm": frame.signal_dbm,
        "interval_s": frame.interval_s,
        "alarms": list(frame.alarms),
        "low_limit": frame.low,
        "high_limit": frame.high,
        "value": frame.current,
    }
    if frame.unit is not None:
        plain["unit"] = frame.unit
    else:
        plain["reason"] = f"unit {frame.unit_code} is not known: values are as the device wrote them"
    return {**plain, "objects": objects}


def _meokon_lines(frame: MeokonFrame) -> list[str]:
    unit = frame.unit or f"(unit {frame.unit_code} unknown 单位未知)"
    fields = (
        (Name("设备编号", "device"), _shown(frame.device)),
        (Name("命令", "command"), str(frame.command)),
        (
            Name("供电", "supply"),
            f"{frame.supply}, battery {frame.battery_percent} %" + (", on mains" if frame.on_mains else ""),
        ),
        (Name("信号", "signal"), f"{frame.signal_dbm} dBm"),
        (Name("记录间隔", "interval"), f"{frame.interval_s} s"),
        (Name("报警", "alarms"), ", ".join(frame.alarms) or "none 无"),
        (Name("下限", "low limit"), f"{frame.low:g} {unit}"),
        (Name("上限", "high limit"), f"{frame.high:g} {unit}"),
        (Name("当前值", "value now"), f"{frame.current:g} {unit}"),
    )
    lines = [f"  {_label(name)} {value}" for name, value in fields]
    record = Name("记录", "record")
    return lines + [
        f"  {_label(record)} {each.at.astimezone(CHINA):%Y-%m-%d %H:%M:%S}  {each.value:g} {unit}"
        for each in frame.records
    ]
