"""Level: when a label's records began, whether it moved, where it goes; rows are made even without losing events."""

from dataclasses import replace

import numpy as np
import pytest

from firewarden.risk.learn import level
from firewarden.risk.learn.design import Rows

DAY = 86_400
YEAR = 365 * DAY


def _times(counts_by_year: list[int], seed: int = 0) -> level.Times:
    """So many events in each year, at random."""
    rng = np.random.default_rng(seed)
    parts = [year * YEAR + rng.integers(0, YEAR, count) for year, count in enumerate(counts_by_year)]
    return np.sort(np.concatenate(parts))


def test_records_that_began_late_are_seen_and_strays_are_none() -> None:
    """Nothing, or a stray event, for four years and hundreds after: they began with the fifth year."""
    late = _times([0, 0, 0, 0, 200])
    assert level.began(late, 0, 5 * YEAR) == late[0]
    stray = np.concatenate([[YEAR], late])
    assert level.began(stray, 0, 5 * YEAR) == late[0]


@pytest.mark.parametrize("counts", [[], [0, 0, 0], [0, 0, 3], [50, 60, 40], [10, 20, 40, 80], [90, 20, 5]])
def test_records_that_were_always_there_begin_with_the_history(counts: list[int]) -> None:
    """No events, too few to tell, a steady rate, one that doubles each year, one that falls: no late beginning."""
    times = _times(counts) if counts else np.empty(0, np.int64)
    assert level.began(times, 0, max(len(counts), 1) * YEAR) == 0


def test_a_step_is_seen_in_both_directions() -> None:
    """Five times as many, or a fifth, since half a year: found within a month; a steady rate has none."""
    for before, after in ((60, 300), (300, 60)):
        times = np.sort(np.concatenate([_times([before, before]), _times([0, 0, after])]))
        found = level.moved(times, 0, 2 * YEAR + YEAR // 2, YEAR)
        assert found is not None
        assert abs(found - 2 * YEAR) < 30 * DAY
    assert level.moved(_times([100, 100, 100]), 0, 3 * YEAR, YEAR) is None


def test_a_season_is_no_step() -> None:
    """Three times as many in every last quarter of the year: what was so a year before did not move."""
    calm = _times([100, 100, 100])
    season = np.concatenate([year * YEAR + 275 * DAY + _times([60], year)[:60] % (90 * DAY) for year in range(3)])
    assert level.moved(np.sort(np.concatenate([calm, season])), 0, 3 * YEAR, YEAR) is None


def test_a_burst_of_a_day_is_no_step() -> None:
    """Two hundred events of one storm at the end are too short to be a level."""
    times = np.concatenate([_times([100, 100]), np.full(200, 2 * YEAR - DAY)])
    assert level.moved(np.sort(times), 0, 2 * YEAR, YEAR) is None


@pytest.mark.parametrize(
    ("positives", "low", "high"),
    [
        ([100.0] * 6, 0.0098, 0.0103),
        ([100, 100, 100, 100, 60], 0.0061, 0.0095),
        ([20, 20, 20, 200, 200], 0.017, 0.024),
        ([100, 130, 169, 220, 286], 0.0286, 0.042),
        ([0.0], 0.000001, 0.001),
        ([0, 0, 0], 0.000001, 0.001),
        ([10_000] * 3, 0.99, 1.0),
    ],
)
def test_the_next_level_is_foreseen(positives: list[float], low: float, high: float) -> None:
    """Steady stays; one odd year is believed in part; a jump is followed; growth goes on; never 0 or 1."""
    assert low < level.forecast(positives, [10_000] * len(positives)) < high


def test_rows_are_made_even_and_keep_their_events() -> None:
    """Origins with a tenth of the events weigh less where nothing happened; a single origin is left as it is."""
    n, rng = 4_000, np.random.default_rng(1)
    origin = np.repeat(np.array(["2010-01-01", "2011-01-01"], "datetime64[s]"), n)
    y = np.concatenate([rng.random(n) < 0.01, rng.random(n) < 0.1]).astype(np.float64)
    ones = np.ones(2 * n)
    rows = Rows(x=ones[:, None], y=y, exposure=ones, origin=origin, venue=np.arange(2 * n), weight=ones)
    found = level.even(rows)
    assert (found.weight[y > 0] == 1).all()
    shares = [found.weight[k] @ y[k] / found.weight[k].sum() for k in (slice(0, n), slice(n, None))]
    assert shares[0] == pytest.approx(shares[1], rel=0.25)
    nothing = level.even(replace(rows, y=np.zeros(2 * n)))
    assert (nothing.weight == 1).all()
