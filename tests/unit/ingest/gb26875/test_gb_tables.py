"""Do the tables say what the standard says, in both languages, and in the words of ingest?"""

from collections.abc import Iterable

import pytest

from firewarden.ingest.facts import UNIT_FACTORS, Act, State
from firewarden.ingest.wire.gb26875 import objects
from firewarden.ingest.wire.gb26875.frames import encode
from firewarden.ingest.wire.gb26875.layouts import LAYOUTS
from firewarden.ingest.wire.gb26875.profiles import STANDARD
from firewarden.ingest.wire.gb26875.tables import (
    ACTS,
    ANALOGS,
    COMMANDS,
    COMPONENT_BITS,
    COMPONENTS,
    DEVICE_BITS,
    DEVICE_OPERATIONS,
    SYSTEM_BITS,
    SYSTEM_OPERATIONS,
    SYSTEMS,
    TYPES,
    Name,
    StateBit,
    state_bits,
)
from firewarden.ingest.wire.gb26875.times import NO_TIME
from firewarden.ingest.wire.gb26875.units import encode_unit


def bits(table: Iterable[StateBit]) -> list[Name]:
    """How the bits are called."""
    return [bit.name for bit in table]


NAMES = [
    *SYSTEMS.values(),
    *COMPONENTS.values(),
    *TYPES.values(),
    *COMMANDS.values(),
    *ACTS.values(),
    *(kind.name for kind in ANALOGS.values()),
    *bits(SYSTEM_BITS.values()),
    *bits(COMPONENT_BITS.values()),
    *bits(DEVICE_BITS.values()),
]


def test_every_name_is_in_both_languages() -> None:
    """Chinese names hold Chinese, English ones none of it."""
    for name in NAMES:
        assert any("\u4e00" <= character <= "\u9fff" for character in name.zh), name
        assert name.en
        assert name.en.isascii(), name


@pytest.mark.parametrize("table", [SYSTEMS, COMPONENTS])
def test_no_two_codes_have_one_name(table: dict[int, Name]) -> None:
    """A name leads back to its code."""
    for names in ([name.zh for name in table.values()], [name.en for name in table.values()]):
        assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("type_", "body", "timed", "most"),
    [
        (1, 4, 10, 102),
        (2, 40, 46, 22),
        (3, 10, 16, 63),
        (4, 4, 10, 102),
        (5, 4, None, 1),
        (7, 38, None, 26),
        (8, 8, None, 1),
        (21, 1, 7, 1),
        (24, 2, 8, 127),
        (25, 2, None, 1),
        (28, 6, None, 1),
        (61, 2, None, 102),
        (62, 6, None, 22),
        (63, 6, None, 63),
        (64, 9, None, 1),
        (65, 2, None, 1),
        (66, 2, None, 3),
        (67, 6, None, 26),
        (68, 2, None, 1),
        (81, 1, None, 1),
        (84, 7, None, 1),
        (85, 1, None, 1),
        (86, 1, None, 1),
        (88, 1, None, 1),
        (89, 1, None, 1),
        (90, 6, None, 1),
        (91, 1, None, 1),
    ],
)
def test_sizes(type_: int, body: int, timed: int | None, most: int) -> None:
    """Objects have the bytes of the standard, with and without their time, and a unit holds as many as it says."""
    layout = LAYOUTS[type_]
    assert layout.body.size == body
    assert (None if layout.timed is None else layout.timed.size) == timed
    assert layout.count_max == most


def test_the_largest_frame_of_components() -> None:
    """Twenty-two components make a frame of 1,044 bytes."""
    one = objects.ComponentState(
        system_type=1, system_address=1, component_type=40, component_address=bytes(4), word=2, at=None
    )
    unit = encode_unit(2, [one] * 22, STANDARD)
    assert len(encode(serial=0, source=1, destination=2, command=2, unit=unit, time=NO_TIME)) == 1_044


def test_bits_are_states() -> None:
    """Every state that GB/T 26875.3 knows stands in one of the tables, under ingest's own name; a test is bit 0's."""
    tables = (SYSTEM_BITS, COMPONENT_BITS, DEVICE_BITS)
    states = {state for table in tables for state in state_bits(table).values()}
    assert states == set(State) - {State.TEST}
    for table in tables:
        assert all(bit.key == bit.state.value for bit in table.values() if bit.state is not None)
        assert 0 not in state_bits(table)
    assert (COMPONENT_BITS[0].key, SYSTEM_BITS[0].key, DEVICE_BITS[0].key) == ("normal", "normal", "normal_watch")


def test_operations_are_acts() -> None:
    """Every act has a bit and a name; bit 5 differs."""
    assert {*SYSTEM_OPERATIONS.values(), *DEVICE_OPERATIONS.values()} == set(Act) == set(ACTS)
    assert (SYSTEM_OPERATIONS[5], DEVICE_OPERATIONS[5]) == (Act.CONFIRM, Act.DUTY_ANSWER)


def test_analog_types_can_be_stored() -> None:
    """What is measured comes in a unit that ingest converts."""
    for kind in ANALOGS.values():
        assert kind.quantity is None or (kind.quantity, kind.unit) in UNIT_FACTORS
