"""Which numbers, and which facts, stand behind each reason?"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache
from math import exp

from firewarden.risk.facts import Use
from firewarden.risk.scoring import codes as c
from firewarden.risk.scoring import weights as w
from firewarden.risk.scoring.codes import Cause, Evidence
from firewarden.risk.scoring.features import (
    age_years,
    false_alarms_expected,
    faults_expected,
    overdue,
)
from firewarden.risk.scoring.picture import BROKEN, Picture, distinct
from firewarden.risk.scoring.protection import (
    BLIND,
    MISSING,
    blind_sensors,
    detectors_of,
    share_now,
    water_findings,
)
from firewarden.risk.state.facts import Trouble
from firewarden.risk.state.moments import moment
from firewarden.risk.state.situation import Open, Situation

FACTS_MAX = 20
Told = tuple[Evidence, tuple[int, ...]]
Teller = Callable[[Situation, Picture], Told]


def tell(cause: Cause, situation: Situation, seen: Picture) -> Told:
    """The numbers and the facts behind `cause`."""
    return TELLERS[cause](situation, seen)


def since_of(things: Iterable[Open]) -> datetime | None:
    """Since when the longest of them has been out."""
    first = min((thing.since for thing in things), default=None)
    return None if first is None else moment(first)


def _facts(things: Iterable[Open]) -> tuple[int, ...]:
    return tuple(thing.fact for thing in things)[:FACTS_MAX]


def _registered(situation: Situation) -> tuple[int, ...]:
    return (situation.register.number,) if situation.register.number else ()


def _use(situation: Situation, _: Picture) -> Told:
    return _use_of(situation.register.use), _registered(situation)


@cache
def _use_of(use: Use | None) -> Evidence:
    row = w.USE_UNKNOWN if use is None else w.USES[use]
    return c.UseEvidence(use=None if use is None else use.value, fires_per_year=row.fires_per_year, assumed=use is None)


def _size(situation: Situation, _: Picture) -> Told:
    register = situation.register
    row = w.USE_UNKNOWN if register.use is None else w.USES[register.use]
    area = row.assumed_m2 if register.area_m2 is None else register.area_m2
    evidence = c.SizeEvidence(area_m2=area, typical_m2=row.typical_m2, assumed=register.area_m2 is None)
    return evidence, _registered(situation)


def _height(situation: Situation, _: Picture) -> Told:
    register = situation.register
    row = w.USE_UNKNOWN if register.use is None else w.USES[register.use]
    height = row.assumed_m if register.height_m is None else register.height_m
    return c.HeightEvidence(height_m=height, assumed=register.height_m is None), _registered(situation)


def _age(situation: Situation, _: Picture) -> Told:
    built = situation.register.built_year
    years = w.AGE_UNKNOWN_YEARS if built is None else age_years(built, situation.at)
    return c.AgeEvidence(built_year=built, age_years=years, assumed=built is None), _registered(situation)


def _count(name: str, half_life_days: int) -> Teller:
    def told(situation: Situation, _: Picture) -> Told:
        count = round(getattr(situation.counts, name), 2)
        evidence = c.CountEvidence(count=count, half_life_days=half_life_days)
        return evidence, situation.evidence.get(name, ())

    return told


def _false_alarms(situation: Situation, _: Picture) -> Told:
    expected = round(false_alarms_expected(situation.register), 1)
    evidence = c.FalseAlarmsEvidence(count=round(situation.counts.false_alarms_90, 1), expected=expected)
    return evidence, situation.evidence.get("false_alarms_90", ())


def _handling(situation: Situation, _: Picture) -> Told:
    known = situation.handling_log_s
    seconds = None if known is None else round(exp(known), 1)
    return c.HandlingEvidence(seconds=seconds, typical_s=w.HANDLING_TYPICAL_S), ()


def _alarm_open(situation: Situation, _: Picture) -> Told:
    fires = situation.fires
    evidence = c.SignalsEvidence(
        signals=len(fires),
        manual=sum(fire.manual for fire in fires),
        since=moment(min(fire.since for fire in fires)),
    )
    return evidence, tuple(fire.fact for fire in fires[:FACTS_MAX])


def _alarms_unseen(situation: Situation, seen: Picture) -> Told:
    causes = (Cause.DETECTORS_SHIELDED, Cause.DETECTORS_FAULTY, Cause.PANEL, Cause.OTHER_OUT, Cause.POWER)
    out = [t for cause in causes for t in seen.of(cause)]
    testing = [t for t in seen.of(Cause.TESTING) if t.trouble is Trouble.TEST]
    shielded = [t for t in out if t.trouble is Trouble.SHIELDED]
    faulty = [t for t in out if t.trouble in BROKEN or t.trouble is Trouble.BUS_FAULT]
    evidence = c.UnseenEvidence(
        shielded=distinct(shielded),
        faulty=distinct(faulty),
        testing=distinct(testing),
        gateways_silent=situation.coverage.gateways_silent,
    )
    return evidence, _facts([*shielded, *seen.of(Cause.OFFLINE), *faulty, *testing])


def _faults(situation: Situation, _: Picture) -> Told:
    evidence = c.FaultHabitEvidence(
        count=round(situation.counts.faults_90, 1),
        expected=round(faults_expected(situation.register), 1),
    )
    return evidence, situation.evidence.get("faults_90", ())


def _neglect(situation: Situation, seen: Picture) -> Told:
    shares = situation.shares
    evidence = c.NeglectEvidence(
        pump=round(shares.pump_30, 3),
        valve=round(shares.valve_30, 3),
        panel=round(shares.panel_30, 3),
        power=round(shares.power_30, 3),
        detectors=round(min(1.0, shares.detectors_faulty_30 + shares.detectors_shielded_30), 3),
    )
    systems = (Cause.PUMP, Cause.VALVE, Cause.PANEL, Cause.POWER, Cause.DETECTORS_FAULTY, Cause.DETECTORS_SHIELDED)
    return evidence, _facts(t for cause in systems for t in seen.of(cause))


def _offline_habit(situation: Situation, seen: Picture) -> Told:
    evidence = c.ShareOfTimeEvidence(share=round(situation.shares.offline_14, 3))
    return evidence, _facts(seen.of(Cause.OFFLINE))


def _orders(situation: Situation, _: Picture) -> Told:
    late = overdue(situation)
    evidence = c.OrdersEvidence(
        overdue=len(late),
        open=len(situation.orders),
        since=moment(min(order.since for order in late)) if late else None,
    )
    return evidence, tuple(order.fact for order in late[:FACTS_MAX])


def _duty(situation: Situation, _: Picture) -> Told:
    recent = situation.duty_recent
    evidence = c.DutyEvidence(
        miss_share=round(situation.duty.mean, 3),
        recent=len(recent),
        recent_missed=sum(not outcome.answered for outcome in recent),
    )
    return evidence, situation.evidence.get("duty", ())


def _out(cause: Cause, share: str | None) -> Teller:
    def told(situation: Situation, seen: Picture) -> Told:
        held = seen.of(cause)
        evidence = c.OutEvidence(
            manual=distinct([t for t in held if t.trouble is Trouble.MANUAL]),
            faulty=distinct([t for t in held if t.trouble in BROKEN or t.trouble is Trouble.POWER_FAULT]),
            shielded=distinct([t for t in held if t.trouble is Trouble.SHIELDED]),
            signalled=distinct([t for t in held if t.trouble is Trouble.SUPERVISE]),
            since=since_of(held),
            remembered=0.0 if share is None else round(getattr(situation.shares, share), 3),
        )
        return evidence, _facts(held)

    return told


def _points(cause: Cause, share: str | None) -> Teller:
    def told(situation: Situation, seen: Picture) -> Told:
        held = seen.of(cause)
        of = situation.register.points if share is None else detectors_of(situation)
        points = distinct(held)
        evidence = c.PointsEvidence(
            points=points,
            of=of,
            share=round(share_now(points, of), 4),
            since=since_of(held),
            remembered=0.0 if share is None else round(getattr(situation.shares, share), 4),
        )
        return evidence, _facts(held)

    return told


def _water(situation: Situation, _: Picture) -> Told:
    found = sorted(water_findings(situation), key=lambda f: (f.what not in MISSING, f.since, f.fact))
    worst = found[0] if found else None
    evidence = c.WaterEvidence(
        findings=len(found),
        point=None if worst is None else worst.point,
        quantity=None if worst is None else worst.quantity,
        what=None if worst is None else worst.what.value,
        value=None if worst is None else worst.value,
        expected=None if worst is None else worst.expected,
        since=None if worst is None else moment(worst.since),
        remembered=round(situation.shares.water_7, 3),
    )
    return evidence, tuple(finding.fact for finding in found[:FACTS_MAX])


def _sensors(situation: Situation, _: Picture) -> Told:
    facts = tuple(f.fact for f in situation.findings if f.what in BLIND)[:FACTS_MAX]
    return c.SensorsEvidence(blind=blind_sensors(situation), sensors=situation.coverage.sensors), facts


def _power(situation: Situation, seen: Picture) -> Told:
    held = seen.of(Cause.POWER)
    named = {Trouble.MAIN_POWER_FAULT, Trouble.BACKUP_POWER_FAULT, Trouble.BUS_FAULT}
    evidence = c.PowerEvidence(
        main=sum(t.trouble is Trouble.MAIN_POWER_FAULT for t in held),
        backup=sum(t.trouble is Trouble.BACKUP_POWER_FAULT for t in held),
        bus=sum(t.trouble is Trouble.BUS_FAULT for t in held),
        other=sum(t.trouble not in named for t in held),
        since=since_of(held),
        remembered=round(situation.shares.power_30, 3),
    )
    return evidence, _facts(held)


def _offline(situation: Situation, seen: Picture) -> Told:
    held = seen.of(Cause.OFFLINE)
    starts = [t.since for t in held] + [since for _, since in situation.register.unheard]
    evidence = c.OfflineEvidence(
        silent=situation.coverage.gateways_silent,
        gateways=situation.coverage.gateways,
        never_heard=situation.coverage.gateways_never_heard,
        since=moment(min(starts)) if starts else None,
        remembered=round(situation.shares.offline_14, 3),
    )
    return evidence, _facts(held)


def _testing(_: Situation, seen: Picture) -> Told:
    held = seen.of(Cause.TESTING)
    test = [t for t in held if t.trouble is Trouble.TEST]
    delayed = [t for t in held if t.trouble is Trouble.DELAYED]
    evidence = c.TestingEvidence(test=distinct(test), delayed=distinct(delayed), since=since_of(held))
    return evidence, _facts(held)


def _place(situation: Situation, _: Picture) -> Told:
    return _place_of(situation.register.use), _registered(situation)


@cache
def _place_of(use: Use | None) -> Evidence:
    return c.PlaceEvidence(use=None if use is None else use.value, assumed=use is None)


def _key_unit(situation: Situation, _: Picture) -> Told:
    key = situation.register.key_unit
    return c.KeyUnitEvidence(key_unit=key, assumed=key is None), _registered(situation)


TELLERS: dict[Cause, Teller] = {
    Cause.USE: _use,
    Cause.SIZE: _size,
    Cause.AGE: _age,
    Cause.HEIGHT: _height,
    Cause.FIRES: _count("fires_1095", 1095),
    Cause.FALSE_ALARMS: _false_alarms,
    Cause.HANDLING: _handling,
    Cause.ALARM_OPEN: _alarm_open,
    Cause.ALARMS_UNSEEN: _alarms_unseen,
    Cause.FAULT_HABIT: _faults,
    Cause.NEGLECT: _neglect,
    Cause.OFFLINE_HABIT: _offline_habit,
    Cause.COMPLAINTS: _count("complaints_365", 365),
    Cause.VIOLATIONS: _count("violations_730", 730),
    Cause.INSPECTIONS: _count("inspections_365", 365),
    Cause.ACTIVITY: _count("other_365", 365),
    Cause.ORDERS: _orders,
    Cause.DUTY: _duty,
    Cause.PUMP: _out(Cause.PUMP, "pump_30"),
    Cause.VALVE: _out(Cause.VALVE, "valve_30"),
    Cause.PANEL: _out(Cause.PANEL, "panel_30"),
    Cause.DETECTORS_FAULTY: _points(Cause.DETECTORS_FAULTY, "detectors_faulty_30"),
    Cause.DETECTORS_SHIELDED: _points(Cause.DETECTORS_SHIELDED, "detectors_shielded_30"),
    Cause.OTHER_OUT: _points(Cause.OTHER_OUT, None),
    Cause.WATER: _water,
    Cause.SENSORS_BLIND: _sensors,
    Cause.POWER: _power,
    Cause.SMOKE_CONTROL: _out(Cause.SMOKE_CONTROL, None),
    Cause.OFFLINE: _offline,
    Cause.TESTING: _testing,
    Cause.CROWD: _place,
    Cause.VULNERABLE: _place,
    Cause.SLEEPING: _place,
    Cause.CONTENTS: _place,
    Cause.TALL: _height,
    Cause.LARGE: _size,
    Cause.KEY_UNIT: _key_unit,
}
