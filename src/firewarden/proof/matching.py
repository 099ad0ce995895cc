"""Which incident answers which call, which call has none, and which incident has no call?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from firewarden.proof.due import OFFLINE, STAY_OPEN, Deadline, Disturbance, Due, Key, slack


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One incident as the desk opened it."""

    incident_id: int
    key: Key
    occurred_at: datetime
    committed_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentTally:
    """`due` for certain, `possible` more by silence near its deadline.

    `unfounded`: opened for a reason that the truth does not know.
    """

    due: int
    possible: int
    opened: int
    missed: int
    doubled: int
    unfounded: int


@dataclass(slots=True)
class Matching:
    """Which incident answers which call."""

    pairs: list[tuple[Due, Incident]] = field(default_factory=list[tuple[Due, Incident]])
    missed: list[Due] = field(default_factory=list[Due])
    doubled: list[Incident] = field(default_factory=list[Incident])
    unfounded: list[Incident] = field(default_factory=list[Incident])
    excused: int = 0
    """Silences that were noticed while what gateways said was held back: nobody can say whether they were real."""
    idle: int = 0
    """Uncertain calls that nobody answered, as nobody had to; without the silence after the end of the run."""

    def leave(self, calls: list[Due]) -> None:
        """Nothing answers these calls."""
        missed = [one for one in calls if one.certain]
        self.missed += missed
        self.idle += sum(one.until is not None and not one.certain for one in calls)

    def excuse(self, disturbances: Iterable[Disturbance]) -> None:
        """Take away what is no mistake: a gateway was called silent while it could not be heard. Only ever silence."""
        deaf = [one for one in disturbances if one.deafens]

        def may_be(incident: Incident) -> bool:
            return incident.key.kind == OFFLINE and any(d.at <= incident.committed_at <= d.until for d in deaf)

        for wrong in (self.doubled, self.unfounded):
            self.excused += sum(map(may_be, wrong))
            wrong[:] = [one for one in wrong if not may_be(one)]

    def tally(self) -> IncidentTally:
        """The counts."""
        certain = sum(due.certain for due, _ in self.pairs)
        return IncidentTally(
            due=certain + len(self.missed),
            possible=len(self.pairs) - certain + self.idle + self.excused,
            opened=len(self.pairs) + self.excused + len(self.doubled) + len(self.unfounded),
            missed=len(self.missed),
            doubled=len(self.doubled),
            unfounded=len(self.unfounded),
        )

    def examples(self) -> list[str]:
        """What is wrong, in words."""
        return [
            *(f"incident missed: {due.key} of {due.at}, raised by {due.cause}" for due in self.missed),
            *(f"incident doubled: {one.incident_id} {one.key} of {one.occurred_at}" for one in self.doubled),
            *(f"incident unfounded: {one.incident_id} {one.key} of {one.occurred_at}" for one in self.unfounded),
        ]


def match(due: Iterable[Due], incidents: Iterable[Incident], deadlines: Mapping[str, Deadline]) -> Matching:
    """Pair each call with the one incident that answers it."""
    calls: dict[Key, list[Due]] = {}
    for one in sorted(due, key=lambda one: one.at):
        calls.setdefault(one.key, []).append(one)
    matching = Matching()
    ordered = sorted(incidents, key=lambda one: (_sortable(one.key), one.occurred_at, one.incident_id))
    for key, opened in groupby(ordered, key=lambda one: one.key):
        _match_key(matching, calls.pop(key, []), list(opened), deadlines)
    for rest in calls.values():
        matching.leave(rest)
    return matching


def _sortable(key: Key) -> tuple[str, str, str]:
    return key.gateway, key.point or "", key.kind


def _match_key(matching: Matching, calls: list[Due], opened: list[Incident], deadlines: Mapping[str, Deadline]) -> None:
    waiting = list(calls)
    for incident in opened:
        answer = next((one for one in waiting if _answers(one, incident, deadlines)), None)
        if answer is not None:
            waiting.remove(answer)
            matching.pairs.append((answer, incident))
        elif calls:
            matching.doubled.append(incident)
        else:
            matching.unfounded.append(incident)
    matching.leave(waiting)


def _answers(due: Due, incident: Incident, deadlines: Mapping[str, Deadline]) -> bool:
    """Whether the incident is about this call: the very raise, or for silence a stretch that overlaps."""
    if due.key.kind in STAY_OPEN:
        return True
    if due.key.kind != OFFLINE:
        return incident.occurred_at == due.at
    margin = slack(deadlines[due.key.gateway])
    begins_before_end = due.until is None or incident.occurred_at <= due.until + timedelta(seconds=1)
    return begins_before_end and (incident.ended_at is None or incident.ended_at >= due.at - margin)
