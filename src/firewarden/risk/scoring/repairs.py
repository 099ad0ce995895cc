"""What of a venue could be put right, and what would be known of it then?"""

from collections.abc import Callable, Iterable

import msgspec
from msgspec.structs import replace

from firewarden.risk.scoring.codes import Cause, Repair
from firewarden.risk.scoring.features import overdue
from firewarden.risk.scoring.picture import CAUSE_OF, Picture
from firewarden.risk.scoring.protection import BLIND, water_findings
from firewarden.risk.state.facts import Micros, Trouble
from firewarden.risk.state.situation import Open, OpenFinding, OpenFire, OpenOrder, Situation

_BY_CAUSE = {
    Cause.PUMP: Repair.PUMP_AUTO,
    Cause.VALVE: Repair.VALVE_OPEN,
    Cause.PANEL: Repair.PANEL_AUTO,
    Cause.POWER: Repair.POWER_RESTORED,
    Cause.SMOKE_CONTROL: Repair.SMOKE_CONTROL_RESTORED,
    Cause.TESTING: Repair.TESTS_ENDED,
    Cause.OFFLINE: Repair.GATEWAY_BACK,
    Cause.DETECTORS_SHIELDED: Repair.UNSHIELD,
    Cause.DETECTORS_FAULTY: Repair.FAULTS_REPAIRED,
}


class Repaired(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One repair: what it would end, and the situation without that."""

    item: Repair
    count: int
    since: Micros | None
    facts: tuple[int, ...]
    after: Situation


def repairs(situation: Situation, seen: Picture) -> list[Repaired]:
    """One for each kind of thing that is out of order now."""
    by_item: dict[Repair, list[Open]] = {}
    for held in seen.out.values():
        for trouble in held:
            by_item.setdefault(_item(trouble), []).append(trouble)
    found = [
        _repair(item, held, _without(situation, item))
        for item, held in by_item.items()
        if item is not Repair.GATEWAY_BACK
    ]
    silent = by_item.get(Repair.GATEWAY_BACK, [])
    if situation.coverage.gateways_silent or silent:
        back = _repair(Repair.GATEWAY_BACK, silent, _gateways_back(situation))
        found.append(replace(back, count=max(situation.coverage.gateways_silent, 1)))
    return found + _others(situation)


def _others(situation: Situation) -> list[Repaired]:
    found: list[Repaired] = []
    missing = water_findings(situation)
    if missing:
        kept = tuple(f for f in situation.findings if f not in missing)
        found.append(_repair(Repair.WATER_RESTORED, missing, replace(situation, findings=kept)))
    blind = [f for f in situation.findings if f.what in BLIND]
    if blind or situation.coverage.sensors_silent:
        kept = tuple(f for f in situation.findings if f.what not in BLIND)
        coverage = replace(situation.coverage, sensors_silent=0)
        found.append(_repair(Repair.SENSORS_REPAIRED, blind, replace(situation, findings=kept, coverage=coverage)))
    late = overdue(situation)
    if late:
        kept = tuple(order for order in situation.orders if order not in late)
        found.append(_repair(Repair.ORDERS_CLOSED, late, replace(situation, orders=kept)))
    if situation.fires:
        found.append(_repair(Repair.SIGNALS_JUDGED, situation.fires, replace(situation, fires=())))
    return found


def _item(trouble: Open) -> Repair:
    cause = CAUSE_OF[trouble.group, trouble.trouble]
    if cause is Cause.OTHER_OUT:
        return Repair.UNSHIELD if trouble.trouble is Trouble.SHIELDED else Repair.FAULTS_REPAIRED
    assert cause is not None, "what says nothing is not in the picture"
    return _BY_CAUSE[cause]


def _without(situation: Situation, item: Repair) -> Situation:
    return _keeping(situation, lambda trouble: _item(trouble) is not item)


def _keeping(situation: Situation, stays: Callable[[Open], bool]) -> Situation:
    kept = tuple(t for t in situation.troubles if CAUSE_OF[t.group, t.trouble] is None or stays(t))
    return replace(situation, troubles=kept)


def _gateways_back(situation: Situation) -> Situation:
    """All gateways speak, and those never heard have."""
    coverage, shares = situation.coverage, situation.shares
    offline = shares.offline_14
    if coverage.gateways_never_heard:
        offline = max(0.0, offline - coverage.gateways_never_heard / coverage.gateways)
    return replace(
        _without(situation, Repair.GATEWAY_BACK),
        coverage=replace(coverage, gateways_silent=0, gateways_never_heard=0),
        shares=replace(shares, offline_14=offline),
        register=replace(situation.register, unheard=()),
    )


def _repair(item: Repair, things: Iterable[Open | OpenFinding | OpenFire | OpenOrder], after: Situation) -> Repaired:
    held = sorted(things, key=lambda thing: (thing.since, thing.fact))
    return Repaired(
        item=item,
        count=len(held),
        since=held[0].since if held else None,
        facts=tuple(thing.fact for thing in held[:20]),
        after=after,
    )
