"""What does a venue weigh by what happens there now?

Whatever is shielded, or behind a silent gateway, cannot be seen; it weighs as its worst. So nobody lowers a
score by shielding a point: neither by what the point would have reported later, nor by what it was reporting.
"""

from collections.abc import Iterable
from datetime import datetime

from firewarden.risk import scorecard as card
from firewarden.risk.catalogue import (
    AlarmHabitEvidence,
    FactorCode,
    FaultsEvidence,
    OfflineEvidence,
    OpenFireEvidence,
    OtherEvidence,
    PowerEvidence,
    ShareEvidence,
    WaterEvidence,
)
from firewarden.risk.facts import VALVES, Condition, GatewayFacts, OpenCondition, VenueFacts
from firewarden.risk.reasons import Factor
from firewarden.risk.suppression import suppression_factor

_FAULTS = frozenset({Condition.FAULT, Condition.LINK_FAULT, Condition.LINE_FAULT})


def live_factors(facts: VenueFacts, now: datetime) -> tuple[Factor, ...]:
    """The nine factors of what holds at `now`."""
    return (
        _open_fire(facts),
        suppression_factor(facts.conditions, now),
        _water(facts, now),
        _shielded(facts, now),
        _offline(facts, now),
        _faults(facts, now),
        _power(facts, now),
        _alarm_habit(facts),
        _other(facts, now),
    )


def silent(facts: VenueFacts) -> list[GatewayFacts]:
    """The gateways that should speak and do not."""
    return [gateway for gateway in facts.gateways if gateway.silent_since is not None]


def offline_evidence(facts: VenueFacts) -> OfflineEvidence:
    """How many gateways are silent, the longest since when."""
    quiet = silent(facts)
    return OfflineEvidence(
        silent=len(quiet),
        gateways=len(facts.gateways),
        never_heard=sum(gateway.heard_at is None for gateway in facts.gateways),
        since=_earliest(gateway.silent_since for gateway in quiet),
    )


def hours(since: datetime | None, now: datetime) -> float | None:
    """Hours from `since` to `now`, none where it has not begun; a time in the future is now."""
    return None if since is None else max(0.0, (now - since).total_seconds() / 3600)


def share(points: int, registered: int) -> float:
    """`points` of `registered`, 0 to 1; all of them where the register has none."""
    if points == 0:
        return 0.0
    return min(1.0, points / registered) if registered > 0 else 1.0


def _open_fire(facts: VenueFacts) -> Factor:
    fires = facts.fires
    evidence = OpenFireEvidence(incidents=fires.incidents, signals=fires.signals, since=fires.since)
    return Factor(code=FactorCode.OPEN_FIRE, tenths=card.FIRES.at(fires.incidents), evidence=evidence)


def _water(facts: VenueFacts, now: datetime) -> Factor:
    outside = [sensor for sensor in facts.sensors if sensor.outside_since is not None]
    worst = max(outside, key=lambda sensor: (sensor.depth(), -sensor.point_id), default=None)
    since = _earliest(sensor.outside_since for sensor in outside)
    return Factor(
        code=FactorCode.WATER,
        tenths=card.WATER_COUNT.at(len(outside))
        + card.WATER_DEPTH.at(0.0 if worst is None else worst.depth())
        + card.WATER_HOURS.where(hours(since, now)),
        evidence=WaterEvidence(
            outside=len(outside),
            sensors=len(facts.sensors),
            worst_point_id=None if worst is None else worst.point_id,
            quantity=None if worst is None else worst.quantity,
            value=None if worst is None else worst.value,
            low=None if worst is None else worst.low,
            high=None if worst is None else worst.high,
            since=since,
        ),
    )


def _shielded(facts: VenueFacts, now: datetime) -> Factor:
    since = _since(facts.conditions, {Condition.SHIELDED})
    part = share(facts.shielded_points, facts.registered_points)
    return Factor(
        code=FactorCode.SHIELDED,
        tenths=card.SHIELDED_ANY.at(facts.shielded_points)
        + card.SHIELDED_SHARE.at(part)
        + card.SHIELDED_HOURS.where(hours(since, now)),
        evidence=ShareEvidence(
            points=facts.shielded_points,
            registered=facts.registered_points,
            share=round(part, 4),
            since=since,
        ),
    )


def _offline(facts: VenueFacts, now: datetime) -> Factor:
    evidence = offline_evidence(facts)
    part = share(evidence.silent, evidence.gateways)
    tenths = card.OFFLINE_SHARE.at(part) + card.OFFLINE_HOURS.where(hours(evidence.since, now))
    return Factor(code=FactorCode.OFFLINE, tenths=tenths, evidence=evidence)


def _faults(facts: VenueFacts, now: datetime) -> Factor:
    part = share(facts.out_points, facts.registered_points)
    since = _since(facts.conditions, _FAULTS)
    # A shielded point can hide a fault of any age.
    oldest = card.FAULTS_HOURS.cap if facts.shielded_points else card.FAULTS_HOURS.where(hours(since, now))
    return Factor(
        code=FactorCode.FAULTS,
        tenths=card.FAULTS_ANY.at(facts.out_points) + card.FAULTS_SHARE.at(part) + oldest,
        evidence=FaultsEvidence(
            faulty=facts.faulty_points,
            shielded=facts.shielded_points,
            registered=facts.registered_points,
            share=round(part, 4),
            since=since,
        ),
    )


def _power(facts: VenueFacts, now: datetime) -> Factor:
    main, backup = {Condition.MAIN_POWER_FAULT}, {Condition.BACKUP_POWER_FAULT}
    bus, other = {Condition.BUS_FAULT}, {Condition.POWER_FAULT}
    conditions = facts.conditions
    return Factor(
        code=FactorCode.POWER,
        tenths=card.POWER_MAIN.where(hours(_since(conditions, main), now))
        + card.POWER_BACKUP.where(hours(_since(conditions, backup), now))
        + card.POWER_OTHER.where(hours(_since(conditions, bus | other), now)),
        evidence=PowerEvidence(
            main=_points(conditions, main),
            backup=_points(conditions, backup),
            bus=_points(conditions, bus),
            other=_points(conditions, other),
            since=_since(conditions, main | backup | bus | other),
        ),
    )


def _alarm_habit(facts: VenueFacts) -> Factor:
    habit = facts.habit
    unseen = facts.shielded_points > 0 or bool(silent(facts))
    if unseen:
        tenths = card.CAPS[FactorCode.ALARM_HABIT]
    else:
        tenths = (
            card.FALSE_ALARMS.at(habit.false_alarms)
            + card.REAL_FIRES.at(habit.real_fires)
            + card.SIGNALS.at(habit.signals)
        )
    return Factor(
        code=FactorCode.ALARM_HABIT,
        tenths=tenths,
        evidence=AlarmHabitEvidence(
            false_alarms=round(habit.false_alarms, 1),
            real_fires=round(habit.real_fires, 1),
            signals=habit.signals,
            window_days=card.HABIT_WINDOW_DAYS,
            unseen=unseen,
        ),
    )


def _other(facts: VenueFacts, now: datetime) -> Factor:
    test = [c for c in facts.conditions if c.kind is Condition.TEST]
    delayed = [c for c in facts.conditions if c.kind is Condition.DELAYED]
    supervise = [c for c in facts.conditions if c.kind is Condition.SUPERVISE and c.component not in VALVES]
    return Factor(
        code=FactorCode.OTHER,
        tenths=card.TEST_MODE.where(hours(_earliest(c.since for c in test), now))
        + card.DELAYED.where(hours(_earliest(c.since for c in delayed), now))
        + card.SUPERVISE.where(hours(_earliest(c.since for c in supervise), now)),
        evidence=OtherEvidence(
            test=sum(c.points for c in test),
            delayed=sum(c.points for c in delayed),
            supervise=sum(c.points for c in supervise),
            since=_earliest(c.since for c in (*test, *delayed, *supervise)),
        ),
    )


def _since(conditions: Iterable[OpenCondition], kinds: Iterable[Condition]) -> datetime | None:
    return _earliest(condition.since for condition in conditions if condition.kind in kinds)


def _points(conditions: Iterable[OpenCondition], kinds: Iterable[Condition]) -> int:
    return sum(condition.points for condition in conditions if condition.kind in kinds)


def _earliest(times: Iterable[datetime | None]) -> datetime | None:
    return min((time for time in times if time is not None), default=None)
