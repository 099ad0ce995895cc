"""Do the studies reach their figures on the public data? Runs where FIREWARDEN_RISK_DATA names the folder of it."""

import os
from pathlib import Path

import pytest

from firewarden.risk.studies import chicago, feedback

FOLDER = os.environ.get("FIREWARDEN_RISK_DATA")
data = pytest.mark.skipif(FOLDER is None, reason="FIREWARDEN_RISK_DATA names no folder of data files: not run")


@data
@pytest.mark.timeout(900)
def test_the_venues_part_of_a_published_gain() -> None:
    """Chicago: the published figures come out with the inspector, and venues alone reach their own lines (T4)."""
    told = chicago.study(Path(FOLDER or ""))
    by_name = {one.name: one for one in told.orderings}
    known, venue = by_name["with inspector"], by_name["venue only, inspector as nuisance"]
    assert (told.n, told.positives) == (1_637, 258)
    assert known.days_earlier.value == pytest.approx(7.5, abs=0.3)
    assert known.first_half_share.value == pytest.approx(0.69, abs=0.02)
    assert told.actual_first_half_share == pytest.approx(0.55, abs=0.01)
    assert venue.first_half_share.value >= 0.61
    assert venue.within_inspector_auc.value >= 0.565


@data
@pytest.mark.timeout(1800)
def test_chance_costs_little_and_keeps_the_level() -> None:
    """San Francisco: a fifth by chance with weights costs at most 5.5 %, at a level of at most 1.2 (T7)."""
    told = feedback.study(Path(FOLDER or ""))
    [arm] = [one for one in told.arms if one.exploration == 0.2 and one.weighted is feedback.Weighting.LEVEL]
    assert arm.yield_loss <= 0.055
    assert arm.predicted_over_actual <= 1.2
