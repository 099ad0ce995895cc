"""Are profiles read as written, and is everything that is wrong with one named?"""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.ingest.facts import Lane, Reading, State, StateChange
from firewarden.ingest.profile_files import load_profiles, shipped_profiles
from firewarden.ingest.wire.gb26875.facts import Told, tell
from firewarden.ingest.wire.gb26875.frames import Frame, encode
from firewarden.ingest.wire.gb26875.profile_text import ProfileError, parse_profile
from firewarden.ingest.wire.gb26875.profiles import STANDARD, Profile, suggest
from firewarden.ingest.wire.gb26875.times import read_time
from firewarden.ingest.wire.gb26875.units import decode_unit, is_known

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
NAMES = 'zh = "某"\nen = "some"\nabout_zh = "某"\nabout_en = "some"\n'
SHIPPED = shipped_profiles()


def framed(unit: bytes, *, command: int = 2, version: tuple[int, int] = (1, 1)) -> Frame:
    """A sound frame with that application unit."""
    time = bytes.fromhex("000b180b1a00")
    raw = encode(serial=1, source=889, destination=1, command=command, time=time, unit=unit, version=version)
    return Frame(serial=1, version=version, time=time, source=889, destination=1, command=command, unit=unit, raw=raw)


def component(word: str, *, kind: int = 40, system: int = 1) -> bytes:
    """A unit of type 2 with one component in that state."""
    return bytes([2, 1, system, 1, kind]) + bytes.fromhex("0a000200" + word) + bytes(31) + bytes.fromhex("023a091a090c")


def told(unit: bytes, profile: Profile, *, command: int = 2) -> Told:
    """What a frame with that unit says in that dialect."""
    return tell(framed(unit, command=command), decode_unit(command, unit, profile), profile, NOW)


def states(unit: bytes, profile: Profile) -> tuple[State, ...]:
    """The states that a unit of one component sets."""
    (change,) = told(unit, profile).facts
    assert isinstance(change, StateChange)
    return change.set


def problems(text: str, name: str = "mine") -> tuple[str, ...]:
    """What is wrong with a profile's text."""
    with pytest.raises(ProfileError) as error:
        parse_profile(name, text)
    return error.value.problems


def test_every_dialect_ships() -> None:
    """The dialects that real devices speak are there, and the standard first."""
    assert next(iter(SHIPPED)) == "standard"
    assert {"dahua", "dahua-bcd", "dgiot", "stm32-gateway", "nb-sensor", "fb2024", "sanshan", "jk-gh2013g"} < set(
        SHIPPED
    )
    assert {"bcd-time", "pressure-mpa"} < set(SHIPPED)


@pytest.mark.parametrize("profile", SHIPPED.values(), ids=lambda profile: profile.name)
def test_a_fire_is_a_fire_in_every_dialect(profile: Profile) -> None:
    """A smoke detector on fire is on fire, whichever profile its gateway was given."""
    word = "0002" if profile.state_order == "big" else "0200"
    assert states(component(word), profile) == (State.FIRE,)
    assert told(component(word), profile).lane is Lane.ALARM


def test_a_guard_who_left_is_no_fire() -> None:
    """Of the post watch, word 02 says off post and 05 restored; of a smoke detector 02 stays fire."""
    profile = SHIPPED["stm32-gateway"]
    assert states(component("0200", kind=178), profile) == (State.SUPERVISE,)
    assert states(component("0500", kind=178), profile) == ()
    assert states(component("0200", kind=178), STANDARD) == (State.FIRE,)
    assert states(component("0200"), profile) == (State.FIRE,)


def test_the_bits_of_dahua_are_faults_and_tests() -> None:
    """Bit 0 set is a test; offline, open, short, removed and sensor fault are faults."""
    profile = SHIPPED["dahua"]
    assert states(component("0100"), profile) == (State.TEST,)
    for bit in (9, 10, 11, 12, 14):
        assert states(component((1 << bit).to_bytes(2, "little").hex()), profile) == (State.FAULT,)
        assert states(component((1 << bit).to_bytes(2, "little").hex()), STANDARD) == ()
    assert is_known(7, profile)
    assert not is_known(7, STANDARD)
    assert decode_unit(7, b"", profile).heartbeat
    registration = decode_unit(0, bytes(112), profile)
    assert (registration.heartbeat, registration.objects) == (False, ())
    assert registration.undecoded == "a registration of 112 bytes: kept, without effect"


def test_a_watching_device_is_not_in_test() -> None:
    """Bit 0 of the device's own state says that it watches, also where components mean a test by it."""
    unit = bytes.fromhex("150101") + bytes.fromhex("023a091a090c")
    (change,) = told(unit, SHIPPED["dahua"]).facts
    assert isinstance(change, StateChange)
    assert change.set == ()


@pytest.mark.parametrize(
    ("profile", "analog", "raw", "value", "unit"),
    [
        ("standard", 4, 6, 0.6, "MPa"),
        ("pressure-mpa", 4, 605, 0.605, "MPa"),
        ("pressure-mpa", 5, 3500, 350.0, "kPa"),
        ("standard", 3, -15, -1.5, "℃"),
    ],
)
def test_analog_values_have_the_dialects_step(profile: str, analog: int, raw: int, value: float, unit: str) -> None:
    """A value is the device's signed number times the step, exactly."""
    body = bytes([3, 1, 11, 1, 99]) + bytes(4) + bytes([analog]) + raw.to_bytes(2, "little", signed=True)
    (reading,) = told(body + bytes.fromhex("023a091a090c"), SHIPPED[profile]).facts
    assert isinstance(reading, Reading)
    assert (reading.value, reading.unit) == (value, unit)


def test_times_are_read_in_the_dialects_coding() -> None:
    """The same six bytes are another time in BCD."""
    six = bytes.fromhex("255914240422")
    assert str(read_time(six, SHIPPED["bcd-time"].time_coding)) == "2022-04-24 14:59:25+08:00"
    assert read_time(six, STANDARD.time_coding) is None


def test_everything_wrong_with_a_file_is_named() -> None:
    """Each problem is a line that begins with its key; all are found at once."""
    found = problems(
        NAMES
        + """
tiem = "bcd"
time = "bdc"
unit_max = true
versions = ["1.300"]
registration = [3, 7]
[heartbeat]
commands = [7]
units = ["1616"]
types = [9]
[analog]
4 = { quantity = "pressure", unit = "mmHg", step = "0.1" }
5 = { quantity = "pressure", unit = "mmHg", step = 0.1 }
0 = { quantity = "level", unit = "%", step = 1 }
[bits.component]
1 = { zh = "甲", en = "a" }
9 = { zh = "甲", en = "a", means = "burning" }
[types]
2 = { zh = "甲", en = "a" }
150 = { zh = "甲", en = "a", fields = [{ zh = "时", en = "t", bytes = 4, kind = "time" }] }
[[word]]
components = [40]
value = 2
means = []
zh = "离位"
en = "off post"
"""
    )
    assert [line.partition(":")[0] for line in found] == [
        "versions.0",
        "time",
        "unit_max",
        "heartbeat.units.0",
        "heartbeat.types.0",
        "registration.0",
        "analog.4.step",
        "analog.5",
        "analog.0",
        "bits.component.1",
        "bits.component.9.means",
        "word.0",
        "types.2",
        "types.150.fields.0",
        "tiem",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[analog]\n4 = 1\n0x4 = 2", "analog: code 4 has two entries"),
        ("[heartbeat]\ncommands = [7]", ""),
        ("registration = [7]\n[heartbeat]\ncommands = [7]", "registration: command 7 is a heartbeat already"),
        (
            2 * '[[word]]\ncomponents = [200]\nvalue = 2\nmeans = []\nzh = "甲"\nen = "a"\n',
            "word: word 0x0002 of component type 200 has two meanings",
        ),
    ],
)
def test_one_code_has_one_meaning(text: str, problem: str) -> None:
    """What would overlap is refused."""
    if problem:
        assert problems(NAMES + text) == (problem,)
    else:
        assert parse_profile("mine", NAMES + text).heartbeat_commands == {7}


@pytest.mark.parametrize("name", ["", "Mine", "a b", "../x", "standard"])
def test_names_are_checked(name: str) -> None:
    """A name is lower case, and the standard's is taken."""
    assert [line.partition(" ")[0] for line in problems(NAMES, name)] == ["name"]


@given(st.text(max_size=200))
def test_any_text_is_a_profile_or_a_profile_error(text: str) -> None:
    """Nothing but ProfileError is raised, whatever stands in a file."""
    with suppress(ProfileError):
        parse_profile("mine", text)


@pytest.mark.parametrize("text", ["a = " + "[" * 5_000, "a." * 5_000 + "b = 1", "[analog]\n" + "9" * 5_000 + " = 1"])
def test_hostile_toml_is_a_profile_error(text: str) -> None:
    """Nesting without end and numbers without end are refused like any other mistake."""
    assert problems(text)


def test_a_users_file_adds_to_what_ships(tmp_path: Path) -> None:
    """A file is there under its name, also in the place of one that ships; a broken one stops no other."""
    (tmp_path / "mine.toml").write_text(NAMES + 'time = "bcd"', encoding="utf-8")
    (tmp_path / "dahua.toml").write_text(NAMES, encoding="utf-8")
    (tmp_path / "broken.toml").write_text(NAMES + 'time = "bdc"\nx = 1', encoding="utf-8")
    (tmp_path / "latin.toml").write_bytes(b"zh = '\xff'")
    (tmp_path / "folder.toml").mkdir()
    loaded = load_profiles(tmp_path)
    assert loaded.of("mine").time_coding == "bcd"
    assert loaded.of("dahua").title.en == "some"
    assert loaded.of("dgiot") is not STANDARD
    assert loaded.of("broken") is STANDARD
    assert [line.removeprefix(str(tmp_path) + "/") for line in loaded.problems] == [
        "broken.toml: time: input should be 'binary' or 'bcd'",
        "broken.toml: x: extra inputs are not permitted",
        "folder.toml: Is a directory",
        "latin.toml: not UTF-8: invalid start byte at byte 6",
    ]


def test_a_folder_that_is_none_is_told_of(tmp_path: Path) -> None:
    """The profiles that ship are there all the same."""
    loaded = load_profiles(tmp_path / "none")
    assert list(loaded.by_name) == list(SHIPPED)
    assert loaded.problems == (f"{tmp_path}/none: not a folder that can be read",)


@pytest.mark.parametrize(
    ("frame", "first"),
    [
        (framed(b"", command=7), "dahua"),
        (framed(bytes(112), command=0, version=(1, 3)), "dahua"),
        (framed(bytes.fromhex("960100035b010000000200000f220e190713")), "fb2024"),
        (framed(bytes.fromhex("8001023a091a090c")), "jk-gh2013g"),
        (framed(component("0002", kind=129)), "nb-sensor"),
        (framed(component("0200")), "standard"),
        (framed(component("0001")), "standard"),
        (framed(component("0000")), "standard"),
    ],
)
def test_unknown_devices_get_a_suggestion(frame: Frame, first: str) -> None:
    """A frame speaks for the dialect whose private types, commands or byte order it has; else for the standard."""
    suggested = suggest(frame, SHIPPED.values())
    assert suggested[0] == first
    assert "standard" in suggested


@pytest.mark.parametrize(("version", "names"), [((16, 0), ["dgiot"]), ((1, 32), ["stm32-gateway"]), ((1, 1), [])])
def test_version_bytes_alone_are_a_hint(version: tuple[int, int], names: list[str]) -> None:
    """They put a dialect behind the standard: many vendors share them, and the first suggestion is taken unasked."""
    assert suggest(framed(component("0200"), version=version), SHIPPED.values()) == ["standard", *names]
