"""What did a run's gateways really say and do? Reads the simulator's truth file, by its published format only.

The simulator's own code is not used: a scorecard that shared it would share its mistakes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import msgspec

from firewarden.deploy.errors import DeployError
from firewarden.ingest.facts import Fact, Lane, State


class Number(NamedTuple):
    """What names one message for ever."""

    gateway: str
    boot: str
    lane: Lane
    seq: int


class Fate(StrEnum):
    """What may be expected of a message."""

    KEPT = "kept"  # its gateway kept it until it was confirmed: it must be stored
    FORGOTTEN = "forgotten"  # published once, then forgotten by its gateway: it may be stored
    LOST = "lost"  # never published: it cannot be stored


@dataclass(slots=True, kw_only=True)
class Sent:
    """One message as its gateway made it."""

    number: Number
    created_at: datetime
    published_at: datetime | None
    facts: tuple[Fact, ...]
    fate: Fate = Fate.KEPT
    confirmed_at: datetime | None = None
    """When the gateway first heard that it is stored."""
    ordered_at: datetime | None = None
    """Where it stands among those of its gateway, if that is not by its creation."""


class Word(msgspec.Struct, frozen=True):
    """All states that a component, a system or a device is in."""

    point: str
    at: datetime
    states: tuple[State, ...]


@dataclass(slots=True, kw_only=True)
class Said:
    """One frame of GB/T 26875.3 as its device said it. `whole`: its bytes.

    Its fate: one that was confirmed must be stored; any other may be, for it was sent.
    """

    gateway: str
    at: datetime
    whole: bytes
    words: tuple[Word, ...]
    facts: tuple[Fact, ...]
    awaited: bool = True
    """Whether its device waited for a confirm."""
    fate: Fate = Fate.FORGOTTEN
    confirmed_at: datetime | None = None
    unanswered_at: datetime | None = None
    """When its device gave it up, having sent it as often as allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quiet:
    """A stretch without a connection. `until` None: to the end. `broken`: the gateway wanted to speak and could not."""

    gateway: str
    since: datetime
    until: datetime | None
    broken: bool


@dataclass(slots=True)
class Truth:
    """All that happened."""

    messages: dict[Number, Sent] = field(default_factory=dict[Number, Sent])
    quiet: list[Quiet] = field(default_factory=list[Quiet])
    frames: list[Said] = field(default_factory=list[Said])
    """In the order in which they were said first."""
    overwritten: int = 0
    """Slots that devices lost before they were confirmed."""
    under_way: list[Said] = field(default_factory=list[Said])
    """Those for whose confirm a device still waits where the file ends."""
    seed: int | None = None
    ended_at: datetime | None = None
    unconfirmed: int | None = None


class _Numbered(msgspec.Struct, frozen=True):
    gateway: str
    boot: str
    lane: Lane
    seq: int

    @property
    def number(self) -> Number:
        return Number(self.gateway, self.boot, self.lane, self.seq)


class _Run(msgspec.Struct, frozen=True, tag_field="t", tag="run"):
    at: datetime
    seed: int


class _Message(_Numbered, frozen=True, tag_field="t", tag="message"):
    created_at: datetime
    published_at: datetime | None
    facts: tuple[Fact, ...]


class _Published(_Numbered, frozen=True, tag_field="t", tag="published"):
    at: datetime


class _Lost(_Numbered, frozen=True, tag_field="t", tag="lost"):
    at: datetime


class _Forgotten(_Numbered, frozen=True, tag_field="t", tag="forgotten"):
    at: datetime


class _Link(msgspec.Struct, frozen=True, tag_field="t", tag="link"):
    gateway: str
    at: datetime
    up: bool
    why: str = ""


class _Stored(msgspec.Struct, frozen=True, tag_field="t", tag="stored"):
    gateway: str
    boot: str
    at: datetime
    alarm: int | None = None
    state: int | None = None
    reading: int | None = None
    reply: int | None = None


class _Boot(msgspec.Struct, frozen=True, tag_field="t", tag="boot"):
    at: datetime


class _OfFrame(msgspec.Struct, frozen=True):
    gateway: str
    line: str
    serial: int
    at: datetime

    @property
    def key(self) -> tuple[str, str, int]:
        return self.gateway, self.line, self.serial


class _Frame(_OfFrame, frozen=True, tag_field="t", tag="frame"):
    frame: str
    words: tuple[Word, ...] = ()
    facts: tuple[Fact, ...] = ()
    awaited: bool = True


class _FrameConfirmed(_OfFrame, frozen=True, tag_field="t", tag="frame_confirmed"):
    pass


class _FrameGivenUp(_OfFrame, frozen=True, tag_field="t", tag="frame_given_up"):
    why: str


class _Overwritten(msgspec.Struct, frozen=True, tag_field="t", tag="overwritten"):
    at: datetime


class _Change(msgspec.Struct, frozen=True, tag_field="t", tag="change"):
    at: datetime


class _Active(msgspec.Struct, frozen=True, tag_field="t", tag="active"):
    gateway: str


class _End(msgspec.Struct, frozen=True, tag_field="t", tag="end"):
    at: datetime
    unconfirmed: int


_FrameRecord = _Frame | _FrameConfirmed | _FrameGivenUp
_Record = (
    _Run
    | _Message
    | _Published
    | _Lost
    | _Forgotten
    | _Link
    | _Stored
    | _Boot
    | _Active
    | _FrameRecord
    | _Overwritten
    | _Change
    | _End
)
_LINE = msgspec.json.Decoder(_Record)


@dataclass(slots=True)
class _Reader:
    truth: Truth = field(default_factory=Truth)
    down: dict[str, _Link] = field(default_factory=dict[str, _Link])
    up: set[str] = field(default_factory=set[str])
    last_at: datetime | None = None
    confirmed: dict[tuple[str, str, Lane], int] = field(default_factory=dict[tuple[str, str, Lane], int])
    waiting: dict[tuple[str, str, int], Said] = field(default_factory=dict[tuple[str, str, int], Said])

    def take(self, record: _Record) -> None:
        match record:
            case _Message() | _Published() | _Lost() | _Forgotten():
                self._fate(record)
            case _Link():
                self._link(record)
            case _Run():
                self._run(record)
            case _End():
                self.truth.ended_at, self.truth.unconfirmed = record.at, record.unconfirmed
            case _Stored():
                self._stored(record)
            case _Frame() | _FrameConfirmed() | _FrameGivenUp() | _Overwritten():
                self._frame(record)
            case _Boot() | _Active() | _Change():
                pass
        self.last_at = _time_of(record) or self.last_at

    def _message(self, record: _Message) -> None:
        self.truth.messages[record.number] = Sent(
            number=record.number,
            created_at=record.created_at,
            published_at=record.published_at,
            facts=record.facts,
        )

    def _fate(self, record: _Message | _Published | _Lost | _Forgotten) -> None:
        if isinstance(record, _Message):
            self._message(record)
            return
        sent = self.truth.messages[record.number]
        match record:
            case _Published():
                sent.published_at = sent.published_at or record.at
            case _Lost():
                sent.fate = Fate.LOST
            case _Forgotten():
                sent.fate = Fate.FORGOTTEN

    def _frame(self, record: _FrameRecord | _Overwritten) -> None:
        match record:
            case _Frame():
                said = Said(
                    gateway=record.gateway,
                    at=record.at,
                    whole=bytes.fromhex(record.frame),
                    words=record.words,
                    facts=record.facts,
                    awaited=record.awaited,
                )
                self.truth.frames.append(said)
                if record.awaited:
                    self.waiting[record.key] = said
            case _FrameConfirmed():
                said = self.waiting.pop(record.key)
                said.fate, said.confirmed_at = Fate.KEPT, record.at
            case _FrameGivenUp():
                said = self.waiting.pop(record.key)
                said.unanswered_at = record.at if record.why == "unanswered" else None
            case _Overwritten():
                self.truth.overwritten += 1

    def _stored(self, record: _Stored) -> None:
        lanes = {
            Lane.ALARM: record.alarm,
            Lane.STATE: record.state,
            Lane.READING: record.reading,
            Lane.REPLY: record.reply,
        }
        for lane, through in lanes.items():
            stream = (record.gateway, record.boot, lane)
            before = self.confirmed.get(stream, 0)
            for seq in range(before + 1, (through or 0) + 1):
                sent = self.truth.messages.get(Number(*stream, seq))
                if sent is not None:
                    sent.confirmed_at = record.at
            self.confirmed[stream] = max(before, through or 0)

    def _run(self, record: _Run) -> None:
        """A simulator that was killed took the connections of all its gateways with it."""
        self.truth.seed = record.seed
        for gateway in self.up:
            self.down[gateway] = _Link(gateway=gateway, at=self.last_at or record.at, up=False, why="killed")
        self.up.clear()
        self.waiting.clear()

    def _link(self, record: _Link) -> None:
        if not record.up:
            self.up.discard(record.gateway)
            self.down[record.gateway] = record
            return
        self.up.add(record.gateway)
        down = self.down.pop(record.gateway, None)
        if down is not None:
            self.truth.quiet.append(_quiet(down, record.at))

    def finish(self) -> Truth:
        """The simulator's own end silences whoever still spoke."""
        self.truth.under_way = list(self.waiting.values())
        for down in self.down.values():
            self.truth.quiet.append(_quiet(down, None))
        if self.truth.ended_at is not None:
            silenced = self.up - self.down.keys()
            at = self.truth.ended_at
            self.truth.quiet += [Quiet(gateway=g, since=at, until=None, broken=True) for g in silenced]
        return self.truth


def _quiet(down: _Link, until: datetime | None) -> Quiet:
    """A line that was cut by the end of the run is nobody's planned silence."""
    return Quiet(gateway=down.gateway, since=down.at, until=until, broken=down.why in {"broken", "end"})


def _time_of(record: _Record) -> datetime | None:
    match record:
        case _Message():
            return record.created_at
        case _Active():
            return None
        case _:
            return record.at


def parse_truth(lines: Iterable[bytes]) -> Truth:
    """The truth of a journal's lines; a torn last line was never acted upon. Raises DeployError."""
    reader = _Reader()
    for number, line in enumerate(lines, start=1):
        if not line.endswith(b"\n"):
            break
        try:
            reader.take(_LINE.decode(line))
        except (msgspec.DecodeError, KeyError, ValueError) as error:
            raise DeployError(
                f"Line {number} of the truth file makes no sense: {error!r}.",
                "It was written by another version, or edited; run the demo again.",
            ) from error
    return reader.finish()


def read_truth(path: Path) -> Truth:
    """The truth of a file. Raises DeployError."""
    with path.open("rb") as lines:
        return parse_truth(lines)
