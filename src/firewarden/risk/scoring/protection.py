"""Would a fire be controlled? What of the facilities is out of order, as logarithms that add up to a cap.

What cannot be seen counts as its worst: a shielded pump or valve as one that would not work. What was out of order
lately counts by the share of time: it may be so again when the fire comes.
"""

from collections.abc import Callable, Collection
from math import expm1, log1p

from firewarden.risk.scoring import weights as w
from firewarden.risk.scoring.codes import Cause
from firewarden.risk.scoring.picture import BROKEN, Picture, distinct
from firewarden.risk.state.facts import Trouble, WaterKind
from firewarden.risk.state.situation import OpenFinding, Situation

BLIND = frozenset({WaterKind.STUCK, WaterKind.DRIFT, WaterKind.IMPLAUSIBLE, WaterKind.SILENT})
MISSING = frozenset({WaterKind.BELOW, WaterKind.MAIN_BURST})


Parts = tuple[float, ...]
"""What each facility raises the probability of a fire out of control by, as a logarithm; before the cap."""


def parts(situation: Situation, seen: Picture) -> Parts:
    """Every part. Of the picture each reads its own cause alone."""
    return tuple([of(situation, seen) for _, of in _PARTS])


def parts_again(before: Parts, changed: Collection[Cause], situation: Situation, seen: Picture) -> Parts:
    """The parts where what is out of order, found or heard has changed for the causes `changed` only."""
    found = list(before)
    for cause in changed:
        place = _PLACES[cause]
        found[place] = _PARTS[place][1](situation, seen)
    return tuple(found)


def held(found: Parts) -> float:
    """All parts together: nothing is worse than no protection at all."""
    return min(sum(found), w.UNCONTROLLED_LOG_MAX)


def shared(found: Parts) -> list[tuple[Cause, float]]:
    """What each part that counts has of `held`: beyond the cap all of them in proportion."""
    named = [(cause, h) for (cause, _), h in zip(_PARTS, found, strict=True) if h > 0]
    total = sum(found)
    if total <= w.UNCONTROLLED_LOG_MAX:
        return named
    ratio = w.UNCONTROLLED_LOG_MAX / total
    return [(cause, h * ratio) for cause, h in named]


def water_findings(situation: Situation) -> list[OpenFinding]:
    """Findings that say that water is missing or not as it used to be, not explained by a pump that runs or a test."""
    return [f for f in situation.findings if f.suppressed is None and f.what not in BLIND]


def blind_sensors(situation: Situation) -> int:
    """Water sensors that say nothing, or nothing that can be believed."""
    found = len({finding.point for finding in situation.findings if finding.what in BLIND})
    return max(found, situation.coverage.sensors_silent)


def share_now(points: int, of: int) -> float:
    """`points` of `of`, 0 to 1; all of them where nobody registered how many there are."""
    if points == 0:
        return 0.0
    return min(1.0, points / of) if of > 0 else 1.0


def detectors_of(situation: Situation) -> int:
    """How many detectors there are; where none are registered, the points."""
    return situation.register.detectors or situation.register.points


def _remembered(share: float, weight: float) -> float:
    """What is out for a share of the time, weighs so much on average."""
    return log1p(min(1.0, max(0.0, share)) * expm1(weight)) if share else 0.0


def _saturating(share: float, at_most: float) -> float:
    """Half of `at_most` where a twentieth is out."""
    return at_most * share / (share + w.HALF_SHARE)


def _pump(situation: Situation, seen: Picture) -> float:
    return w.PUMP if seen.out.get(Cause.PUMP) else _remembered(situation.shares.pump_30, w.PUMP)


def _valve(situation: Situation, seen: Picture) -> float:
    held = [w.VALVE_FAULTY if t.trouble in BROKEN else w.VALVE_SHUT for t in seen.of(Cause.VALVE)]
    # Of what is over nobody remembers whether it was a signal or a fault.
    return max((*held, _remembered(situation.shares.valve_30, w.VALVE_FAULTY)))


def _panel(situation: Situation, seen: Picture) -> float:
    held = [w.PANEL_FAULTY if t.trouble in BROKEN else w.PANEL_MANUAL for t in seen.of(Cause.PANEL)]
    return max((*held, _remembered(situation.shares.panel_30, w.PANEL_FAULTY)))


def _detectors_faulty(situation: Situation, seen: Picture) -> float:
    now = share_now(distinct(seen.of(Cause.DETECTORS_FAULTY)), detectors_of(situation))
    return _saturating(max(now, min(1.0, situation.shares.detectors_faulty_30)), w.DETECTORS_FAULTY)


def _detectors_shielded(situation: Situation, seen: Picture) -> float:
    now = share_now(distinct(seen.of(Cause.DETECTORS_SHIELDED)), detectors_of(situation))
    return _saturating(max(now, min(1.0, situation.shares.detectors_shielded_30)), w.DETECTORS_SHIELDED)


def _other_out(situation: Situation, seen: Picture) -> float:
    points = distinct(seen.of(Cause.OTHER_OUT))
    return _saturating(share_now(points, situation.register.points), w.OTHER_OUT)


def _water(situation: Situation, _: Picture) -> float:
    pressure = level = 0.0
    for finding in water_findings(situation):
        is_level = finding.quantity == "level"
        weight = (w.WATER_LEVEL if is_level else w.WATER_PRESSURE) if finding.what in MISSING else w.WATER_SHIFT
        if is_level:
            level = max(level, weight)
        else:
            pressure = max(pressure, weight)
    return max(pressure + level, _remembered(situation.shares.water_7, w.WATER_PRESSURE))


def _sensors_blind(situation: Situation, _: Picture) -> float:
    return w.SENSORS_BLIND * share_now(blind_sensors(situation), situation.coverage.sensors)


def _power(situation: Situation, seen: Picture) -> float:
    kinds = {t.trouble for t in seen.of(Cause.POWER)}
    held = sum(_POWER.get(kind, 0.0) for kind in kinds)
    if any(kind not in _POWER for kind in kinds):
        held += w.POWER_OTHER
    return max(held, _remembered(situation.shares.power_30, w.POWER_OTHER))


_POWER = {
    Trouble.MAIN_POWER_FAULT: w.POWER_MAIN,
    Trouble.BACKUP_POWER_FAULT: w.POWER_BACKUP,
    Trouble.BUS_FAULT: w.POWER_BUS,
}


def _smoke_control(_: Situation, seen: Picture) -> float:
    held = (w.SMOKE_FAULTY if t.trouble in BROKEN else w.SMOKE_MANUAL for t in seen.of(Cause.SMOKE_CONTROL))
    return max(held, default=0.0)


def _offline(situation: Situation, _: Picture) -> float:
    coverage = situation.coverage
    now = coverage.gateways_silent / coverage.gateways if coverage.gateways else 1.0
    return w.OFFLINE * min(1.0, max(now, situation.shares.offline_14))


def _testing(_: Situation, seen: Picture) -> float:
    kinds = {t.trouble for t in seen.of(Cause.TESTING)}
    return w.TEST * (Trouble.TEST in kinds) + w.DELAYED * (Trouble.DELAYED in kinds)


_PARTS: tuple[tuple[Cause, Callable[[Situation, Picture], float]], ...] = (
    (Cause.PUMP, _pump),
    (Cause.VALVE, _valve),
    (Cause.PANEL, _panel),
    (Cause.DETECTORS_FAULTY, _detectors_faulty),
    (Cause.DETECTORS_SHIELDED, _detectors_shielded),
    (Cause.OTHER_OUT, _other_out),
    (Cause.WATER, _water),
    (Cause.SENSORS_BLIND, _sensors_blind),
    (Cause.POWER, _power),
    (Cause.SMOKE_CONTROL, _smoke_control),
    (Cause.OFFLINE, _offline),
    (Cause.TESTING, _testing),
)
_PLACES = {cause: place for place, (cause, _) in enumerate(_PARTS)}
