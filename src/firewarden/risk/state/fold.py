"""What does one more fact change in what is known of a venue?

Nothing here depends on the order in which facts come: sums are of integers, what is open is what began and has not
ended, of "the newest" the largest are kept. A fact that came before is known by its number.
"""

from bisect import insort
from collections.abc import Callable
from math import log
from typing import Any, cast

from firewarden.risk.state import tables
from firewarden.risk.state.decay import weight
from firewarden.risk.state.facts import (
    Cleared,
    DutyChecked,
    Handled,
    Judged,
    Micros,
    Overridden,
    Raised,
    Recorded,
    RecordKind,
    Registered,
    Signalled,
    VenueFact,
    Verdict,
    WaterBegan,
    WaterEnded,
)
from firewarden.risk.state.situation import Open, OpenFinding, OpenFire
from firewarden.risk.state.venue import VenueState
from firewarden.risk.state.view import view

__all__ = ["VenueState", "apply", "view"]


def apply(state: VenueState, fact: VenueFact) -> bool:
    """Take a fact in. False: it was in already, and nothing changed."""
    number = fact.number
    if number == state.prefix + 1:
        state.prefix = number
        if state.beyond:
            _close_up(state)
    elif number <= state.prefix or number in state.beyond:
        return False
    else:
        state.beyond.add(number)
    _TAKERS[type(fact)](state, fact)
    return True


def _close_up(state: VenueState) -> None:
    beyond = state.beyond
    while state.prefix + 1 in beyond:
        state.prefix += 1
        beyond.remove(state.prefix)


def _count(state: VenueState, which: int, at: Micros, times: int = 1) -> None:
    added = weight(at, tables.COUNT_HALF_LIVES[which])
    state.sums[which] += added if times == 1 else added * times
    state.events[which] += times


def _keep(state: VenueState, kind: str, at: Micros, number: int) -> None:
    kept = state.kept.get(kind)
    if kept is None:
        kept = state.kept[kind] = []
    insort(kept, (at, number))
    if len(kept) > tables.KEPT:
        del kept[0]
    state.kept_as.pop(kind, None)


def _begin(state: VenueState, share: int, at: Micros) -> None:
    state.running[share] += 1
    state.begun[share] += weight(at, tables.SHARE_HALF_LIVES[share])


def _unbegin(state: VenueState, share: int, at: Micros) -> None:
    state.running[share] -= 1
    state.begun[share] -= weight(at, tables.SHARE_HALF_LIVES[share])


def _past(state: VenueState, share: int, since: Micros, until: Micros) -> None:
    if until > since:
        half_life = tables.SHARE_HALF_LIVES[share]
        state.spent[share] += weight(until, half_life) - weight(since, half_life)


def _registered(state: VenueState, fact: Registered) -> None:
    if fact.number > state.register.number:
        state.register = fact


def _raised(state: VenueState, fact: Raised) -> None:
    if fact.trouble in tables.FAULT_TROUBLES:
        _count(state, tables.FAULTS, fact.at)
        _keep(state, "faults_90", fact.at, fact.number)
    if fact.episode in state.ended:
        state.ended.remove(fact.episode)
        return
    state.open[fact.episode] = Open(
        episode=fact.episode,
        trouble=fact.trouble,
        group=fact.group,
        gateway=fact.gateway,
        point=fact.point,
        since=fact.at,
        fact=fact.number,
    )
    state.open_as = None
    for share in tables.SHARES_OF[fact.group, fact.trouble]:
        _begin(state, share, fact.at)


def _cleared(state: VenueState, fact: Cleared) -> None:
    for share in tables.SHARES_OF[fact.group, fact.trouble]:
        _past(state, share, fact.raised_at, fact.at)
    began = state.open.pop(fact.episode, None)
    if began is None:
        state.ended.add(fact.episode)
        return
    state.open_as = None
    for share in tables.SHARES_OF[began.group, began.trouble]:
        _unbegin(state, share, began.since)


def _signalled(state: VenueState, fact: Signalled) -> None:
    _count(state, tables.SIGNALS, fact.at)
    _keep(state, "signals_90", fact.at, fact.number)
    if fact.incident in state.judged:
        state.judged.remove(fact.incident)
    else:
        state.fires[fact.incident] = OpenFire(
            incident=fact.incident, manual=fact.manual, since=fact.at, fact=fact.number
        )


def _judged(state: VenueState, fact: Judged) -> None:
    verdict = fact.verdict
    if verdict in tables.NO_SIGNAL:
        _count(state, tables.SIGNALS, fact.at, -1)
    else:
        if fact.signals > 1:
            _count(state, tables.SIGNALS, fact.at, fact.signals - 1)
        if verdict in tables.FALSE:
            _count(state, tables.FALSE_ALARMS, fact.at)
            _count(state, tables.JUDGED_FALSE, fact.at)
            _keep(state, "false_alarms_90", fact.at, fact.number)
        else:
            _count(state, tables.JUDGED_OTHER, fact.at)
        if verdict is Verdict.REAL_FIRE:
            _count(state, tables.FIRES, fact.at)
            _keep(state, "fires_1095", fact.at, fact.number)
    if state.fires.pop(fact.incident, None) is None:
        state.judged.add(fact.incident)


def _handled(state: VenueState, fact: Handled) -> None:
    _count(state, tables.HANDLED, fact.at)
    _count(state, tables.HANDLED_LOG, fact.at, round(log(max(1.0, fact.seconds)) * tables.LOG_STEP))
    state.events[tables.HANDLED_LOG] = 0  # read as a quotient, never by itself


def _duty_checked(state: VenueState, fact: DutyChecked) -> None:
    _count(state, tables.DUTY_ANSWERED if fact.answered else tables.DUTY_MISSED, fact.at)
    _keep(state, "duty", fact.at, fact.number * 2 + fact.answered)


def _water_began(state: VenueState, fact: WaterBegan) -> None:
    if fact.finding in state.findings_ended:
        state.findings_ended.remove(fact.finding)
        return
    state.findings[fact.finding] = OpenFinding(
        finding=fact.finding,
        point=fact.point,
        what=fact.what,
        quantity=fact.quantity,
        since=fact.at,
        value=fact.value,
        expected=fact.expected,
        fact=fact.number,
    )
    if fact.what in tables.MISSING_WATER:
        _begin(state, tables.WATER, fact.at)


def _water_ended(state: VenueState, fact: WaterEnded) -> None:
    if fact.what in tables.MISSING_WATER:
        _past(state, tables.WATER, fact.began_at, fact.at)
    began = state.findings.pop(fact.finding, None)
    if began is None:
        state.findings_ended.add(fact.finding)
    elif began.what in tables.MISSING_WATER:
        _unbegin(state, tables.WATER, began.since)


def _recorded(state: VenueState, fact: Recorded) -> None:
    which = tables.COUNT_OF_RECORD.get(fact.what)
    if which is not None:
        _count(state, which, fact.at)
        _keep(state, tables.COUNTS[which][0], fact.at, fact.number)
        return
    if fact.what is RecordKind.ORDER:
        _keep(state, "orders", fact.at, fact.number)
    key = fact.order
    if key is None:  # nothing could ever close it
        return
    if fact.what is RecordKind.ORDER:
        state.ordered[key] = max(state.ordered.get(key, (fact.at, 0, 0)), (fact.at, fact.number, fact.due_at or 0))
    else:
        state.closed[key] = max(state.closed.get(key, fact.at), fact.at)


def _overridden(state: VenueState, fact: Overridden) -> None:
    if state.override is None or fact.number > state.override.number:
        state.override = fact


_TAKERS = cast(
    dict[type, Callable[[VenueState, Any], None]],
    {
        Registered: _registered,
        Raised: _raised,
        Cleared: _cleared,
        Signalled: _signalled,
        Judged: _judged,
        Handled: _handled,
        DutyChecked: _duty_checked,
        WaterBegan: _water_began,
        WaterEnded: _water_ended,
        Recorded: _recorded,
        Overridden: _overridden,
    },
)
