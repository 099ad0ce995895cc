"""What happens in one venue in a year, and when does the platform learn of it?

Time is in days since the year began. A venue is drawn in stretches, so that a whole city fits into little memory; what
lasts longer than a stretch waits in a heap. What a gateway reports while it is silent is learnt when it speaks again.
"""

import heapq
from collections.abc import Callable, Iterator, Sequence
from random import Random

from firewarden.gateway_sim.city import Venue
from firewarden.gateway_sim.year_odds import MEAN_RATIO, NIGHT_H, YearOdds, worse
from firewarden.gateway_sim.year_told import HOUR, SECOND, YEAR, Learnt, Outage, Payload, TrueFire, hour, season

STRETCH = 7.0
SILENCE_NOTED = 180 * SECOND
POWER_TROUBLES = ("main_power_fault", "backup_power_fault", "bus_fault", "power_fault")
BLINDING = frozenset({"bus_fault", "power_fault"})
WATER_KINDS = (("below", 0.6), ("stuck", 0.15), ("shift", 0.15), ("drift", 0.1))
FALSE_VERDICTS = (("false_alarm", 0.94), ("malicious", 0.02), ("fault", 0.03), ("other", 0.01))


class VenueYear:
    """One venue's year. The same generator gives the same year."""

    def __init__(self, venue: Venue, rng: Random, odds: YearOdds, *, points: int) -> None:
        self.venue = venue
        self.points = points
        self.detectors = max(1, round(points * 0.65))
        self.fires: list[TrueFire] = []
        self.hazards: list[float] = []
        """When a major hazard was determined."""
        self.standing: list[Outage] = []
        """While a facility was out for so long that it is a major hazard, determined or not."""
        self.days_out = 0.0
        """Days of suppression out of order, whole outages."""
        self.uncontrolled: list[float] = []
        """At each of the marks, the probability that a fire would get out of control."""
        self.suppression_out: list[Outage] = []
        self.detection_out: list[Outage] = []
        self.silent: list[Outage] = []
        self._rng = rng
        self._odds = odds
        self._worse = worse(venue.quality)
        self._heap: list[Learnt] = []
        self._count = 0
        self._episode = 0
        self.rogue = rng.random() < odds.rogue * self._worse
        self._slower = self._repair_factor()
        self._night_off = rng.random() < odds.night_off * self._worse
        self._processes = self._rates()

    @property
    def fires_per_year(self) -> float:
        """The hidden rate of fires of any size, averaged over the year."""
        return self.venue.fires_per_year / MEAN_RATIO

    def fires_at(self, t: float) -> float:
        """The hidden rate of fires at `t`, a year, by the season."""
        return self.fires_per_year * season(t, self._odds)

    @property
    def in_order(self) -> float:
        """P(a fire gets out of control) while everything works."""
        return self._odds.uncontrolled

    def uncontrolled_at(self, t: float) -> float:
        """The hidden probability that a fire at `t` gets out of control, by what works then."""
        odds = self._odds
        if any(out.since <= t < out.until for out in reversed(self.suppression_out)):
            return odds.uncontrolled_out
        blind = any(out.since <= t < out.until for out in reversed(self.detection_out))
        return min(1.0, odds.uncontrolled * (odds.late_by_shield if blind else 1.0))

    def facts(self, days: float, marks: Sequence[float] = ()) -> Iterator[Learnt]:
        """Everything that the platform learns within `days`, in that order; `marks` are when the state is noted."""
        self._tell(0.0, 0.0, self._registered())
        t = 0.0
        while t < days:
            until = min(t + STRETCH, days)
            self._silences(t, until)
            for rate, happen in self._processes:
                self._draw(t, until, rate, happen)
            self._draw(t, until, self.fires_per_year * self._odds.season_winter, self._fire)
            self.uncontrolled += [self.uncontrolled_at(mark) for mark in marks if t <= mark < until]
            while self._heap and self._heap[0].learnt < until:
                yield heapq.heappop(self._heap)
            self._forget(t)
            t = until

    def _rates(self) -> tuple[tuple[float, Callable[[float], None]], ...]:
        """Processes, states before signals: what happens to a signal depends on them."""
        odds, worse_ = self._odds, self._worse
        return (
            (odds.pump_manual * worse_, self._pump_manual),
            (odds.panel_manual * worse_, self._panel_manual),
            (odds.valves * worse_, self._valve),
            (odds.water_troubles * worse_, self._water),
            (odds.panel_faults * worse_, self._panel_fault),
            (odds.line_faults * worse_, self._line_fault),
            (odds.device_faults_per_point * self.points * worse_, self._device_fault),
            (odds.shields * worse_, self._shield),
            (self._false_per_year(), self._false),
            (odds.tests, self._test),
            (odds.duty_checks, self._duty_check),
            (odds.complaints * worse_, self._complaint),
            (odds.inspections, self._inspection),
            (odds.hazards_unseen * worse_, self._unseen_hazard),
        )

    def _false_per_year(self) -> float:
        odds = self._odds
        usual = odds.false_per_point * self.points * self._worse
        return usual + (odds.rogue_per_day * YEAR if self.rogue else 0.0)

    def _repair_factor(self) -> float:
        odds, rng = self._odds, self._rng
        slower = self._worse
        if rng.random() < odds.poor_agency * self._worse:
            slower *= odds.poor_agency_slower
        if self.venue.use == "housing" and rng.random() < odds.no_contract * self._worse:
            slower *= odds.no_contract_slower
        return slower

    # Telling.

    def _tell(self, learnt: float, at: float, fact: Payload, event: str | None = None) -> None:
        self._count += 1
        heapq.heappush(self._heap, Learnt(learnt, self._count, at, fact, event))

    def _report(self, t: float, fact: Payload, event: str | None = None) -> None:
        """Through the gateway: at once, or when it speaks again."""
        silence = next((out for out in reversed(self.silent) if out.since <= t < out.until), None)
        learnt = t if silence is None else silence.until + self._rng.uniform(1, 60) * SECOND
        self._tell(learnt, t, fact, event)

    def _hold(  # noqa: PLR0917 - a trouble as one line of a table
        self, t: float, lasts: float, trouble: str, group: str, point: int | None = None, event: str | None = None
    ) -> None:
        self._episode += 1
        about: Payload = {"episode": self._episode, "trouble": trouble, "group": group, "gateway": self._gateway}
        if point is not None:
            about["point"] = point
        self._report(t, {"kind": "raised", **about}, event)
        self._report(t + lasts, {"kind": "cleared", **about, "raised_at": t})

    @property
    def _gateway(self) -> str:
        return self.venue.gateway.id

    def _registered(self) -> Payload:
        venue = self.venue
        return {
            "kind": "registered",
            "use": venue.use,
            "area_m2": venue.area_m2,
            "height_m": venue.height_m,
            "built_year": venue.built_year,
            "key_unit": venue.key_unit,
            "points": self.points,
            "detectors": self.detectors,
            "sensors": 6,
            "gateways": [self._gateway],
        }

    # What puts facilities out of order.

    def _suppression(self, t: float, lasts: float) -> None:
        """It would not put a fire out."""
        self.suppression_out.append(Outage(t, t + lasts))
        self.days_out += lasts
        self._maybe_hazard(t, lasts)

    def _maybe_hazard(self, t: float, lasts: float) -> None:
        """A facility that is not put right at once is a major hazard until it is; few of them are determined."""
        odds = self._odds
        since = t + odds.hazard_after_days
        if t + lasts > since:
            self.standing.append(Outage(since, t + lasts))
            if self._rng.random() < odds.hazard_determined:
                self._hazard(since)

    def _pump_manual(self, t: float) -> None:
        odds = self._odds
        long_ = self._rng.random() < odds.pump_manual_long
        lasts = self._lognormal(odds.pump_manual_long_h if long_ else odds.pump_manual_h, 0.8)
        self._hold(t, lasts, "manual", "pump", self.points + 1)
        self._suppression(t, lasts)

    def _panel_manual(self, t: float) -> None:
        lasts = self._lognormal(self._odds.panel_manual_h, 0.8)
        self._hold(t, lasts, "manual", "panel", self.points + 2)
        self.detection_out.append(Outage(t, t + lasts))

    def _valve(self, t: float) -> None:
        odds = self._odds
        shut = self._rng.random() < odds.valve_left_shut * self._worse
        lasts = self._lognormal(odds.valve_left_shut_h if shut else odds.valve_h, 1.0)
        self._hold(t, lasts, "supervise", "valve", self.points + 3)
        self._suppression(t, lasts)

    def _water(self, t: float) -> None:
        what = self._choice(WATER_KINDS)
        lasts = self._repair()
        self._episode += 1
        about: Payload = {
            "finding": f"{self.venue.code}/{self._episode}",
            "point": self.points + self._rng.randint(4, 9),
            "what": what,
            "quantity": "pressure",
        }
        began: Payload = {"kind": "water_began", **about, "value": 0.02, "expected": 0.2}
        self._report(t + 600 * SECOND, began)
        ended: Payload = {"kind": "water_ended", **about, "began_at": t + 600 * SECOND}
        self._report(t + max(lasts, 900 * SECOND), ended)
        if what == "below":
            self._suppression(t, lasts)

    def _panel_fault(self, t: float) -> None:
        lasts, trouble = self._repair(), self._rng.choice(POWER_TROUBLES)
        self._hold(t, lasts, trouble, "power", self.points + 2, "fault")
        if trouble in BLINDING:  # one supply alone keeps a panel running
            self.detection_out.append(Outage(t, t + lasts))
            self._maybe_hazard(t, lasts)

    def _line_fault(self, t: float) -> None:
        self._hold(t, self._repair(), "line_fault", "panel", self.points + 2, "fault")

    def _device_fault(self, t: float) -> None:
        point = self._rng.randint(1, self.points)
        group = "detector" if point <= self.detectors else "other"
        self._hold(t, self._repair(), "fault", group, point, "fault")

    def _shield(self, t: float) -> None:
        odds = self._odds
        forgotten = self._rng.random() < odds.shield_forgotten * self._worse
        lasts = self._lognormal(odds.shield_forgotten_h if forgotten else odds.shield_h, 0.8)
        self._hold(t, lasts, "shielded", "detector", self._rng.randint(1, self.detectors))

    # Fire and what looks like it.

    def _fire(self, t: float) -> None:
        odds = self._odds
        if self._rng.random() >= season(t, odds) / odds.season_winter:
            return
        uncontrolled = self._rng.random() < self.uncontrolled_at(t)
        self.fires.append(TrueFire(at=t, uncontrolled=uncontrolled))
        if self._rng.random() < odds.fire_detected:
            self._signal(t, "real_fire", "alarm")
        self._tell(t + self._lognormal(72, 0.8), t, {"kind": "recorded", "what": "fire"}, "fire")

    def _false(self, t: float) -> None:
        if hour(t) < 7 and self._rng.random() > self._odds.night_share:  # noqa: PLR2004 - o'clock
            return
        self._signal(t, self._choice(FALSE_VERDICTS), "false_alarm")

    def _test(self, t: float) -> None:
        if self._rng.random() < self._odds.test_reported:
            self._hold(t, self._lognormal(1.0, 0.3), "test", "panel", self.points + 2)
        self._signal(t + 60 * SECOND, "test", None)

    def _signal(self, t: float, verdict: str, event: str | None) -> None:
        self._episode += 1
        incident: Payload = {"incident": self._episode}
        self._report(t, {"kind": "signalled", **incident, "manual": False})
        acted_s = self._odds.handling_s * self._worse**0.5 * self._rng.lognormvariate(0, 0.8)
        self._report(t + acted_s * SECOND, {"kind": "handled", "seconds": round(acted_s, 1)})
        closed = t + acted_s * SECOND + self._lognormal(0.1, 0.7)
        judged: Payload = {"kind": "judged", **incident, "verdict": verdict, "judged_at": closed, "signals": 1}
        silence = next((out for out in reversed(self.silent) if out.since <= t < out.until), None)
        learnt = closed if silence is None else max(closed, silence.until + 120 * SECOND)
        self._tell(learnt, t, {**judged, "judged_at": learnt}, event)

    # The gateway.

    def _silences(self, t: float, until: float) -> None:
        odds = self._odds
        self._draw(t, until, odds.drops, lambda at: self._silence(at, self._rng.weibullvariate(10.5 / 1440, 0.66)))
        unpaid = odds.sim_unpaid * self._worse
        self._draw(t, until, unpaid, lambda at: self._silence(at, self._lognormal(odds.sim_unpaid_h, 0.5)))
        dead = odds.hardware_death
        self._draw(t, until, dead, lambda at: self._silence(at, self._lognormal(odds.hardware_death_h, 0.5)))
        if self._night_off:
            for day in range(int(t), int(until)):
                self._silence(day + 22 * HOUR + self._rng.uniform(0, HOUR), self._rng.uniform(8.5, 9.5) * HOUR)

    def _silence(self, t: float, lasts: float) -> None:
        self.silent.append(Outage(t, t + lasts))
        if lasts <= SILENCE_NOTED:
            return
        self._episode += 1
        about: Payload = {"episode": self._episode, "trouble": "offline", "group": "gateway", "gateway": self._gateway}
        self._tell(t + SILENCE_NOTED, t + SILENCE_NOTED, {"kind": "raised", **about})
        self._tell(t + lasts, t + lasts, {"kind": "cleared", **about, "raised_at": t + SILENCE_NOTED})

    # People.

    def _duty_check(self, t: float) -> None:
        odds = self._odds
        night = NIGHT_H[0] <= hour(t) < NIGHT_H[1]
        missed = odds.duty_missed_night if night else odds.duty_missed_day
        missed = odds.duty_missed_rogue if self.rogue else min(0.9, missed * self._worse)
        answered = self._rng.random() >= missed
        fact: Payload = {"kind": "duty_checked", "answered": answered}
        if answered:
            fact["seconds"] = round(min(170.0, 40 * self._rng.lognormvariate(0, 0.7)), 1)
        if any(out.since <= t < out.until for out in reversed(self.silent)):
            return
        self._tell(t + 180 * SECOND, t + 180 * SECOND, fact)

    def _complaint(self, t: float) -> None:
        if self._rng.random() < self._odds.complaint_substantiated:
            self._tell(t + self._rng.uniform(0.5, 3), t, {"kind": "recorded", "what": "complaint"}, "complaint")

    def _inspection(self, t: float) -> None:
        odds = self._odds
        learnt = t + self._rng.uniform(0.2, 5)
        self._tell(learnt, t, {"kind": "recorded", "what": "inspection"}, "inspection")
        if self._rng.random() < min(0.95, odds.violation_found * self._worse):
            self._tell(learnt, t, {"kind": "recorded", "what": "violation"}, "violation")
            self._order(t, learnt)

    def _order(self, t: float, learnt: float) -> None:
        odds = self._odds
        self._episode += 1
        key = f"{self.venue.code}/{self._episode}"
        due = t + odds.order_days
        self._tell(learnt, t, {"kind": "recorded", "what": "order", "order": key, "due_at": due})
        done = t + self._lognormal(15 * 24 * self._worse, 0.7)
        self._tell(max(learnt, done), done, {"kind": "recorded", "what": "order_closed", "order": key})

    def _unseen_hazard(self, t: float) -> None:
        self._hazard(t)

    def _hazard(self, t: float) -> None:
        """Determined on the spot; the platform is told as of any violation."""
        self.hazards.append(t)
        learnt = t + self._rng.uniform(0.5, 10)
        self._tell(learnt, t, {"kind": "recorded", "what": "violation"}, "violation")
        self._order(t, learnt)

    # Drawing.

    def _draw(self, t: float, until: float, per_year: float, happen: Callable[[float], None]) -> None:
        rate = per_year / YEAR
        at = t + self._rng.expovariate(rate)
        while at < until:
            happen(at)
            at += self._rng.expovariate(rate)

    def _repair(self) -> float:
        return self._lognormal(self._odds.repair_h * self._slower, self._odds.repair_sigma)

    def _lognormal(self, median_h: float, sigma: float) -> float:
        return median_h * HOUR * self._rng.lognormvariate(0, sigma)

    def _choice(self, table: tuple[tuple[str, float], ...]) -> str:
        return self._rng.choices([name for name, _ in table], [weight for _, weight in table])[0]

    def _forget(self, t: float) -> None:
        """Outages that were over before this stretch matter to nothing that is still drawn."""
        for outages in (self.suppression_out, self.detection_out, self.silent):
            outages[:] = [out for out in outages if out.until > t]
