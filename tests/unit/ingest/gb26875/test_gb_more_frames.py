"""Is what others published read as the standard says, and as its authors read it? Each line of hex has one object."""

import json
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from firewarden.cli.app import build

DATA = Path(__file__).parents[3] / "data" / "gb26875_more_frames.json"
MORE: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
FRAMES: list[dict[str, Any]] = MORE["frames"]
UNITS: list[dict[str, Any]] = MORE["units"]["all"]
HEADER = {
    "serial": 7,
    "version": "1.1",
    "time": "2021-07-02 09:00:05",
    "source": 4328719365,
    "destination": 11042563100175,
}
COMMANDS = (1, 2, 4, 5)


def framed(unit: bytes, command: int) -> bytes:
    """A frame around a unit, written without the code that is tested."""
    time = bytes.fromhex("050009020715")
    body = struct.pack("<HBB6s6s6sHB", 7, 1, 1, time, b"\5\4\3\2\1\0", b"\x0f\x0e\x0d\x0c\x0b\x0a", len(unit), command)
    body += unit
    return b"@@" + body + bytes([sum(body) % 256]) + b"##"


def told_of(lines: list[str], *options: str) -> list[dict[str, Any]]:
    """What `frames decode` tells of hex lines."""
    text = "".join(line + "\n" for line in lines)
    result = CliRunner().invoke(build("frames"), ["frames", "decode", "-", "--hex", "--json", *options], input=text)
    assert (result.exit_code, result.stderr) == (0, "")
    return [json.loads(line) for line in result.stdout.splitlines()]


def without_place(told: dict[str, Any]) -> dict[str, Any]:
    """What is told, but where it stands and why."""
    return {key: value for key, value in told.items() if key not in {"reason", "offset", "line"}}


def test_each_published_frame_is_read_as_its_author_and_the_standard_say() -> None:
    """Verdict, header and objects, in the order of the lines."""
    told = told_of([entry["hex"] for entry in FRAMES])
    assert [one["line"] for one in told] == list(range(1, len(FRAMES) + 1))
    for entry, one in zip(FRAMES, told, strict=True):
        assert without_place(one) == entry["told"], entry["id"]
        assert one["verdict"] == "accept" or one["reason"], entry["id"]


def prefixed(line: str) -> str:
    """With 0x before it."""
    return f"0x{line}"


def spaced(line: str) -> str:
    """With spaces between the bytes, as written on another system."""
    return bytes.fromhex(line).hex(" ") + "\r"


@pytest.mark.parametrize("written", [str.upper, prefixed, spaced])
def test_it_does_not_matter_how_hex_is_written(written: Callable[[str], str]) -> None:
    """Upper case, 0x before it, spaces between the bytes and CRLF tell the same."""
    lines = [entry["hex"] for entry in FRAMES]
    assert told_of([written(line) for line in lines]) == told_of(lines)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_published_unit_is_read_alike_under_each_command(command: int) -> None:
    """Units of another implementation's tests, framed: what it expects of them; quarantine where that is nothing."""
    told = told_of([framed(bytes.fromhex(unit["hex"]), command).hex() for unit in UNITS])
    for unit, one in zip(UNITS, told, strict=True):
        assert without_place(one) == {**unit["told"], **HEADER, "command": command}, unit["hex"]
