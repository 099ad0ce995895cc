"""Is every type of the standard, with one object, two and as many as fit, told as it was written? Cut, and spoilt?"""

import json
import random
import struct
from typing import Any

import pytest
from tests.unit.ingest.gb26875.gb_made import TYPES, Made, framed, made
from typer.testing import CliRunner

from firewarden.cli.app import build

SEED = 26875


def every_frame() -> list[Made]:
    """All types with one object, two, and the most."""
    chance = random.Random(SEED)
    return [
        made(chance, type_, count)
        for type_, (_, most, _) in TYPES.items()
        for count in sorted({1, min(2, most), most})
        for _ in range(5)
    ]


def told_of(data: bytes, *options: str) -> list[dict[str, Any]]:
    """What `frames decode` tells of a file."""
    result = CliRunner().invoke(build("frames"), ["frames", "decode", "-", "--json", *options], input=data)
    assert (result.exit_code, result.stderr) == (0, "")
    return [json.loads(line) for line in result.stdout.splitlines()]


def only(told: dict[str, Any], like: dict[str, Any]) -> dict[str, Any]:
    """Those keys that were written."""
    return {key: told.get(key) for key in like}


def test_every_type_is_told_as_it_was_written() -> None:
    """As hex lines, one object a line; as one stream of bytes, one after the other without a gap."""
    frames = every_frame()
    text = "".join(frame.hex() + "\n" for frame, _ in frames).encode()
    stream = b"".join(frame for frame, _ in frames)
    for told in (told_of(text, "--hex"), told_of(stream)):
        assert len(told) == len(frames)
        for (_, written), one in zip(frames, told, strict=True):
            assert only(one, written) == written
            assert one.keys() - written.keys() <= {"offset", "line"}


def test_garbage_between_frames_costs_none_of_them() -> None:
    """Before, between and behind, with start marks and end marks in it."""
    frames, chance = every_frame(), random.Random(SEED)
    noise = [
        b"\0",
        b"@",
        b"#",
        b"##",
        b"\r\n",
        b"@@",
        b"@@" + bytes(40),
        b"@@@",
        bytes(26) + b"@@",
        chance.randbytes(90),
    ]
    stream = b"".join(chance.choice(noise) + frame for frame, _ in frames) + b"##@"
    accepted = [one for one in told_of(stream) if one["verdict"] == "accept"]
    assert [only(one, written) for one, (_, written) in zip(accepted, frames, strict=True)] == [
        said for _, said in frames
    ]


@pytest.mark.parametrize("type_", TYPES)
def test_a_frame_cut_anywhere_waits_for_more(type_: int) -> None:
    """Each beginning of a frame as a line of its own: one object, and nothing of what it would hold."""
    frame, written = made(random.Random(type_), type_, 1)
    told = told_of("".join(frame[:end].hex() + "\n" for end in range(1, len(frame))).encode(), "--hex")
    short = [end < 30 and frame[:end].endswith(b"##") for end in range(1, len(frame))]  # it looks like an end
    assert [one["verdict"] for one in told] == ["reject_malformed" if end else "need_more" for end in short]
    assert all("objects" not in one for one in told)
    assert only(told[-1], written) == {
        **dict.fromkeys(written),
        **written,
        "verdict": "need_more",
        "type": None,
        "objects": None,
    }


@pytest.mark.parametrize("type_", TYPES)
def test_a_spoilt_frame_is_refused_for_what_is_wrong_with_it(type_: int) -> None:
    """Checksum, end marks (which come first, if both are wrong), length, start marks, count: one object a line."""
    frame, written = made(random.Random(type_), type_, 1)
    checksum = bytes([frame[-3] ^ 0x5A])
    recount = frame[:28] + b"\x09" + frame[29:-3] + bytes([(frame[-3] + 9 - 1) & 0xFF]) + b"##"
    lines = {
        frame[:-3] + checksum + b"##": "reject_checksum",
        frame[:-3] + checksum + b"#$": "reject_tail",
        frame[:-2] + b"#$": "reject_tail",
        frame[:-2] + b"\x24#": "reject_tail",
        frame[:24] + struct.pack("<H", 1_025) + frame[26:]: "reject_malformed",
        frame[:24] + b"\xff\xff" + frame[26:]: "reject_malformed",
        frame[:24] + struct.pack("<H", 1_024) + frame[26:]: "need_more",
        b"A@" + frame[2:]: "reject_start",
        frame[1:]: "reject_start",
        frame[:13] + b"##": "reject_malformed",
        recount: "accept_frame_quarantine_body",
    }
    told = told_of("".join(line.hex() + "\n" for line in lines).encode(), "--hex")
    assert [one["verdict"] for one in told] == list(lines.values())
    assert all(one["reason"] for one in told)
    header = {key: written[key] for key in ("serial", "version", "time", "source", "destination", "command")}
    assert [only(one, header) for one in (told[0], told[1], told[2], told[-1])] == [header] * 4
    assert told[-1]["objects"] == [{"raw": recount[29:-3].hex()}]


def test_a_unit_may_be_full_and_not_more() -> None:
    """1,024 bytes are accepted with whatever they hold, one more is malformed."""
    chance = random.Random(SEED)
    full, _ = framed(chance, 2, b"\xc8\x01" + b"@@##" * 255 + b"##")
    more, _ = framed(chance, 2, bytes(1_025))
    (one,) = told_of(full)
    assert (one["verdict"], one["type"], len(one["objects"][0]["raw"])) == ("accept", 200, 2_044)
    (one,) = told_of(more)
    assert one["verdict"] == "reject_malformed"


@pytest.mark.parametrize(
    "type_", [0, *range(9, 21), 22, 23, 27, *range(29, 61), *range(69, 81), 82, 83, 87, 92, 127, 128, 254, 255]
)
def test_other_types_are_kept_as_they_came(type_: int) -> None:
    """Reserved and private types are accepted with their bytes and a reason."""
    frame, header = framed(random.Random(type_), 2, bytes([type_, 1]) + b"\x01\x02\x03")
    (one,) = told_of(frame)
    assert only(one, header) == header
    assert (one["verdict"], one["type"], one["objects"]) == ("accept", type_, [{"raw": "010203"}])
    assert f"type {type_} is " in one["reason"]


def test_a_text_may_end_with_half_a_character() -> None:
    """What is whole is kept, the half is replaced; behind the first NUL nothing is read."""
    cut = "消防控制室值班员走廊东侧感烟探测器报警".encode("gb18030")[:31]
    head = bytes.fromhex("0201" + "010128" + "01000200" + "0200")
    frame, _ = framed(random.Random(SEED), 2, head + cut + bytes.fromhex("023a091a090c"))
    (one,) = told_of(frame)
    assert one["objects"][0]["text"] == "消防控制室值班员走廊东侧感烟探\ufffd"


def test_times_in_bcd_are_read_by_that_profile() -> None:
    """59 seconds are 59H; what is no digit is no time; without the profile the bytes are binary."""
    unit = bytes.fromhex("1501" + "01" + "595923311221")
    frame, _ = framed(random.Random(SEED), 2, unit)
    (one,) = told_of(frame, "--profile", "bcd-time")
    assert one["objects"] == [{"state": ["normal_watch"], "at": "2021-12-31 23:59:59"}]
    (one,) = told_of(frame)
    assert one["objects"] == [{"state": ["normal_watch"], "at": None}]
    frame, _ = framed(random.Random(SEED), 2, unit.replace(b"\x59\x59", b"\x5a\x59"))
    (one,) = told_of(frame, "--profile", "bcd-time")
    assert one["objects"][0]["at"] is None
