"""Which stored frame is which that a device said, and what did it then tell?

The platform numbers the frames of GB/T 26875.3 itself, so a frame is found again by its bytes: serial, command and
unit, which a frame that is sent again keeps. What it clears follows from what was told before it, and so from what is
stored: a frame that its device lost was never said.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from firewarden.ingest.facts import Fact, Lane, State, StateChange
from firewarden.proof.due import Disturbance
from firewarden.proof.truth_file import Fate, Number, Said, Sent, Truth

BOOT = "gb26875"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFrame:
    """One frame that the database holds, as it came."""

    number: Number
    received_at: datetime
    whole: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the devices told, as messages under the platform's numbers.

    `strays` are stored and were not said, or not so often.
    """

    messages: Mapping[Number, Sent]
    strays: tuple[Number, ...]


Key = tuple[str, bytes]
_Pair = tuple[Said, StoredFrame]


def tell(frames: Iterable[Said], stored: Iterable[StoredFrame]) -> Told:
    """Find each said frame among the stored ones. One that was confirmed and is not there gets a number below zero."""
    by_key: dict[Key, list[StoredFrame]] = {}
    for one in sorted(stored, key=lambda one: one.received_at):
        by_key.setdefault(_key(one.number.gateway, one.whole), []).append(one)
    pairs: list[_Pair] = []
    missing: list[Said] = []
    # What was confirmed claims its frame before what was given up: of two that are alike, one may pass for a resend.
    for said in sorted(frames, key=lambda said: said.fate is not Fate.KEPT):
        alike = by_key.get(_key(said.gateway, said.whole), [])
        if alike:
            pairs.append((said, alike.pop(0)))
        elif said.fate is Fate.KEPT:
            missing.append(said)
    messages = _replay(pairs)
    for index, said in enumerate(missing, start=1):
        number = Number(said.gateway, BOOT, Lane.STATE, -index)
        messages[number] = _sent(said, number, _rises(said))
    return Told(messages=messages, strays=tuple(one.number for rest in by_key.values() for one in rest))


def _key(gateway: str, whole: bytes) -> Key:
    """Without the time of sending: serial, and from the command to the end of the unit."""
    return gateway, whole[2:4] + whole[26:-3]


def _replay(pairs: Iterable[_Pair]) -> dict[Number, Sent]:
    """In the platform's order, each word clearing what the one before it set."""
    known: dict[tuple[str, str], frozenset[State]] = {}
    found: dict[Number, Sent] = {}
    for said, stored in sorted(pairs, key=lambda pair: (pair[1].received_at, pair[1].number)):
        facts: list[Fact] = []
        for word in said.words:
            before = known.get((said.gateway, word.point), frozenset())
            known[said.gateway, word.point] = frozenset(word.states)
            gone = tuple(sorted(before - set(word.states)))
            if word.states or gone:
                facts.append(StateChange(point=word.point, at=word.at, set=word.states, clear=gone))
        found[stored.number] = _sent(said, stored.number, (*facts, *said.facts), stored.received_at)
    return found


def _rises(said: Said) -> tuple[Fact, ...]:
    words = (StateChange(point=word.point, at=word.at, set=word.states) for word in said.words if word.states)
    return (*words, *said.facts)


def _sent(said: Said, number: Number, facts: tuple[Fact, ...], ordered_at: datetime | None = None) -> Sent:
    return Sent(
        number=number,
        created_at=said.at,
        published_at=said.at,
        facts=facts,
        fate=said.fate,
        confirmed_at=said.confirmed_at,
        ordered_at=ordered_at,
    )


def unanswered(truth: Truth, disturbances: Iterable[Disturbance]) -> int:
    """Frames that devices gave up although nothing disturbed the platform: it was asked and said nothing."""
    known = list(disturbances)
    return sum(
        said.unanswered_at is not None
        and not any(one.at <= said.unanswered_at and said.at <= one.until for one in known)
        for said in truth.frames
    )
