"""Which rules hold at a venue now, and what do they call for?

Pure and deterministic: by the situation, by what was seen before, by the file of rules. A hit is a suspicion with its
evidence, to be verified on site; no hit says nothing.
"""

from collections.abc import Iterable, Mapping

import msgspec

from firewarden.risk.rules.book import Count, Grade, Rule, RuleBook
from firewarden.risk.rules.conditions import FACTS_MAX, Found, present
from firewarden.risk.state.facts import Micros
from firewarden.risk.state.moments import day_in_china
from firewarden.risk.state.situation import Situation

_WORST_FIRST: tuple[Grade, ...] = ("D", "C", "B")


class RuleHit(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A rule holds, it is suspected. `facts` are the venue's fact numbers; `evidence` are codes, numbers and times."""

    rule: str
    standard: str
    version: str
    effect: str
    """direct, comprehensive, poor or trigger."""
    evidence: dict[str, str | int | float]
    facts: tuple[int, ...]
    first_seen: Micros
    """Since when it has held without a break, by the facts and by what was seen."""
    grade: Grade | None = None
    """The grade that it calls for at least; None: nothing by itself."""
    needs_onsite_check: bool = True


def hits(situation: Situation, seen: Mapping[str, Micros], book: RuleBook) -> tuple[RuleHit, ...]:
    """Every rule that holds, of the standards in force on that day in China, in the order of the file.

    `seen` is the state's `hits_seen`: when each rule that held at the last scoring was first seen to.
    """
    day, kind = day_in_china(situation.at), book.classes.of(situation.register.use)
    found: list[RuleHit] = []
    there = present(situation)
    for rule, asks in book.rules_for(day, kind):
        hit = None if asks.isdisjoint(there) else _hit(rule, situation, seen)
        if hit is not None:
            found.append(hit)
    elements = {hit.rule: hit for hit in found if hit.effect == "comprehensive"}
    if elements:
        in_force = book.in_force(day)
        for count in book.counts:
            if (count.standard, count.version) in in_force and kind in count.classes:
                found += _counted(count, elements, situation.at, seen)
    return tuple(found)


def remember(found: Iterable[RuleHit]) -> dict[str, Micros]:
    """What the state keeps until the next scoring, as its `hits_seen`."""
    return {hit.rule: hit.first_seen for hit in found}


def floor(found: Iterable[RuleHit]) -> Grade | None:
    """The worst grade that any hit calls for; None: none does."""
    called = {hit.grade for hit in found}
    return next((grade for grade in _WORST_FIRST if grade in called), None)


def _hit(rule: Rule, situation: Situation, seen: Mapping[str, Micros]) -> RuleHit | None:
    held: list[Found] = []
    for test in rule.tests:
        found = test.find(situation)
        if found is not None:
            held.append(found)
    if not held:
        return None
    first = min(held, key=lambda f: f.since)
    facts = dict.fromkeys(fact for f in (first, *held) for fact in f.facts)
    return RuleHit(
        rule=rule.code,
        standard=rule.standard,
        version=rule.version,
        effect=rule.effect,
        evidence=first.evidence,
        facts=tuple(facts)[:FACTS_MAX],
        first_seen=_first_seen(rule.code, first.since, situation.at, seen),
        grade="D" if rule.effect == "direct" else rule.grade,
    )


def _counted(
    count: Count, elements: Mapping[str, RuleHit], now: Micros, seen: Mapping[str, Micros]
) -> tuple[RuleHit, ...]:
    """The count as a hit of its own: at the threshold it is as bad as a direct element, one below calls for C."""
    held = [elements[code] for code in count.of if code in elements]
    if len(held) < count.threshold - 1:
        return ()
    since = sorted(hit.first_seen for hit in held)[count.threshold - 2]
    return (
        RuleHit(
            rule=count.code,
            standard=count.standard,
            version=count.version,
            effect="comprehensive",
            evidence={"elements": len(held), "threshold": count.threshold},
            facts=tuple(dict.fromkeys(fact for hit in held for fact in hit.facts))[:FACTS_MAX],
            first_seen=_first_seen(count.code, since, now, seen),
            grade="D" if len(held) >= count.threshold else "C",
        ),
    )


def _first_seen(code: str, since: Micros, now: Micros, seen: Mapping[str, Micros]) -> Micros:
    return min(since, now, seen.get(code, now))
