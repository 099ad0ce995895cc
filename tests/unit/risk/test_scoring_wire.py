"""A score as JSON: exact there and back."""

import json
from decimal import Decimal

import msgspec
import pytest
from hypothesis import assume, given
from tests.unit.risk.test_scoring_sum import troubled
from tests.unit.risk.venue_situations import scored, situations

from firewarden.risk.scoring import wire
from firewarden.risk.scoring.codes import CAUSE_EVIDENCE, DOUBT_EVIDENCE, Cause, DoubtCode, Repair
from firewarden.risk.scoring.evidence import TELLERS
from firewarden.risk.scoring.score import CAUSES
from firewarden.risk.state.decay import LANDMARK
from firewarden.risk.state.situation import Situation


@given(situations)
def test_a_score_survives_its_json(situation: Situation) -> None:
    """What is written is read back the same; ratios keep three digits."""
    result = scored(situation)
    read = wire.decode_factors(wire.encode_factors(result.factors))
    assert [(f.code, f.part, f.tenths, f.evidence, f.facts) for f in read] == [
        (f.code, f.part, f.tenths, f.evidence, f.facts) for f in result.factors
    ]
    assert all(abs(a.ratio - b.ratio) <= 0.0006 for a, b in zip(read, result.factors, strict=True))
    counterfactuals = wire.encode_counterfactuals(result.counterfactuals)
    assert wire.decode_counterfactuals(counterfactuals) == result.counterfactuals
    assume(all(hit.first_seen >= LANDMARK for hit in result.hits))  # what no calendar has is written as its edge
    assert wire.decode_hits(wire.encode_hits(result.hits)) == result.hits
    assert wire.decode_doubts(wire.encode_doubts(result.doubts)) == result.doubts


@given(situations)
def test_points_in_json_add_up_to_the_score(situation: Situation) -> None:
    """A reader who adds the decimals of the JSON to the base gets the score; one minus the losses is the confidence."""
    result = scored(situation)
    factors = json.loads(wire.encode_factors(result.factors), parse_float=Decimal)
    doubts = json.loads(wire.encode_doubts(result.doubts), parse_float=Decimal)
    assert result.base + sum(factor["points"] for factor in factors) == result.points
    assert 1 - sum(doubt["lost"] for doubt in doubts) == result.confidence


def test_triggers_are_a_part_of_the_hits() -> None:
    """The hard triggers stand among the hits, and once more by themselves."""
    result = scored(troubled())
    triggers = json.loads(wire.encode_triggers(result.hits))
    hits = json.loads(wire.encode_hits(result.hits))
    assert [t["code"] for t in triggers] == [hit["rule"] for hit in hits if hit["effect"] == "trigger"]


def test_every_code_has_its_evidence() -> None:
    """A page finds the numbers of every cause and doubt; every cause can be told, and every feature has a cause."""
    assert set(CAUSE_EVIDENCE) == set(Cause)
    assert set(DOUBT_EVIDENCE) == set(DoubtCode)
    assert set(TELLERS) == set(Cause) - {Cause.REST}
    assert len(set(CAUSES)) == len(CAUSES)


def test_everything_out_of_order_has_every_repair_of_troubles() -> None:
    """A venue with one of everything shows all repairs of equipment, each with its facts."""
    items = {each.item for each in scored(troubled()).counterfactuals}
    others = {Repair.WATER_RESTORED, Repair.SENSORS_REPAIRED, Repair.ORDERS_CLOSED, Repair.SIGNALS_JUDGED}
    assert items == set(Repair) - others


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "[",
        '[{"code":"use"}]',
        '[{"code":"astrology","part":"rate","points":1,"ratio":1,"evidence":{},"facts":[]}]',
    ],
)
def test_what_is_no_list_of_reasons_is_refused(text: str) -> None:
    """JSON of another shape, or with a code of another version, raises and never becomes half a score."""
    with pytest.raises(msgspec.DecodeError):
        wire.decode_factors(text)


def test_a_hit_without_a_zone_is_refused() -> None:
    """A time says nothing without its zone."""
    text = wire.encode_hits(scored(troubled()).hits).replace("Z", "")
    with pytest.raises(msgspec.ValidationError):
        wire.decode_hits(text)
