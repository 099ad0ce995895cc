"""What do devices of one kind do otherwise than the standard says?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from firewarden.ingest.facts import Quantity, State
from firewarden.ingest.wire.gb26875.tables import ANALOGS, COMPONENT_BITS, DEVICE_BITS, SYSTEM_BITS, Name, state_bits
from firewarden.ingest.wire.gb26875.times import TimeCoding


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
    time_coding: TimeCoding = TimeCoding.BINARY
    unit_max: int = 1_024
    state_order: ByteOrder = ByteOrder.LITTLE
    bit0: Bit0 = Bit0.NOTHING
    analogs: Mapping[int, Scale] = field(default_factory=_standard_scales)
    system_bits: Mapping[int, State] = field(default_factory=lambda: state_bits(SYSTEM_BITS))
    component_bits: Mapping[int, State] = field(default_factory=lambda: state_bits(COMPONENT_BITS))
    device_bits: Mapping[int, State] = field(default_factory=lambda: state_bits(DEVICE_BITS))
    system_words: Mapping[int, Word] = field(default_factory=dict[int, Word])
    component_words: Mapping[int, Word] = field(default_factory=dict[int, Word])
    device_words: Mapping[int, Word] = field(default_factory=dict[int, Word])
    private_types: Mapping[int, Name] = field(default_factory=dict[int, Name])
    heartbeat_units: frozenset[bytes] = frozenset({b"", b"\x16"})
    """Whole application units of command 2 that only say that the device lives."""
    heartbeat_commands: frozenset[int] = frozenset()
    """Commands that only say so, whatever their unit."""
    heartbeat_answers: Mapping[bytes, bytes] = field(default_factory=lambda: {b"\x16": b"\x17"})
    """The application unit of the confirm, where it is not empty."""
    address_label: AddressLabel = AddressLabel.HEX
    confirm_style: ConfirmStyle = ConfirmStyle.SWAPPED


STANDARD = Profile(name="standard")
