"""What happens behind a gateway: repeatable, in order, and true to the states of its points."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from firewarden.gateway_sim.behaviour import ActiveState, Clock, Happening, Life, Report, Restart, Silence
from firewarden.gateway_sim.city import build_city
from firewarden.gateway_sim.odds import DAY_S, HOUR_S, Odds
from firewarden.gateway_sim.points import BANDS, Sensor
from firewarden.gateway_sim.water import Series, Trouble, WaterFault, draw_series, read
from firewarden.ingest.facts import Lane, OperatorAction, Reading, State, StateChange

START = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
CLOCK = Clock(start=START, speed=20.0, error_s=0.0)


def life(seed: int, *, pace: float = 2_000.0, active: tuple[ActiveState, ...] = ()) -> Life:
    """The life of one gateway in which much happens."""
    venue = build_city(seed=seed, venues=1, speed=20).venues[0]
    return Life(venue, CLOCK, Random(seed), odds=Odds(), pace=pace, point_scale=0.05, active=active)


def facts(happenings: list[Happening]) -> list[StateChange | OperatorAction | Reading]:
    """Every fact, in order."""
    found = [fact for one in happenings if isinstance(one, Report) for fact in one.facts]
    assert all(isinstance(fact, StateChange | OperatorAction | Reading) for fact in found)
    return [fact for fact in found if isinstance(fact, StateChange | OperatorAction | Reading)]


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_the_same_seed_lives_the_same_life(seed: int) -> None:
    """Two lives of one seed report the same facts at the same times."""
    assert life(seed).advance(4 * HOUR_S) == life(seed).advance(4 * HOUR_S)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32), cut=st.floats(0, 4 * HOUR_S))
def test_how_often_it_is_asked_changes_nothing(seed: int, cut: float) -> None:
    """Advancing in two steps reports what one step reports."""
    stepwise = life(seed)
    assert stepwise.advance(cut) + stepwise.advance(4 * HOUR_S) == life(seed).advance(4 * HOUR_S)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_states_come_and_go_in_turn(seed: int) -> None:
    """No point raises a state that it is in, and none leaves a state that it is not in."""
    standing: set[tuple[str, State]] = set()
    last = START
    for fact in facts(life(seed).advance(DAY_S)):
        assert fact.at >= last
        last = fact.at
        if isinstance(fact, StateChange):
            for state in fact.set:
                assert (fact.point, state) not in standing
                standing.add((fact.point, state))
            for state in fact.clear:
                standing.remove((fact.point, state))


def test_everything_that_can_happen_happens() -> None:
    """Over enough lives every kind of event of a control room occurs, each in its lane."""
    lanes: dict[str, set[Lane]] = {}
    kinds: set[type] = set()
    for seed in range(30):
        for one in life(seed).advance(DAY_S):
            kinds.add(type(one))
            if isinstance(one, Report):
                for fact in one.facts:
                    if isinstance(fact, StateChange):
                        for state in fact.set:
                            lanes.setdefault(state.value, set()).add(one.lane)
                    elif isinstance(fact, OperatorAction):
                        lanes.setdefault(fact.action.value, set()).add(one.lane)
    assert kinds == {Report, Silence, Restart}
    assert lanes.pop("fire") == lanes.pop("manual_alarm") == {Lane.ALARM}
    assert set().union(*lanes.values()) == {Lane.STATE}
    expected = {"fault", "shielded", "supervise", "manual", "test", "started", "feedback", "line_fault"}
    assert expected <= lanes.keys()


def test_sensors_report_every_five_minutes() -> None:
    """Six sensors report together, twelve times an hour."""
    quiet = life(1, pace=0.001).advance(HOUR_S)
    assert Counter(len(one.facts) for one in quiet if isinstance(one, Report)) == {6: 12}


def test_a_standing_state_of_an_earlier_process_ends() -> None:
    """What stood when the simulator died is known and comes to its end."""
    standing = ActiveState(point="1.1/40.0a000200", state=State.FAULT)
    later = life(1, active=(standing,))
    assert standing in later.active()
    clears = [f for f in facts(later.advance(90 * DAY_S / 20)) if isinstance(f, StateChange) and f.clear]
    assert any(fact.point == standing.point and fact.clear == (State.FAULT,) for fact in clears)


def test_a_wrong_clock_shows_in_every_fact() -> None:
    """Device time is wall-clock time, sped up and wrong by the gateway's error, to the millisecond."""
    clock = Clock(start=START, speed=20.0, error_s=90.0)
    assert clock.device_time(40.0) == START + timedelta(seconds=92)
    assert clock.device_time(0.0123).microsecond % 1000 == 0


@settings(max_examples=50, deadline=None)
@given(sensor=st.sampled_from(list(Sensor)), seed=st.integers(0, 2**32), t=st.floats(0, 30 * DAY_S))
def test_a_healthy_sensor_stays_in_its_band(sensor: Sensor, seed: int, t: float) -> None:
    """Whatever the hour, a healthy reading lies inside the normal band, give or take its noise."""
    rng = Random(seed)
    band = BANDS[sensor]
    value = read(draw_series(sensor, rng), t, t % DAY_S, None, rng)
    margin = 0.02 * (band.high - band.low)
    assert band.low - margin <= value <= band.high + margin


def _series(sensor: Sensor) -> Series:
    return draw_series(sensor, Random(5))


def test_every_water_fault_shows() -> None:
    """A shut valve, a dead pump and a leak leave the band; a stuck sensor says the same for ever."""
    rng = Random(5)
    series = _series(Sensor.WORST_HYDRANT)
    low = BANDS[Sensor.WORST_HYDRANT].low
    for fault, after_s in ((WaterFault.VALVE_SHUT, 0.0), (WaterFault.LEAK, DAY_S)):
        assert read(series, after_s, 0.0, Trouble(fault=fault, since=0.0), rng) < low
    stuck = Trouble(fault=WaterFault.STUCK, since=100.0)
    assert len({read(series, t, t, stuck, rng) for t in (100.0, 5_000.0, 9_000.0)}) == 1
    inlet = _series(Sensor.VALVE_INLET)
    dead = Trouble(fault=WaterFault.PUMP_CANNOT_START, since=0.0)
    assert read(inlet, 0.0, 0.0, dead, rng) < BANDS[Sensor.VALVE_INLET].low


def test_the_street_main_shows_when_the_town_drinks() -> None:
    """Pressure in the street is lowest in the evening and highest at night."""
    series, rng = _series(Sensor.STREET_MAIN), Random(1)
    night, evening = (read(series, 0.0, hour * HOUR_S, None, rng) for hour in (3.0, 19.5))
    assert night > evening + 0.05
