"""When does a rule hold? The tests that the file of rules can use, each on what a state says.

A test that holds says since when, by which numbers, and by which facts. It never says that something is in order.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from itertools import product
from typing import Annotated

import msgspec
from msgspec import Meta

from firewarden.risk.state.decay import DAY
from firewarden.risk.state.facts import Group, Micros, Trouble, WaterKind
from firewarden.risk.state.moments import iso
from firewarden.risk.state.situation import Open, OpenFinding, Situation

HOUR: Micros = DAY // 24
FACTS_MAX = 20
POINT_TROUBLES = (Trouble.FAULT, Trouble.SHIELDED, Trouble.LINK_FAULT, Trouble.LINE_FAULT)

Hours = Annotated[float, Meta(ge=0, le=24 * 3660)]
Times = Annotated[int, Meta(ge=1, le=20)]


Kind = tuple[Group, Trouble]


class Topic(StrEnum):
    """What else than open troubles a test can ask about."""

    FINDINGS = "findings"
    UNHEARD = "unheard"
    MISSED = "missed"
    ORDERS = "orders"
    FIRES = "fires"
    VIOLATIONS = "violations"


def present(now: Situation) -> set[Kind | Topic]:
    """What there is to ask about: a test that asks about nothing of it cannot hold."""
    found: set[Kind | Topic] = {(o.group, o.trouble) for o in now.troubles}
    if now.findings:
        found.add(Topic.FINDINGS)
    if now.register.unheard:
        found.add(Topic.UNHEARD)
    if now.duty_recent and not now.duty_recent[0].answered:
        found.add(Topic.MISSED)
    if now.orders:
        found.add(Topic.ORDERS)
    if now.fires_past:
        found.add(Topic.FIRES)
    if now.violations_past:
        found.add(Topic.VIOLATIONS)
    return found


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A test holds: since when it does, the numbers of it, the facts behind it (at most FACTS_MAX)."""

    since: Micros
    evidence: dict[str, str | int | float]
    facts: tuple[int, ...]


class _Test(msgspec.Struct, frozen=True, kw_only=True, tag_field="test", forbid_unknown_fields=True):
    def problems(self) -> Iterator[str]:
        """What is wrong with its numbers."""
        return iter(())

    def asks(self) -> Iterator[Kind | Topic]:
        """What it asks about; without any of that it does not hold."""
        raise NotImplementedError

    def find(self, now: Situation) -> Found | None:
        """Whether it holds, and why."""
        raise NotImplementedError


class Out(_Test, frozen=True, kw_only=True, tag="out"):
    """At least `points` things of these groups have had one of these troubles for over `hours`."""

    groups: tuple[Group, ...]
    troubles: tuple[Trouble, ...]
    hours: Hours
    points: Times = 1

    def problems(self) -> Iterator[str]:
        """Nothing can be out of no groups."""
        if not self.groups or not self.troubles:
            yield "it names no groups or no troubles"

    def asks(self) -> Iterator[Kind | Topic]:
        """Troubles of its kinds."""
        yield from product(self.groups, self.troubles)

    def find(self, now: Situation) -> Found | None:
        """The things that are out."""
        if len(now.troubles) < self.points:
            return None
        since = now.at - round(self.hours * HOUR)
        groups, troubles = self.groups, self.troubles
        out = [o for o in now.troubles if o.trouble in troubles and o.group in groups and o.since < since]
        if len(out) < self.points:
            return None
        things = _things(out)
        if len(things) < self.points:
            return None
        evidence: dict[str, str | int | float] = {
            "group": out[0].group.value,
            "trouble": out[0].trouble.value,
            "points": len(things),
            "since": iso(out[0].since),
            "hours": self.hours,
        }
        return Found(since=_reached(things, self.points, self.hours), evidence=evidence, facts=_facts(out))


class Points(_Test, frozen=True, kw_only=True, tag="points"):
    """More than `share` of the registered points have been faulty or shielded for over `hours`.

    Where nobody registered any: at least `unregistered` of them. With groups: of the detectors.
    """

    share: Annotated[float, Meta(gt=0, lt=1)]
    hours: Hours
    unregistered: Annotated[int, Meta(ge=1)]
    groups: tuple[Group, ...] = ()

    def problems(self) -> Iterator[str]:
        """Of all points, or of the detectors: of others nobody knows how many there are."""
        if self.groups not in {(), (Group.DETECTOR,)}:
            yield "a share is of all points, or of the detectors"

    def asks(self) -> Iterator[Kind | Topic]:
        """Points out of order."""
        yield from product(self.groups or Group, POINT_TROUBLES)

    def find(self, now: Situation) -> Found | None:
        """The points that are out."""
        registered = now.register.detectors if self.groups else now.register.points
        needed = int(registered * self.share) + 1 if registered > 0 else self.unregistered
        if len(now.troubles) < needed:
            return None
        since = now.at - round(self.hours * HOUR)
        out = [
            o
            for o in now.troubles
            if o.trouble in POINT_TROUBLES and o.since < since and o.point is not None and self._of(o)
        ]
        things = _things(out)
        if len(things) < needed:
            return None
        evidence: dict[str, str | int | float] = {"points": len(things), "registered": registered, "hours": self.hours}
        return Found(since=_reached(things, needed, self.hours), evidence=evidence, facts=_facts(out))

    def _of(self, trouble: Open) -> bool:
        return not self.groups or trouble.group in self.groups


class Water(_Test, frozen=True, kw_only=True, tag="water"):
    """A water sensor has said so for over `hours`, and no running pump and no test explains it."""

    what: frozenset[WaterKind]
    hours: Hours

    def problems(self) -> Iterator[str]:
        """Nothing can be found of no kind."""
        if not self.what:
            yield "it names no findings"

    def asks(self) -> Iterator[Kind | Topic]:
        """Findings of the water detectors."""
        yield Topic.FINDINGS

    def find(self, now: Situation) -> Found | None:
        """The findings that hold."""
        if not now.findings:
            return None
        since = now.at - round(self.hours * HOUR)
        held = [f for f in now.findings if f.since < since and f.what in self.what and f.suppressed is None]
        if not held:
            return None
        oldest = held[0]
        evidence: dict[str, str | int | float] = {
            "what": oldest.what.value,
            "quantity": oldest.quantity,
            "sensors": len({f.point for f in held}),
            "since": iso(oldest.since),
            "hours": self.hours,
        }
        return Found(since=oldest.since + round(self.hours * HOUR), evidence=evidence, facts=_numbers(held))


class Silent(_Test, frozen=True, kw_only=True, tag="silent"):
    """A gateway of the register has been silent, or cut off from its panel, or never heard, for over `hours`."""

    hours: Hours

    def asks(self) -> Iterator[Kind | Topic]:
        """Gateways."""
        yield from product(Group, (Trouble.OFFLINE,))
        yield from ((Group.GATEWAY, Trouble.LINE_FAULT), Topic.UNHEARD)

    def find(self, now: Situation) -> Found | None:
        """The gateways that nothing is heard through."""
        until = now.at - round(self.hours * HOUR)
        quiet = {gateway: since for gateway, since in now.register.unheard if since < until}
        facts = [now.register.number] if quiet else []
        for o in now.troubles:
            cut_off = o.trouble is Trouble.LINE_FAULT and o.group is Group.GATEWAY
            if o.since < until and o.gateway in now.register.gateways and (cut_off or o.trouble is Trouble.OFFLINE):
                quiet[o.gateway] = min(o.since, quiet.get(o.gateway, o.since))
                facts.append(o.fact)
        if not quiet:
            return None
        oldest = min(quiet.values())
        evidence: dict[str, str | int | float] = {
            "gateways": len(quiet),
            "of": len(now.register.gateways),
            "since": iso(oldest),
            "hours": self.hours,
        }
        return Found(since=oldest + round(self.hours * HOUR), evidence=evidence, facts=tuple(facts[:FACTS_MAX]))


class Unanswered(_Test, frozen=True, kw_only=True, tag="unanswered"):
    """The last `times` duty checks were all not answered."""

    times: Annotated[int, Meta(ge=1, le=10)]

    def asks(self) -> Iterator[Kind | Topic]:
        """The newest duty check."""
        yield Topic.MISSED

    def find(self, now: Situation) -> Found | None:
        """The newest checks, as far as none was answered."""
        missed: list[tuple[Micros, int]] = []
        for outcome in now.duty_recent:
            if outcome.answered:
                break
            missed.append((outcome.at, outcome.fact))
        if len(missed) < self.times:
            return None
        evidence: dict[str, str | int | float] = {"checks": len(missed), "since": iso(missed[-1][0])}
        return Found(since=missed[-self.times][0], evidence=evidence, facts=tuple(fact for _, fact in missed))


class Overdue(_Test, frozen=True, kw_only=True, tag="overdue"):
    """An order is past its day."""

    days: Annotated[float, Meta(ge=0, le=3660)] = 0.0

    def asks(self) -> Iterator[Kind | Topic]:
        """Open orders."""
        yield Topic.ORDERS

    def find(self, now: Situation) -> Found | None:
        """The orders that are overdue."""
        if not now.orders:
            return None
        late = sorted(
            (order.due_at + round(self.days * DAY), order.fact) for order in now.orders if order.due_at is not None
        )
        late = [(due, fact) for due, fact in late if due < now.at]
        if not late:
            return None
        evidence: dict[str, str | int | float] = {"orders": len(late), "due": iso(late[0][0])}
        return Found(since=late[0][0], evidence=evidence, facts=tuple(fact for _, fact in late)[:FACTS_MAX])


class Fires(_Test, frozen=True, kw_only=True, tag="fires"):
    """At least `times` real fires within the last `days`."""

    times: Times
    days: Annotated[float, Meta(gt=0, le=3660)]

    def asks(self) -> Iterator[Kind | Topic]:
        """Fires that were."""
        yield Topic.FIRES

    def find(self, now: Situation) -> Found | None:
        """The fires."""
        from_ = now.at - round(self.days * DAY)
        recent = [past for past in now.fires_past if from_ <= past.at <= now.at]
        if len(recent) < self.times:
            return None
        evidence: dict[str, str | int | float] = {"fires": len(recent), "days": self.days}
        facts = tuple(past.fact for past in recent)
        return Found(since=recent[-self.times].at, evidence=evidence, facts=facts)


class AfterOrder(_Test, frozen=True, kw_only=True, tag="after_order"):
    """A violation of the last `days` came after an order that was given at most `days` before it."""

    days: Annotated[float, Meta(gt=0, le=3660)]

    def asks(self) -> Iterator[Kind | Topic]:
        """Violations."""
        yield Topic.VIOLATIONS

    def find(self, now: Situation) -> Found | None:
        """The oldest such violation that counts, and the orders before it."""
        window = round(self.days * DAY)
        for violation in reversed(now.violations_past):
            if not now.at - window <= violation.at <= now.at:
                continue
            orders = [o for o in now.orders_past if violation.at - window <= o.at < violation.at]
            if orders:
                evidence: dict[str, str | int | float] = {
                    "violation": iso(violation.at),
                    "order": iso(orders[0].at),
                }
                return Found(since=violation.at, evidence=evidence, facts=(orders[0].fact, violation.fact))
        return None


Test = Out | Points | Water | Silent | Unanswered | Overdue | Fires | AfterOrder


def _things(troubles: Iterable[Open]) -> list[Micros]:
    """Since when each distinct thing is out, the oldest first. Troubles come oldest first."""
    first: dict[tuple[str, int | None], Micros] = {}
    for o in troubles:
        first.setdefault((o.gateway, o.point), o.since)
    return list(first.values())


def _reached(things: list[Micros], needed: int, hours: float) -> Micros:
    """When so many things had been out for so long."""
    return things[needed - 1] + round(hours * HOUR)


def _facts(troubles: Iterable[Open]) -> tuple[int, ...]:
    return tuple(o.fact for o in troubles)[:FACTS_MAX]


def _numbers(findings: Iterable[OpenFinding]) -> tuple[int, ...]:
    return tuple(finding.fact for finding in findings)[:FACTS_MAX]
