"""A score as JSON: exact there and back."""

import json
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from tests.unit.risk.strategies import NOW, venues

from firewarden.risk.catalogue import (
    DOUBT_EVIDENCE,
    FACTOR_EVIDENCE,
    TRIGGER_EVIDENCE,
    DoubtCode,
    FactorCode,
    TriggerCode,
)
from firewarden.risk.facts import VenueFacts
from firewarden.risk.score import score
from firewarden.risk.wire import (
    decode_doubts,
    decode_factors,
    decode_triggers,
    encode_doubts,
    encode_factors,
    encode_triggers,
)


@given(facts=venues())
def test_a_score_survives_its_json(facts: VenueFacts) -> None:
    """What is written is read back the same: every factor that adds anything, every trigger, every doubt."""
    result = score(facts, NOW)
    assert decode_factors(encode_factors(result.factors)) == tuple(f for f in result.factors if f.tenths)
    assert decode_triggers(encode_triggers(result.triggers)) == result.triggers
    assert decode_doubts(encode_doubts(result.doubts)) == result.doubts


@given(facts=venues())
def test_points_in_json_add_up_to_the_score(facts: VenueFacts) -> None:
    """A reader who adds the decimals of the JSON gets the score, and one minus the losses is the confidence."""
    result = score(facts, NOW)
    factors = json.loads(encode_factors(result.factors), parse_float=Decimal)
    doubts = json.loads(encode_doubts(result.doubts), parse_float=Decimal)
    assert sum(factor["points"] for factor in factors) == result.points
    assert 1 - sum(doubt["lost"] for doubt in doubts) == result.confidence


def test_every_code_names_its_evidence() -> None:
    """A page finds the numbers of every factor, trigger and doubt in the catalogue."""
    assert set(FACTOR_EVIDENCE) == set(FactorCode)
    assert set(TRIGGER_EVIDENCE) == set(TriggerCode)
    assert set(DOUBT_EVIDENCE) == set(DoubtCode)


@given(facts=venues())
def test_evidence_is_of_its_codes_kind(facts: VenueFacts) -> None:
    """What a score carries is what the catalogue promises."""
    result = score(facts, NOW)
    assert all(type(f.evidence) is FACTOR_EVIDENCE[f.code] for f in result.factors)
    assert all(type(t.evidence) is TRIGGER_EVIDENCE[t.code] for t in result.triggers)
    assert all(type(d.evidence) is DOUBT_EVIDENCE[d.code] for d in result.doubts)


@pytest.mark.parametrize("text", ["{}", "[", '[{"code":"use","points":1}]', '[{"code":"use","evidence":{}}]'])
def test_what_is_no_list_of_reasons_is_refused(text: str) -> None:
    """JSON of another shape raises, and never becomes half a score."""
    with pytest.raises(msgspec.DecodeError):
        decode_factors(text)


def test_an_unknown_code_is_refused() -> None:
    """A factor of another version is an error with its name, not an empty row."""
    with pytest.raises(ValueError, match="astrology"):
        decode_factors('[{"code":"astrology","points":1,"evidence":{}}]')
