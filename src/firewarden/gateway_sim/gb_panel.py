"""In which states is the building behind a device, and what does the device say when one of them changes?

The city's life knows single states that come and go; the protocol knows whole words. A state that no word of a
component has belongs to its system's word or to the device's own.
"""

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from firewarden.gateway_sim.behaviour import ActiveState
from firewarden.gateway_sim.city import Gateway
from firewarden.gateway_sim.gb_content import (
    COMPONENT_BITS,
    DEVICE_BITS,
    SYSTEM_BITS,
    Content,
    Place,
    analog,
    component_state,
    device_state,
    operation,
    system_state,
)
from firewarden.gateway_sim.gb_dialects import Dialect
from firewarden.ingest.facts import Act, Fact, OperatorAction, Reading, State, StateChange

Stamp = Callable[[datetime], datetime]
"""What the device's clock showed at a moment of the life."""
OPERATIONS_REMEMBERED = 102
SECOND = timedelta(seconds=1)
FLURRY = timedelta(seconds=10)
"""A time further back than this is of a clock that was set, and stands as it is."""


class Panel:
    """What a device knows of its building. `active`: what was so when it was switched on."""

    def __init__(self, gateway: Gateway, dialect: Dialect, active: Iterable[ActiveState] = ()) -> None:
        self.points = {point.address: point for point in gateway.points}
        self._dialect = dialect
        self._active = {(one.point, one.state) for one in active}
        self._changed_at: dict[str, datetime] = {}
        self._measured: dict[str, Content] = {}
        self._operations: deque[tuple[OperatorAction, datetime]] = deque(maxlen=OPERATIONS_REMEMBERED)

    def tell(self, facts: Iterable[Fact], stamp: Stamp) -> list[Content]:
        """Take in what happened; returns what has to be said."""
        found: list[Content] = []
        for fact in facts:
            match fact:
                case StateChange():
                    found += self._changed(fact, self._apart(fact.point, stamp(fact.at)))
                case Reading():
                    content = analog(fact, stamp(fact.at), self._dialect)
                    self._measured[fact.point] = content
                    found.append(content)
                case OperatorAction():
                    at = stamp(fact.at)
                    self._operations.append((fact, at))
                    found.append(operation(fact, at, self._dialect, of_system=at.second % 2 == 0))
                case _:
                    raise AssertionError(fact)
        return found

    def _apart(self, point: str, at: datetime) -> datetime:
        """No panel looks at a component twice within a second: two changes never bear the same time.

        A life that is played faster than it happens has such changes, and nobody could tell the third from a resend of
        the first where numbers begin anew with each connection.
        """
        before = self._changed_at.get(point)
        if before is not None and before - FLURRY < at < before + SECOND:
            at = before + SECOND
        self._changed_at[point] = at
        return at

    def _changed(self, change: StateChange, at: datetime) -> list[Content]:
        self._active |= {(change.point, state) for state in change.set}
        self._active -= {(change.point, state) for state in change.clear}
        found: list[Content] = []
        for state in (*change.set, *change.clear):
            if state in COMPONENT_BITS:
                found.append(self.component_word(change.point, at, urgent=state is State.FIRE))
            elif state in SYSTEM_BITS or state is State.TEST:
                found.append(self.system_word(Place.of(change.point), at))
            else:
                found.append(self.device_word(at))
        return found

    def component_word(self, address: str, at: datetime, *, urgent: bool = False) -> Content:
        """All states of one component."""
        states = tuple(state for state in COMPONENT_BITS if (address, state) in self._active)
        name = self.points[address].name
        urgent = urgent or State.FIRE in states
        return component_state(address, name, states, at, self._dialect, urgent=urgent)

    def system_word(self, place: Place, at: datetime) -> Content:
        """What holds of a system: what its components are in that no component's word has."""
        held = {
            state
            for point, state in self._active
            if Place.of(point).system == place.system and not _of_component(state)
        }
        states = tuple(state for state in SYSTEM_BITS if state in held)
        return system_state(place, states, at, self._dialect, watching=State.TEST not in held)

    def device_word(self, at: datetime) -> Content:
        """What holds of the device and its lines."""
        held = {state for _, state in self._active if not _of_component(state) and state not in SYSTEM_BITS}
        return device_state(tuple(state for state in DEVICE_BITS if state in held), at, self._dialect)

    def places(self, system: int, system_address: int) -> list[Place]:
        """Every component of a system."""
        found = [Place.of(address) for address in self.points]
        return [place for place in found if (place.system, place.system_address) == (system, system_address)]

    def address_of(self, place: Place) -> str:
        """As the register has it."""
        return f"{place.system_point}/{place.component}.{place.component_address.hex()}"

    def measured(self, address: str) -> Content | None:
        """The last value of one component, if it measures."""
        return self._measured.get(address)

    def operations(self, since: datetime, count: int, *, of_system: bool) -> list[Content]:
        """At most `count` acts since a time."""
        known = [(act, at) for act, at in self._operations if at >= since and not (of_system and _is_answer(act))]
        return [operation(act, at, self._dialect, of_system=of_system) for act, at in known[-count:]] if count else []


def _is_answer(act: OperatorAction) -> bool:
    return act.action is Act.DUTY_ANSWER


def _of_component(state: State) -> bool:
    return state in COMPONENT_BITS
