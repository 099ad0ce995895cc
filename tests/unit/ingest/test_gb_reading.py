"""Is a frame read as what it says, with the lane, the clock and the answers that belong to it?"""

from datetime import timedelta

import pytest
from tests.unit.ingest.gb_frames import NOW, POINT, component, device_state, frame, talk

from firewarden.ingest.facts import Lane, Reason, Reply, State, StateChange
from firewarden.ingest.flood import FloodGuard, FloodLimits
from firewarden.ingest.gb_reading import Memory, of_unknown, read_frame, without_effect
from firewarden.ingest.gb_received import GbReceived, digest_of
from firewarden.ingest.gb_talk import Talk
from firewarden.ingest.wire.gb26875.frames import Frame

FIRE, FAULT = 2, 4
LATE = NOW - timedelta(minutes=10)


def read(one: Frame, to: Talk | None = None, memory: Memory | None = None) -> GbReceived:
    """A frame of a device as a message."""
    found = read_frame(one, to or talk(), memory or Memory(), digest=1, received_at=NOW)
    assert found is not None
    return found


def lane_of(received: GbReceived) -> Lane:
    """In which it travels."""
    assert received.envelope is not None
    return received.envelope.lane


def test_a_fire_and_its_end_are_urgent_and_everything_else_is_not() -> None:
    """A fire, the end of a fire that is remembered, then a word without news."""
    memory = Memory()
    words = [FIRE | FAULT, FIRE, 0, FAULT, 0]
    lanes = [lane_of(read(frame(component(word)), memory=memory)) for word in words]
    assert lanes == [Lane.ALARM, Lane.ALARM, Lane.ALARM, Lane.STATE, Lane.STATE]


def test_what_an_earlier_life_knew_counts() -> None:
    """The end of a fire that was learned from the tables is as urgent."""
    memory = Memory()
    memory.remember("GW-1", POINT, frozenset({State.FIRE}))
    assert lane_of(read(frame(component(0)), memory=memory)) is Lane.ALARM
    assert memory.of("GW-1") == {}


def test_a_heartbeat_with_a_state_is_a_fact_only_when_it_says_one() -> None:
    """The device's own state without a time is a heartbeat, until something is set or ends."""
    memory = Memory()
    words = [0, 1 << 3, 0, 0]
    lanes = [lane_of(read(frame(device_state(word)), memory=memory)) for word in words]
    assert lanes == [Lane.STATUS, Lane.STATE, Lane.STATE, Lane.STATUS]


@pytest.mark.parametrize("command", [0, 7, 99, 200])
def test_a_command_that_means_nothing_is_no_message(command: int) -> None:
    """It is denied by whoever asked."""
    assert read_frame(frame(command=command), talk(), Memory(), digest=1, received_at=NOW) is None


@pytest.mark.parametrize(("command", "result"), [(3, "done"), (5, "done"), (6, "refused")])
def test_an_answer_names_the_command_that_it_answers(command: int, result: str) -> None:
    """The reply stands beside the facts of the answer, in one message."""
    to = talk()
    serial = to.serial_for("41")
    unit = component(FIRE) if command == 5 else b""
    received = read(frame(unit, serial=serial, command=command), to)
    assert received.envelope is not None
    *others, reply = received.envelope.facts
    assert isinstance(reply, Reply)
    assert (reply.command, reply.result) == ("41", result)
    assert [type(fact) for fact in others] == ([StateChange] if unit else [])
    assert received.envelope.lane is (Lane.ALARM if unit else Lane.REPLY)


def test_of_the_clock_is_said_what_is_known_of_it() -> None:
    """A heartbeat tells it; a late frame beside heartbeats may have waited; an impossible time says nothing."""
    to = talk()
    late = frame(component(0), at=LATE)
    assert read(late, to).skew_s == -600
    assert read(frame(at=LATE), to).skew_s == -600
    assert read(late, to).skew_s is None
    assert read(frame(component(0), at=NOW + timedelta(seconds=9)), to).skew_s == 9
    nothing = read(frame(at=bytes(6)), to)
    assert nothing.skew_s is None
    assert nothing.envelope is not None
    assert nothing.envelope.sent_at == NOW


def test_the_flood_guard_never_holds_back_a_fire_but_does_words_that_end_nothing() -> None:
    """Of a gateway over its limit a fire is stored; a word without states is put aside, and its frame says so."""
    guard = FloodGuard(FloodLimits(rate_per_s=0.001, burst=1))
    read(frame(component(0)))
    kept, fire, calm = (guard.judge(read(frame(component(word))), 0.0) for word in (0, FIRE, 0))
    assert kept.rejections == fire.rejections == ()
    assert isinstance(calm, GbReceived)
    aside = without_effect(calm)
    assert [one.reason for one in aside.rejections] == [Reason.FLOOD]
    assert aside.frame.undecoded is not None


def test_a_stranger_is_named_with_what_to_do() -> None:
    """Its frame goes to quarantine whole, under the address that it came from."""
    received = of_unknown(frame(), transport="tcp", peer="192.0.2.7", digest=1, received_at=NOW)
    assert received.envelope is None
    assert received.message.topic == "gb26875/tcp/192.0.2.7/000000001234"
    assert received.message.payload == frame().raw
    assert "adopt" in received.rejections[0].detail


def test_a_digest_is_that_of_what_a_device_repeats() -> None:
    """The send time is not part of it; serial, command and content are."""
    assert digest_of(1, 2, b"a") == digest_of(1, 2, b"a")
    assert len({digest_of(1, 2, b"a"), digest_of(2, 2, b"a"), digest_of(1, 3, b"a"), digest_of(1, 2, b"b")}) == 4
    assert -(2**63) <= digest_of(1, 2, b"a") < 2**63
