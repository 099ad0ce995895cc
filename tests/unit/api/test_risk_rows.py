"""Can the api read what the risk process writes?"""

from datetime import UTC, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from firewarden.api.risk_rows import RiskScore
from firewarden.risk.catalogue import Grade
from firewarden.risk.rules.hits import RuleHit
from firewarden.risk.scoring import wire
from firewarden.risk.scoring.codes import Cause, CountEvidence, DoubtCode, Part, Repair, RepairEvidence
from firewarden.risk.scoring.model import Counterfactual, Doubt, Factor
from firewarden.risk.state.moments import micros

AT = datetime(2026, 11, 23, tzinfo=UTC)
COUNT = CountEvidence(count=1.5, half_life_days=90)


@given(st.integers(-1000, 1000), st.integers(0, 100))
def test_reasons_arrive_as_they_were_written(tenths: int, lost: int) -> None:
    """Points, lost confidence and evidence are the same numbers on the other side of the database."""
    factor = Factor(code=Cause.COMPLAINTS, part=Part.RATE, tenths=tenths, ratio=1.25, evidence=COUNT, facts=(3, 1))
    repaired = RepairEvidence(count=2, since=AT)
    repair = Counterfactual(item=Repair.PUMP_AUTO, tenths=42, grade=Grade.A, evidence=repaired)
    hit = RuleHit(
        rule="r",
        standard="GB 35181",
        version="2025",
        effect="trigger",
        evidence={"count": 1},
        facts=(7,),
        first_seen=micros(AT),
    )
    doubt = Doubt(code=DoubtCode.GATEWAYS_SILENT, lost=lost, evidence=CountEvidence(count=1, half_life_days=2))
    row = {
        "at": AT,
        "score": 50.0,
        "grade": "D",
        "confidence": 1 - lost / 100,
        "factors": msgspec.json.decode(wire.encode_factors([factor])),
        "triggers": msgspec.json.decode(wire.encode_triggers([hit])),
        "doubts": msgspec.json.decode(wire.encode_doubts([doubt])),
        "hits": msgspec.json.decode(wire.encode_hits([hit])),
        "counterfactuals": msgspec.json.decode(wire.encode_counterfactuals([repair])),
        "version": "1",
    }
    risk = msgspec.convert(row, RiskScore)
    assert (risk.factors[0].code, risk.factors[0].points, risk.factors[0].facts) == (
        "complaints",
        tenths / 10,
        (3, 1),
    )
    assert risk.factors[0].evidence["half_life_days"] == 90
    assert (risk.triggers[0].code, risk.hits[0].first_seen, risk.hits[0].facts) == ("r", AT, (7,))
    assert (risk.counterfactuals[0].item, risk.counterfactuals[0].score) == ("pump_auto", 4.2)
    assert risk.doubts[0].lost == lost / 100
