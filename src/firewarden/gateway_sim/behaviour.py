"""What happens behind one gateway, and when? A seeded stream of facts, silences and restarts.

Time here is activity time: seconds since the run began, `speed` times faster than the wall clock. Incidents have
a pace of their own on top: at pace 20 a point fails 20 times as often and is repaired 20 times as fast, so that a
quiet city can be watched without waiting a week.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random

from firewarden.gateway_sim.city import Gateway, Venue
from firewarden.gateway_sim.odds import DAY_S, HOUR_S, MINUTE_S, MONTH_S, WEEK_S, YEAR_S, Odds
from firewarden.gateway_sim.points import BANDS, Component, Point, Sensor
from firewarden.gateway_sim.water import Series, Trouble, WaterFault, draw_series, read
from firewarden.ingest.facts import Act, Fact, Lane, OperatorAction, Reading, State, StateChange

SAMPLING_S = 300.0
DETECTORS = (Component.SMOKE, Component.HEAT)
PUMPS = (Component.HYDRANT_PUMP, Component.SPRINKLER_PUMP)
VALVES = (Component.SIGNAL_VALVE, Component.ALARM_VALVE)
PANEL_FAULTS = (State.MAIN_POWER_FAULT, State.BACKUP_POWER_FAULT, State.BUS_FAULT, State.POWER_FAULT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Maps activity time to the gateway's own idea of the time, which may be wrong."""

    start: datetime
    speed: float
    error_s: float

    def device_time(self, t: float) -> datetime:
        """What the gateway's clock shows at activity second `t`, to the millisecond."""
        at = self.start + timedelta(seconds=t / self.speed + self.error_s)
        return at.replace(microsecond=at.microsecond // 1000 * 1000)

    def day_s(self, t: float) -> float:
        """Seconds since midnight in the city, whose days are as fast as everything else in it."""
        local = self.start.hour * HOUR_S + self.start.minute * MINUTE_S + 8 * HOUR_S
        return (local + t) % DAY_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Facts of one lane that happened together."""

    lane: Lane
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """The gateway has no connection until activity second `until`; what happens is kept, or lost at times."""

    until: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """The gateway starts anew: another boot."""


Happening = Report | Silence | Restart
Handler = Callable[[float], list[Happening]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveState:
    """A state that a point is in."""

    point: str
    state: State


@dataclass(order=True, slots=True)
class _Due:
    at: float
    number: int
    act: Handler = field(compare=False)


class Life:
    """The life of one gateway and of the building behind it."""

    def __init__(
        self,
        venue: Venue,
        clock: Clock,
        rng: Random,
        *,
        odds: Odds,
        pace: float,
        point_scale: float,
        active: tuple[ActiveState, ...] = (),
    ) -> None:
        self.gateway: Gateway = venue.gateway
        self._clock = clock
        self._rng = rng
        self._odds = odds
        self._pace = pace
        self._due: list[_Due] = []
        self._count = 0
        self._active: set[tuple[str, State]] = set()
        self._points = venue.gateway.points
        self._series = [(p, draw_series(p.sensor, rng)) for p in self._points if p.sensor is not None]
        self._trouble: dict[Sensor, Trouble] = {}
        self._start_processes(venue, len(self._points) / point_scale)
        self._resume(active)

    @property
    def next_at(self) -> float:
        """Activity second of the next happening."""
        return self._due[0].at

    def advance(self, until: float) -> list[Happening]:
        """Everything that happens up to activity second `until`, in order."""
        found: list[Happening] = []
        while self._due[0].at <= until:
            due = heapq.heappop(self._due)
            found += due.act(due.at)
        return found

    def set_clock(self) -> None:
        """The gateway was told the time."""
        self._clock = replace(self._clock, error_s=0.0)

    def active(self) -> tuple[ActiveState, ...]:
        """The states that points are in now."""
        return tuple(ActiveState(point=point, state=state) for point, state in sorted(self._active))

    def _at(self, t: float, act: Handler) -> None:
        self._count += 1
        heapq.heappush(self._due, _Due(t, self._count, act))

    def _start_processes(self, venue: Venue, real_points: float) -> None:
        odds, worse = self._odds, _worse(venue.quality)
        alarms = odds.false_alarms_per_point_year * real_points / YEAR_S
        if self._rng.random() < odds.rogue_venue:
            alarms += odds.rogue_alarms_per_venue_day / DAY_S
        self._poisson(alarms * worse, self._false_alarm)
        self._poisson(venue.fires_per_year * odds.real_fire_detected / YEAR_S, self._real_fire)
        self._poisson(odds.manual_alarms_per_venue_year / YEAR_S, self._manual_alarm)
        self._poisson(odds.bursts_per_venue_year * worse / YEAR_S, self._burst)
        self._poisson(odds.tests_per_venue_month / MONTH_S, self._test)
        self._poisson(odds.device_faults_per_point_year * real_points * worse / YEAR_S, self._device_fault)
        self._poisson(odds.panel_faults_per_venue_year * worse / YEAR_S, self._panel_fault)
        self._poisson(odds.line_faults_per_venue_year * worse / YEAR_S, self._line_fault)
        self._poisson(odds.supervisory_signals_per_venue_year / YEAR_S, self._supervisory)
        self._poisson(odds.pump_manual_per_venue_year * worse / YEAR_S, self._pump_manual)
        self._poisson(odds.shields_per_venue_month * worse / MONTH_S, self._shield)
        self._poisson(odds.water_faults_per_venue_year * worse / YEAR_S, self._water_fault)
        self._poisson(odds.silent_spells_per_gateway_week / WEEK_S, self._silence)
        self._poisson(odds.restarts_per_gateway_month / MONTH_S, self._restart)
        self._at(self._rng.uniform(0, SAMPLING_S), self._sample)

    def _poisson(self, per_second: float, happen: Handler) -> None:
        """Let `happen` come at random, `per_second` times the pace a second on average."""
        rate = per_second * self._pace

        def again(t: float) -> list[Happening]:
            self._at(t + self._rng.expovariate(rate), again)
            return happen(t)

        self._at(self._rng.expovariate(rate), again)

    def _resume(self, active: tuple[ActiveState, ...]) -> None:
        """Take over what an earlier process left standing, and let it end as it would have."""
        for one in active:
            self._active.add((one.point, one.state))
            lane = Lane.ALARM if one.state is State.FIRE else Lane.STATE
            self._clear_later(0.0, lane, one.point, one.state, self._repair_s())

    # What the sensors say.

    def _sample(self, t: float) -> list[Happening]:
        self._at(t + SAMPLING_S, self._sample)
        return [Report(lane=Lane.READING, facts=tuple(self._reading(t, p, s) for p, s in self._series))]

    def _reading(self, t: float, point: Point, series: Series) -> Reading:
        band = BANDS[series.sensor]
        value = read(series, t, self._clock.day_s(t), self._trouble.get(series.sensor), self._rng)
        at = self._clock.device_time(t)
        return Reading(point=point.address, at=at, quantity=band.quantity, value=value, unit=band.unit)

    def _water_fault(self, t: float) -> list[Happening]:
        point, series = self._rng.choice(self._series)
        if series.sensor in self._trouble:
            return []
        self._trouble[series.sensor] = Trouble(fault=self._rng.choice(list(WaterFault)), since=t)
        self._at(t + self._repair_s(), lambda _: self._water_mended(series.sensor))
        return [Report(lane=Lane.READING, facts=(self._reading(t, point, series),))]

    def _water_mended(self, sensor: Sensor) -> list[Happening]:
        del self._trouble[sensor]
        return []

    # Alarms.

    def _false_alarm(self, t: float) -> list[Happening]:
        if self._rng.random() > _hour_weight(self._clock.day_s(t)):
            return []
        return self._fire(t, self._any(DETECTORS))

    def _burst(self, t: float) -> list[Happening]:
        """Several detectors within seconds, as steam or dust does."""
        found: list[Happening] = []
        for _ in range(self._rng.randint(3, 8)):
            point = self._any(DETECTORS)
            self._at(t + self._rng.uniform(0, 20), lambda later, point=point: self._fire(later, point))
        return found

    def _real_fire(self, t: float) -> list[Happening]:
        """Detectors one after the other, somebody presses a call point, the pump starts."""
        self._burst(t)
        self._at(t + self._rng.uniform(20, 90), lambda later: self._fire(later, self._any((Component.CALL_POINT,))))
        self._at(t + self._rng.uniform(30, 120), self._pump_starts)
        return self._fire(t, self._any(DETECTORS))

    def _fire(self, t: float, point: Point) -> list[Happening]:
        quiet_after_s = self._lognormal(5 * MINUTE_S, 0.6)
        return self._hold(t, Lane.ALARM, point, State.FIRE, quiet_after_s)

    def _pump_starts(self, t: float) -> list[Happening]:
        pump = self._any(PUMPS)
        started = self._hold(t, Lane.STATE, pump, State.STARTED, self._lognormal(20 * MINUTE_S, 0.4))
        return started + self._hold(t, Lane.STATE, pump, State.FEEDBACK, self._lognormal(20 * MINUTE_S, 0.4))

    def _manual_alarm(self, t: float) -> list[Happening]:
        return [self._action(t, Lane.ALARM, Act.MANUAL_ALARM)]

    def _test(self, t: float) -> list[Happening]:
        found: list[Happening] = []
        if self._rng.random() < self._odds.test_reported:
            found.append(self._action(t, Lane.STATE, Act.TEST))
            controller = self._any((Component.CONTROLLER,))
            found += self._hold(t, Lane.STATE, controller, State.TEST, self._lognormal(HOUR_S, 0.3))
        return found + self._fire(t, self._any(DETECTORS))

    # What breaks, and what is put out of service.

    def _device_fault(self, t: float) -> list[Happening]:
        return self._hold(t, Lane.STATE, self._rng.choice(self._points), State.FAULT, self._repair_s())

    def _panel_fault(self, t: float) -> list[Happening]:
        state = self._rng.choice(PANEL_FAULTS)
        return self._hold(t, Lane.STATE, self._any((Component.CONTROLLER,)), state, self._repair_s())

    def _line_fault(self, t: float) -> list[Happening]:
        return self._hold(t, Lane.STATE, self._any((Component.CONTROLLER,)), State.LINE_FAULT, self._repair_s())

    def _supervisory(self, t: float) -> list[Happening]:
        return self._hold(t, Lane.STATE, self._any(VALVES), State.SUPERVISE, self._lognormal(HOUR_S, 1.0))

    def _pump_manual(self, t: float) -> list[Happening]:
        days = self._rng.random() < self._odds.pump_manual_for_days
        lasts_s = self._lognormal(5 * DAY_S if days else 6 * HOUR_S, 0.8)
        return self._hold(t, Lane.STATE, self._any(PUMPS), State.MANUAL, lasts_s)

    def _shield(self, t: float) -> list[Happening]:
        forgotten = self._rng.random() < self._odds.shield_forgotten
        lasts_s = self._lognormal(3 * DAY_S if forgotten else 3 * HOUR_S, 0.8)
        return self._hold(t, Lane.STATE, self._any(DETECTORS), State.SHIELDED, lasts_s)

    def _hold(self, t: float, lane: Lane, point: Point, state: State, lasts_s: float) -> list[Happening]:
        """Raise a state and let it end after `lasts_s`; nothing where the point is in that state already."""
        if (point.address, state) in self._active:
            return []
        self._active.add((point.address, state))
        self._clear_later(t, lane, point.address, state, lasts_s)
        change = StateChange(point=point.address, at=self._clock.device_time(t), set=(state,))
        return [Report(lane=lane, facts=(change,))]

    def _clear_later(self, t: float, lane: Lane, address: str, state: State, lasts_s: float) -> None:
        def clear(later: float) -> list[Happening]:
            self._active.discard((address, state))
            change = StateChange(point=address, at=self._clock.device_time(later), clear=(state,))
            return [Report(lane=lane, facts=(change,))]

        self._at(t + lasts_s / self._pace, clear)

    def _action(self, t: float, lane: Lane, act: Act) -> Report:
        operator = str(self._rng.randint(1, 9))
        return Report(lane=lane, facts=(OperatorAction(at=self._clock.device_time(t), action=act, operator=operator),))

    # What the gateway does to itself.

    def _silence(self, t: float) -> list[Happening]:
        """A mobile connection drops: median 6 minutes, one in twenty longer than 45."""
        return [Silence(until=t + self._rng.weibullvariate(10.5 * MINUTE_S, 0.66))]

    def _restart(self, _: float) -> list[Happening]:
        return [Restart()]

    # Drawing.

    def _any(self, components: tuple[Component, ...]) -> Point:
        return self._rng.choice([point for point in self._points if point.component in components])

    def _repair_s(self) -> float:
        return self._lognormal(9 * HOUR_S, 1.5)

    def _lognormal(self, median_s: float, sigma: float) -> float:
        return median_s * self._rng.lognormvariate(0, sigma)


def _worse(quality: float) -> float:
    """How much oftener than on average things fail in a venue of this quality (0 worst to 1 best)."""
    return 1.8 - 1.6 * quality


def _hour_weight(day_s: float) -> float:
    """Probability that a false alarm of this hour happens at all: people cause most of them, and sleep."""
    return 0.5 if day_s < 7 * HOUR_S else 1.0
