"""The life of an incident: a table of what may happen in which state, and nothing beside it.

Two rules. Whatever is not in the table is refused. A fire is never closed by the system.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Condition(StrEnum):
    """What can be wrong: the lasting states of points, and two that only the desk knows."""

    FIRE = "fire"
    MANUAL_ALARM = "manual_alarm"
    SUPERVISE = "supervise"
    FAULT = "fault"
    POWER_FAULT = "power_fault"
    MAIN_POWER_FAULT = "main_power_fault"
    BACKUP_POWER_FAULT = "backup_power_fault"
    BUS_FAULT = "bus_fault"
    LINK_FAULT = "link_fault"
    LINE_FAULT = "line_fault"
    MANUAL = "manual"
    OFFLINE = "offline"
    SHIELDED = "shielded"
    STARTED = "started"
    FEEDBACK = "feedback"
    DELAYED = "delayed"
    TEST = "test"


PRIORITY: dict[Condition, int] = {
    Condition.FIRE: 1,
    Condition.MANUAL_ALARM: 1,
    Condition.SUPERVISE: 2,
    Condition.FAULT: 3,
    Condition.POWER_FAULT: 3,
    Condition.MAIN_POWER_FAULT: 3,
    Condition.BACKUP_POWER_FAULT: 3,
    Condition.BUS_FAULT: 3,
    Condition.LINK_FAULT: 3,
    Condition.LINE_FAULT: 3,
    Condition.MANUAL: 3,
    Condition.OFFLINE: 4,
}
"""What needs a person, 1 first. A condition that is absent is kept as an episode and opens no incident."""

SOUNDS = 1
"""The priority whose incidents sound until somebody has them, unless they were old when they came."""

STAYS_OPEN = frozenset({Condition.FIRE, Condition.MANUAL_ALARM, Condition.SUPERVISE})
"""Only a person closes these, also when the device says that it is over."""


class IncidentState(StrEnum):
    """Where an incident stands."""

    NEW = "new"
    TAKEN = "taken"
    CLOSED = "closed"


class IncidentClass(StrEnum):
    """What it turned out to be."""

    REAL_FIRE = "real_fire"
    FALSE_ALARM = "false_alarm"
    TEST = "test"
    MAINTENANCE = "maintenance"
    MALICIOUS = "malicious"
    FAULT = "fault"
    RECOVERED = "recovered"
    OTHER = "other"


class IncidentAct(StrEnum):
    """What can happen to an incident."""

    OPEN = "open"
    RAISE_AGAIN = "raise_again"
    RECOVER = "recover"  # the condition ended; a person still has to close it
    CLOSE_RECOVERED = "close_recovered"  # it ended before anybody took it
    TAKE = "take"
    CLOSE = "close"


TRANSITIONS: dict[tuple[IncidentState | None, IncidentAct], IncidentState] = {
    (None, IncidentAct.OPEN): IncidentState.NEW,
    (IncidentState.NEW, IncidentAct.RAISE_AGAIN): IncidentState.NEW,
    (IncidentState.TAKEN, IncidentAct.RAISE_AGAIN): IncidentState.TAKEN,
    (IncidentState.NEW, IncidentAct.RECOVER): IncidentState.NEW,
    (IncidentState.TAKEN, IncidentAct.RECOVER): IncidentState.TAKEN,
    (IncidentState.NEW, IncidentAct.CLOSE_RECOVERED): IncidentState.CLOSED,
    (IncidentState.NEW, IncidentAct.TAKE): IncidentState.TAKEN,
    (IncidentState.TAKEN, IncidentAct.CLOSE): IncidentState.CLOSED,
}


class DeskError(Exception):
    """What an officer asked for cannot be done."""


class IncidentNotFoundError(DeskError):
    """There is no incident of this number."""

    def __init__(self, incident_id: int) -> None:
        super().__init__(f"there is no incident {incident_id}")
        self.incident_id = incident_id


class IncidentConflictError(DeskError):
    """Somebody was faster: the incident is in another state than the act needs."""

    def __init__(self, incident_id: int, act: IncidentAct, state: IncidentState, holder: str | None) -> None:
        by = f" by {holder}" if holder else ""
        super().__init__(f"incident {incident_id} cannot be changed by '{act}': it is {state}{by}")
        self.incident_id = incident_id
        self.state = state
        self.holder = holder


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """As much of an incident as decides what may happen to it."""

    incident_id: int
    state: IncidentState
    holder: str | None
    closed_at: datetime | None = None


def after(holding: Holding, act: IncidentAct) -> IncidentState:
    """The state after `act`. Raises IncidentConflictError where the table has no such step."""
    state = TRANSITIONS.get((holding.state, act))
    if state is None:
        raise IncidentConflictError(holding.incident_id, act, holding.state, holding.holder)
    return state


def on_recovery(kind: Condition, state: IncidentState) -> IncidentAct:
    """What the end of a condition means for its incident: a person's, or over."""
    if kind in STAYS_OPEN or state is not IncidentState.NEW:
        return IncidentAct.RECOVER
    return IncidentAct.CLOSE_RECOVERED
