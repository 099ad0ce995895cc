"""Does the database hold exactly what the gateways said, and did every incident open that had to, once?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from firewarden.ingest.facts import (
    QUANTITY_NAMES,
    UNIT_FACTORS,
    Fact,
    Heartbeat,
    Lane,
    OperatorAction,
    Reading,
    Reply,
)
from firewarden.proof.due import Deadline, Disturbance, Due, due_by_facts, due_by_silence
from firewarden.proof.frames import StoredFrame, tell, unanswered
from firewarden.proof.latency import Latency, latency_of
from firewarden.proof.matching import Incident, IncidentTally, match
from firewarden.proof.truth_file import Fate, Number, Said, Sent, Truth

EXAMPLES_MAX = 20


class ReadingKey(NamedTuple):
    """One stored reading, in the unit of the database."""

    gateway: str
    point: str
    quantity: int
    at: datetime
    value: float


class FactKey(NamedTuple):
    """One stored rise or fall, act or reply: `what` is the state, the act or the command."""

    number: Number
    point: str
    what: str
    raised: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSpan:
    """Numbers that the ledger has; both ends included."""

    gateway: str
    boot: str
    lane: Lane
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenGap:
    """Numbers that the platform announced as missing and still does; both ends included."""

    gateway: str
    boot: str
    lane: Lane
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """All that the database holds of a run."""

    spans: tuple[StoredSpan, ...]
    repeats: int
    readings: Counter[ReadingKey]
    facts: Counter[FactKey]
    incidents: tuple[Incident, ...]
    gaps: tuple[OpenGap, ...]
    deadlines: Mapping[str, Deadline]
    venues: int
    venues_ranked: int
    quarantined: int
    frames: tuple[StoredFrame, ...] = ()
    """Of devices that speak GB/T 26875.3."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Messages or facts: `sent` and must be stored."""

    sent: int
    stored: int
    lost: int
    duplicated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GapTally:
    """Numbers of messages, not rows."""

    real: int
    announced: int
    not_real: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameTally:
    """Frames of GB/T 26875.3. `unanswered`: given up, with nothing to excuse the platform's silence.

    `overwritten`: slots that devices lost before they were confirmed.
    """

    said: int
    confirmed: int
    unanswered: int
    overwritten: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """The result. `examples` names the first few things that are wrong."""

    messages: Tally
    facts: Tally
    incidents: IncidentTally
    gaps: GapTally
    latency: Latency
    venues: int
    venues_ranked: int
    quarantined: int
    repeats_absorbed: int
    lost_on_purpose: int
    unconfirmed: int | None
    frames: FrameTally
    examples: tuple[str, ...] = field(default=())

    @property
    def failures(self) -> tuple[str, ...]:
        """Every count that must be zero and is not; empty: the platform kept its promises."""
        counts = {
            "messages lost": self.messages.lost,
            "messages duplicated": self.messages.duplicated,
            "facts lost": self.facts.lost,
            "facts duplicated": self.facts.duplicated,
            "incidents missed": self.incidents.missed,
            "incidents doubled": self.incidents.doubled,
            "incidents unfounded": self.incidents.unfounded,
            "gaps not real": self.gaps.not_real,
            "frames unanswered": self.frames.unanswered,
            "venues not ranked": self.venues - self.venues_ranked,
        }
        found = [f"{name}: {count}" for name, count in counts.items() if count]
        return (*found, *(() if self.messages.sent else ("nothing was sent",)))


def score(
    truth: Truth,
    held: Held,
    *,
    seen_at: Mapping[int, datetime] | None = None,
    disturbances: Iterable[Disturbance] = (),
) -> Scorecard:
    """Compare. `seen_at`: when each incident (by id) came out of the event stream."""
    known = tuple(disturbances)
    frames = FrameTally(
        said=len(truth.frames),
        confirmed=sum(said.confirmed_at is not None for said in truth.frames),
        unanswered=unanswered(truth, known),
        overwritten=truth.overwritten,
    )
    told = tell(truth.frames, held.frames)
    truth = replace(truth, messages={**truth.messages, **told.messages})
    stored = _numbers(held.spans)
    expected = [sent for sent in truth.messages.values() if _is_expected(sent, stored)]
    messages, wrong_messages = _score_messages(expected, stored, held, told.strays)
    facts, wrong_facts = _score_facts(expected, held)
    due = due_by_facts(expected) + due_by_silence(truth.quiet, held.deadlines, known)
    matching = match(due, held.incidents, held.deadlines)
    matching.excuse(known)
    return Scorecard(
        messages=messages,
        facts=facts,
        incidents=matching.tally(),
        gaps=_score_gaps(truth, stored, held.gaps),
        latency=latency_of(_samples(matching.pairs, truth, seen_at or {}), _confirms(truth.frames)),
        venues=held.venues,
        venues_ranked=held.venues_ranked,
        quarantined=held.quarantined,
        repeats_absorbed=held.repeats,
        lost_on_purpose=sum(sent.fate is Fate.LOST for sent in truth.messages.values()),
        unconfirmed=truth.unconfirmed,
        frames=frames,
        examples=tuple([*wrong_messages, *wrong_facts, *matching.examples()][:EXAMPLES_MAX]),
    )


def _numbers(spans: Iterable[StoredSpan | OpenGap]) -> set[Number]:
    return {
        Number(span.gateway, span.boot, span.lane, seq) for span in spans for seq in range(span.first, span.last + 1)
    }


def _is_expected(sent: Sent, stored: set[Number]) -> bool:
    """Whether a message must be in the database; a forgotten one that is there must be there wholly."""
    return sent.fate is Fate.KEPT or (sent.fate is Fate.FORGOTTEN and sent.number in stored)


# Messages and facts.


def _score_messages(
    expected: list[Sent], stored: set[Number], held: Held, strays: Sequence[Number]
) -> tuple[Tally, list[str]]:
    numbers = {sent.number for sent in expected}
    lost = sorted(numbers - stored)
    allowed = Counter(key for sent in expected for key in _fact_keys(sent))
    twice = {key.number for key in (held.facts - allowed) if key in allowed}.union(strays)
    tally = Tally(sent=len(numbers), stored=len(numbers & stored), lost=len(lost), duplicated=len(twice))
    return tally, [
        *(f"message lost: {number}" for number in lost),
        *(f"frame stored and not said, or once too often: {number}" for number in strays),
    ]


def _score_facts(expected: list[Sent], held: Held) -> tuple[Tally, list[str]]:
    readings = Counter(key for sent in expected for key in _reading_keys(sent))
    facts = Counter(key for sent in expected for key in _fact_keys(sent))
    lost = [*(readings - held.readings).elements(), *(facts - held.facts).elements()]
    extra = [*(held.readings - readings).elements(), *(held.facts - facts).elements()]
    tally = Tally(
        sent=readings.total() + facts.total(),
        stored=held.readings.total() + held.facts.total(),
        lost=len(lost),
        duplicated=len(extra),
    )
    return tally, [*(f"fact lost: {key}" for key in lost), *(f"fact duplicated: {key}" for key in extra)]


def _reading_keys(sent: Sent) -> list[ReadingKey]:
    found: list[ReadingKey] = []
    for fact in sent.facts:
        if isinstance(fact, Reading):
            quantity = QUANTITY_NAMES[fact.quantity]
            value = stored_value(fact.value * UNIT_FACTORS[quantity, fact.unit])
            found.append(ReadingKey(sent.number.gateway, fact.point, quantity, fact.at, value))
    return found


def stored_value(value: float) -> float:
    """Nine digits: enough to tell two measurements apart, too few for the last bit of a conversion."""
    return float(f"{value:.9g}")


def _fact_keys(sent: Sent) -> list[FactKey]:
    return [key for fact in sent.facts for key in _keys_of(sent.number, fact)]


def _keys_of(number: Number, fact: Fact) -> list[FactKey]:
    match fact:
        case Reading() | Heartbeat():
            return []
        case OperatorAction():
            return [FactKey(number, "", fact.action.value, raised=True)]
        case Reply():
            return [FactKey(number, "", fact.command, raised=True)]
        case _:
            rises = [FactKey(number, fact.point, state.value, raised=True) for state in fact.set]
            return rises + [FactKey(number, fact.point, state.value, raised=False) for state in fact.clear]


def _samples(
    pairs: Iterable[tuple[Due, Incident]], truth: Truth, seen_at: Mapping[int, datetime]
) -> list[tuple[datetime, datetime, datetime | None]]:
    """Published, committed, visible: of every incident that a message raised."""
    found: list[tuple[datetime, datetime, datetime | None]] = []
    for due, incident in pairs:
        published_at = truth.messages[due.cause].published_at if due.cause is not None else None
        if published_at is not None:
            found.append((published_at, incident.committed_at, seen_at.get(incident.incident_id)))
    return found


def _confirms(frames: Iterable[Said]) -> list[tuple[datetime, datetime]]:
    return [(said.at, said.confirmed_at) for said in frames if said.confirmed_at is not None]


# Gaps.


def _score_gaps(truth: Truth, stored: set[Number], gaps: Iterable[OpenGap]) -> GapTally:
    announced = _numbers(gaps)
    highest: dict[tuple[str, str, Lane], int] = {}
    for gateway, boot, lane, seq in stored:
        highest[gateway, boot, lane] = max(seq, highest.get((gateway, boot, lane), 0))
    missing = {
        sent.number for sent in truth.messages.values() if sent.fate is not Fate.KEPT and sent.number not in stored
    }
    real = {number for number in missing if number.seq < highest.get(number[:3], 0)}
    return GapTally(real=len(real), announced=len(announced & missing), not_real=len(announced - missing))
