"""Is what the page about GB/T 26875.3 shows what the code does?"""

import json
import re
from pathlib import Path

from firewarden.ingest.frame_text import item_json
from firewarden.ingest.profile_files import shipped_profiles
from firewarden.ingest.wire.gb26875.frames import Frame, FrameReader
from firewarden.ingest.wire.gb26875.profile_text import parse_profile
from firewarden.ingest.wire.gb26875.profiles import STANDARD
from firewarden.ingest.wire.gb26875.tables import TYPES

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs/gb26875.md").read_text(encoding="utf-8")
MORE = json.loads((ROOT / "tests/data/gb26875_more_frames.json").read_text(encoding="utf-8"))
CAPTURED = json.loads((ROOT / "tests/data/gb26875_frames.json").read_text(encoding="utf-8"))


def block(language: str) -> str:
    """The page's only block of code in one language."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return found


def section(title: str) -> str:
    """What stands under a heading."""
    return PAGE.split(f"{title}\n", 1)[1].split("\n#", 1)[0]


def first_cells(title: str) -> list[str]:
    """The first cell of each row of a section's table, without its head."""
    rows = [line.split(" | ")[0].removeprefix("| ") for line in section(title).splitlines() if line.startswith("|")]
    return rows[2:]


def test_the_example_profile_is_sound() -> None:
    """Whoever copies it has a profile that can be used, and that says what its comments say."""
    profile = parse_profile("example", block("toml"))
    assert (profile.time_coding, profile.registration_commands, profile.heartbeat_commands) == ("bcd", {0}, {7})
    assert str(profile.analogs[4].step) == "0.01"


def test_every_shipped_profile_is_in_the_table() -> None:
    """And no other."""
    names = {name for cell in first_cells("## 7. Profiles") for name in re.findall(r"`([^`]+)`", cell)}
    assert names == set(shipped_profiles())


def test_every_type_is_in_the_conformance_tables() -> None:
    """Type by type: what the standard defines is there, each once."""
    cells = [*first_cells("### Upward types"), *first_cells("### Downward types")]
    listed = [int(number) for cell in cells if "–" not in cell for number in cell.split(", ")]
    assert sorted(listed) == sorted(TYPES)


def test_the_example_of_json_is_what_is_written() -> None:
    """The line on the page is the one for the first captured frame."""
    (frame,) = FrameReader().feed(bytes.fromhex(CAPTURED[0]["hex"]))
    assert isinstance(frame, Frame)
    assert json.loads(block("json")) == {**item_json(frame, STANDARD), "line": 1}


def test_what_is_said_to_be_tested_from_outside_is() -> None:
    """Every type that the page calls tested with outside frames, or units, occurs in them."""
    frames = {entry["computed"].get("type_flag") for entry in CAPTURED if "computed" in entry}
    frames |= {entry["told"].get("type") for entry in MORE["frames"]}
    units = {entry["told"]["type"] for entry in MORE["units"]["all"]}
    rows = [line for title in ("### Upward types", "### Downward types") for line in section(title).splitlines()]
    for word, seen in (("outside", frames), ("units", units)):
        claimed = [line for line in rows if word in line.split(" | ")[-1] and "–" not in line]
        assert claimed
        assert {int(number) for line in claimed for number in re.findall(r"\d+", line.split(" | ")[0])} <= seen
    assert f"({len(CAPTURED) + len(MORE['frames'])} from devices" in PAGE
