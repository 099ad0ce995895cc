"""What is written into a truth file, line by line, and what follows from its lines?

The file is JSON lines, each with its kind in `t` (docs/simulator.md describes them). A message stands in it
before it is published, so it is the truth that a scorecard compares with, and at the same time the gateways' flash
memory: whoever reads it knows what was not confirmed yet.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from firewarden.gateway_sim.behaviour import ActiveState
from firewarden.gateway_sim.gb_content import Word
from firewarden.ingest.facts import LEDGER_LANES, Fact, Lane, State, StateChange

FORMAT = 1


class TruthError(Exception):
    """The truth file cannot be read; the message says where."""


class Run(msgspec.Struct, frozen=True, kw_only=True, tag_field="t", tag="run"):
    """A simulator process began. `ends_at` is when it stops to invent, None where it never does."""

    format: int
    at: datetime
    seed: int
    venues: int
    speed: float
    pace: float
    ends_at: datetime | None


class Published(msgspec.Struct, frozen=True, kw_only=True, tag_field="t", tag="published"):
    """A message that had waited is about to be published for the first time."""

    gateway: str
    boot: str
    lane: Lane
    seq: int
    at: datetime


class Lost(msgspec.Struct, frozen=True, kw_only=True, tag_field="t", tag="lost"):
    """A message that was never published is gone, on purpose: its number is a real gap."""

    gateway: str
    boot: str
    lane: Lane
    seq: int
    at: datetime
    why: str


class Forgotten(msgspec.Struct, frozen=True, kw_only=True, tag_field="t", tag="forgotten"):
    """A gateway lost this with its memory, or for want of room: it published it, perhaps in vain, and cannot again."""

    gateway: str
    boot: str
    lane: Lane
    seq: int
    at: datetime


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="t", tag="message"):
    """A message exists. `published_at` is the moment before its first publish, None where it had to wait."""

    gateway: str
    boot: str
    lane: Lane
    seq: int
    created_at: datetime
    published_at: datetime | None
    facts: tuple[Fact, ...]

    def published(self, at: datetime) -> Published:
        """That it is about to be published for the first time."""
        return Published(gateway=self.gateway, boot=self.boot, lane=self.lane, seq=self.seq, at=at)

    def lost(self, at: datetime, why: str) -> Lost:
        """That it never will be."""
        return Lost(gateway=self.gateway, boot=self.boot, lane=self.lane, seq=self.seq, at=at, why=why)

    def gone(self, at: datetime, why: str) -> Lost | Forgotten:
        """What a restart without flash memory, or a full one, does to it while it is unconfirmed."""
        if self.published_at is None:
            return self.lost(at, why)
        return Forgotten(gateway=self.gateway, boot=self.boot, lane=self.lane, seq=self.seq, at=at)


class Confirmed(msgspec.Struct, frozen=True, kw_only=True, tag_field="t", tag="stored", omit_defaults=True):
    """A stored watermark arrived."""

    gateway: str
    boot: str
    at: datetime
    alarm: int | None = None
    state: int | None = None
    reading: int | None = None
    reply: int | None = None

    def through(self, lane: Lane) -> int | None:
        """Up to which number all messages of `lane` are stored; None: no news."""
        match lane:
            case Lane.ALARM:
                return self.alarm
            case Lane.STATE:
                return self.state
            case Lane.READING:
                return self.reading
            case Lane.REPLY:
                return self.reply
            case Lane.STATUS:
                return None


class Link(msgspec.Struct, frozen=True, kw_only=True, tag_field="t", tag="link"):
    """A gateway's connection came up or went down; `why` is spell, restart, broken or end."""

    gateway: str
    at: datetime
    up: bool
    why: str = ""


class Boot(msgspec.Struct, frozen=True, kw_only=True, tag_field="t", tag="boot"):
    """A gateway started anew; `flash`: whether it still has what was not confirmed."""

    gateway: str
    boot: str
    at: datetime
    flash: bool


class Active(msgspec.Struct, frozen=True, kw_only=True, tag_field="t", tag="active"):
    """A state that a point is in, written when the file begins anew."""

    gateway: str
    point: str
    state: State


class Change(msgspec.Struct, frozen=True, kw_only=True, tag_field="t", tag="change"):
    """A state came or went behind a GB/T 26875.3 device, whether or not it is ever said: what its panel remembers."""

    gateway: str
    at: datetime
    facts: tuple[StateChange, ...]


class Frame(msgspec.Struct, frozen=True, kw_only=True, tag_field="t", tag="frame"):
    """A device is about to send a frame for the first time. A frame sent again is the same frame.

    `line` names the connection, `frame` is all of it in hex. `words` are the whole states that it tells, `facts` the
    rest. Not `awaited`: an answer to the centre or a heartbeat that tells a state, for whose confirm nobody waits.
    """

    gateway: str
    line: str
    serial: int
    at: datetime
    frame: str
    words: tuple[Word, ...] = ()
    facts: tuple[Fact, ...] = ()
    awaited: bool = True


class FrameConfirmed(msgspec.Struct, frozen=True, kw_only=True, tag_field="t", tag="frame_confirmed"):
    """The centre confirmed a frame."""

    gateway: str
    line: str
    serial: int
    at: datetime


class FrameGivenUp(msgspec.Struct, frozen=True, kw_only=True, tag_field="t", tag="frame_given_up"):
    """A frame was never confirmed; `why` is unanswered (sent as often as allowed) or link (its connection is gone).

    What it said stays in the ring, and goes again as another frame.
    """

    gateway: str
    line: str
    serial: int
    at: datetime
    why: str


class Overwritten(msgspec.Struct, frozen=True, kw_only=True, tag_field="t", tag="overwritten"):
    """A slot of the ring was lost, for want of room or with the power. `sent`: frames of it stand above."""

    gateway: str
    at: datetime
    why: str
    sent: bool


class End(msgspec.Struct, frozen=True, kw_only=True, tag_field="t", tag="end"):
    """The run is over, and this many messages were still unconfirmed."""

    at: datetime
    unconfirmed: int


Record = (
    Run
    | Message
    | Published
    | Lost
    | Forgotten
    | Confirmed
    | Link
    | Boot
    | Active
    | Change
    | Frame
    | FrameConfirmed
    | FrameGivenUp
    | Overwritten
    | End
)

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Record)


def encode(record: Record) -> bytes:
    """One line, with its end."""
    return _ENCODER.encode(record) + b"\n"


def decode_lines(lines: Iterable[bytes]) -> Iterator[Record]:
    """The records of a file. A last line without its end was never acted upon, and is left out.

    Raises TruthError for any other line that cannot be read.
    """
    for number, line in enumerate(lines, start=1):
        if not line.endswith(b"\n"):
            return
        try:
            yield _DECODER.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise TruthError(f"line {number} of the truth file cannot be read: {error}") from error


StreamKey = tuple[str, str, Lane]


@dataclass(slots=True)
class Memory:
    """What the gateways still know after the simulator died: unconfirmed messages and standing states."""

    runs: int = 0
    ends_at: datetime | None = None
    end: End | None = None
    unconfirmed: dict[StreamKey, dict[int, Message]] = field(default_factory=dict[StreamKey, dict[int, Message]])
    active: dict[str, set[ActiveState]] = field(default_factory=dict[str, set[ActiveState]])

    def messages_of(self, gateway: str) -> list[Message]:
        """The unconfirmed messages of one gateway, oldest boot first, in order within each lane."""
        kept = [stream for key, stream in self.unconfirmed.items() if key[0] == gateway]
        return [message for stream in kept for message in stream.values()]

    def active_of(self, gateway: str) -> tuple[ActiveState, ...]:
        """The states that points of one gateway are in."""
        return tuple(sorted(self.active.get(gateway, ()), key=lambda one: (one.point, one.state)))


def remember(records: Iterable[Record]) -> Memory:
    """What follows from a truth file."""
    memory = Memory()
    for record in records:
        _learn(memory, record)
    return memory


def _learn(memory: Memory, record: Record) -> None:
    match record:
        case Run():
            memory.runs += 1
            memory.end = None
            memory.ends_at = record.ends_at
        case Message() | Published() | Lost() | Forgotten():
            _learn_message(memory, record)
        case Confirmed():
            _learn_confirmed(memory, record)
        case Active():
            states = memory.active.setdefault(record.gateway, set())
            states.add(ActiveState(point=record.point, state=record.state))
        case Change():
            _learn_states(memory, record)
        case End():
            memory.end = record
        case Link() | Boot() | Frame() | FrameConfirmed() | FrameGivenUp() | Overwritten():
            pass  # a ring has no power of its own: what a device had not told is gone with its process


def _learn_message(memory: Memory, record: Message | Published | Lost | Forgotten) -> None:
    stream = memory.unconfirmed.setdefault((record.gateway, record.boot, record.lane), {})
    match record:
        case Message():
            stream[record.seq] = record
            _learn_states(memory, record)
        case Published():
            if record.seq in stream:
                stream[record.seq] = msgspec.structs.replace(stream[record.seq], published_at=record.at)
        case Lost() | Forgotten():
            stream.pop(record.seq, None)


def _learn_states(memory: Memory, message: Message | Change) -> None:
    states = memory.active.setdefault(message.gateway, set())
    for fact in message.facts:
        if isinstance(fact, StateChange):
            states |= {ActiveState(point=fact.point, state=state) for state in fact.set}
            states -= {ActiveState(point=fact.point, state=state) for state in fact.clear}


def _learn_confirmed(memory: Memory, record: Confirmed) -> None:
    for lane in LEDGER_LANES:
        through = record.through(lane)
        if through is not None:
            stream = memory.unconfirmed.get((record.gateway, record.boot, lane), {})
            for seq in [seq for seq in stream if seq <= through]:
                del stream[seq]
