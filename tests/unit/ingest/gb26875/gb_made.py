"""Frames made from the text of the standard with `struct`, not with the encoder of the codec: two that agree on the
same mistake would prove nothing. Each comes with what has to be told of it.
"""

import random
import struct
from collections.abc import Callable
from decimal import Decimal
from typing import Any

Made = tuple[bytes, dict[str, Any]]
SYSTEM_STATES = [
    "normal",
    "fire",
    "fault",
    "shielded",
    "supervise",
    "started",
    "feedback",
    "delayed",
    "main_power_fault",
    "backup_power_fault",
    "bus_fault",
    "manual",
    "config_changed",
    "reset",
    "bit_14",
    "bit_15",
]
COMPONENT_STATES = [
    "normal",
    "fire",
    "fault",
    "shielded",
    "supervise",
    "started",
    "feedback",
    "delayed",
    "power_fault",
    "bit_9",
    "bit_10",
    "bit_11",
    "bit_12",
    "bit_13",
    "bit_14",
    "bit_15",
]
DEVICE_STATES = [
    "normal_watch",
    "fire",
    "fault",
    "main_power_fault",
    "backup_power_fault",
    "link_fault",
    "line_fault",
    "bit_7",
]
SYSTEM_ACTS = ["reset", "mute", "manual_alarm", "alarm_cleared", "self_test", "confirm", "test", "bit_7"]
DEVICE_ACTS = ["reset", "mute", "manual_alarm", "alarm_cleared", "self_test", "duty_answer", "test", "bit_7"]
STEPS = {
    1: ("1", "件"),
    2: ("0.01", "m"),
    3: ("0.1", "℃"),
    4: ("0.1", "MPa"),
    5: ("0.1", "kPa"),
    6: ("0.1", "%LEL"),
    7: ("1", "s"),
    8: ("0.1", "V"),
    9: ("0.1", "A"),
    10: ("0.1", "L/s"),
    11: ("0.1", "m³/min"),
    12: ("1", "m/s"),
}
TEXTS = ["", "7楼02室会议室烟感", "１号楼东侧走廊感烟探测器报警点", "x" * 31, "##@@##", "𠮷野家"]


def names(word: int, of: list[str]) -> list[str]:
    """The names of the bits that are set."""
    return [name for bit, name in enumerate(of) if word >> bit & 1]


def time(chance: random.Random) -> tuple[bytes, str | None]:
    """Six bytes and what they say: some are no time."""
    second, minute, hour, month, year = (chance.randrange(n) for n in (60, 60, 24, 12, 100))
    if chance.random() < 0.2:
        return chance.choice([bytes(6), b"\xff" * 6, bytes([0, 0, 0, 31, 2, 21]), bytes([1, 2, 3, 4, 0, 20])]), None
    day = chance.randint(1, 28)
    said = f"{2000 + year}-{month + 1:02}-{day:02} {hour:02}:{minute:02}:{second:02}"
    return bytes([second, minute, hour, day, month + 1, year]), said


def system(chance: random.Random) -> Made:
    """System type and address."""
    type_, address = chance.randrange(256), chance.randrange(256)
    return bytes([type_, address]), {"system_type": type_, "system_address": address}


def component(chance: random.Random) -> Made:
    """A system and a component of it."""
    raw, told = system(chance)
    type_, address = chance.randrange(256), chance.randbytes(4)
    return raw + bytes([type_]) + address, {**told, "component_type": type_, "component_address": address.hex()}


def text31(chance: random.Random) -> tuple[bytes, str]:
    """31 bytes of text: filled with NUL, with NUL and old bytes, or with spaces."""
    text = chance.choice(TEXTS)
    data = text.encode("gb18030")
    fill = chance.choice([b"\0" * 31, b"\0" + b"\xbb\xfa" * 15, b" " * 31])
    return (data + fill)[:31], text


def system_state(chance: random.Random) -> Made:
    """Type 1."""
    (raw, told), word, (six, at) = system(chance), chance.randrange(65_536), time(chance)
    return raw + struct.pack("<H", word) + six, {**told, "state": names(word, SYSTEM_STATES), "at": at}


def component_state(chance: random.Random) -> Made:
    """Type 2."""
    (raw, told), word, (data, text), (six, at) = (
        component(chance),
        chance.randrange(65_536),
        text31(chance),
        time(chance),
    )
    said = {**told, "state": names(word, COMPONENT_STATES), "text": text, "at": at}
    return raw + struct.pack("<H", word) + data + six, said


def analog(chance: random.Random) -> Made:
    """Type 3."""
    (raw, told), (six, at) = component(chance), time(chance)
    type_ = chance.choice([*STEPS, 0, 13, 127, 128, 255])
    value = chance.choice([chance.randint(-32_768, 32_767), -32_768, -1, 0, 1, 32_767])
    said: dict[str, Any] = {**told, "analog_type": type_, "value": value, "at": at}
    if type_ in STEPS:
        step, unit = STEPS[type_]
        said |= {"value": float(Decimal(step) * value), "unit": unit}
    return raw + struct.pack("<Bh", type_, value) + six, said


def system_operation(chance: random.Random) -> Made:
    """Type 4."""
    (raw, told), flags, operator, (six, at) = system(chance), chance.randrange(256), chance.randrange(256), time(chance)
    said = {**told, "operation": names(flags, SYSTEM_ACTS), "operator": operator, "at": at}
    return raw + bytes([flags, operator]) + six, said


def version(chance: random.Random) -> Made:
    """Two bytes of a version."""
    major, minor = chance.randrange(256), chance.randrange(256)
    return bytes([major, minor]), {"version": f"{major}.{minor}"}


def long_text(chance: random.Random) -> Made:
    """A text with its length before it."""
    text = chance.choice([*TEXTS, "配置" * 63 + "x"])
    data = text.encode("gb18030") + chance.choice([b"", b"\0"])
    return bytes([len(data)]) + data, {"text": text}


def component_config(chance: random.Random) -> Made:
    """Type 7."""
    (raw, told), (data, text) = component(chance), text31(chance)
    return raw + data, {**told, "text": text}


def device_state(chance: random.Random) -> Made:
    """Type 21."""
    word, (six, at) = chance.randrange(256), time(chance)
    return bytes([word]) + six, {"state": names(word, DEVICE_STATES), "at": at}


def device_operation(chance: random.Random) -> Made:
    """Type 24."""
    flags, operator, (six, at) = chance.randrange(256), chance.randrange(256), time(chance)
    return bytes([flags, operator]) + six, {"operation": names(flags, DEVICE_ACTS), "operator": operator, "at": at}


def a_time(key: str) -> Callable[[random.Random], Made]:
    """Nothing but a time."""

    def made(chance: random.Random) -> Made:
        six, at = time(chance)
        return six, {key: at}

    return made


def a_byte(key: str) -> Callable[[random.Random], Made]:
    """Nothing but a byte: the reserved one as hex, minutes as a number."""

    def made(chance: random.Random) -> Made:
        value = chance.randrange(256) if key != "raw" else 0
        return bytes([value]), {key: value if key != "raw" else "00"}

    return made


def counted(chance: random.Random) -> Made:
    """How many records, and since when."""
    count, (six, since) = chance.randint(1, 102), time(chance)
    return bytes([count]) + six, {"count": count, "since": since}


def address4(chance: random.Random) -> Made:
    """A component without its type."""
    address = chance.randbytes(4)
    return address, {"component_address": address.hex()}


def both(*parts: Callable[[random.Random], Made]) -> Callable[[random.Random], Made]:
    """One after the other."""

    def made(chance: random.Random) -> Made:
        raws, said = zip(*(part(chance) for part in parts), strict=True)
        return b"".join(raws), {key: value for one in said for key, value in one.items()}

    return made


TYPES: dict[int, tuple[int, int, Callable[[random.Random], Made]]] = {
    1: (2, 102, system_state),
    2: (2, 22, component_state),
    3: (2, 63, analog),
    4: (2, 102, system_operation),
    5: (2, 1, both(system, version)),
    6: (2, 3, both(system, long_text)),
    7: (2, 26, component_config),
    8: (2, 1, both(system, a_time("at"))),
    21: (2, 1, device_state),
    24: (2, 127, device_operation),
    25: (2, 1, version),
    26: (2, 1, long_text),
    28: (2, 1, a_time("at")),
    61: (4, 102, system),
    62: (4, 22, both(system, address4)),
    63: (4, 63, both(system, address4)),
    64: (4, 1, both(system, counted)),
    65: (4, 1, system),
    66: (4, 3, system),
    67: (4, 26, both(system, address4)),
    68: (4, 1, system),
    81: (4, 1, a_byte("raw")),
    84: (4, 1, counted),
    85: (4, 1, a_byte("raw")),
    86: (4, 1, a_byte("raw")),
    88: (4, 1, a_byte("raw")),
    89: (1, 1, a_byte("raw")),
    90: (1, 1, a_time("set_time")),
    91: (1, 1, a_byte("duty_timeout_min")),
}
"""By type: the command under which it is sent, the most objects, and how one is made."""


def framed(chance: random.Random, command: int, unit: bytes) -> Made:
    """A frame around a unit, and what its header says."""
    serial, major, minor = chance.randrange(65_536), chance.randrange(256), chance.randrange(256)
    source, destination, (six, at) = (
        chance.randrange(2**48),
        chance.choice([0, 2**48 - 1, 0x232323232323]),
        time(chance),
    )
    body = struct.pack("<HBB6s", serial, major, minor, six)
    body += source.to_bytes(6, "little") + destination.to_bytes(6, "little") + struct.pack("<HB", len(unit), command)
    body += unit
    header = {
        "serial": serial,
        "version": f"{major}.{minor}",
        "time": at,
        "source": source,
        "destination": destination,
        "command": command,
    }
    return b"@@" + body + bytes([sum(body) & 0xFF]) + b"##", header


def made(chance: random.Random, type_: int, count: int) -> Made:
    """A frame with objects of a type, and everything that has to be told of it."""
    command, _, object_ = TYPES[type_]
    raws, said = zip(*(object_(chance) for _ in range(count)), strict=True)
    frame, header = framed(chance, command, bytes([type_, count]) + b"".join(raws))
    return frame, {"verdict": "accept", **header, "type": type_, "objects": list(said)}
