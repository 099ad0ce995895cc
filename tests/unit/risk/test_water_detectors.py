"""Do the water detectors find what is wrong with a sensor's water, when it began, and nothing else?"""

from dataclasses import replace

import pytest
from tests.unit.risk.water_series import (
    DAY_S,
    HOUR_S,
    MAIN,
    RING,
    START,
    TANK,
    WORST,
    Fault,
    feed,
    healthy,
    readings,
    watched,
)

from firewarden.risk.state.facts import WaterKind
from firewarden.risk.water.reading import DAY, HOUR, MINUTE, SECOND, Finding, Gate, Reading, Sensor
from firewarden.risk.water.sensor_state import SensorState, add, current, findings

SENSORS = [RING, WORST, MAIN, TANK]
FAULT_S = 21 * DAY_S + 5 * HOUR_S
FAULT_AT = START + round(FAULT_S) * SECOND


def kinds(found: tuple[Finding, ...]) -> set[WaterKind]:
    """What was found."""
    return {finding.what for finding in found}


def after(sensor: Sensor, fault: Fault, *, hours: float) -> tuple[Finding, ...]:
    """What is found so many hours after a fault began at a sensor that was healthy for three weeks."""
    state = SensorState()
    days = (FAULT_S + hours * HOUR_S) / DAY_S
    now = feed(state, sensor, readings(sensor, days=days, fault=fault, fault_s=FAULT_S))
    return findings(state, sensor, now, None)


@pytest.mark.parametrize("sensor", SENSORS)
@pytest.mark.parametrize("seed", [1, 2])
def test_a_healthy_sensor_has_no_finding_in_five_weeks(sensor: Sensor, seed: int) -> None:
    """Saw-tooth, daily shape and noise are usual; nothing is found at any moment."""
    state = SensorState()
    for number, reading in enumerate(readings(sensor, days=35, seed=seed)):
        add(state, sensor, reading, reading.at)
        if number % 20 == 0:
            assert findings(state, sensor, reading.at, None) == ()


@pytest.mark.parametrize("sensor", SENSORS)
def test_a_leak_is_a_shift_within_four_hours_and_began_when_it_began(sensor: Sensor) -> None:
    """2 % of the upper limit in an hour is found long before the lower limit is reached; the start is the evidence."""
    assert sensor.high is not None
    loss = 0.02 * sensor.high / HOUR_S
    found = after(sensor, lambda value, since: max(0.0, value - loss * since), hours=4)
    shift = next(finding for finding in found if finding.what is WaterKind.SHIFT)
    assert abs(shift.since - FAULT_AT) <= HOUR
    assert shift.value is not None
    assert shift.expected is not None
    assert shift.value < shift.expected


def test_a_shut_valve_is_below_its_limit_at_once_and_confirmed_after_ten_minutes() -> None:
    """The first reading below is a finding, before any waiting for other orders is over."""
    state = watched(RING)
    now = START + 21 * DAY
    add(state, RING, Reading(at=now, value=0.018), now)
    (below,) = findings(state, RING, now, None)
    assert (below.what, below.since, below.value, below.expected) == (WaterKind.BELOW, now, 0.018, 0.4)
    assert not below.confirmed
    add(state, RING, Reading(at=now + 11 * MINUTE, value=0.018), now + 11 * MINUTE)
    assert findings(state, RING, now + 11 * MINUTE, None)[0] == replace(below, confirmed=True)


def test_pressure_that_swings_around_its_limit_is_one_finding() -> None:
    """Each swing back is shorter than ten minutes, so the finding does not end; after ten minutes inside it does."""
    state, now = SensorState(), START
    for step in range(200):
        now = START + step * 3 * MINUTE
        add(state, RING, Reading(at=now, value=0.38 if step % 3 == 0 else 0.45), now)
    (below,) = findings(state, RING, now, None)
    assert below.since == START
    for step in range(1, 7):
        add(state, RING, Reading(at=now + step * 3 * MINUTE, value=0.45), now + step * 3 * MINUTE)
    assert findings(state, RING, now + 18 * MINUTE, None) == ()


def test_from_below_to_above_is_another_finding() -> None:
    """A value that jumps over the whole band leaves one finding and begins the other."""
    state = SensorState()
    add(state, RING, Reading(at=START, value=0.3), START)
    add(state, RING, Reading(at=START + HOUR, value=1.0), START + HOUR)
    (above,) = findings(state, RING, START + HOUR, None)
    assert (above.what, above.since) == (WaterKind.ABOVE, START + HOUR)


@pytest.mark.parametrize("sensor", SENSORS)
def test_a_stuck_sensor_is_found_within_an_hour_and_a_half(sensor: Sensor) -> None:
    """The same value to the last digit, much longer than ever before."""
    fixed = round(healthy(sensor, FAULT_S), 4)
    found = after(sensor, lambda _value, _since: fixed, hours=1.5)
    stuck = next(finding for finding in found if finding.what is WaterKind.STUCK)
    assert 0 <= stuck.since - FAULT_AT <= 5 * MINUTE


def test_a_coarse_sensor_is_not_stuck() -> None:
    """A display of two digits stays the same for hours every night; that is its way."""
    coarse = Sensor(point=1, quantity="pressure", low=0.1, high=0.9)
    state = SensorState()
    for reading in readings(MAIN, days=14):
        rounded = Reading(at=reading.at, value=round(reading.value, 1))
        add(state, coarse, rounded, reading.at)
        assert WaterKind.STUCK not in kinds(state.settled.findings(coarse, reading.at, None))


def test_a_slow_walk_is_drift() -> None:
    """1.5 % of the band a day: the baseline walks along, the long reference does not."""
    width = 0.5
    state, found = SensorState(), set[WaterKind]()
    series = readings(RING, days=55, fault=lambda v, s: v - 0.015 * width * s / DAY_S, fault_s=30 * DAY_S)
    for number, reading in enumerate(series):
        add(state, RING, reading, reading.at)
        if number % 100 == 0:
            found |= kinds(state.settled.findings(RING, reading.at, None))
            assert reading.at > START + 30 * DAY or not found
    assert WaterKind.DRIFT in found


def test_impossible_values_are_the_sensor_s_fault_and_no_missing_water() -> None:
    """-5 MPa says nothing of the water: no limit, no shift; one alone is a disturbance of the line."""
    state = watched(RING)
    now = START + 21 * DAY
    add(state, RING, Reading(at=now, value=-5.0), now)
    assert findings(state, RING, now, None) == ()
    add(state, RING, Reading(at=now + MINUTE, value=-5.0), now + MINUTE)
    (wrong,) = findings(state, RING, now + MINUTE, None)
    assert (wrong.what, wrong.since, wrong.value) == (WaterKind.IMPLAUSIBLE, now, -5.0)
    for step in range(2, 13):
        add(state, RING, Reading(at=now + step * MINUTE, value=0.65), now + step * MINUTE)
    assert findings(state, RING, now + 13 * MINUTE, None) == ()


def test_a_tank_cannot_empty_within_seconds() -> None:
    """A fall from 92 % to 12 % in half a minute is told as a limit and as a jump that no tank can make."""
    state = SensorState()
    add(state, TANK, Reading(at=START, value=92.0), START)
    add(state, TANK, Reading(at=START + 30 * SECOND, value=12.0), START + 30 * SECOND)
    assert kinds(findings(state, TANK, START + 30 * SECOND, None)) == {WaterKind.BELOW, WaterKind.IMPLAUSIBLE}


def test_a_silent_sensor_is_found_after_six_usual_intervals() -> None:
    """It speaks every three minutes; after eighteen without a word it is silent since the last one."""
    state = watched(RING, days=1)
    last = state.newest
    assert findings(state, RING, last + 15 * MINUTE, None) == ()
    (silent,) = findings(state, RING, last + 20 * MINUTE, None)
    assert (silent.what, silent.since) == (WaterKind.SILENT, last)


def test_a_running_pump_explains_and_teaches_nothing() -> None:
    """During a pump test the limit finding is marked, not deleted, and the baseline stays as it was."""
    state = watched(RING)
    before = current(state, RING).baseline
    now = feed(
        state,
        RING,
        (Reading(at=START + 21 * DAY + i * MINUTE, value=1.1 + i / 1e4) for i in range(120)),
        Gate.PUMP_RUNNING,
    )
    assert state.settled.baseline == before
    (above,) = findings(state, RING, now, None)
    assert (above.what, above.suppressed) == (WaterKind.ABOVE, Gate.PUMP_RUNNING)
    (above,) = findings(state, RING, now + 6 * MINUTE, None)
    assert above.suppressed is None


def test_a_pump_does_not_explain_a_silent_sensor_but_maintenance_does() -> None:
    """What a gate explains depends on the gate."""
    state = watched(RING, days=1)
    now = state.newest + HOUR
    assert findings(state, RING, now, Gate.PUMP_RUNNING)[0].suppressed is None
    assert findings(state, RING, now, Gate.MAINTENANCE)[0].suppressed is Gate.MAINTENANCE


def test_a_new_usual_is_accepted_after_a_week() -> None:
    """A pump that was set to another pressure for good is a shift that ends by itself."""
    state, width = SensorState(), 0.5
    series = readings(RING, days=60, fault=lambda value, _since: value + 0.15 * width, fault_s=FAULT_S)
    seen: list[tuple[int, bool]] = []
    for number, reading in enumerate(series):
        add(state, RING, reading, reading.at)
        if number % 100 == 0:
            seen.append((reading.at, WaterKind.SHIFT in kinds(state.settled.findings(RING, reading.at, None))))
    assert all(found for at, found in seen if FAULT_AT + DAY < at < FAULT_AT + 7 * DAY)
    assert not seen[-1][1]


def test_nothing_is_charted_before_two_days_are_known() -> None:
    """On its first day a sensor has limits only."""
    state = SensorState()
    now = feed(state, RING, readings(RING, days=1))
    assert current(state, RING).expected(RING, now) is None
    now = feed(state, RING, readings(RING, days=3))
    expected = current(state, RING).expected(RING, now)
    assert expected is not None
    assert not expected.warm
    now = feed(state, RING, readings(RING, days=21))
    expected = current(state, RING).expected(RING, now)
    assert expected is not None
    assert expected.warm
