"""Is a burst street main told from pressure that falls in single buildings?"""

from random import Random

from tests.unit.risk.water_series import MAIN, START, watched

from firewarden.risk.state.facts import WaterKind
from firewarden.risk.water.main_burst import Drop, Place, main_bursts
from firewarden.risk.water.reading import DAY, HOUR, MINUTE, Gate, Reading
from firewarden.risk.water.sensor_state import SensorState, add, current, fallen

STREET = {venue: Place(district="Yuhu", lat=27.83 + venue * 0.001, lon=112.9) for venue in range(1, 6)}
FAR_AWAY = {venue: Place(district="Yuhu", lat=27.95, lon=112.9 + venue * 0.1) for venue in range(11, 21)}


def drop(venue: int, minutes: float = 0) -> Drop:
    """Pressure fell at a venue."""
    return Drop(venue=venue, point=100 + venue, at=START + round(minutes * MINUTE), value=0.05, expected=0.3)


def test_neighbours_that_fall_within_minutes_are_one_burst() -> None:
    """Whatever the order in which the drops are told; each venue gets its finding, with the same id each time."""
    drops = [drop(1), drop(2, 1), drop(3, 4), drop(4, 2)]
    (burst,) = main_bursts(drops, STREET | FAR_AWAY)
    Random(5).shuffle(drops)
    assert main_bursts(drops, STREET | FAR_AWAY) == (burst,)
    assert (burst.since, burst.watched) == (START, 5)
    assert [venue for venue, _ in burst.findings] == [1, 2, 4, 3]
    _, finding = burst.findings[0]
    assert (finding.what, finding.finding) == (WaterKind.MAIN_BURST, f"101:main_burst:{START}")


def test_two_neighbours_are_not_enough() -> None:
    """Nor are two sensors of one building."""
    second = Drop(venue=1, point=999, at=START, value=0.05, expected=0.3)
    assert main_bursts([drop(1), second, drop(2)], STREET) == ()


def test_falls_far_apart_in_place_or_time_are_not_one_burst() -> None:
    """Three buildings in three quarters, or three neighbours in an hour."""
    assert main_bursts([drop(11), drop(12), drop(13)], STREET | FAR_AWAY) == ()
    assert main_bursts([drop(1), drop(2, 20), drop(3, 40)], STREET) == ()


def test_most_of_the_watched_neighbours_must_fall() -> None:
    """Three of twenty buildings of a street are three buildings."""
    street = {venue: Place(district="Yuhu", street="Shaoshan Road") for venue in range(1, 21)}
    assert main_bursts([drop(1), drop(2), drop(3)], street) == ()
    assert len(main_bursts([drop(venue) for venue in range(1, 12)], street)) == 1


def test_an_unknown_venue_is_nobody_s_neighbour() -> None:
    """A drop of a venue without a place counts for nothing."""
    assert main_bursts([drop(1), drop(2), drop(77)], STREET) == ()


def test_a_sensor_sees_the_fall_and_what_explains_it() -> None:
    """A street main that loses two thirds within a minute is seen with the second reading, unless a pump runs."""
    state = watched(MAIN, days=3)
    now = START + 3 * DAY
    for step in range(3):
        add(state, MAIN, Reading(at=now + step * MINUTE, value=0.1), now + step * MINUTE)
    seen = fallen(current(state, MAIN), MAIN, 7, now + 2 * MINUTE, None)
    assert seen is not None
    assert (seen.venue, seen.point, seen.at) == (7, MAIN.point, now)
    assert seen.expected > 2 * seen.value
    assert fallen(current(state, MAIN), MAIN, 7, now + 2 * MINUTE, Gate.PUMP_RUNNING) is None
    for step in range(3, 13):
        add(state, MAIN, Reading(at=now + step * MINUTE, value=seen.expected), now + step * MINUTE)
    assert fallen(current(state, MAIN), MAIN, 7, now + HOUR, None) is None


def test_an_empty_pipe_does_not_fall() -> None:
    """A pressure that is always nothing is no burst."""
    state = SensorState()
    for step in range(200):
        add(state, MAIN, Reading(at=START + step * MINUTE, value=0.0), START + step * MINUTE)
    assert fallen(current(state, MAIN), MAIN, 7, START + 200 * MINUTE, None) is None
