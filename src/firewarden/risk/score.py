"""How dangerous is a venue at a given time, and why? Facts in, a score that explains itself out."""

from collections.abc import Iterator
from datetime import datetime

from firewarden.risk import scorecard as card
from firewarden.risk.catalogue import CountEvidence, DoubtCode, Grade, StaticMissingEvidence, TriggerCode
from firewarden.risk.facts import VenueFacts
from firewarden.risk.live_factors import live_factors, offline_evidence, share, silent
from firewarden.risk.reasons import Doubt, Score, Trigger
from firewarden.risk.static_factors import missing, static_factors
from firewarden.risk.suppression import out_since, suppression_evidence


def score(facts: VenueFacts, now: datetime) -> Score:
    """The score of a venue at `now` (aware). The same facts and time give the same score."""
    factors = (*static_factors(facts.static, now), *live_factors(facts, now))
    return Score(
        factors=factors,
        triggers=tuple(_triggers(facts, now)),
        doubts=tuple(doubt for doubt in _doubts(facts, now) if doubt.lost),
        grade_by_score=grade_of(sum(factor.tenths for factor in factors)),
        version=card.VERSION,
    )


def grade_of(tenths: int) -> Grade:
    """The grade of a score in tenths, where nothing triggers D."""
    return next(grade for lowest, grade in card.GRADE_FROM_TENTHS if tenths >= lowest)


def _triggers(facts: VenueFacts, now: datetime) -> Iterator[Trigger]:
    manual_since = out_since(facts.conditions)
    if manual_since is not None and now - manual_since > card.SUPPRESSION_MANUAL_LONG:
        yield Trigger(code=TriggerCode.SUPPRESSION_MANUAL, evidence=suppression_evidence(facts.conditions))
    if share(facts.points_out_long, facts.registered_points) > card.OUT_LONG_SHARE:
        yield Trigger(
            code=TriggerCode.POINTS_OUT,
            evidence=CountEvidence(count=facts.points_out_long, of=facts.registered_points),
        )
    offline = offline_evidence(facts)
    if offline.since is not None and now - offline.since > card.OFFLINE_LONG:
        yield Trigger(code=TriggerCode.OFFLINE, evidence=offline)


def _doubts(facts: VenueFacts, now: datetime) -> Iterator[Doubt]:
    unknown = missing(facts.static)
    yield Doubt(
        code=DoubtCode.STATIC_MISSING,
        lost=unknown * card.LOST_STATIC_EACH,
        evidence=StaticMissingEvidence(missing=unknown),
    )
    if facts.gateways:
        count, of = len(silent(facts)), len(facts.gateways)
        yield _share_doubt(DoubtCode.GATEWAYS_SILENT, count, of, card.LOST_GATEWAYS_SILENT)
    else:
        yield Doubt(code=DoubtCode.NO_GATEWAY, lost=card.LOST_NO_GATEWAY, evidence=CountEvidence(count=0, of=0))
    if facts.registered_points == 0:
        yield Doubt(code=DoubtCode.NO_POINTS, lost=card.LOST_NO_POINTS, evidence=CountEvidence(count=0, of=0))
    if facts.sensors:
        recent = sum(s.at is not None and now - s.at <= card.SENSOR_RECENT for s in facts.sensors)
        count, of = len(facts.sensors) - recent, len(facts.sensors)
        yield _share_doubt(DoubtCode.SENSORS_SILENT, count, of, card.LOST_SENSORS_SILENT)
    else:
        yield Doubt(code=DoubtCode.NO_SENSORS, lost=card.LOST_NO_SENSORS, evidence=CountEvidence(count=0, of=0))


def _share_doubt(code: DoubtCode, count: int, of: int, lost_all: int) -> Doubt:
    return Doubt(code=code, lost=-(-count * lost_all // of), evidence=CountEvidence(count=count, of=of))
