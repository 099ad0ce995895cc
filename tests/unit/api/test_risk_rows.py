"""Can the api read what the risk process writes?"""

from datetime import UTC, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from firewarden.api.risk_rows import RiskScore
from firewarden.risk import wire
from firewarden.risk.catalogue import CountEvidence, DoubtCode, FactorCode, OfflineEvidence, TriggerCode
from firewarden.risk.reasons import Doubt, Factor, Trigger

AT = datetime(2026, 11, 23, tzinfo=UTC)
COUNT = CountEvidence(count=1, of=2)
OFFLINE = OfflineEvidence(silent=1, gateways=2, never_heard=0, since=AT)


@given(st.integers(1, 1000), st.integers(0, 100))
def test_reasons_arrive_as_they_were_written(tenths: int, lost: int) -> None:
    """Points, lost confidence and evidence are the same numbers on the other side of the database."""
    row = {
        "at": AT,
        "score": tenths / 10,
        "grade": "D",
        "confidence": 1 - lost / 100,
        "factors": msgspec.json.decode(
            wire.encode_factors([Factor(code=FactorCode.OFFLINE, tenths=tenths, evidence=OFFLINE)])
        ),
        "triggers": msgspec.json.decode(wire.encode_triggers([Trigger(code=TriggerCode.OFFLINE, evidence=OFFLINE)])),
        "doubts": msgspec.json.decode(
            wire.encode_doubts([Doubt(code=DoubtCode.GATEWAYS_SILENT, lost=lost, evidence=COUNT)])
        ),
        "version": "1",
    }
    risk = msgspec.convert(row, RiskScore)
    assert (risk.factors[0].code, risk.factors[0].points) == ("offline", tenths / 10)
    assert risk.factors[0].evidence["silent"] == 1
    assert (risk.triggers[0].code, risk.triggers[0].evidence["gateways"]) == ("offline_72h", 2)
    assert (risk.doubts[0].lost, risk.doubts[0].evidence) == (lost / 100, {"count": 1, "of": 2})
