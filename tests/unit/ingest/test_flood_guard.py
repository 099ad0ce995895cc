"""Is a gateway that floods held back, and nobody else, and never an alarm?"""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.ingest import flood
from firewarden.ingest.batch import Received, read
from firewarden.ingest.facts import (
    Act,
    Envelope,
    Fact,
    Heartbeat,
    Lane,
    OperatorAction,
    Reading,
    Reason,
    State,
    StateChange,
)
from firewarden.ingest.flood import FloodGuard, FloodLimits
from firewarden.ingest.mqtt_session import Message
from firewarden.ingest.wire import json_v1

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SMALL = FloodLimits(rate_per_s=2.0, burst=10.0, aside_bytes_a_day=3_000.0)
READING = Reading(point="p", at=NOW, quantity="pressure", value=0.3, unit="MPa")


def message(seq: int, *facts: Fact, lane: Lane = Lane.READING, gateway: str = "g") -> Received:
    """A message as ingest has read it."""
    envelope = Envelope(gateway=gateway, lane=lane, boot="b", seq=seq, sent_at=NOW, facts=facts or (READING,))
    return received(json_v1.encode(envelope), lane, gateway)


def received(payload: bytes, lane: Lane = Lane.READING, gateway: str = "g") -> Received:
    """Any bytes as ingest has read them."""
    return read(Message(json_v1.topic(gateway, lane.value), payload, 1, 1), NOW)


def fate(before: Received, after: Received) -> str:
    """What was decided."""
    if after is before:
        return "taken"
    if after.envelope is not None:
        assert [rejection.reason for rejection in after.rejections] == [Reason.FLOOD]
        assert (after.envelope.facts, after.envelope.readings) == ((), None)
        return "aside"
    return "told" if after.rejections else "counted"


def fates(guard: FloodGuard, count: int, now_s: float, **changes: str) -> list[str]:
    """What becomes of so many messages at one moment."""
    messages = [message(seq, **changes) for seq in range(1, count + 1)]  # pyright: ignore[reportArgumentType]
    return [fate(one, guard.judge(one, now_s)) for one in messages]


def test_a_burst_passes_and_then_a_rate() -> None:
    """First what the bucket holds, then what room there is to put aside, then counting; later the rate."""
    guard = FloodGuard(SMALL)
    at_once = fates(guard, 40, 0.0)
    assert at_once[:10] == ["taken"] * 10
    aside = at_once.count("aside")
    assert 1 <= aside <= SMALL.aside_bytes_a_day / flood.ASIDE_ROW_BYTES
    assert at_once[10:] == ["aside"] * aside + ["told"] + ["counted"] * (29 - aside)
    assert fates(guard, 3, 1.0) == ["taken", "taken", "counted"]
    assert fates(guard, 1, 1.1 + flood.TELL_EVERY_S) == ["taken"]


def test_gateways_do_not_share_a_bucket() -> None:
    """While one floods, all that another sends is taken."""
    guard = FloodGuard(SMALL)
    fates(guard, 100, 0.0, gateway="loud")
    assert fates(guard, 10, 0.0, gateway="quiet") == ["taken"] * 10


@pytest.mark.parametrize("lane", [Lane.ALARM, Lane.STATUS])
def test_alarms_and_status_are_never_held_back(lane: Lane) -> None:
    """A flooding gateway's alarms and heartbeats pass, and cost it nothing."""
    guard = FloodGuard(SMALL)
    fates(guard, 100, 0.0)
    fact: Fact = Heartbeat(at=NOW) if lane is Lane.STATUS else StateChange(point="p", at=NOW, set=(State.FAULT,))
    for seq in range(1, 200):
        one = message(seq, fact, lane=lane)
        assert guard.judge(one, 0.0) is one


@pytest.mark.parametrize(
    "fact",
    [
        StateChange(point="p", at=NOW, set=(State.FIRE,)),
        StateChange(point="p", at=NOW, clear=(State.FIRE,)),
        OperatorAction(at=NOW, action=Act.MANUAL_ALARM),
    ],
)
def test_a_fire_passes_in_any_lane(fact: Fact) -> None:
    """A gateway that floods and reports a fire among its readings or states is heard."""
    guard = FloodGuard(SMALL)
    fates(guard, 100, 0.0)
    one = message(1, READING, fact, lane=Lane.STATE)
    assert guard.judge(one, 0.0) is one


def test_long_messages_cost_more() -> None:
    """Few messages of many KiB are a flood as well as many short ones."""
    guard = FloodGuard(SMALL)
    long = [received(b"x" * 5_000) for _ in range(3)]
    assert [guard.judge(one, 0.0) is one for one in long] == [True, True, False]


def test_a_day_s_backlog_passes() -> None:
    """A gateway that was away for a day and sent a message a second sends all of it at once, and it is taken."""
    guard = FloodGuard(FloodLimits())
    one = message(1)
    assert all(guard.judge(one, 0.0) is one for _ in range(86_400))


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(1, 30)), max_size=30))
def test_no_gateway_gets_more_than_its_share(steps: list[tuple[float, int]]) -> None:
    """Whatever its rhythm: at most the burst and the rate times the time are taken, and every message has a fate."""
    guard, now_s, taken = FloodGuard(SMALL), 0.0, 0
    for wait_s, count in steps:
        now_s += wait_s
        taken += fates(guard, count, now_s).count("taken")
        assert taken <= SMALL.burst + SMALL.rate_per_s * now_s + 1e-6


def test_invented_gateways_stay_bounded() -> None:
    """Names without end fill no memory."""
    guard = FloodGuard(replace(SMALL, gateways_max=50))
    for number in range(500):
        fates(guard, 12, number * 0.01, gateway=f"g{number}")
        assert len(guard) <= 50
