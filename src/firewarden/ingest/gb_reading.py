"""What does a frame of a known device say, and what is to be done with it? Before the database is asked anything."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from msgspec.structs import replace

from firewarden.ingest import clock
from firewarden.ingest.facts import Envelope, Fact, Lane, Reason, Rejection, Reply, State, StateChange
from firewarden.ingest.gb_answers import REPLIES, Command
from firewarden.ingest.gb_received import BOOT, GbReceived, RawFrame, message_of
from firewarden.ingest.gb_talk import Talk
from firewarden.ingest.wire.gb26875.facts import Told, tell, with_memory
from firewarden.ingest.wire.gb26875.frames import Frame
from firewarden.ingest.wire.gb26875.units import decode_unit, is_known

STATES_REMEMBERED_MAX = 200_000
"""Points with a state set; a city in which more are is forgotten, which costs only speed."""


@dataclass(slots=True)
class Memory:
    """Which states are set, by gateway and point, so that the end of a fire travels as fast as its beginning.

    What is stored is decided by the database's memory and not by this one.
    """

    _states: dict[str, dict[str, Collection[State]]] = field(default_factory=dict[str, dict[str, Collection[State]]])
    _points: int = 0

    def remember(self, gateway: str, point: str, states: Collection[State]) -> None:
        """All states of a point."""
        points = self._states.setdefault(gateway, {})
        self._points -= point in points
        points.pop(point, None)
        if states:
            points[point] = states
            self._points += 1
        elif not points:
            del self._states[gateway]
        if self._points > STATES_REMEMBERED_MAX:
            self._states.clear()
            self._points = 0

    def of(self, gateway: str) -> Mapping[str, Collection[State]]:
        """What is set, by point."""
        return self._states.get(gateway, {})

    def learn(self, gateway: str, facts: Iterable[Fact]) -> None:
        """These facts came; each change names all that is set."""
        for fact in facts:
            if isinstance(fact, StateChange):
                self.remember(gateway, fact.point, fact.set)


def read_frame(frame: Frame, talk: Talk, memory: Memory, *, digest: int, received_at: datetime) -> GbReceived | None:
    """A frame as a message; None where it is to be denied: its command means nothing, or it is too long for its kind.

    Answers are read like anything else; whether they answer anything the caller has asked `talk` before.
    """
    profile, gateway = talk.device.profile, talk.device.gateway
    if not is_known(frame.command, profile) or len(frame.unit) > profile.unit_max:
        return None
    unit = decode_unit(frame.command, frame.unit, profile)
    told = with_memory(tell(frame, unit, profile, received_at), memory.of(gateway))
    talk.heartbeats |= told.lane is Lane.STATUS
    facts = told.facts
    if frame.command in REPLIES:
        facts = (*facts, _reply(frame, talk, told, received_at))
    memory.learn(gateway, facts)
    sent_at = told.sent_at or received_at
    raw = raw_frame(frame, talk, digest=digest, type_=unit.type, undecoded=told.undecoded)
    envelope = Envelope(gateway=gateway, lane=told.lane, boot=BOOT, seq=0, sent_at=sent_at, facts=facts)
    return GbReceived(
        message=message_of(raw),
        received_at=received_at,
        size=len(frame.raw),
        envelope=envelope,
        rejections=(),
        frame=raw,
        skew_s=_skew_s(told, talk, frame.command, received_at),
    )


def of_unknown(frame: Frame, *, transport: str, peer: str, digest: int, received_at: datetime) -> GbReceived:
    """A frame of somebody who is not in the register."""
    raw = RawFrame(
        transport=transport,
        peer=peer,
        source=frame.source,
        serial=frame.serial,
        command=frame.command,
        type=None,
        digest=digest,
        undecoded=None,
        data=frame.raw,
    )
    detail = (
        f"source address {frame.source} at {peer} is not in the register: adopt it on the console, or bind it to a"
        f" gateway: firewarden gateway add --source-address {frame.source}"
    )
    rejection = Rejection(reason=Reason.UNKNOWN_GATEWAY, detail=detail)
    return GbReceived(
        message=message_of(raw),
        received_at=received_at,
        size=len(frame.raw),
        envelope=None,
        rejections=(rejection,),
        frame=raw,
        skew_s=None,
    )


def without_effect(received: GbReceived) -> GbReceived:
    """What the flood guard put aside: its raw frame says so."""
    envelope = received.envelope
    if envelope is None or not any(rejection.reason is Reason.FLOOD for rejection in received.rejections):
        return received
    return replace(received, frame=replace(received.frame, undecoded="over the rate limit: kept, without effect"))


def raw_frame(frame: Frame, talk: Talk, *, digest: int, type_: int | None, undecoded: str | None) -> RawFrame:
    """A frame of a device as it is kept."""
    return RawFrame(
        transport=talk.link.transport,
        peer=talk.link.peer,
        source=frame.source,
        serial=frame.serial,
        command=frame.command,
        type=type_,
        digest=digest,
        undecoded=undecoded,
        data=frame.raw,
    )


def _reply(frame: Frame, talk: Talk, told: Told, received_at: datetime) -> Reply:
    command = talk.asked(frame.serial)
    assert command is not None, "an answer to nothing is no message"
    result = "refused" if frame.command == Command.DENY else "done"
    at = told.sent_at or received_at
    if not clock.believable(at.timestamp(), received_at.timestamp()):
        at = received_at
    return Reply(command=command, at=at, result=result, detail=told.undecoded or "")


def _skew_s(told: Told, talk: Talk, command: int, received_at: datetime) -> float | None:
    """A heartbeat or an answer is sent when it is made; other frames may have waited in the device for the platform.

    One that is ahead did not wait. Of a device that sends no heartbeats the others have to do.
    """
    if told.sent_at is None:
        return None
    skew_s = (told.sent_at - received_at).total_seconds()
    live = told.lane is Lane.STATUS or command in REPLIES or skew_s > 0 or not talk.heartbeats
    return skew_s if live else None
