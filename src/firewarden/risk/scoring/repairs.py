"""What of a venue could be put right, and what would be known of it then?"""

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from firewarden.risk.scoring.codes import Cause, Repair
from firewarden.risk.scoring.features import overdue
from firewarden.risk.scoring.picture import CAUSE_OF, Picture, picture
from firewarden.risk.scoring.protection import BLIND, water_findings
from firewarden.risk.state.facts import Group, Micros, Trouble
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
    """One repair: what it would end, and the situation and picture without that.

    `parts`: the facilities that it could make any difference to.
    """

    item: Repair
    count: int
    since: Micros | None
    facts: tuple[int, ...]
    after: Situation
    seen: Picture
    parts: tuple[Cause, ...]


def repairs(situation: Situation, seen: Picture) -> list[Repaired]:
    """One for each kind of thing that is out of order now."""
    by_item: dict[Repair, list[Open]] = {}
    for out in seen.out.values():
        for trouble in out:
            by_item.setdefault(_ITEM_OF[trouble.group, trouble.trouble], []).append(trouble)  # pyright: ignore[reportArgumentType]
    found: list[Repaired] = []
    for item, out in by_item.items():
        if item is not Repair.GATEWAY_BACK:
            after = _without(situation, item)
            found.append(_repair(item, out, after, picture(after), _PARTS_OF[item]))
    silent = by_item.get(Repair.GATEWAY_BACK, [])
    if situation.coverage.gateways_silent or silent:
        after = _gateways_back(situation)
        back = _repair(Repair.GATEWAY_BACK, silent, after, picture(after), _PARTS_OF[Repair.GATEWAY_BACK])
        found.append(replace(back, count=max(situation.coverage.gateways_silent, 1)))
    return found + _others(situation, seen)


def _others(situation: Situation, seen: Picture) -> list[Repaired]:
    """Repairs of what no open trouble says: the picture stays."""
    found: list[Repaired] = []
    if situation.findings or situation.coverage.sensors_silent:
        found += _water(situation, seen)
    late = overdue(situation)
    if late:
        kept = tuple(order for order in situation.orders if order not in late)
        found.append(_repair(Repair.ORDERS_CLOSED, late, replace(situation, orders=kept), seen))
    if situation.fires:
        found.append(_repair(Repair.SIGNALS_JUDGED, situation.fires, replace(situation, fires=()), seen))
    return found


def _water(situation: Situation, seen: Picture) -> list[Repaired]:
    found: list[Repaired] = []
    missing = water_findings(situation)
    if missing:
        kept = tuple(f for f in situation.findings if f not in missing)
        after = replace(situation, findings=kept)
        found.append(_repair(Repair.WATER_RESTORED, missing, after, seen, (Cause.WATER,)))
    blind = [f for f in situation.findings if f.what in BLIND]
    if blind or situation.coverage.sensors_silent:
        kept = tuple(f for f in situation.findings if f.what not in BLIND)
        after = replace(situation, findings=kept, coverage=replace(situation.coverage, sensors_silent=0))
        found.append(_repair(Repair.SENSORS_REPAIRED, blind, after, seen, (Cause.SENSORS_BLIND,)))
    return found


def _item(group: Group, trouble: Trouble) -> Repair | None:
    cause = CAUSE_OF[group, trouble]
    if cause is Cause.OTHER_OUT:
        return Repair.UNSHIELD if trouble is Trouble.SHIELDED else Repair.FAULTS_REPAIRED
    return None if cause is None else _BY_CAUSE[cause]


_ITEM_OF = {kind: _item(*kind) for kind in CAUSE_OF}
"""By what a trouble would be ended; None: it says nothing."""
_PARTS_OF: dict[Repair, tuple[Cause, ...]] = {
    item: tuple(dict.fromkeys(cause for kind, cause in CAUSE_OF.items() if cause and _ITEM_OF[kind] is item))
    for item in _BY_CAUSE.values()
}


def _without(situation: Situation, item: Repair) -> Situation:
    kept = tuple([t for t in situation.troubles if _ITEM_OF[t.group, t.trouble] is not item])
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


def _repair(
    item: Repair,
    things: Iterable[Open | OpenFinding | OpenFire | OpenOrder],
    after: Situation,
    seen: Picture,
    parts: tuple[Cause, ...] = (),
) -> Repaired:
    ended = sorted(things, key=lambda thing: (thing.since, thing.fact))
    return Repaired(
        item=item,
        count=len(ended),
        since=ended[0].since if ended else None,
        facts=tuple([thing.fact for thing in ended[:20]]),
        after=after,
        seen=seen,
        parts=parts,
    )
