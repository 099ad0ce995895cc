"""Which incidents had to be opened, by what the gateways said? A small model of its own, not the desk's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from firewarden.ingest.facts import Act, OperatorAction, State, StateChange
from firewarden.proof.truth_file import Number, Quiet, Sent

STAY_OPEN = frozenset({"fire", "manual_alarm", "supervise"})
"""Only a person closes these, and nobody works at the desk of a demo: one each, however often it is raised."""
SELF_CLEARING = frozenset(
    {
        "fault",
        "power_fault",
        "main_power_fault",
        "backup_power_fault",
        "bus_fault",
        "link_fault",
        "line_fault",
        "manual",
    }
)
"""One incident for each time it comes and goes."""
OFFLINE = "offline"
JUDGEMENT_S = 4.0
"""Silence is judged once a second, on a busy machine later: a spell must outlast its deadline by this to be due."""


class Key(NamedTuple):
    """What at most one incident is open for. `point` None: the control room or the gateway itself."""

    gateway: str
    point: str | None
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One incident that the facts call for. `cause` is the message that raised it; None for silence."""

    key: Key
    at: datetime
    until: datetime | None
    cause: Number | None
    certain: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """What the register promises of a gateway."""

    heartbeat_s: float
    silence_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbance:
    """A part of the platform was disturbed at `at`; until `until` it could not judge silence with certainty."""

    at: datetime
    until: datetime
    deafens: bool = False
    """What gateways said was held back, on the way or before it: one that spoke may have been called silent."""


class _Turn(NamedTuple):
    """A condition that came (or went)."""

    key: Key
    raised: bool
    at: datetime
    cause: Number


def due_by_facts(messages: Iterable[Sent]) -> list[Due]:
    """What the stored messages call for, each lane in its order."""
    standing: dict[Key, Due] = {}
    done: list[Due] = []
    for turn in _turns(messages):
        key = turn.key
        if turn.raised:
            standing.setdefault(key, Due(key=key, at=turn.at, until=None, cause=turn.cause))
        elif key.kind in SELF_CLEARING and key in standing:
            begun = standing.pop(key)
            done.append(Due(key=key, at=begun.at, until=turn.at, cause=begun.cause))
    return done + list(standing.values())


def _turns(messages: Iterable[Sent]) -> Iterable[_Turn]:
    for sent in sorted(messages, key=_order):
        gateway = sent.number.gateway
        for fact in sent.facts:
            if isinstance(fact, StateChange):
                for raised, states in ((False, fact.clear), (True, fact.set)):
                    for state in states:
                        if needs_person(state.value):
                            yield _Turn(Key(gateway, fact.point, State(state).value), raised, fact.at, sent.number)
            elif isinstance(fact, OperatorAction) and fact.action is Act.MANUAL_ALARM:
                yield _Turn(Key(gateway, None, "manual_alarm"), raised=True, at=fact.at, cause=sent.number)


def _order(sent: Sent) -> tuple[datetime, Number]:
    """Within a lane the order of numbers, and that of a later boot after an earlier one; or the order of arrival."""
    return sent.ordered_at or sent.created_at, sent.number


def needs_person(kind: str) -> bool:
    """Whether a condition of this kind opens an incident."""
    return kind in STAY_OPEN or kind in SELF_CLEARING


def due_by_silence(
    quiet: Iterable[Quiet], deadlines: Mapping[str, Deadline], disturbances: Iterable[Disturbance] = ()
) -> list[Due]:
    """What silence calls for: certainly where it clearly outlasts the deadline, perhaps where it nearly does.

    A silence that the gateway did not choose (the broker was away), or during which a part of the platform was
    killed, proves nothing for certain.
    """
    known = list(disturbances)
    found: list[Due] = []
    for one in quiet:
        deadline = deadlines[one.gateway]
        lasted_s = (one.until - one.since).total_seconds() if one.until else None
        # The last thing heard may be a heartbeat's time older than the end of the connection.
        if lasted_s is not None and lasted_s + deadline.heartbeat_s + JUDGEMENT_S < deadline.silence_s:
            continue
        certain = (
            lasted_s is not None
            and lasted_s > deadline.silence_s + JUDGEMENT_S
            and not one.broken
            and not any(_disturbs(disturbance, one) for disturbance in known)
        )
        key = Key(one.gateway, None, OFFLINE)
        found.append(Due(key=key, at=one.since, until=one.until, cause=None, certain=certain))
    return found


def _disturbs(disturbance: Disturbance, quiet: Quiet) -> bool:
    return disturbance.until >= quiet.since and (quiet.until is None or disturbance.at <= quiet.until)


def slack(deadline: Deadline) -> timedelta:
    """By how much an offline incident may begin before or after the silence it is about."""
    return timedelta(seconds=deadline.heartbeat_s + deadline.silence_s + JUDGEMENT_S)
