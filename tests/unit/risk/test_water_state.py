"""Is the state of a sensor the same whatever the order of its readings, and the same after storing it?"""

from dataclasses import replace
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.risk.water_series import MAIN, RING, START, TANK, readings, watched

from firewarden.risk.state.facts import WaterBegan, WaterEnded, WaterKind
from firewarden.risk.water.changes import began, changes, ended
from firewarden.risk.water.detectors import Detectors
from firewarden.risk.water.reading import DAY, MINUTE, SECOND, Finding, Gate, Reading, finding_id
from firewarden.risk.water.sensor_state import SensorState, add, decode, encode, findings, show, tell

SENSORS = {"ring": RING, "main": MAIN, "tank": TANK}

moments = st.integers(0, 59).map(lambda s: START + 30 * DAY + s * SECOND)
values = st.floats(-1e300, 1e300) | st.floats(-0.2, 4.5) | st.sampled_from([0.0, -0.0, 0.39, 0.4, 0.65, 92.0])
within = st.lists(st.builds(Reading, at=moments, value=values, gate=st.none() | st.sampled_from(Gate)), max_size=40)
anything = st.lists(
    st.builds(
        Reading,
        at=st.integers(START, START + 10 * MINUTE) | st.integers(START, START + 40 * DAY),
        value=values,
        gate=st.none() | st.sampled_from(Gate),
    ),
    max_size=60,
)
LATER = START + 50 * DAY
WATCHED = {name: encode(watched(sensor, days=8)) for name, sensor in SENSORS.items()}


@given(name=st.sampled_from(sorted(SENSORS)), batch=within, seed=st.integers(0, 1000))
@settings(deadline=None)
def test_within_a_minute_any_order_and_any_repeat_gives_the_same_state(
    name: str, batch: list[Reading], seed: int
) -> None:
    """Bit for bit, also with what follows later."""
    sensor = SENSORS[name]
    shuffled = batch + batch[: len(batch) // 2]
    Random(seed).shuffle(shuffled)
    one, other = decode(WATCHED[name]), decode(WATCHED[name])
    for state, order in ((one, batch), (other, shuffled)):
        for reading in order:
            add(state, sensor, reading, LATER)
    assert encode(one) == encode(other)
    for state in (one, other):
        for reading in readings(sensor, days=0.2):
            moved = Reading(at=reading.at + 31 * DAY, value=reading.value)
            add(state, sensor, moved, LATER)
    assert encode(one) == encode(other)


@given(name=st.sampled_from(sorted(SENSORS)), batch=anything)
@settings(deadline=None)
def test_a_stored_state_is_the_same_state_and_small(name: str, batch: list[Reading]) -> None:
    """Under hostile values too; whoever goes on from the bytes comes to the same end."""
    sensor, kept, stored = SENSORS[name], SensorState(), SensorState()
    for reading in batch:
        add(kept, sensor, reading, LATER)
        add(stored, sensor, reading, LATER)
        data = encode(stored)
        assert len(data) < 4096
        stored = decode(data)
        assert encode(stored) == data
    assert encode(stored) == encode(kept)
    assert findings(stored, sensor, LATER, None) == findings(kept, sensor, LATER, None)


@given(batch=anything)
@settings(deadline=None)
def test_looking_changes_nothing(batch: list[Reading]) -> None:
    """What is shown includes waiting readings, and the state still waits for others."""
    state = SensorState()
    for reading in batch:
        add(state, RING, reading, LATER)
        data = encode(state)
        findings(state, RING, LATER, None)
        assert encode(state) == data


def test_what_comes_too_late_is_counted_and_changes_nothing_else() -> None:
    """More than a minute older than the newest."""
    state = watched(RING, days=3)
    before = decode(encode(state))
    add(state, RING, Reading(at=state.newest - 61 * SECOND, value=0.01), LATER)
    assert state.late == before.late + 1
    state.late = before.late
    assert encode(state) == encode(before)


def test_a_clock_that_runs_ahead_hides_nothing() -> None:
    """A reading from the year 2100 counts as of now, and the readings after it are heard."""
    state, now = SensorState(), START
    add(state, RING, Reading(at=START + 30_000 * DAY, value=0.65), now)
    add(state, RING, Reading(at=now + 2 * MINUTE, value=0.1), now + 2 * MINUTE)
    assert [finding.what for finding in findings(state, RING, now + 2 * MINUTE, None)] == [WaterKind.BELOW]


def test_a_sensor_that_talks_too_much_is_settled_sooner() -> None:
    """A thousand readings in a minute do not make the state grow."""
    state = SensorState()
    for step in range(1000):
        add(state, RING, Reading(at=START + step * 50_000, value=0.6 + step / 1e5), LATER)
    assert len(encode(state)) < 4096
    assert state.late == 0


@pytest.mark.parametrize("data", [b"", b"\x90", b"\xc1", b"\x00" * 50, encode(SensorState())[:-3]])
def test_foreign_bytes_are_refused(data: bytes) -> None:
    """Whoever stores states finds out that they are not of this version."""
    if data == b"\x90":  # an empty array: nothing is known, which is a state
        assert encode(decode(data)) == encode(SensorState())
        return
    with pytest.raises(msgspec.MsgspecError):
        decode(data)


def finding(point: int, what: WaterKind, since: int) -> Finding:
    """A finding of pressure."""
    return Finding(finding=finding_id(point, what, since), point=point, what=what, quantity="pressure", since=since)


def test_changes_are_facts_that_say_the_beginning_again() -> None:
    """What is new began, what is gone ended; what only is explained now did neither."""
    stays, gone = finding(1, WaterKind.STUCK, START), finding(1, WaterKind.BELOW, START + 5)
    new = finding(1, WaterKind.SHIFT, START + 9)
    change = changes([stays, gone], [replace(stays, suppressed=Gate.TEST), new])
    assert (change.began, change.ended) == ((new,), (gone,))
    assert began(new, 7) == WaterBegan(
        number=7, at=START + 9, finding=f"1:shift:{START + 9}", point=1, what=WaterKind.SHIFT, quantity="pressure"
    )
    assert ended(gone, 8, START + 60) == WaterEnded(
        number=8,
        at=START + 60,
        finding=gone.finding,
        point=1,
        what=WaterKind.BELOW,
        quantity="pressure",
        began_at=START + 5,
    )


def test_each_finding_is_told_once_and_ends_once() -> None:
    """Whoever asks after each reading gets every beginning and every end exactly once, also after storing the state."""
    state, told = SensorState(), list[tuple[str, WaterKind]]()
    for step, value in enumerate([0.6, 0.3, 0.3, 0.6, *[0.6] * 12, 0.6]):
        now = START + step * MINUTE
        add(state, RING, Reading(at=now, value=value), now)
        change = tell(state, RING, now, None)
        told += [("began", new.what) for new in change.began] + [("ended", old.what) for old in change.ended]
        state = decode(encode(state))
    assert told == [("began", WaterKind.BELOW), ("ended", WaterKind.BELOW)]


def test_a_silence_that_nobody_told_does_not_end() -> None:
    """It was over before anybody asked; an end without a beginning would say nothing."""
    state = watched(RING, days=1)
    tell(state, RING, state.newest, None)
    later = state.newest + DAY
    add(state, RING, Reading(at=later, value=0.65), later)
    assert tell(state, RING, later, None) == changes([], [])


def test_a_burst_main_is_told_like_any_other() -> None:
    """As long as the street main is among what holds."""
    state, burst = SensorState(), finding(RING.point, WaterKind.MAIN_BURST, START)
    assert tell(state, RING, START, None, [burst]).began == (burst,)
    assert tell(state, RING, START, None, [burst]) == changes([], [])
    (ended_one,) = tell(state, RING, START, None).ended
    assert ended_one.finding == burst.finding


@given(name=st.sampled_from(sorted(SENSORS)), batch=within | anything)
@settings(deadline=None)
def test_what_is_shown_is_brought_up_to_date_by_each_reading(name: str, batch: list[Reading]) -> None:
    """In whatever order they come: as if it were made anew, bit for bit, and the state is as without it."""
    sensor, kept, alone = SENSORS[name], decode(WATCHED[name]), decode(WATCHED[name])
    shown: Detectors | None = show(kept, sensor)
    for reading in batch:
        shown = add(kept, sensor, reading, LATER, shown)
        add(alone, sensor, reading, LATER)
        assert encode(kept) == encode(alone)
        if shown is None:
            shown = show(kept, sensor)
        assert msgspec.msgpack.encode(shown) == msgspec.msgpack.encode(show(kept, sensor))
