"""How does a score travel? As the JSON of the tables and of the API: codes and numbers, never words."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from firewarden.risk.catalogue import Grade
from firewarden.risk.rules.hits import RuleHit
from firewarden.risk.scoring.codes import (
    CAUSE_EVIDENCE,
    DOUBT_EVIDENCE,
    Cause,
    DoubtCode,
    Part,
    Repair,
    RepairEvidence,
)
from firewarden.risk.scoring.model import Counterfactual, Doubt, Factor
from firewarden.risk.state.moments import iso, micros

RATIO_DIGITS = 3
_Aware = Annotated[datetime, msgspec.Meta(tz=True)]
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class FactorRow(msgspec.Struct, frozen=True, kw_only=True):
    """One reason: so many points more or less than a typical venue, `ratio` times its risk."""

    code: Cause
    part: Part
    points: Decimal
    ratio: float
    evidence: msgspec.Raw
    facts: tuple[int, ...]


class CounterfactualRow(msgspec.Struct, frozen=True, kw_only=True):
    """One repair, and the score and grade with it."""

    item: Repair
    score: Decimal
    grade: Grade
    evidence: RepairEvidence
    facts: tuple[int, ...]


class DoubtRow(msgspec.Struct, frozen=True, kw_only=True):
    """One gap; 1 minus all of `lost` is the confidence."""

    code: DoubtCode
    lost: Decimal
    evidence: msgspec.Raw


class HitRow(msgspec.Struct, frozen=True, kw_only=True):
    """One rule that holds, it is suspected."""

    rule: str
    standard: str
    version: str
    effect: str
    grade: str | None
    first_seen: str
    needs_onsite_check: bool
    evidence: dict[str, str | int | float]
    facts: tuple[int, ...]


def encode_factors(factors: Sequence[Factor]) -> str:
    """[{"code", "part", "points", "ratio", "evidence", "facts"}], the largest first; points have one decimal."""
    rows = [
        {
            "code": each.code,
            "part": each.part,
            "points": Decimal(each.tenths).scaleb(-1),
            "ratio": round(each.ratio, RATIO_DIGITS),
            "evidence": each.evidence,
            "facts": each.facts,
        }
        for each in factors
    ]
    return _text(rows)


def encode_counterfactuals(counterfactuals: Sequence[Counterfactual]) -> str:
    """[{"item", "score", "grade", "evidence", "facts"}], the largest effect first."""
    rows = [
        {
            "item": each.item,
            "score": Decimal(each.tenths).scaleb(-1),
            "grade": each.grade,
            "evidence": each.evidence,
            "facts": each.facts,
        }
        for each in counterfactuals
    ]
    return _text(rows)


def encode_hits(hits: Sequence[RuleHit]) -> str:
    """Every rule that holds, triggers too."""
    rows = [
        HitRow(
            rule=hit.rule,
            standard=hit.standard,
            version=hit.version,
            effect=hit.effect,
            grade=hit.grade,
            first_seen=iso(hit.first_seen),
            needs_onsite_check=hit.needs_onsite_check,
            evidence=hit.evidence,
            facts=hit.facts,
        )
        for hit in hits
    ]
    return _text(rows)


def encode_triggers(hits: Sequence[RuleHit]) -> str:
    """[{"code", "evidence"}] of the hits that are hard triggers; they stand among the hits too."""
    return _text([{"code": hit.rule, "evidence": hit.evidence} for hit in hits if hit.effect == "trigger"])


def encode_doubts(doubts: Sequence[Doubt]) -> str:
    """[{"code", "lost", "evidence"}]."""
    rows = [{"code": d.code, "lost": Decimal(d.lost).scaleb(-2), "evidence": d.evidence} for d in doubts]
    return _text(rows)


def decode_factors(text: str | bytes) -> tuple[Factor, ...]:
    """What encode_factors wrote; ratios with its digits. Raises msgspec.ValidationError."""
    return tuple(
        Factor(
            code=row.code,
            part=row.part,
            tenths=int(row.points.scaleb(1)),
            ratio=row.ratio,
            evidence=msgspec.json.decode(row.evidence, type=CAUSE_EVIDENCE[row.code]),
            facts=row.facts,
        )
        for row in msgspec.json.decode(text, type=list[FactorRow])
    )


def decode_counterfactuals(text: str | bytes) -> tuple[Counterfactual, ...]:
    """What encode_counterfactuals wrote; raises as decode_factors does."""
    return tuple(
        Counterfactual(
            item=row.item,
            tenths=int(row.score.scaleb(1)),
            grade=row.grade,
            evidence=row.evidence,
            facts=row.facts,
        )
        for row in msgspec.json.decode(text, type=list[CounterfactualRow])
    )


def decode_hits(text: str | bytes) -> tuple[RuleHit, ...]:
    """What encode_hits wrote; raises as decode_factors does, ValueError for a time that is none."""
    rows = msgspec.json.decode(text, type=list[HitRow])
    return tuple(msgspec.convert(_hit(row), RuleHit) for row in rows)


def decode_doubts(text: str | bytes) -> tuple[Doubt, ...]:
    """What encode_doubts wrote; raises as decode_factors does."""
    return tuple(
        Doubt(
            code=row.code,
            lost=int(row.lost.scaleb(2)),
            evidence=msgspec.json.decode(row.evidence, type=DOUBT_EVIDENCE[row.code]),
        )
        for row in msgspec.json.decode(text, type=list[DoubtRow])
    )


def _hit(row: HitRow) -> dict[str, Any]:
    first = msgspec.convert(row.first_seen, type=_Aware)  # a time without a zone says nothing
    return {**msgspec.structs.asdict(row), "first_seen": micros(first)}


def _text(rows: object) -> str:
    return _ENCODER.encode(rows).decode()
