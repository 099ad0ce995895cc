"""Are attacks on a pumped network found by the laws that it was seen to obey, without looking ahead?"""

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.risk.water_network_records import COLUMNS, record

from firewarden.risk.studies.water_batadal import Setting, Watch, alarms, choose, dense_fpr, left_out, settings, study
from firewarden.risk.studies.water_network import Network, Record, learn, names, residuals, statistic
from firewarden.risk.studies.water_scores import contest

ATTACKS = ((300, 330), (500, 540))


@pytest.fixture(scope="module")
def network() -> Network:
    """Learnt from thirty days."""
    return learn(record(720, seed=1))


def cut(whole: Record, begin: int, end: int) -> Record:
    """Some of its hours."""
    return replace(whole, times=whole.times[begin:end], values=whole.values[begin:end], attacked=None)


def test_attacks_break_laws_and_ordinary_hours_do_not(network: Network) -> None:
    """The flow is shown and the tank does not fill: the balance says so."""
    seen = record(720, seed=2, attacks=ATTACKS)
    broken = residuals(network, seen, network.carry())
    assert seen.attacked is not None
    attacked = statistic(broken)[seen.attacked]
    ordinary = statistic(broken)[~seen.attacked]
    assert np.median(attacked) > np.quantile(ordinary, 0.95)
    balance = names(network).index("balance of L_T1")
    assert np.abs(broken[seen.attacked, balance]).mean() > 5 * np.abs(broken[~seen.attacked, balance]).mean()


def test_hour_by_hour_is_the_same_as_all_at_once(network: Network) -> None:
    """Nothing looks ahead, and the stream is the same code: any cutting gives the same bits, missing values too."""
    whole = record(120, seed=3, attacks=((60, 80),))
    values = whole.values.copy()
    values[np.random.default_rng(0).random(values.shape) < 0.1] = np.nan
    whole = replace(whole, values=values)
    at_once = residuals(network, whole, network.carry())
    carry = network.carry()
    pieces = [residuals(network, cut(whole, a, b), carry) for a, b in ((0, 1), (1, 7), (7, 8), (8, 60), (60, 120))]
    assert np.array_equal(np.vstack(pieces), at_once)
    setting, values_at_once = Setting(weight=0.4, share=0.01, hold_h=3, threshold=1.0), statistic(at_once)
    watch = Watch()
    said = np.concatenate([alarms(statistic(piece), setting, watch) for piece in pieces])
    assert np.array_equal(said, alarms(values_at_once, setting, Watch()))


def test_missing_values_are_no_attack(network: Network) -> None:
    """A lost value is what the laws expect, so that its neighbours do not cry."""
    whole = record(400, seed=4)
    values = whole.values.copy()
    values[np.random.default_rng(1).random(values.shape) < 0.05] = np.nan
    clean = statistic(residuals(network, whole, network.carry()))
    holed = statistic(residuals(network, replace(whole, values=values), network.carry()))
    assert np.isfinite(holed).all()
    assert holed.mean() < clean.mean() + 0.5


def test_a_record_may_lack_a_column_and_have_them_in_another_order(network: Network) -> None:
    """What is not there is missing, and columns go by their names."""
    whole = record(50, seed=5)
    order = [3, 0, 2, 1, 4]
    mixed = replace(whole, columns=tuple(COLUMNS[j] for j in order), values=whole.values[:, order])
    assert np.array_equal(residuals(network, mixed, network.carry()), residuals(network, whole, network.carry()))
    less = replace(whole, columns=COLUMNS[:4], values=whole.values[:, :4])
    assert np.isfinite(residuals(network, less, network.carry())).all()


def test_the_study_tells_the_score_and_each_attack(network: Network) -> None:
    """On the miniature both attacks are found within hours, judged by settings that did not know them."""
    tune = record(720, seed=2, attacks=ATTACKS)
    report = study(network, tune, record(200, seed=6, labelled=False))
    assert report["tune"]["score"]["s"] > 0.85
    assert report["tune_leave_one_attack_out"]["s"] > 0.8
    assert len(report["settings_leave_one_attack_out"]) == len(report["evidence"]) == 2
    assert report["test"]["score"] is None
    assert report["test"]["hours"] == 200
    assert report["fpr_train_held_out"] < 0.1


def test_a_study_needs_known_attacks(network: Network) -> None:
    """Nothing can be chosen on a record whose attacks are unknown."""
    with pytest.raises(ValueError, match="two known attacks"):
        study(network, record(100, seed=2, labelled=False), None)


def test_a_setting_with_few_false_alarms_is_preferred() -> None:
    """Where attacks are twice as frequent, hours after them count twice; what exceeds .08 then is not chosen."""
    attacked = np.zeros(1000, dtype=np.bool_)
    attacked[400:450] = attacked[700:720] = True
    good, noisy = attacked.copy(), np.ones(1000, dtype=np.bool_)
    good[450:470] = True
    tried = [Setting(weight=1, share=0.02, hold_h=0, threshold=1), Setting(weight=1, share=0.01, hold_h=0, threshold=1)]
    assert choose(tried, [noisy, good], attacked) == 1
    assert dense_fpr(noisy, attacked) == 1.0
    assert dense_fpr(good, attacked) == pytest.approx(2 * 20 / 930, rel=1e-9)
    judged, chosen = left_out(tried, [noisy, good], attacked)
    assert chosen == [tried[1], tried[1]]
    assert judged == contest(good, attacked)


def test_thresholds_come_from_the_clean_record_alone() -> None:
    """Of its hours the given share exceeds the threshold, whatever the weight."""
    clean = np.random.default_rng(3).exponential(size=5000)
    for setting in settings(clean):
        exceeds = alarms(clean, replace(setting, hold_h=0), Watch())
        assert abs(exceeds.mean() - setting.share) < 0.001
