"""What does a device put into a frame's application unit, and what does it mean by it?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from struct import pack

import msgspec

from firewarden.gateway_sim.gb_dialects import Dialect
from firewarden.gateway_sim.gb_wire import six
from firewarden.gateway_sim.points import System
from firewarden.ingest.facts import Act, Fact, OperatorAction, Reading, State

TEXT_BYTES = 31
TANK_M = 3.0
"""How deep the water of a full roof tank is: the standard has no percent."""
STEPS_MAX = 32_767
HEIGHT_TYPE, STEPS_PER_M = 2, 100
DEVICE = "device"
DEVICE_OPERATION = 24

SYSTEM_BITS: Mapping[State, int] = {
    State.FIRE: 1,
    State.FAULT: 2,
    State.SHIELDED: 3,
    State.SUPERVISE: 4,
    State.STARTED: 5,
    State.FEEDBACK: 6,
    State.DELAYED: 7,
    State.MAIN_POWER_FAULT: 8,
    State.BACKUP_POWER_FAULT: 9,
    State.BUS_FAULT: 10,
    State.MANUAL: 11,
}
COMPONENT_BITS: Mapping[State, int] = {
    State.FIRE: 1,
    State.FAULT: 2,
    State.SHIELDED: 3,
    State.SUPERVISE: 4,
    State.STARTED: 5,
    State.FEEDBACK: 6,
    State.DELAYED: 7,
    State.POWER_FAULT: 8,
}
DEVICE_BITS: Mapping[State, int] = {
    State.FIRE: 1,
    State.FAULT: 2,
    State.MAIN_POWER_FAULT: 3,
    State.BACKUP_POWER_FAULT: 4,
    State.LINK_FAULT: 5,
    State.LINE_FAULT: 6,
}
READINGS = 3
"""The type of frame that holds them."""
ACT_BITS: Mapping[Act, int] = {
    Act.RESET: 0,
    Act.MUTE: 1,
    Act.MANUAL_ALARM: 2,
    Act.ALARM_CLEARED: 3,
    Act.SELF_TEST: 4,
    Act.CONFIRM: 5,
    Act.TEST: 6,
}
URGENT_ACTS = (Act.MANUAL_ALARM, Act.DUTY_ANSWER)


class Word(msgspec.Struct, frozen=True, kw_only=True):
    """All states that a component, a system or the device itself is in. What is not named, it is not in."""

    point: str
    at: datetime
    states: tuple[State, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What one frame says: the objects of a type, and what they mean. Urgent: sent before what waited."""

    type: int
    objects: tuple[bytes, ...]
    words: tuple[Word, ...] = ()
    facts: tuple[Fact, ...] = ()
    urgent: bool = False

    @property
    def unit(self) -> bytes:
        """The application unit."""
        return bytes([self.type, len(self.objects)]) + b"".join(self.objects)

    @property
    def points(self) -> frozenset[str]:
        """Of what it tells the states."""
        return frozenset(word.point for word in self.words)

    def with_more(self, other: "Content", *, unit_max: int) -> "Content | None":
        """Both in one frame, where that has room for them; only readings are put together."""
        both = Content(type=self.type, objects=self.objects + other.objects, facts=self.facts + other.facts)
        return both if self.type == other.type == READINGS and len(both.unit) <= unit_max else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An address as the protocol writes it."""

    system: int
    system_address: int
    component: int
    component_address: bytes

    @classmethod
    def of(cls, address: str) -> "Place":
        """From the contract's way to write it: system.address/component.bytes."""
        system, component = (part.split(".") for part in address.split("/"))
        return cls(
            system=int(system[0]),
            system_address=int(system[1]),
            component=int(component[0]),
            component_address=bytes.fromhex(component[1]),
        )

    @property
    def system_point(self) -> str:
        """The address of the system."""
        return f"{self.system}.{self.system_address}"

    @property
    def head(self) -> bytes:
        """The bytes that begin an object about the component."""
        return bytes([self.system, self.system_address, self.component]) + self.component_address


def _bits(states: Sequence[State], bits: Mapping[State, int], *, watching: bool = True) -> int:
    return sum(1 << bits[state] for state in states) | watching


def component_state(
    address: str, name: str, states: tuple[State, ...], at: datetime, dialect: Dialect, *, urgent: bool
) -> Content:
    """Type 2: the whole word of a component, with its text."""
    text = name.encode("gb18030")[:TEXT_BYTES].ljust(TEXT_BYTES, b"\0")
    word = pack("<H", _bits(states, COMPONENT_BITS))
    return Content(
        type=2,
        objects=(Place.of(address).head + word + text + six(at, bcd=dialect.bcd),),
        words=(Word(point=address, at=at, states=states),),
        urgent=urgent,
    )


def system_state(place: Place, states: tuple[State, ...], at: datetime, dialect: Dialect, *, watching: bool) -> Content:
    """Type 1: the whole word of a system; one that is not watching is being tested."""
    word = pack("<BBH", place.system, place.system_address, _bits(states, SYSTEM_BITS, watching=watching))
    return Content(
        type=1,
        objects=(word + six(at, bcd=dialect.bcd),),
        words=(Word(point=place.system_point, at=at, states=states),),
    )


def device_state(states: tuple[State, ...], at: datetime, dialect: Dialect) -> Content:
    """Type 21: the device's own word."""
    return Content(
        type=21,
        objects=(bytes([_bits(states, DEVICE_BITS)]) + six(at, bcd=dialect.bcd),),
        words=(Word(point=DEVICE, at=at, states=states),),
    )


def analog(reading: Reading, at: datetime, dialect: Dialect) -> Content:
    """Type 3: one measured value, as exactly as the dialect can say it."""
    if reading.quantity == "level":
        kind, steps, per_unit, unit = HEIGHT_TYPE, round(reading.value / 100 * TANK_M * STEPS_PER_M), STEPS_PER_M, "m"
        quantity = "height"
    else:
        kind, steps = dialect.analog_type, round(reading.value * dialect.steps_per_mpa)
        per_unit, unit, quantity = dialect.steps_per_unit, dialect.unit, "pressure"
    steps = min(steps, STEPS_MAX)
    said = Reading(point=reading.point, at=at, quantity=quantity, value=steps / per_unit, unit=unit)
    object_ = Place.of(reading.point).head + pack("<Bh", kind, steps) + six(at, bcd=dialect.bcd)
    return Content(type=READINGS, objects=(object_,), facts=(said,))


def operation(action: OperatorAction, at: datetime, dialect: Dialect, *, of_system: bool) -> Content:
    """Type 4 or 24: something a person did at the fire alarm system, or at the device."""
    operator = int(action.operator or 0)
    answer = action.action is Act.DUTY_ANSWER
    flag = 1 << (5 if answer else ACT_BITS[action.action])
    head = bytes([System.FIRE_ALARM, 1]) if of_system and not answer else b""
    return Content(
        type=4 if head else DEVICE_OPERATION,
        objects=(head + bytes([flag, operator]) + six(at, bcd=dialect.bcd),),
        facts=(OperatorAction(at=at, action=action.action, operator=str(operator)),),
        urgent=action.action in URGENT_ACTS,
    )
