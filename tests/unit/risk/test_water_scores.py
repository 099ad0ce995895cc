"""Are alarms judged as the contest and the protocol of the rig say?"""

import numpy as np
import pytest

from firewarden.risk.studies.water_scores import Confusion, confusion, contest, runs


def flags(text: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """`#` is true."""
    return np.array([letter == "#" for letter in text])


def test_runs_are_what_is_true_without_a_break() -> None:
    """At both edges too."""
    assert runs(flags("##..#.###")) == [(0, 2), (4, 5), (6, 9)]
    assert runs(flags("...")) == []


def test_the_contest_s_score_by_hand() -> None:
    """Two attacks of four hours: one seen after one hour, one never; one false alarm in eight good hours."""
    result = contest(flags("#.....###......."), flags(".....####...####"))
    assert result is not None
    assert [event.seen_after for event in result.events] == [1, None]
    assert result.s_ttd == pytest.approx(1 - (0.25 + 1) / 2)
    assert (result.tpr, result.fpr) == (3 / 8, 1 / 8)
    assert result.s == pytest.approx((0.375 + (3 / 8 + 7 / 8) / 2) / 2)


@pytest.mark.parametrize("truth", ["....", "####"])
def test_without_attacks_or_without_good_hours_there_is_no_score(truth: str) -> None:
    """A number would mean nothing."""
    assert contest(flags(".#.#"), flags(truth)) is None


def test_confusion_is_pooled() -> None:
    """Counts are added before shares are taken."""
    one, other = confusion(flags("##.."), flags("#.#.")), confusion(flags("####"), flags("####"))
    assert one == Confusion(tp=1, fp=1, fn=1, tn=1)
    pooled = one + other
    assert pooled == Confusion(tp=5, fp=1, fn=1, tn=1)
    assert (pooled.f1, pooled.far, pooled.mar) == (10 / 12, 0.5, 1 / 6)
    assert (Confusion().f1, Confusion().far, Confusion().mar) == (0.0, 0.0, 0.0)
