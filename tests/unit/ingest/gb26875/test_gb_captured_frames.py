"""Does every frame that was captured from a device, or made to be refused, get its verdict and its meaning?"""

import json
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from firewarden.cli.app import build
from firewarden.ingest.profile_files import shipped_profiles
from firewarden.ingest.wire.gb26875.explain import explain
from firewarden.ingest.wire.gb26875.frame_json import flawed_json, frame_json
from firewarden.ingest.wire.gb26875.frames import Flawed, Frame, FrameReader
from firewarden.ingest.wire.gb26875.profiles import STANDARD

DATA = Path(__file__).parents[3] / "data" / "gb26875_frames.json"
ENTRIES: list[dict[str, Any]] = json.loads(DATA.read_text(encoding="utf-8"))
FRAMES = [entry for entry in ENTRIES if "protocol" not in entry]
UNDECODED = {"V36", "V40"}
"""A type private to a vendor, and objects that do not fit their count."""
SEED = 26875
SPLITS = 20
_BODY_KEYS = {
    "sys": "system_type",
    "addr": "system_address",
    "ctype": "component_type",
    "caddr_wire": "component_address",
    "op": "operation",
    "desc": "text",
    "one_byte_app_unit": "raw",
}
_DERIVED = {"word0", "word1", "state_raw"}

Pieces = Callable[[bytes], Iterable[bytes]]


def named(entry: dict[str, Any]) -> str:
    """A readable test id."""
    return entry["id"]


def time_of(text: str) -> str | None:
    """A time as we tell it: none where the file says that it is invalid."""
    return None if text.startswith("INVALID") else text


def body_of(body: dict[str, Any]) -> dict[str, Any]:
    """One object of the file in our words."""
    return {
        _BODY_KEYS.get(key, key): _in_our_words(key, value)
        for key, value in body.items()
        if key not in _DERIVED and not (key == "at" and value == "no time tag")
    }


def _in_our_words(key: str, value: Any) -> Any:
    match key:
        case "state" | "op":
            return [name.replace("-", "_") for name in value]
        case "at" | "set_time":
            return time_of(value)
        case "desc" if value.startswith("(not clean GB18030)"):
            return "\ufffd"
        case _:
            return value


def expected(entry: dict[str, Any]) -> dict[str, Any]:
    """What the file expects of a sound frame, in our words."""
    computed = entry["computed"]
    told = {
        "verdict": entry["expect"],
        "serial": computed["serial"],
        "version": computed["version"],
        "time": time_of(computed["time"]),
        "source": computed["source"],
        "destination": computed["dest"],
        "command": computed["command"],
        "type": computed.get("type_flag"),
    }
    body = computed.get("body", [])
    if entry["expect"] == "accept_frame_quarantine_body":
        unit = bytes.fromhex(entry["hex"])[27:-3]
        assert body == [{"nonstandard_object_area_bytes": len(unit) - 2}]
        return {**told, "objects": [{"raw": unit[2:].hex()}]}
    return {**told, "objects": [body_of(one) for one in body]}


def judged(entry: dict[str, Any], pieces: Pieces) -> list[dict[str, Any]]:
    """What a reader tells of the bytes when they come in pieces, and then no more."""
    reader = FrameReader()
    items: list[Frame | Flawed] = []
    for piece in pieces(bytes.fromhex(entry["hex"])):
        items += reader.feed(piece)
    while reader.pending:
        items += reader.give_up()
    return [frame_json(item, STANDARD) if isinstance(item, Frame) else flawed_json(item, STANDARD) for item in items]


def check(entry: dict[str, Any], told: dict[str, Any]) -> None:
    """The verdict is the file's; of sound frames everything, of others as much of the header as is told."""
    if entry["expect"].startswith("accept"):
        assert {key: value for key, value in told.items() if key != "reason"} == expected(entry)
        assert ("reason" in told) == (entry["id"] in UNDECODED)
    else:
        assert told["verdict"] == entry["expect"]
        assert told["reason"]
        header = {key: value for key, value in told.items() if key not in {"verdict", "reason"}}
        assert not header or header.items() <= expected(entry).items()


def byte_by_byte(data: bytes) -> Iterable[bytes]:
    """One byte at a time."""
    return (data[at : at + 1] for at in range(len(data)))


def at_once(data: bytes) -> Iterable[bytes]:
    """All of it."""
    return (data,)


@pytest.mark.parametrize("pieces", [byte_by_byte, at_once])
@pytest.mark.parametrize("entry", FRAMES, ids=named)
def test_each_frame_gets_its_verdict_and_meaning(entry: dict[str, Any], pieces: Pieces) -> None:
    """Byte by byte or all at once, it is told once and as expected."""
    (told,) = judged(entry, pieces)
    check(entry, told)


@pytest.mark.parametrize("entry", FRAMES, ids=named)
def test_random_splits_change_nothing(entry: dict[str, Any]) -> None:
    """However the network cuts the bytes, the same is told."""
    cuts = random.Random(f"{SEED} {entry['id']}")

    def split(data: bytes) -> Iterable[bytes]:
        at = sorted(cuts.sample(range(1, len(data)), cuts.randint(1, min(8, len(data) - 1))))
        return (data[begin:end] for begin, end in zip([0, *at], [*at, len(data)], strict=True))

    whole = judged(entry, at_once)
    assert all(judged(entry, split) == whole for _ in range(SPLITS))


def test_all_frames_in_one_stream() -> None:
    """One after the other in one stream, every sound frame is found, and no flaw costs its neighbour."""
    stream = b"".join(bytes.fromhex(entry["hex"]) for entry in FRAMES)
    cuts = random.Random(SEED)
    for size in (1, cuts.randint(2, 40), cuts.randint(41, 1_000), len(stream)):
        reader = FrameReader()
        items = [item for at in range(0, len(stream), size) for item in reader.feed(stream[at : at + size])]
        while reader.pending:
            items += reader.give_up()
        found = [item.raw.hex() for item in items if isinstance(item, Frame)]
        assert found == [entry["hex"] for entry in FRAMES if entry["expect"].startswith("accept")]


@pytest.mark.parametrize("profile", shipped_profiles().values(), ids=lambda profile: profile.name)
@pytest.mark.parametrize("entry", [e for e in FRAMES if e["expect"].startswith("accept")], ids=named)
def test_every_byte_is_explained(entry: dict[str, Any], profile: Any) -> None:
    """In every dialect the fields of a frame cover it from the first byte to the last, in order, each byte once."""
    (frame,) = FrameReader().feed(bytes.fromhex(entry["hex"]))
    assert isinstance(frame, Frame)
    parts = explain(frame, profile)
    assert [part.offset for part in parts] == [sum(part.length for part in parts[:at]) for at in range(len(parts))]
    assert parts[-1].offset + parts[-1].length == len(frame.raw)
    assert all(part.name.zh and part.name.en for part in parts)


def test_the_command_tells_the_same(tmp_path: Path) -> None:
    """`frames decode --hex --json` has an object for each line, with the verdict and the meaning of its frame."""
    file = tmp_path / "frames.hex"
    file.write_text("".join(entry["hex"] + "\n" for entry in ENTRIES), encoding="utf-8")
    result = CliRunner().invoke(build("frames"), ["frames", "decode", str(file), "--hex", "--json"])
    assert result.exit_code == 0
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [one["verdict"] for one in told] == [entry["expect"] for entry in ENTRIES]
    for entry, one in zip(ENTRIES, told, strict=True):
        assert one.pop("offset") == 0
        assert ENTRIES[one.pop("line") - 1] is entry
        if entry in FRAMES:
            check(entry, one)
    meokon = told[-1]
    assert (meokon["protocol"], meokon["device"], meokon["time"]) == (
        "meokon_v3",
        "SHRP25090120",
        "2025-10-28 02:23:03",
    )
    assert meokon["objects"] == [{"value": 0.605, "unit": "MPa", "at": "2025-10-28 02:23:03"}]
