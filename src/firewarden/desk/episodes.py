"""Which stretches of time does a stream of facts describe? One open episode per venue, gateway, point and condition."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from firewarden.desk.incidents import PRIORITY, STAYS_OPEN, Condition
from firewarden.ingest.facts import Act, State
from firewarden.ingest.trace_id import MessageId

LATE_AFTER = timedelta(minutes=10)
"""A fact this much older than its arrival opens an incident without the sound of a new alarm."""

_BY_STATE: dict[State, Condition] = {
    State(kind.value): kind for kind in Condition if kind.value in {state.value for state in State}
}
"""`reset` and `config_changed` are moments, not conditions: no episode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What there is at most one open episode of."""

    venue_id: int
    gateway_id: str
    point_id: int | None
    kind: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One condition that came or went, by a fact."""

    key: Key
    raised: bool
    at: datetime
    received_at: datetime
    committed_at: datetime
    message: MessageId | None = None
    """Which message said so; None where the desk found out itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """The episode of a key that has not ended."""

    episode_id: int
    raised_at: datetime
    last_raised_at: datetime
    judged_at: datetime | None  # when a person closed its incident although it lasts


class Step(StrEnum):
    """What a change does to the episodes of its key; the value is the reason an engineer reads in the log."""

    OPEN = "open"
    RAISE_AGAIN = "raise_again"
    SHOW_AGAIN = "reported_anew_after_it_was_judged"
    CLOSE = "close"
    IGNORE_OLDER_CLEAR = "cleared_before_it_was_last_raised"
    IGNORE_NOT_OPEN = "cleared_but_not_open"


def condition_of(state: State) -> Condition | None:
    """The condition that a state bit stands for, or None where it is only a moment."""
    return _BY_STATE.get(state)


def manual_alarm_change(action: Act) -> bool | None:
    """Whether an operator's act raises (True) or ends (False) the manual alarm of a control room, or neither."""
    if action is Act.MANUAL_ALARM:
        return True
    return False if action in {Act.ALARM_CLEARED, Act.RESET} else None


def step(change: Change, current: Open | None) -> Step:
    """What `change` does, given the open episode of its key."""
    if current is None:
        return Step.OPEN if change.raised else Step.IGNORE_NOT_OPEN
    if not change.raised:
        # Lanes and late messages overtake each other. Device clocks order nothing, except here, towards caution: the
        # end of an earlier fire does not end this one.
        older = change.key.kind in STAYS_OPEN and change.at < current.last_raised_at
        return Step.IGNORE_OLDER_CLEAR if older else Step.CLOSE
    # What the officer judged was what had come by then. Our own clock decides: a slow device clock hides no fire.
    if current.judged_at is not None and change.received_at > current.judged_at:
        return Step.SHOW_AGAIN
    return Step.RAISE_AGAIN


def needs_person(kind: Condition) -> bool:
    """Whether an episode of this kind opens an incident."""
    return kind in PRIORITY


def is_late(at: datetime, received_at: datetime) -> bool:
    """Whether the fact was old when it came."""
    return received_at - at > LATE_AFTER


def end_of(raised_at: datetime, cleared_at: datetime) -> datetime:
    """When an episode ended: a device clock that was set back cannot end it before it began."""
    return max(raised_at, cleared_at)
