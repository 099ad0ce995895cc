"""What does a state say at one moment?"""

from collections.abc import Sequence
from functools import lru_cache

from msgspec.structs import replace

from firewarden.risk.state import tables
from firewarden.risk.state.decay import clamp, read, split, weight
from firewarden.risk.state.facts import Group, Micros, Trouble, WaterKind
from firewarden.risk.state.situation import (
    Counts,
    Coverage,
    DutyOutcome,
    Open,
    OpenFinding,
    OpenFire,
    OpenOrder,
    Override,
    Past,
    Posterior,
    Shares,
    Situation,
)
from firewarden.risk.state.venue import VenueState

UNHEARD_GRACE: Micros = 3_600_000_000
"""A gateway that is being put in has an hour to say its first word before its silence counts."""
_ATTRIBUTES = ("use", "area_m2", "height_m", "built_year", "key_unit")
assert Counts.__struct_fields__ == tuple(name for name, _ in tables.COUNTS[:8])
assert Shares.__struct_fields__ == tuple(name for name, _ in tables.SHARES)
_ANY = 1 << 40
_HALF_LIVES = tuple(sorted({*tables.COUNT_HALF_LIVES, *tables.SHARE_HALF_LIVES}))
_COUNT_AT = tuple(_HALF_LIVES.index(half_life) for half_life in tables.COUNT_HALF_LIVES)
_SHARE_AT = tuple(_HALF_LIVES.index(half_life) for half_life in tables.SHARE_HALF_LIVES)


def view(state: VenueState, now: Micros) -> Situation:
    """What is known at `now`. What happens later than that counts as if it happened now."""
    weights = _weights(now)
    counts = [
        read(total, weights[_COUNT_AT[i]], state.events[i]) if total else 0.0 for i, total in enumerate(state.sums)
    ]
    troubles = _troubles(state, now)
    findings = _findings(state, troubles, now)
    coverage = _coverage(state, now, troubles, findings)
    return Situation(
        at=now,
        last_fact=max(state.beyond, default=state.prefix),
        register=state.register,
        counts=Counts(*counts[:8]),
        shares=_shares(state, now, weights, coverage),
        coverage=coverage,
        duty=_posterior(tables.DUTY_PRIOR, counts[tables.DUTY_MISSED], counts[tables.DUTY_ANSWERED]),
        false_ratio=_posterior(tables.FALSE_PRIOR, counts[tables.JUDGED_FALSE], counts[tables.JUDGED_OTHER]),
        handling_log_s=_handling(state),
        duty_recent=_duty_recent(state),
        troubles=troubles,
        fires=_fires(state, now),
        findings=findings,
        orders=_orders(state, now),
        override=_override(state, now),
        fires_past=_past(state, "fires_1095"),
        violations_past=_past(state, "violations_730"),
        orders_past=_past(state, "orders"),
        evidence=_evidence(state),
    )


def _shares(state: VenueState, now: Micros, weights: Sequence[tuple[int, float]], coverage: Coverage) -> Shares:
    """The time out of order, of what should work: where nobody registered any, the first thing out is all of it."""
    register = state.register
    should = (register.detectors, register.detectors, 1, 1, 1, 1, coverage.sensors, coverage.gateways)
    begun = _begun(state, now)
    found: list[float] = []
    for i, running in enumerate(state.running):
        over = state.spent[i] - begun[i]
        time = running + read(over, weights[_SHARE_AT[i]], _ANY) if running or over else 0.0
        found.append(min(1.0, max(0.0, time / max(1, should[i]))))
    if coverage.gateways_never_heard:
        found[tables.OFFLINE] = min(1.0, found[tables.OFFLINE] + coverage.gateways_never_heard / coverage.gateways)
    return Shares(*found)


@lru_cache(maxsize=8)
def _weights(now: Micros) -> tuple[tuple[int, float], ...]:
    """What sums are divided by at `now`, for each half-life: thousands of venues are looked at as of one moment."""
    return tuple([split(clamp(now), half_life) for half_life in _HALF_LIVES])


def _begun(state: VenueState, now: Micros) -> list[int]:
    """The sums of the beginnings; what begins after now begins now."""
    ahead = [
        (share, o.since) for o in state.open.values() if o.since > now for share in tables.SHARES_OF[o.group, o.trouble]
    ]
    ahead += [
        (tables.WATER, f.since) for f in state.findings.values() if f.since > now and f.what in tables.MISSING_WATER
    ]
    if not ahead:
        return state.begun
    begun = list(state.begun)
    for share, since in ahead:
        half_life = tables.SHARE_HALF_LIVES[share]
        begun[share] += weight(now, half_life) - weight(since, half_life)
    return begun


def _troubles(state: VenueState, now: Micros) -> tuple[Open, ...]:
    """What holds, the oldest first."""
    shown = state.open_as
    if shown is None:
        shown = state.open_as = tuple(sorted(state.open.values(), key=lambda o: (o.since, o.episode)))
    if shown and shown[-1].since > now:
        return tuple(o if o.since <= now else replace(o, since=now) for o in shown)
    return shown


def _fires(state: VenueState, now: Micros) -> tuple[OpenFire, ...]:
    if not state.fires:
        return ()
    shown = sorted(state.fires.values(), key=lambda f: (f.since, f.incident))
    return tuple(f if f.since <= now else replace(f, since=now) for f in shown)


def _findings(state: VenueState, troubles: tuple[Open, ...], now: Micros) -> tuple[OpenFinding, ...]:
    if not state.findings:
        return ()
    why = _explanation(troubles, now)
    shown = sorted(state.findings.values(), key=lambda f: (f.since, f.finding))
    return tuple(
        replace(f, since=min(f.since, now), suppressed=why if f.what in tables.EXPLAINED else None) for f in shown
    )


def _explanation(troubles: tuple[Open, ...], now: Micros) -> str | None:
    """What explains that water is not as always: a pump of the venue that runs, or a test."""
    for trouble in troubles:
        running = trouble.trouble is Trouble.STARTED and trouble.group is Group.PUMP
        if running and now - trouble.since <= tables.PUMP_RUNS_MAX:
            return "pump_running"
        if trouble.trouble is Trouble.TEST and now - trouble.since <= tables.TEST_MAX:
            return "test"
    return None


def _orders(state: VenueState, now: Micros) -> tuple[OpenOrder, ...]:
    if not state.ordered:
        return ()
    standing = sorted(
        (at, key, number, due) for key, (at, number, due) in state.ordered.items() if state.closed.get(key, at - 1) < at
    )
    return tuple(
        OpenOrder(order=key, since=min(at, now), due_at=due or None, fact=number) for at, key, number, due in standing
    )


def _override(state: VenueState, now: Micros) -> Override | None:
    last = state.override
    if last is None or last.grade is None or last.until <= now:
        return None
    return Override(override=last.override, grade=last.grade, until=last.until, fact=last.number)


def _coverage(
    state: VenueState, now: Micros, troubles: tuple[Open, ...], findings: tuple[OpenFinding, ...]
) -> Coverage:
    register = state.register
    unheard = {gateway for gateway, since in register.unheard if now - since > UNHEARD_GRACE}
    silent = unheard | {o.gateway for o in troubles if tables.OFFLINE in tables.SHARES_OF[o.group, o.trouble]}
    quiet = {f.point for f in findings if f.what is WaterKind.SILENT}
    return Coverage(
        gateways=len(register.gateways),
        gateways_silent=len(silent.intersection(register.gateways)) if silent else 0,
        gateways_never_heard=len(unheard.intersection(register.gateways)) if unheard else 0,
        points=register.points,
        sensors=register.sensors,
        sensors_silent=min(register.sensors, len(quiet)),
        register_missing=tuple([name for name in _ATTRIBUTES if getattr(register, name) is None]),
    )


def _posterior(prior: tuple[float, float], bad: float, good: float) -> Posterior:
    return Posterior(a=prior[0] + bad, b=prior[1] + good)


def _handling(state: VenueState) -> float | None:
    """The mean does not depend on now: every weight in it is divided by the same."""
    total = state.sums[tables.HANDLED]
    return state.sums[tables.HANDLED_LOG] / (total * tables.LOG_STEP) if total else None


def _duty_recent(state: VenueState) -> tuple[DutyOutcome, ...]:
    return tuple(
        [
            DutyOutcome(at=at, answered=bool(number % 2), fact=number // 2)
            for at, number in state.kept.get("duty", ())[: -tables.DUTY_SHOWN - 1 : -1]
        ]
    )


def _past(state: VenueState, kind: str) -> tuple[Past, ...]:
    kept = state.kept.get(kind)
    return () if kept is None else tuple([Past(at=at, fact=number) for at, number in reversed(kept)])


def _evidence(state: VenueState) -> dict[str, tuple[int, ...]]:
    shown = state.kept_as
    for kind in state.kept.keys() - shown.keys():
        numbers = [number for _, number in reversed(state.kept[kind])]
        shown[kind] = tuple([number // 2 for number in numbers] if kind == "duty" else numbers)
    return dict(sorted(shown.items()))
