"""Which facts does a frame tell? Objects to the nouns that every transport produces."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

import msgspec

from firewarden.ingest.facts import Act, Fact, Heartbeat, Lane, OperatorAction, Reading, State, StateChange
from firewarden.ingest.wire.gb26875 import objects
from firewarden.ingest.wire.gb26875.frames import Frame
from firewarden.ingest.wire.gb26875.objects import Object
from firewarden.ingest.wire.gb26875.profiles import Profile
from firewarden.ingest.wire.gb26875.tables import DEVICE_OPERATIONS, DOWNWARD_TYPES, SYSTEM_OPERATIONS
from firewarden.ingest.wire.gb26875.times import read_time
from firewarden.ingest.wire.gb26875.units import ANSWER, CONFIRM, CONTROL, DENY, REQUEST, Unit
from firewarden.ingest.wire.gb26875.words import Of, said

DEVICE_POINT = "device"
"""The point of the transmission device itself."""

_URGENT_ACTS = frozenset({Act.MANUAL_ALARM, Act.DUTY_ANSWER})
_REPLIES = frozenset({CONFIRM, ANSWER, DENY})
_NOTES_CHARACTERS_MAX = 500
_OPERATION_BITS = 8


class Told(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """What a frame says, before anybody looked at what was said earlier."""

    lane: Lane
    facts: tuple[Fact, ...]
    sent_at: datetime | None
    """By the device's clock; None where the frame's time cannot be one."""
    undecoded: str | None
    """What had no effect, and why. The facts count all the same."""
    silent: tuple[StateChange, ...] = ()
    """Of a heartbeat: that nothing is set. It counts only if something was (`with_memory`)."""

    def __post_init__(self) -> None:
        assert self.lane is Lane.STATUS or not self.silent


class Measured(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An analog value in a unit."""

    quantity: str
    value: float
    unit: str


def tell(frame: Frame, unit: Unit, profile: Profile, received_at: datetime) -> Told:
    """The facts of a frame and the lane in which they travel. Never raises."""
    sent_at = read_time(frame.time, profile.time_coding)
    notes = dict.fromkeys([unit.undecoded] if unit.undecoded else ())
    if frame.command in {CONTROL, REQUEST} or unit.type in DOWNWARD_TYPES:
        notes["a command of a centre, sent by a device"] = None
    otherwise_at = (sent_at or received_at) if unit.untimed else received_at
    telling = _Telling(profile=profile, otherwise_at=otherwise_at, notes=notes)
    facts: list[Fact] = []
    for one in unit.objects:
        facts += telling.facts(one)
        if not unit.untimed and getattr(one, "at", received_at) is None:
            notes["a time that cannot be: the time of receipt is used"] = None
    undecoded = "; ".join(notes)[:_NOTES_CHARACTERS_MAX] or None
    if unit.heartbeat and undecoded is None:
        silent = tuple(fact for fact in facts if isinstance(fact, StateChange) and not fact.set)
        if len(silent) == len(facts):
            alive = Heartbeat(at=received_at)  # not by the device's clock, which may be years behind
            return Told(lane=Lane.STATUS, facts=(alive,), sent_at=sent_at, undecoded=None, silent=silent)
    lane = _lane(frame.command, facts)
    return Told(lane=lane, facts=tuple(facts), sent_at=sent_at, undecoded=undecoded)


def with_memory(told: Told, remembered: Mapping[str, Collection[State]]) -> Told:
    """The same, knowing which states the last frames left set at each point.

    A heartbeat that ends a state becomes a change of it. What ends a fire is as urgent as what begins one.
    """
    changes = told.silent or [fact for fact in told.facts if isinstance(fact, StateChange)]
    ended = {state for change in changes for state in remembered.get(change.point, ()) if state in change.clear}
    if not ended:
        return told
    lane = Lane.ALARM if State.FIRE in ended else Lane.STATE if told.silent else told.lane
    return msgspec.structs.replace(told, lane=lane, facts=told.silent or told.facts, silent=())


def measured(one: objects.Analog, profile: Profile) -> Measured | None:
    """An analog value as the profile scales it; None where it has no such analog type."""
    scale = profile.analogs.get(one.analog_type)
    if scale is None:
        return None
    over, under = scale.step.as_integer_ratio()
    # Whole numbers divided once: 605 steps of 0.001 are 0.605, where 605 * 0.001 may be the number beside it.
    return Measured(quantity=scale.quantity.name.lower(), value=one.raw * over / under, unit=scale.unit)


def shown_unit(unit: str) -> str:
    """As the standard calls it: the contract has no unit for what is counted."""
    return "件" if unit == "1" else unit


def component_point(one: objects.ComponentState | objects.Analog | objects.ComponentConfig) -> str:
    """The address of a component, as the MQTT contract writes it."""
    return f"{one.system_type}.{one.system_address}/{one.component_type}.{one.component_address.hex()}"


def _lane(command: int, facts: Iterable[Fact]) -> Lane:
    readings = False
    for fact in facts:
        if isinstance(fact, StateChange):
            if State.FIRE in fact.set:
                return Lane.ALARM
        elif isinstance(fact, OperatorAction):
            if fact.action in _URGENT_ACTS:
                return Lane.ALARM
        elif isinstance(fact, Reading):
            readings = True
    if command in _REPLIES:
        return Lane.REPLY
    return Lane.READING if readings else Lane.STATE


class _Telling(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Objects of one frame to facts."""

    profile: Profile
    otherwise_at: datetime
    """For objects without a time of their own."""
    notes: dict[str, None]
    """What had no effect: in order, each once."""

    def facts(self, one: Object) -> Iterable[Fact]:
        """What one object says. Versions, configurations, clocks and commands say no fact."""
        match one:
            case objects.ComponentState():
                return (self._change(component_point(one), Of.COMPONENT, one),)
            case objects.SystemState():
                return (self._change(f"{one.system_type}.{one.system_address}", Of.SYSTEM, one),)
            case objects.DeviceState():
                return (self._change(DEVICE_POINT, Of.DEVICE, one),)
            case objects.Analog():
                return self._reading(one)
            case objects.SystemOperation() | objects.DeviceOperation():
                return self._actions(one)
            case _:
                return ()

    def _change(
        self, point: str, of: Of, one: objects.ComponentState | objects.SystemState | objects.DeviceState
    ) -> StateChange:
        component_type = one.component_type if isinstance(one, objects.ComponentState) else None
        word = said(of, one.word, self.profile, component_type)
        if word.note is not None:
            self.notes[word.note] = None
        return StateChange(point=point, at=one.at or self.otherwise_at, set=word.set, clear=word.clear)

    def _reading(self, one: objects.Analog) -> tuple[Reading, ...]:
        found = measured(one, self.profile)
        if found is None:
            self.notes[f"analog type {one.analog_type} has no meaning in profile {self.profile.name}"] = None
            return ()
        at = one.at or self.otherwise_at
        return (
            Reading(point=component_point(one), at=at, quantity=found.quantity, value=found.value, unit=found.unit),
        )

    def _actions(self, one: objects.SystemOperation | objects.DeviceOperation) -> Iterator[OperatorAction]:
        acts = SYSTEM_OPERATIONS if isinstance(one, objects.SystemOperation) else DEVICE_OPERATIONS
        if not one.flags:
            self.notes["an operation without any bit"] = None
        for bit in range(_OPERATION_BITS):
            if one.flags >> bit & 1:
                act = acts.get(bit)
                if act is None:
                    self.notes[f"reserved bit {bit} of an operation"] = None
                else:
                    yield OperatorAction(at=one.at or self.otherwise_at, action=act, operator=str(one.operator))
