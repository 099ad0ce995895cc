"""How well are attacks on a pumped water network found? Learn on a clean record, choose on a known one, test.

An hour's statistic (water_network.py) goes through an EWMA; where it exceeds what it exceeded in a given share of the
clean hours (judged by laws that had not seen them) there is an alarm, which holds for some hours. EWMA weight, share
and hours are chosen by leaving out one attack at a time: each is judged by settings that did not know it.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firewarden.risk.studies.water_network import Carry, Network, Record, names, residuals, statistic
from firewarden.risk.studies.water_scores import Contest, Flags, contest, runs

WEIGHTS = (1.0, 0.6, 0.4, 0.25)
SHARES = (0.002, 0.005, 0.01, 0.02)
HOLDS = (0, 4, 8, 12)
AFTER_H = 72  # hours after an attack in which the network recovers; alarms there are the attack's
DENSITY = 2.0  # attacks may come twice as often as in the record that settings are chosen on
FPR_MAX = 0.08  # of settings that may be chosen, at that density; the aim is .10
LAWS_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """How a statistic becomes an alarm."""

    weight: float
    share: float
    """Of clean hours that exceed the threshold."""
    hold_h: int
    threshold: float


@dataclass(slots=True)
class Watch:
    """What the alarm remembers from hour to hour."""

    ewma: float = 0.0
    hours_ago: int | None = None
    """Since the threshold was last exceeded."""


def alarms(values: NDArray[np.float64], setting: Setting, watch: Watch) -> Flags:
    """Whether there is an alarm in each of the next hours. Any cutting into parts gives the same."""
    said = np.zeros(len(values), dtype=np.bool_)
    for i, value in enumerate(values):
        watch.ewma += setting.weight * (float(value) - watch.ewma)
        if watch.ewma > setting.threshold:
            watch.hours_ago = 0
        elif watch.hours_ago is not None:
            watch.hours_ago += 1
        said[i] = watch.hours_ago is not None and watch.hours_ago <= setting.hold_h
    return said


def settings(clean: NDArray[np.float64]) -> list[Setting]:
    """Every setting that is tried, with its threshold from the clean statistic."""
    found: list[Setting] = []
    for weight in WEIGHTS:
        watch = Watch()
        smooth = np.array([_smoothed(watch, weight, float(value)) for value in clean])
        for share, hold_h in product(SHARES, HOLDS):
            threshold = float(np.quantile(smooth, 1 - share))
            found.append(Setting(weight=weight, share=share, hold_h=hold_h, threshold=threshold))
    return found


def _smoothed(watch: Watch, weight: float, value: float) -> float:
    watch.ewma += weight * (value - watch.ewma)
    return watch.ewma


def choose(tried: Sequence[Setting], said: Sequence[Flags], attacked: Flags) -> int:
    """Which of the settings: the highest S among those with few false alarms if attacks were twice as frequent."""
    scores = [_score(alarm, attacked) for alarm in said]
    modest = [i for i, alarm in enumerate(said) if dense_fpr(alarm, attacked) <= FPR_MAX]
    return max(modest or range(len(tried)), key=lambda i: (scores[i], -tried[i].share))


def dense_fpr(alarm: Flags, attacked: Flags) -> float:
    """The false-positive rate if attacks came `DENSITY` times as often: the hours after each count as often too."""
    after = np.zeros_like(attacked)
    for _, end in runs(attacked):
        after[end : end + AFTER_H] = True
    after &= ~attacked
    far = ~attacked & ~after
    share_after = min(1.0, DENSITY * float(after.sum()) / max(1, int((~attacked).sum())))
    rate_after = float(alarm[after].mean()) if after.any() else 0.0
    rate_far = float(alarm[far].mean()) if far.any() else 0.0
    return share_after * rate_after + (1 - share_after) * rate_far


def left_out(tried: Sequence[Setting], said: Sequence[Flags], attacked: Flags) -> tuple[Contest | None, list[Setting]]:
    """The score when each attack is judged by the setting that was chosen without it; and those settings."""
    chosen: list[Setting] = []
    merged = np.zeros(len(attacked), dtype=np.bool_)
    events = runs(attacked)
    edges = [0, *((one[1] + other[0]) // 2 for one, other in pairwise(events)), len(attacked)]
    for (begin, end), (low, high) in zip(events, pairwise(edges), strict=True):
        keep = np.ones(len(attacked), dtype=np.bool_)
        keep[begin : end + AFTER_H] = False
        best = choose(tried, [alarm[keep] for alarm in said], attacked[keep])
        chosen.append(tried[best])
        merged[low:high] = said[best][low:high]
    return contest(merged, attacked), chosen


def _score(alarm: Flags, attacked: Flags) -> float:
    result = contest(alarm, attacked)
    return 0.0 if result is None else result.s


def study(network: Network, tune: Record, test: Record | None) -> dict[str, Any]:
    """The whole study, as it goes into the report, of what was learnt from a record without attacks."""
    if tune.attacked is None or len(runs(tune.attacked)) < 2:  # noqa: PLR2004 - one is left out
        raise ValueError("the tuning record must have at least two known attacks")
    clean = statistic(network.held_out)
    tried = settings(clean)
    broken = residuals(network, tune, network.carry())
    values = statistic(broken)
    said = [alarms(values, setting, Watch()) for setting in tried]
    best = choose(tried, said, tune.attacked)
    judged, chosen = left_out(tried, said, tune.attacked)
    report: dict[str, Any] = {
        "format": "batadal",
        "method": "laws of the network (extremely randomised trees), log excess, EWMA, hold",
        "laws": len(network.laws),
        "hours_train": len(network.held_out),
        "fpr_train_held_out": float(alarms(clean, tried[best], Watch()).mean()),
        "setting": asdict(tried[best]),
        "tune": _told(said[best], tune) | {"fpr_if_twice_as_dense": dense_fpr(said[best], tune.attacked)},
        "tune_leave_one_attack_out": None if judged is None else asdict(judged),
        "settings_leave_one_attack_out": [asdict(setting) for setting in chosen],
        "settings": [
            asdict(setting) | {"s": _score(alarm, tune.attacked), "fpr": float(alarm[~tune.attacked].mean())}
            for setting, alarm in zip(tried, said, strict=True)
        ],
        "evidence": evidence(network, broken, tune.attacked),
    }
    if test is not None:
        carry: Carry = network.carry()
        found = alarms(statistic(residuals(network, test, carry)), tried[best], Watch())
        report["test"] = _told(found, test)
    return report


def evidence(network: Network, broken: NDArray[np.float64], attacked: Flags) -> list[list[dict[str, Any]]]:
    """For each attack the laws that it broke most, by the mean size of what broke them."""
    told: list[list[dict[str, Any]]] = []
    for begin, end in runs(attacked):
        size = np.abs(broken[begin:end]).mean(axis=0)
        order = np.argsort(-size)[:LAWS_SHOWN]
        told.append([{"law": names(network)[j], "times_scale": float(size[j])} for j in order])
    return told


def _told(alarm: Flags, record: Record) -> dict[str, Any]:
    """The alarms of a record as intervals, and their score where attacks are known."""
    intervals = [(record.times[a].isoformat(), record.times[b - 1].isoformat()) for a, b in runs(alarm)]
    judged = None if record.attacked is None else contest(alarm, record.attacked)
    score = None if judged is None else asdict(judged)
    return {"hours": len(alarm), "alarm_hours": int(alarm.sum()), "alarms": intervals, "score": score}
