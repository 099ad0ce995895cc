"""How dangerous is a venue now, and why? A situation in, a score that explains itself out.

log R = rate + uncontrolled + consequence, each a sum. The same situation, model, scale and memory give the same score.
"""

from collections.abc import Callable, Sequence
from math import exp, log

from firewarden.risk.catalogue import Grade
from firewarden.risk.rules.hits import RuleHit, floor
from firewarden.risk.scoring import features as f
from firewarden.risk.scoring import grade as grading
from firewarden.risk.scoring.codes import Cause, Part, RepairEvidence, RestEvidence
from firewarden.risk.scoring.doubts import doubts
from firewarden.risk.scoring.evidence import tell
from firewarden.risk.scoring.likelihood import Likelihood
from firewarden.risk.scoring.model import Counterfactual, Factor, Score
from firewarden.risk.scoring.picture import Picture, picture
from firewarden.risk.scoring.points import raw_score, slope, tenths, whole
from firewarden.risk.scoring.protection import shared
from firewarden.risk.scoring.repairs import Repaired, repairs
from firewarden.risk.scoring.total import Total, repaired_log_r, total
from firewarden.risk.state.moments import moment
from firewarden.risk.state.situation import Situation

FACTORS_MAX = 12
SMALL_TENTHS = 0.5
DEFAULT_K = 35.0
"""Until a city has a scale of its own (points.scale): about that of a city of 1,222 connected venues with the uses,
sizes and rates of weights.USES, where the prior scores."""

Rules = Callable[[Situation], Sequence[RuleHit]]
"""The rules that hold in a situation: rules.hits with the venue's memory and the book."""

CAUSES = (
    Cause.USE, Cause.SIZE, Cause.AGE, Cause.HEIGHT, Cause.FIRES, Cause.FALSE_ALARMS, Cause.FAULT_HABIT, Cause.NEGLECT,
    Cause.OFFLINE_HABIT, Cause.COMPLAINTS, Cause.VIOLATIONS, Cause.INSPECTIONS, Cause.ACTIVITY, Cause.ORDERS,
    Cause.DUTY,
)  # fmt: skip
"""What each feature is called."""

Term = tuple[Cause, Part, float]


def no_rules(_: Situation) -> tuple[RuleHit, ...]:
    """Of a venue that no rule is asked about."""
    return ()


def log_risk(situation: Situation, likelihood: Likelihood) -> float:
    """The logarithm of R alone, without an explanation."""
    return total(situation, picture(situation), likelihood).log_r


def score(situation: Situation, rules: Rules, likelihood: Likelihood, k: float, memory: grading.GradeMemory) -> Score:
    """The score of a venue at `situation.at`. `k` is the scale of the quarter; `memory` is of its last score."""
    log_k = log(k)
    seen = picture(situation)
    of = total(situation, seen, likelihood)
    terms = _terms(of, likelihood, (situation, seen))
    value = tenths(raw_score(of.log_r, log_k))
    typical = of.log_r - sum([c for _, _, c in terms])
    base = tenths(raw_score(typical, log_k))
    hits = tuple(rules(situation))
    band = grading.band(value)
    reached = grading.worse(band, floor(hits))
    remembered = grading.remember(memory, reached, situation.at)
    override = situation.override
    assert remembered.grade is not None, "what was just graded has a grade"
    return Score(
        at=situation.at,
        base_tenths=base,
        tenths=value,
        factors=_factors(terms, (situation, seen), slope(of.log_r, typical, log_k), value - base),
        hits=hits,
        counterfactuals=_counterfactuals(
            repairs(situation, seen), of, (rules if hits else _none_hold, likelihood, log_k)
        ),
        doubts=doubts(situation.coverage),
        band=band,
        reached=reached,
        grade=remembered.grade if override is None else Grade(override.grade),
        grade_since=remembered.since,
        override=None if override is None else override.override,
        memory=remembered,
        rate=exp(of.rate),
        uncontrolled=exp(of.uncontrolled),
        consequence=exp(of.consequence),
        coverage=situation.coverage.share,
        version=likelihood.version,
        x=of.x,
    )


def _terms(of: Total, likelihood: Likelihood, about: tuple[Situation, Picture]) -> list[Term]:
    """What differs from a typical venue."""
    against = [term - typical for term, typical in zip(of.rate_terms, likelihood.reference, strict=True)]
    terms: list[Term] = []
    for column, c in enumerate(against):
        if column == f.ALARMS:
            terms += _alarm_terms(*about, c)
        else:
            terms.append((CAUSES[column], Part.RATE, c))
    terms += [(cause, Part.UNCONTROLLED, h) for cause, h in shared(of.facilities)]
    terms += [(cause, Part.CONSEQUENCE, a) for cause, a in of.harm]
    return terms


def _alarm_terms(situation: Situation, seen: Picture, c: float) -> list[Term]:
    """The alarm habit is at its cap for a reason of its own, or is shared by false alarms and slow handling."""
    if seen.hidden:
        return [(Cause.ALARMS_UNSEEN, Part.RATE, c)]
    if situation.fires:
        return [(Cause.ALARM_OPEN, Part.RATE, c)]
    alarms, handling = f.alarm_parts(situation)
    if alarms + handling <= 0:
        return [(Cause.FALSE_ALARMS, Part.RATE, c)]
    of_alarms = alarms / (alarms + handling)
    return [(Cause.FALSE_ALARMS, Part.RATE, c * of_alarms), (Cause.HANDLING, Part.RATE, c * (1 - of_alarms))]


def _factors(
    terms: Sequence[Term], about: tuple[Situation, Picture], per_log: float, points_in_all: int
) -> tuple[Factor, ...]:
    """The terms in points, the largest first; what is small is joined. They add up to `points_in_all` exactly."""
    ordered = sorted([term for term in terms if term[2] != 0], key=_largest_first)
    listed = [term for term in ordered[:FACTORS_MAX] if abs(term[2] * per_log) >= SMALL_TENTHS]
    joined = ordered[len(listed) :]
    rest = sum([c for _, _, c in joined])
    points = whole([*[c * per_log for _, _, c in listed], rest * per_log], points_in_all)
    found = [
        Factor(code=cause, part=part, tenths=each, ratio=exp(c), evidence=evidence, facts=facts)
        for (cause, part, c), each in zip(listed, points[:-1], strict=True)
        for evidence, facts in (tell(cause, *about),)
    ]
    found.sort(key=lambda factor: -abs(factor.tenths))
    if joined and points[-1]:
        evidence = RestEvidence(count=len(joined))
        found.append(Factor(code=Cause.REST, part=Part.REST, tenths=points[-1], ratio=exp(rest), evidence=evidence))
    return tuple(found)


def _largest_first(term: Term) -> tuple[float, Cause]:
    return -abs(term[2]), term[0]


def _none_hold(_: Situation) -> Sequence[RuleHit]:
    """Where no rule holds, none begins to hold because something is put right."""
    return ()


def _counterfactuals(
    of_each: Sequence[Repaired], now: Total, by: tuple[Rules, Likelihood, float]
) -> tuple[Counterfactual, ...]:
    rules, likelihood, log_k = by
    value = tenths(raw_score(now.log_r, log_k))
    found: list[Counterfactual] = []
    for repaired in of_each:
        after = tenths(raw_score(repaired_log_r(now, repaired, likelihood), log_k))
        # No part of the sum rises; the last bit of an exponential might.
        found.append(_after(repaired, min(value, after), rules))
    found.sort(key=lambda each: (each.tenths, each.item))
    return tuple(found)


def _after(repaired: Repaired, value: int, rules: Rules) -> Counterfactual:
    since = None if repaired.since is None else moment(repaired.since)
    return Counterfactual(
        item=repaired.item,
        tenths=value,
        grade=grading.worse(grading.band(value), floor(rules(repaired.after))),
        evidence=RepairEvidence(count=repaired.count, since=since),
        facts=repaired.facts,
    )
