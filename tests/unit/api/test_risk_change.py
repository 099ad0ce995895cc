"""Is a change of a score explained by what moved, and by nothing else?"""

import math
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from firewarden.api.risk_change import RECALIBRATED, REST, appeared, changes
from firewarden.api.risk_rows import Factor, RiskScore
from firewarden.risk.catalogue import Grade
from firewarden.risk.scoring.codes import Cause

AT = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
K = 0.05


def scored(logs: dict[str, float], *, version: str = "1") -> RiskScore:
    """A score by the curve of scores, with these logarithms of its factors' ratios."""
    score = round(100 * (1 - math.exp(-K * math.exp(min(6.0, sum(logs.values()))))), 1)
    factors = tuple(Factor(code=code, points=0.0, ratio=round(math.exp(log), 3)) for code, log in logs.items())
    return RiskScore(at=AT, score=score, grade=Grade.B, confidence=1, factors=factors, version=version)


LOGS = st.dictionaries(st.sampled_from([code.value for code in Cause]), st.floats(-1.5, 2.1), max_size=10)


@given(LOGS, LOGS)
def test_what_moved_adds_up_to_the_change(before: dict[str, float], after: dict[str, float]) -> None:
    """The points of all are the difference of the two scores exactly, in tenths."""
    then, now = scored(before), scored(after)
    found = changes(then, now)
    assert sum(round(each.points * 10) for each in found) == round(now.score * 10) - round(then.score * 10)
    assert all(each.points for each in found)
    assert [abs(each.points) for each in found] == sorted((abs(each.points) for each in found), reverse=True)


def test_only_what_moved_has_a_share() -> None:
    """A factor that stayed has none, although its points grew with the slope of the curve."""
    found = changes(scored({"use": 0.5, "size": 0.3}), scored({"use": 0.5, "size": 0.3, "pump": 2.0}))
    assert [each.code for each in found] == ["pump"]
    assert found[0].points > 0
    assert (found[0].ratio_before, found[0].ratio) == (None, 7.389)


def test_what_got_better_takes_away() -> None:
    """Signs are those of the terms, also where others moved the other way."""
    found = {
        each.code: each.points
        for each in changes(scored({"pump": 2.0, "duty": 0.1}), scored({"pump": 0.2, "duty": 0.6}))
    }
    assert found["pump"] < 0 < found["duty"]


def test_another_model_is_said() -> None:
    """What no factor explains is the model's."""
    now = scored({"use": 0.5}, version="2")
    then = RiskScore(at=AT, score=1.0, grade=Grade.A, confidence=1, factors=now.factors, version="1")
    assert [each.code for each in changes(then, now)] == [RECALIBRATED]


def test_what_may_be_hidden_in_the_rest_is_not_called_gone() -> None:
    """A small factor that is no longer listed may still be among those that are joined."""
    then = scored({"pump": 1.0, "age": 0.2, "size": 0.25})
    now = scored({"pump": 1.6, "size": 0.25, REST: 0.2})
    found = [each.code for each in changes(then, now)]
    assert "age" not in found
    assert found[0] == "pump"


def test_new_codes_keep_their_order() -> None:
    """What appeared, as it stands now."""
    assert appeared(["a", "b"], ["c", "b", "d"]) == ("c", "d")
