"""Do the reasons of a score add up to it exactly, each with the right sign?"""

import subprocess
import sys
from decimal import Decimal
from math import exp, inf, isclose, log
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.unit.risk.venue_facts import NOW, histories
from tests.unit.risk.venue_situations import PRIOR, hotel, scored, situation_of, situations

from firewarden.risk.scoring import weights as w
from firewarden.risk.scoring.codes import CAUSE_EVIDENCE, Cause, Part
from firewarden.risk.scoring.features import DUTY, FEATURES, TYPICAL
from firewarden.risk.scoring.grade import GradeMemory
from firewarden.risk.scoring.likelihood import Linear
from firewarden.risk.scoring.points import raw_score, scale, slope, tenths, whole
from firewarden.risk.scoring.score import FACTORS_MAX, no_rules, score
from firewarden.risk.state.facts import DutyChecked, Group, Raised, Trouble, VenueFact
from firewarden.risk.state.situation import Situation

ROOT = Path(__file__).parents[3]


@given(situations, st.floats(1e-3, 1e6))
def test_base_and_factors_are_the_score(situation: Situation, k: float) -> None:
    """Whoever adds the base and the factors gets the score, in tenths, without a rest."""
    result = scored(situation, k)
    assert result.base_tenths + sum(factor.tenths for factor in result.factors) == result.tenths
    assert result.base + sum((Decimal(f.tenths) / 10 for f in result.factors), Decimal(0)) == result.points
    assert 0 <= result.tenths <= 1000
    assert len(result.factors) <= FACTORS_MAX + 1
    assert 0 <= result.confidence <= 1
    assert 0 <= result.coverage <= 1


@given(situations, st.floats(1e-3, 1e6))
def test_points_have_the_sign_of_their_ratio(situation: Situation, k: float) -> None:
    """What makes a venue more dangerous than a typical one never takes points away, and the other way about."""
    for factor in scored(situation, k).factors:
        assert factor.tenths * log(factor.ratio) >= 0
        assert type(factor.evidence) is CAUSE_EVIDENCE[factor.code]


@given(situations)
def test_the_score_is_the_product_of_its_three_parts(situation: Situation) -> None:
    """Rate, P(not controlled) between that of a healthy venue and 1, and consequence from 1 make the score."""
    result = scored(situation, 35.0)
    assert w.UNCONTROLLED_HEALTHY * 0.999999 <= result.uncontrolled <= 1
    assert result.consequence >= 1
    assert result.rate > 0
    assert abs(result.tenths - 1000 * (1 - exp(-35.0 * result.risk))) <= 0.51


@given(histories())
def test_the_same_facts_in_any_order_give_the_same_score(facts: list[VenueFact]) -> None:
    """A score depends on what is known, not on how it came to be known."""
    assert scored(situation_of(facts)) == scored(situation_of(facts))
    once = situation_of(facts)
    turned = replace(once, evidence=dict(reversed(once.evidence.items())))
    assert scored(turned) == scored(once)


def test_another_process_gives_the_same_score() -> None:
    """No score depends on how a process happens to order its sets."""
    code = (
        "from tests.unit.risk.test_scoring_sum import troubled; from tests.unit.risk.venue_situations import scored;"
        "from firewarden.risk.scoring import wire; r = scored(troubled());"
        "print(r.tenths, wire.encode_factors(r.factors), wire.encode_counterfactuals(r.counterfactuals))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(outputs) == 1


def troubled() -> Situation:
    """A hotel with one of everything."""
    kinds = [(group, trouble) for group in Group for trouble in Trouble]
    return hotel(
        *(
            Raised(number=1, at=NOW - n * 10**9, episode=n, trouble=trouble, group=group, gateway="g1", point=n % 7)
            for n, (group, trouble) in enumerate(kinds, start=1)
        )
    )


def test_a_typical_venue_scores_the_base() -> None:
    """Where nothing differs from typical but the consequence, no other factor stands in the score."""
    result = scored(hotel())
    listed = {f.code for f in result.factors if f.part in {Part.RATE, Part.UNCONTROLLED}}
    assert listed <= {Cause.HANDLING}
    assert result.confidence == 1


def test_an_answered_duty_check_takes_points_away() -> None:
    """A contribution can be negative: whoever always answers is safer than a typical venue."""
    checks = [DutyChecked(number=1, at=NOW - n, answered=True) for n in range(60)]
    result = scored(hotel(*checks), k=400.0)
    duty = next(f for f in result.factors if f.code is Cause.DUTY)
    assert duty.tenths < 0
    assert duty.ratio < 1
    assert len(duty.facts) == 20


@given(st.lists(st.floats(-300, 300), min_size=1, max_size=14), st.booleans())
def test_whole_numbers_add_up(exact: list[float], up: bool) -> None:  # noqa: FBT001
    """Rounding never changes a sign, never moves anything by a whole, and reaches the total."""
    total = sum(exact)
    wanted = int(total // 1) + (1 if up and total % 1 else 0)
    rounded = whole(exact, wanted)
    assert sum(rounded) == wanted
    assert all(abs(a - b) < 1 + 1e-6 and a * b >= 0 for a, b in zip(exact, rounded, strict=True))


@given(st.floats(-30, 30), st.floats(-30, 30), st.floats(-10, 10))
def test_the_slope_is_that_between_two_scores(a: float, b: float, log_k: float) -> None:
    """The slope carries one score to the other, is never negative, and scores stay within 0 and 100."""
    per_log = slope(a, b, log_k)
    assert per_log >= 0
    assert isclose(raw_score(b, log_k) + per_log * (a - b), raw_score(a, log_k), abs_tol=1e-4)
    assert 0 <= tenths(raw_score(a, log_k)) <= 1000


def test_the_slope_at_one_point_is_the_derivative() -> None:
    """A venue that is exactly typical gets points per logarithm all the same."""
    near = (raw_score(-3.0 + 1e-6, 1.0) - raw_score(-3.0, 1.0)) / 1e-6
    assert slope(-3.0, -3.0, 1.0) == pytest.approx(near, rel=1e-4)


def test_the_scale_puts_the_95th_percentile_at_80() -> None:
    """Of a hundred venues the 96th scores 80; without venues there is no scale."""
    risks = [n / 1000 for n in range(1, 101)]
    assert tenths(raw_score(log(risks[95]), log(scale(risks)))) == 800
    with pytest.raises(ValueError, match="needs venues"):
        scale([])


def test_a_model_that_says_nonsense_is_refused() -> None:
    """Log-odds that are not finite raise, with the model's name, and never become a score."""
    broken = Linear(
        version="broken-1",
        intercept=inf,
        weights=PRIOR.weights,
        covariance=PRIOR.covariance,
        reference=PRIOR.reference,
    )
    with pytest.raises(ValueError, match="broken-1"):
        score(hotel(), no_rules, broken, 35.0, GradeMemory())


def test_the_prior_says_of_a_typical_venue_what_its_use_says() -> None:
    """The prior's rate of a typical venue is that of its use, and its reference are its own terms."""
    intercept, terms = PRIOR.terms(TYPICAL)
    assert list(PRIOR.reference) == terms
    assert exp(intercept + sum(terms)) == pytest.approx(0.03 * 90 / 365.25)
    assert len(FEATURES) == len(TYPICAL)
    assert FEATURES[DUTY].name == "duty"
