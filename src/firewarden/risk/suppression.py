"""Would anything put a fire out? What is not automatic, in a wrong position, or shielded: nobody can tell."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from firewarden.risk import scorecard as card
from firewarden.risk.catalogue import FactorCode, SuppressionEvidence
from firewarden.risk.curve import Curve
from firewarden.risk.facts import PANELS, PUMPS, VALVES, Condition, OpenCondition
from firewarden.risk.reasons import Factor


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """One kind of device: what of it is out, the oldest since when; `hidden` of them are only shielded."""

    curve: Curve
    points: int
    since: datetime | None
    hidden: int

    def tenths(self, now: datetime) -> int:
        """What it costs; a shielded device may have been out for any time."""
        if self.hidden:
            return self.curve.cap
        return self.curve.where(None if self.since is None else max(0.0, (now - self.since).total_seconds() / 3600))


def suppression_factor(conditions: tuple[OpenCondition, ...], now: datetime) -> Factor:
    """The factor of suppression that would not work."""
    tenths = sum(group.tenths(now) for group in _groups(conditions))
    return Factor(code=FactorCode.SUPPRESSION_OUT, tenths=tenths, evidence=suppression_evidence(conditions))


def suppression_evidence(conditions: tuple[OpenCondition, ...]) -> SuppressionEvidence:
    """What of the suppression is out, since when."""
    pumps, panels, valves = _groups(conditions)
    return SuppressionEvidence(
        pumps=pumps.points,
        pumps_since=pumps.since,
        panels=panels.points,
        panels_since=panels.since,
        valves=valves.points,
        valves_since=valves.since,
        shielded=pumps.hidden + panels.hidden + valves.hidden,
    )


def out_since(conditions: tuple[OpenCondition, ...]) -> datetime | None:
    """Since when a pump, a panel or a device of unknown kind has not been automatic, or has been shielded."""
    serious = [
        c.since
        for c in conditions
        if (c.kind is Condition.MANUAL and (c.component in PUMPS | PANELS or c.component in {None, 0}))
        or (c.kind is Condition.SHIELDED and c.component in PUMPS | PANELS)
    ]
    return min(serious, default=None)


def _groups(conditions: tuple[OpenCondition, ...]) -> tuple[_Group, _Group, _Group]:
    return (
        _group(card.PUMP, _of(conditions, Condition.MANUAL, PUMPS), _of(conditions, Condition.SHIELDED, PUMPS)),
        _group(
            card.PANEL,
            (c for c in conditions if c.kind is Condition.MANUAL and c.component not in PUMPS),
            _of(conditions, Condition.SHIELDED, PANELS),
        ),
        _group(
            card.VALVE,
            _of(conditions, Condition.SUPERVISE, VALVES),
            _of(conditions, Condition.SHIELDED, VALVES),
        ),
    )


def _of(conditions: tuple[OpenCondition, ...], kind: Condition, components: frozenset[int]) -> Iterator[OpenCondition]:
    return (c for c in conditions if c.kind is kind and c.component in components)


def _group(curve: Curve, out: Iterable[OpenCondition], hidden: Iterable[OpenCondition]) -> _Group:
    reported, shielded = list(out), list(hidden)
    return _Group(
        curve=curve,
        points=sum(c.points for c in (*reported, *shielded)),
        since=min((c.since for c in (*reported, *shielded)), default=None),
        hidden=sum(c.points for c in shielded),
    )
