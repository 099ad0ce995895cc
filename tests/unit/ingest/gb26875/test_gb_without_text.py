"""Are components read whose 31 bytes of text were left out, where the profile allows that and nowhere else?"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.gb26875 import OBJECTS, units
from typer.testing import CliRunner

from firewarden.cli.app import build
from firewarden.ingest.facts import Lane, State, StateChange
from firewarden.ingest.profile_files import shipped_profiles
from firewarden.ingest.wire.gb26875.explain import explain
from firewarden.ingest.wire.gb26875.facts import tell
from firewarden.ingest.wire.gb26875.frames import Frame, FrameReader, encode
from firewarden.ingest.wire.gb26875.objects import Object
from firewarden.ingest.wire.gb26875.profile_text import parse_profile
from firewarden.ingest.wire.gb26875.profiles import STANDARD, suggest
from firewarden.ingest.wire.gb26875.units import ANSWER, SEND, decode_unit, encode_unit

DATA = Path(__file__).parents[3] / "data" / "gb26875_more_frames.json"
FRAMES: dict[str, dict[str, Any]] = {
    entry["id"]: entry for entry in json.loads(DATA.read_text(encoding="utf-8"))["frames"]
}
SHIPPED = shipped_profiles()
PROFILE = SHIPPED["without-text"]
NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
CAPTURED = {
    "F9164-b": ("4b000000", ["normal", "fire", "started"], "2020-06-16 10:04:43"),
    "F9164-c": ("4b000000", ["normal", "started", "power_fault"], "2020-06-16 10:11:09"),
    "F9164-e": ("35170000", ["normal", "started"], "2021-06-08 09:04:56"),
}
"""By hand: address, bits of the state word, time."""
FIRE = bytes.fromhex("010117050065000200") + bytes.fromhex("0c1016150a13")


def captured(name: str) -> Frame:
    """A published frame."""
    (frame,) = FrameReader().feed(bytes.fromhex(FRAMES[name]["hex"]))
    assert isinstance(frame, Frame)
    return frame


def framed(unit: bytes, *, version: tuple[int, int] = (1, 1)) -> Frame:
    """A sound frame with that application unit."""
    raw = encode(serial=1, source=889, destination=1, command=SEND, time=NOW, unit=unit, version=version)
    (frame,) = FrameReader().feed(raw)
    assert isinstance(frame, Frame)
    return frame


def decoded(name: str, *options: str) -> dict[str, Any]:
    """What `frames decode` tells of a published frame."""
    arguments = ["frames", "decode", "-", "--hex", "--json", *options]
    result = CliRunner().invoke(build("frames"), arguments, input=FRAMES[name]["hex"] + "\n")
    assert (result.exit_code, result.stderr) == (0, "")
    told: dict[str, Any] = json.loads(result.stdout)
    return told


@pytest.mark.parametrize("name", CAPTURED)
def test_published_frames_are_read_as_by_hand(name: str) -> None:
    """Under the profile they are accepted with their component, and no text is told; the standard leaves them aside."""
    address, state, at = CAPTURED[name]
    told = decoded(name, "--profile", "without-text")
    header = {key: value for key, value in FRAMES[name]["told"].items() if key not in {"verdict", "objects"}}
    component = {"system_type": 135, "system_address": 0, "component_type": 40, "component_address": address}
    objects = [{**component, "state": state, "at": at}]
    assert told == {"verdict": "accept", **header, "objects": objects, "offset": 0, "line": 1}
    assert decoded(name)["verdict"] == "accept_frame_quarantine_body"


@pytest.mark.parametrize("name", ["F9164-f", "F9164-h", "FB2018"])
def test_the_same_devices_also_send_texts(name: str) -> None:
    """What has its text is read under the profile as by the standard."""
    assert decoded(name, "--profile", "without-text") == decoded(name)


def test_a_fire_without_text_is_an_alarm() -> None:
    """Its lane and its fact are those of any fire."""
    frame = captured("F9164-b")
    told = tell(frame, decode_unit(frame.command, frame.unit, PROFILE), PROFILE, NOW)
    (change,) = told.facts
    assert isinstance(change, StateChange)
    assert (told.lane, told.undecoded, change.point) == (Lane.ALARM, None, "135.0/40.4b000000")
    assert State.FIRE in change.set


@pytest.mark.parametrize("name", CAPTURED)
def test_every_byte_is_explained(name: str) -> None:
    """The fields cover the frame in order; none of them is a text."""
    frame = captured(name)
    parts = explain(frame, PROFILE)
    assert [part.offset for part in parts] == [sum(part.length for part in parts[:at]) for at in range(len(parts))]
    assert parts[-1].offset + parts[-1].length == len(frame.raw)
    inside = [(part.offset, part.length, part.name.en) for part in parts if part.place == 1]
    assert inside == [
        (29, 1, "system type"),
        (30, 1, "system address"),
        (31, 1, "component type"),
        (32, 4, "component address"),
        (36, 2, "state"),
        (38, 6, "time"),
    ]


@given(units(tuple(OBJECTS)), st.sampled_from([SEND, ANSWER]))
def test_what_was_written_is_read(some: tuple[int, list[Object]], command: int) -> None:
    """Round trip of every type; texts are left out where no object has one."""
    type_, objects = some
    unit = decode_unit(command, encode_unit(type_, objects, PROFILE), PROFILE)
    assert (unit.objects, unit.undecoded) == (tuple(objects), None)
    assert unit.textless == (type_ in {2, 7} and not any(getattr(one, "text", "") for one in objects))


@pytest.mark.parametrize("name", CAPTURED)
def test_published_units_are_written_again(name: str) -> None:
    """Byte for byte."""
    frame = captured(name)
    unit = decode_unit(SEND, frame.unit, PROFILE)
    assert encode_unit(2, unit.objects, PROFILE) == frame.unit


@given(type_=st.sampled_from([2, 7]), count=st.integers(1, 255), area=st.binary(max_size=800))
def test_nothing_is_sliced_on_a_guess(type_: int, count: int, area: bytes) -> None:
    """Only bytes that the objects fill are read, all of them; what is not says the standard's size."""
    unit = decode_unit(SEND, bytes([type_, count]) + area, PROFILE)
    sizes = {2: (46, 40, 15, 9), 7: (38, 7)}[type_]
    if len(area) in {count * size for size in sizes}:
        assert len(unit.objects) == count
    else:
        assert unit.undecoded == f"{count} objects of type {type_} have {count * sizes[0]} bytes, {len(area)} came"


@pytest.mark.parametrize("count", [1, 2, 22, 60])
def test_the_profile_is_suggested_for_what_it_reads(count: int) -> None:
    """Type 2 with exactly 15 bytes for each object puts it first, whatever the version bytes."""
    unit = bytes([2, count]) + FIRE * count
    assert suggest(framed(unit), SHIPPED.values())[0] == "without-text"
    assert suggest(framed(unit, version=(1, 3)), SHIPPED.values())[0] == "without-text"
    assert "without-text" not in suggest(framed(unit + b"\0"), SHIPPED.values())
    assert all(suggest(captured(name), SHIPPED.values())[0] == "without-text" for name in CAPTURED)


@pytest.mark.parametrize("name", ["F9164-d", "F9164-h", "FB2018"])
def test_what_the_standard_reads_stays_with_it(name: str) -> None:
    """Frames of the same devices that follow the standard speak for the standard first."""
    assert suggest(captured(name), SHIPPED.values())[0] == "standard"


def test_the_key_of_a_profile() -> None:
    """A file says it in one line; every other profile leaves such objects undecoded."""
    text = 'zh = "某"\nen = "some"\nabout_zh = "某"\nabout_en = "some"\ncomponent_text = "optional"\n'
    unit = bytes([2, 1]) + FIRE
    assert decode_unit(SEND, unit, parse_profile("mine", text)).textless
    assert [profile.name for profile in SHIPPED.values() if decode_unit(SEND, unit, profile).objects] == [PROFILE.name]


def test_the_reason_names_the_profile() -> None:
    """Where leaving out the texts would explain the bytes, and nowhere else."""
    told = "1 objects of type 2 have 46 bytes, 15 came"
    hint = "; without their texts they fit: profile without-text?"
    assert decode_unit(SEND, bytes([2, 1]) + FIRE, STANDARD).undecoded == told + hint
    assert decode_unit(SEND, bytes([2, 1]) + FIRE + b"\0", STANDARD).undecoded == told.replace("15", "16")
