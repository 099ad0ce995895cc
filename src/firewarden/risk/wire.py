"""How does a score travel? As the JSON of the tables and of the API: codes and numbers, never words."""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from firewarden.risk.catalogue import (
    DOUBT_EVIDENCE,
    FACTOR_EVIDENCE,
    TRIGGER_EVIDENCE,
    DoubtCode,
    Evidence,
    FactorCode,
    TriggerCode,
)
from firewarden.risk.reasons import Doubt, Factor, Trigger


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    points: Decimal = Decimal(0)
    lost: Decimal = Decimal(0)
    evidence: msgspec.Raw


_ENCODER = msgspec.json.Encoder(decimal_format="number")


def encode_factors(factors: Sequence[Factor]) -> str:
    """JSON of the factors that add anything: [{"code", "points", "evidence"}], points with one decimal."""
    rows = [
        {"code": f.code, "points": Decimal(f.tenths).scaleb(-1), "evidence": f.evidence} for f in factors if f.tenths
    ]
    return _ENCODER.encode(rows).decode()


def encode_triggers(triggers: Sequence[Trigger]) -> str:
    """JSON of the triggers: [{"code", "evidence"}]."""
    return _ENCODER.encode([{"code": t.code, "evidence": t.evidence} for t in triggers]).decode()


def encode_doubts(doubts: Sequence[Doubt]) -> str:
    """JSON of the doubts: [{"code", "lost", "evidence"}]; 1 minus all of `lost` is the confidence."""
    rows = [{"code": d.code, "lost": Decimal(d.lost).scaleb(-2), "evidence": d.evidence} for d in doubts]
    return _ENCODER.encode(rows).decode()


def decode_factors(text: str | bytes) -> tuple[Factor, ...]:
    """What encode_factors wrote. Raises msgspec.ValidationError, ValueError for an unknown code."""
    return tuple(
        Factor(
            code=FactorCode(row.code),
            tenths=int(row.points.scaleb(1)),
            evidence=_evidence(row, FACTOR_EVIDENCE[FactorCode(row.code)]),
        )
        for row in _rows(text)
    )


def decode_triggers(text: str | bytes) -> tuple[Trigger, ...]:
    """What encode_triggers wrote; raises as decode_factors does."""
    return tuple(
        Trigger(code=TriggerCode(row.code), evidence=_evidence(row, TRIGGER_EVIDENCE[TriggerCode(row.code)]))
        for row in _rows(text)
    )


def decode_doubts(text: str | bytes) -> tuple[Doubt, ...]:
    """What encode_doubts wrote; raises as decode_factors does."""
    return tuple(
        Doubt(
            code=DoubtCode(row.code),
            lost=int(row.lost.scaleb(2)),
            evidence=_evidence(row, DOUBT_EVIDENCE[DoubtCode(row.code)]),
        )
        for row in _rows(text)
    )


def _rows(text: str | bytes) -> list[_Row]:
    return msgspec.json.decode(text, type=list[_Row])


def _evidence(row: _Row, kind: type[Evidence]) -> Evidence:
    return msgspec.json.decode(row.evidence, type=kind)
