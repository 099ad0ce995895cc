"""What do devices of one kind do otherwise than the standard says?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from firewarden.ingest.facts import Quantity, State
from firewarden.ingest.wire.gb26875.frames import UNIT_BYTES_MAX, Frame
from firewarden.ingest.wire.gb26875.tables import (
    ANALOGS,
    COMMANDS,
    COMPONENT_BITS,
    COMPONENTS,
    DEVICE_BITS,
    SYSTEM_BITS,
    SYSTEMS,
    Name,
    state_bits,
)
from firewarden.ingest.wire.gb26875.times import TimeCoding

_VERSION_MARKS = 1
_TYPE_AND_COUNT_BYTES = 2
_COMPONENT_STATE = 2
_COMPONENT_BYTES = 46
_COMPONENT_BYTES_WITHOUT_TEXT = 15
_WORD_AT = 7
_STANDARD_TITLE = Name("国家标准 GB/T 26875.3-2011", "the standard, GB/T 26875.3-2011")
_STANDARD_ABOUT = Name("未指定其他协议配置时使用", "used where nothing else is chosen")


class ByteOrder(StrEnum):
    """Which byte of a state word comes first."""

    LITTLE = "little"
    BIG = "big"


class Bit0(StrEnum):
    """What bit 0 of a state word says about a test. By the standard 0 is a test; real devices send 0 for "cleared"."""

    NOTHING = "nothing"
    TEST_WHEN_CLEAR = "test_when_clear"
    TEST_WHEN_SET = "test_when_set"


class AddressLabel(StrEnum):
    """How people read the four bytes of a component's address. The bytes are the key in any case."""

    HEX = "hex"
    LOOP_POINT = "loop_point"  # two words, the loop first
    POINT_LOOP = "point_loop"


class ConfirmStyle(StrEnum):
    """Whose address stands first in a confirm."""

    SWAPPED = "swapped"
    UNSWAPPED = "unswapped"


class ComponentText(StrEnum):
    """Whether components (types 2 and 7) may leave out their 31 bytes of text. In a unit all have it, or none."""

    ALWAYS = "always"
    OPTIONAL = "optional"


class FieldKind(StrEnum):
    """How a field of a private type is read for showing."""

    NUMBER = "number"  # low byte first
    HEX = "hex"
    TIME = "time"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What an analog type measures: `raw` times `step` is the value in `unit`, one of ingest's (`UNIT_FACTORS`)."""

    quantity: Quantity
    unit: str
    step: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What one whole state word means to this vendor, whatever its bits mean in the standard."""

    states: tuple[State, ...]
    name: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class PrivateField:
    """Some bytes of each object of a private type. They are shown, and become no fact."""

    name: Name
    bytes: int
    kind: FieldKind


def _standard_scales() -> Mapping[int, Scale]:
    return {
        code: Scale(quantity=kind.quantity, unit=kind.unit, step=kind.step)
        for code, kind in ANALOGS.items()
        if kind.quantity is not None
    }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Profile:
    """A dialect. What is not said is as in the standard. Made once and known by identity: caches are kept by it."""

    name: str
    title: Name = _STANDARD_TITLE
    about: Name = _STANDARD_ABOUT
    versions: frozenset[tuple[int, int]] = frozenset()
    """Version bytes by which devices of this kind may be guessed; no frame is refused for its version."""
    time_coding: TimeCoding = TimeCoding.BINARY
    unit_max: int = UNIT_BYTES_MAX
    """Of what is sent to such a device. What it sends itself may be as long as the standard allows."""
    state_order: ByteOrder = ByteOrder.LITTLE
    bit0: Bit0 = Bit0.NOTHING
    """Of systems and components. The device's own bit 0 says that it watches, and no more."""
    component_text: ComponentText = ComponentText.ALWAYS
    analogs: Mapping[int, Scale] = field(default_factory=_standard_scales)
    system_bits: Mapping[int, State] = field(default_factory=lambda: state_bits(SYSTEM_BITS))
    component_bits: Mapping[int, State] = field(default_factory=lambda: state_bits(COMPONENT_BITS))
    device_bits: Mapping[int, State] = field(default_factory=lambda: state_bits(DEVICE_BITS))
    bit_names: Mapping[tuple[str, int], Name] = field(default_factory=dict[tuple[str, int], Name])
    """Of bits that differ, by "system", "component" or "device" and number."""
    component_words: Mapping[tuple[int, int], Word] = field(default_factory=dict[tuple[int, int], Word])
    """By component type and word."""
    private_types: Mapping[int, Name] = field(default_factory=dict[int, Name])
    private_fields: Mapping[int, tuple[PrivateField, ...]] = field(default_factory=dict[int, tuple[PrivateField, ...]])
    """By type: what each object holds, where that is known."""
    systems: Mapping[int, Name] = field(default_factory=lambda: SYSTEMS)
    components: Mapping[int, Name] = field(default_factory=lambda: COMPONENTS)
    heartbeat_units: frozenset[bytes] = frozenset({b"", b"\x16"})
    """Whole application units of command 2 that only say that the device lives."""
    heartbeat_commands: frozenset[int] = frozenset()
    """Commands that only say so, whatever their unit."""
    heartbeat_answers: Mapping[bytes, bytes] = field(default_factory=lambda: {b"\x16": b"\x17"})
    """The application unit of the confirm, where it is not empty."""
    heartbeat_types: frozenset[int] = frozenset()
    """Types that come as often as heartbeats. What they say counts all the same."""
    registration_commands: frozenset[int] = frozenset()
    """Commands by which a device says who it is when it connects: confirmed, kept raw, without effect."""
    address_label: AddressLabel = AddressLabel.HEX
    confirm_style: ConfirmStyle = ConfirmStyle.SWAPPED


STANDARD = Profile(name="standard")


def suggest(frame: Frame, profiles: Iterable[Profile]) -> list[str]:
    """Which profiles a frame of an unknown device speaks for, the best first; the standard is always among them.

    A private type, a command beside the standard's, components that fill their bytes only without their texts, or
    states that make sense in the other byte order only, go before the standard. Version bytes alone, which many vendors
    share, come behind it.
    """
    marks = {profile.name: _marks(frame, profile) for profile in profiles} | {STANDARD.name: _VERSION_MARKS + 0.5}
    return [name for name, mark in sorted(marks.items(), key=lambda item: (-item[1], item[0])) if mark > 0]


def _marks(frame: Frame, profile: Profile) -> float:
    marks = _VERSION_MARKS if frame.version in profile.versions else 0
    if frame.command in profile.heartbeat_commands | profile.registration_commands:
        return marks + 4
    if frame.unit in profile.heartbeat_units - STANDARD.heartbeat_units:
        return marks + 4
    if frame.command not in COMMANDS or len(frame.unit) < _TYPE_AND_COUNT_BYTES:
        return marks
    type_, count, area = frame.unit[0], frame.unit[1], frame.unit[_TYPE_AND_COUNT_BYTES:]
    if type_ in profile.private_types:
        size = sum(one.bytes for one in profile.private_fields.get(type_, ()))
        marks += 4 if size and len(area) == count * size else 2
    if profile.component_text is ComponentText.OPTIONAL and type_ == _COMPONENT_STATE and area:
        marks += 4 if len(area) == count * _COMPONENT_BYTES_WITHOUT_TEXT else 0
    if profile.state_order is ByteOrder.BIG and type_ == _COMPONENT_STATE:
        marks += 2 if _makes_sense_swapped(area) else 0
    return marks


def _makes_sense_swapped(area: bytes) -> bool:
    """Whether components have only bits set that mean something with the high byte first, and nothing otherwise."""
    if not area or len(area) % _COMPONENT_BYTES:
        return False
    words = [area[at : at + 2] for at in range(_WORD_AT, len(area), _COMPONENT_BYTES)]
    return any(word[1] > 1 for word in words) and all(word[0] == 0 for word in words)
