"""Is everything in a captured file found, told and counted, whatever it holds?"""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from firewarden.cli.app import build
from firewarden.ingest.capture import HexError, bytes_of_line, frames_in
from firewarden.ingest.frame_text import item_json, item_text
from firewarden.ingest.profile_files import shipped_profiles
from firewarden.ingest.wire.gb26875.frames import encode
from firewarden.ingest.wire.gb26875.profiles import STANDARD

TIME = bytes.fromhex("203a091a090c")
FIRE = bytes.fromhex("0201" + "010128" + "0a000200" + "0200") + b" " * 31 + bytes.fromhex("023a091a090c")
MEOKON = "a55a00002953485250323530393031323034d0000000010100000009c4025d68ffb887025d843e55aa"
PROFILES = shipped_profiles()


def frame(unit: bytes = FIRE, serial: int = 1, command: int = 2) -> bytes:
    """A sound frame."""
    return encode(serial=serial, source=889, destination=88888, command=command, unit=unit, time=TIME)


def decoded(*arguments: str, given_bytes: bytes | None = None) -> Result:
    """What `firewarden frames` answers."""
    return CliRunner().invoke(build("frames"), ["frames", *arguments], input=given_bytes)


def told_of(data: bytes, *options: str) -> list[dict[str, Any]]:
    """The objects that `frames decode --json` writes of the data."""
    return [
        json.loads(line) for line in decoded("decode", "-", "--json", *options, given_bytes=data).stdout.splitlines()
    ]


def verdicts(*lines: str, profile: str = "standard") -> list[str]:
    """The verdicts on hex lines."""
    text = "".join(line + "\n" for line in lines)
    result = decoded("decode", "-", "--hex", "--json", "--profile", profile, given_bytes=text.encode())
    return [json.loads(line)["verdict"] for line in result.stdout.splitlines()]


@pytest.mark.parametrize(
    "line",
    [
        "4040012ACD",
        "40 40 01 2a cd\r\n",
        "40-40-01-2A-CD",
        "0x40, 0x40, 0x1, 0x2a, 0xCD",
        "0x4040012acd  # a comment",
        r"\x40\x40\x01\x2a\xcd",
        "b'40:40:01:2a:cd'"[1:],
        "[4040, 012a cd]",
    ],
)
def test_hex_is_read_as_people_write_it(line: str) -> None:
    """Case, spaces, dashes, commas, colons, brackets, 0x and comments do not matter."""
    assert bytes_of_line(line) == bytes.fromhex("4040012acd")


@pytest.mark.parametrize("line", ["", "\r\n", "   ", "# 4040", " \t# nothing"])
def test_empty_lines_and_comments_hold_nothing(line: str) -> None:
    """They are no frames and no mistakes."""
    assert bytes_of_line(line) is None


@pytest.mark.parametrize(("line", "said"), [("4040zz", "4040zz"), ("404", "3 digits"), ("火警", "火警")])
def test_what_is_no_hex_is_named(line: str, said: str) -> None:
    """The message says what stands in the way."""
    with pytest.raises(HexError, match=said):
        bytes_of_line(line)


@given(st.text(max_size=80))
def test_any_line_is_bytes_or_a_hex_error(line: str) -> None:
    """Nothing else is raised."""
    try:
        bytes_of_line(line)
    except HexError as error:
        assert "expected" in str(error)  # noqa: PT017 - either is right


def test_a_line_that_is_no_hex_stops_no_other() -> None:
    """It is malformed in its place, named on standard error, the others are decoded, and the exit status is 1."""
    text = f"{frame().hex()}\nnonsense\n\n{frame().hex()}\n"
    result = decoded("decode", "-", "--hex", "--json", given_bytes=text.encode())
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(one["line"], one["verdict"]) for one in told] == [(1, "accept"), (2, "reject_malformed"), (4, "accept")]
    assert "nonsense" in told[1]["reason"]
    assert "line 2" in result.stderr
    assert result.exit_code == 1


def test_each_line_is_judged_by_itself() -> None:
    """What one line lacks, the next does not complete."""
    sound = frame().hex()
    assert verdicts(sound[:60], sound[60:], sound) == ["need_more", "reject_start", "accept"]


def test_what_is_wrong_with_a_line() -> None:
    """The wrong end mark is told before the checksum, and what is longer than allowed before both."""
    sound = frame()
    longer = sound[:24] + b"\x01\x04" + sound[26:]
    assert verdicts(
        sound[:-2].hex() + "2324",
        sound[:-3].hex() + "002324",
        sound[:-3].hex() + "002323",
        longer.hex(),
        "4040010001012323",
        "5555" + sound[2:].hex(),
    ) == ["reject_tail", "reject_tail", "reject_checksum", "reject_malformed", "reject_malformed", "reject_start"]


def test_a_line_may_hold_several_frames() -> None:
    """Each has its object; so has what lies between and behind them."""
    two = frame(serial=1).hex() + "ffee" + frame(serial=2).hex() + "0d0a"
    assert verdicts(two) == ["accept", "reject_start", "accept", "reject_start"]
    assert verdicts(frame().hex()[:80] + frame().hex()) == ["reject_tail", "accept"]


def test_what_is_left_of_a_frame_of_wrong_length_is_no_second_mistake() -> None:
    """In a line, what follows an unsound frame without start marks is told with it, as many bytes as there are."""
    shorter = frame()[:24] + b"\x29" + frame()[25:]
    told = told_of(shorter.hex().encode(), "--hex")
    assert [one["verdict"] for one in told] == ["reject_tail"]
    assert told[0]["reason"].endswith("where the end marks 2323 belong; 7 bytes behind it")
    assert verdicts(shorter.hex() + frame().hex()) == ["reject_tail", "accept"]
    spoilt = frame()[:-3] + b"\xff##"
    assert verdicts(spoilt.hex() + "0d0a" + frame().hex()) == ["reject_checksum", "accept"]
    written = decoded("decode", "-", "--hex", given_bytes=(spoilt.hex() + "0d0a").encode()).stdout
    assert written.startswith(
        "line 1, offset 0: reject_checksum, 80 bytes; checksum ff, computed 66; 2 bytes behind it\n"
    )
    assert written.rstrip().endswith("23 23 0d 0a")


def test_half_of_the_start_marks_may_become_a_frame() -> None:
    """One `@` at the end waits for more, as every longer beginning of a frame does; behind garbage it is garbage."""
    assert [verdicts(frame().hex()[:end]) for end in range(2, len(frame()) * 2, 2)] == [["need_more"]] * 77
    assert verdicts(frame().hex() + "40") == ["accept", "need_more"]
    assert verdicts("ff40") == ["reject_start"]


def test_a_device_does_not_steer_the_terminal() -> None:
    """Control characters in a text are written as escapes; to programs they are told as they came."""
    evil = FIRE.replace(b" " * 31, b"\x1b[31m\x07\r\x7f".ljust(31, b"\0"))
    written = decoded("decode", "-", given_bytes=frame(evil)).stdout
    assert r"\x1b[31m\x07\r\x7f" in written
    assert not {character for character in written if ord(character) < ord(" ") or character == "\x7f"} - {"\n"}
    assert told_of(frame(evil))[0]["objects"][0]["text"] == "\x1b[31m\x07\r\x7f"


def test_places_are_told_to_programs() -> None:
    """Each object says at which byte it began, in hex text also in which line."""
    text = f"\n{frame().hex()}{frame().hex()}\n{MEOKON}\n"
    told = told_of(text.encode(), "--hex")
    assert [(one["line"], one["offset"]) for one in told] == [(2, 0), (2, 78), (3, 0)]
    told = told_of(b"noise" + frame())
    assert [(one.get("line"), one["offset"]) for one in told] == [(None, 0), (None, 5)]


@pytest.mark.parametrize(
    ("command", "unit", "verdict"),
    [
        (2, b"\x55", "accept_frame_quarantine_body"),
        (4, b"\x51", "accept_frame_quarantine_body"),
        (3, b"\x55", "accept"),
        (6, b"\x01\x02", "accept"),
        (7, b"", "accept"),
        (7, b"\x55", "accept"),
        (0, bytes(112), "accept"),
        (200, b"\x01\x01\x01\x01\x02\x00", "accept"),
    ],
)
def test_what_no_objects_are_expected_in_needs_no_quarantine(command: int, unit: bytes, verdict: str) -> None:
    """A sound frame whose command has no objects of the standard is accepted, with its bytes and a reason."""
    told = json.loads(decoded("decode", "-", "--json", given_bytes=frame(unit, command=command)).stdout)
    assert (told["verdict"], told["type"]) == (verdict, None)
    assert told["objects"] == ([{"raw": unit.hex()}] if unit else [])
    assert told["reason"]


def test_a_frame_longer_than_the_dialect_allows_is_malformed() -> None:
    """The length that a profile allows is what is judged by."""
    assert verdicts(frame(bytes([2, 14]) + FIRE[2:] * 14).hex(), profile="dahua") == ["reject_malformed"]
    assert verdicts(frame(bytes([2, 14]) + FIRE[2:] * 14).hex()) == ["accept"]


def test_the_dialect_is_chosen_by_name() -> None:
    """The same frame says another thing in another dialect; one that does not exist is refused with a list."""
    line = frame(FIRE.replace(b"\x28", b"\xb2", 1)).hex()
    told = {
        name: json.loads(decoded("decode", "-", "--hex", "--json", "--profile", name, given_bytes=line.encode()).stdout)
        for name in ("standard", "stm32-gateway")
    }
    assert told["standard"]["objects"][0]["state"] == ["fire"]
    assert told["stm32-gateway"]["objects"][0]["state"] == ["supervise"]
    refused = decoded("decode", "-", "--profile", "nobody", given_bytes=b"")
    assert refused.exit_code == 1
    assert "stm32-gateway" in refused.stderr


def test_bytes_are_read_as_a_stream(tmp_path: Path) -> None:
    """Frames, garbage between them and a cut end are told of with their offsets."""
    file = tmp_path / "capture.bin"
    file.write_bytes(b"noise" + frame() + frame() + b"\0" * 2_000 + frame()[:-1])
    result = decoded("decode", str(file))
    assert result.exit_code == 0
    heads = [line for line in result.stdout.splitlines() if line.startswith("offset")]
    assert heads == [
        "offset 0: reject_start, 5 bytes; 5 bytes without start marks",
        "offset 5: accept, 78 bytes",
        "offset 83: accept, 78 bytes",
        "offset 161: reject_start, 2000 bytes; 2000 bytes without start marks",
        "offset 2161: need_more, 77 bytes; cut short after 77 bytes of 78",
    ]
    assert "smoke detector / 40 感烟火灾探测器" in result.stdout
    assert "946 more" in result.stdout


def test_hex_text_without_the_option_gets_a_hint() -> None:
    """Who forgot --hex is told so."""
    assert "--hex reads it" in decoded("decode", "-", given_bytes=frame().hex().encode()).stderr


def test_a_file_that_is_not_there_is_one_clear_line() -> None:
    """No traceback, exit status 1."""
    result = decoded("decode", "/nowhere/frames.bin")
    assert (result.exit_code, result.stderr) == (1, "firewarden: /nowhere/frames.bin: No such file or directory\n")


def test_meokon_frames_are_recognised() -> None:
    """They are read where a line begins with one; what is wrong with one is told in the same words."""
    spoilt = MEOKON.replace("843e", "843f")
    assert verdicts(MEOKON, MEOKON * 2 + frame().hex(), spoilt, MEOKON[:-2]) == [
        *("accept",) * 4,
        "reject_checksum",
        "need_more",
    ]
    (item,) = frames_in([bytes.fromhex(MEOKON)], unit_max=1024)
    assert "2025-10-28 02:23:03  0.605 MPa" in item_text(item, STANDARD, "")


@given(st.lists(st.one_of(st.binary(max_size=60), st.just(frame()), st.just(bytes.fromhex(MEOKON))), max_size=6))
def test_anything_is_told_in_both_ways(parts: list[bytes]) -> None:
    """Whatever was captured can be written, and no byte is told of twice."""
    data = b"".join(parts)
    end = 0
    for item in frames_in(parts, unit_max=1024):
        assert item.offset >= end
        end = item.offset
        for profile in PROFILES.values():
            assert item_json(item, profile)["verdict"]
            assert item_text(item, profile, "").endswith("\n")
    assert end <= len(data)


def test_profiles_are_listed_and_checked(tmp_path: Path) -> None:
    """The list names what ships and what a folder adds; a broken file is named with its key and ends with status 1."""
    good, bad = tmp_path / "mine.toml", tmp_path / "broken.toml"
    good.write_text('zh = "某"\nen = "some"\nabout_zh = "某"\nabout_en = "some"\n', encoding="utf-8")
    listed = decoded("profiles", "--profiles", str(tmp_path))
    assert listed.exit_code == 0
    assert [line.split("\t")[0] for line in listed.stdout.splitlines() if line[0] != "\t"] == [*PROFILES, "mine"]
    bad.write_text('zh = "某"\nen = "some"\nabout_zh = "某"\nabout_en = "some"\ntiem = "bcd"\n', encoding="utf-8")
    listed = decoded("profiles", "--profiles", str(tmp_path))
    assert (listed.exit_code, listed.stderr.count("broken.toml: tiem: ")) == (1, 1)
    assert decoded("check-profile", str(good)).stdout == "mine: sound (某, some)\n"
    checked = decoded("check-profile", str(bad))
    assert (checked.exit_code, checked.stderr) == (1, f"{bad}: tiem: extra inputs are not permitted\n")
