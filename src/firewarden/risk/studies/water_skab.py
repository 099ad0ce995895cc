"""How well do O(1) detectors find faults of a pump rig, sample by sample? The SKAB protocol, pooled over all files.

The first 400 s of each file say what is usual: mean and standard deviation of each channel, and the spread of its EWMA.
After that each sample moves one EWMA for each channel; a sample is anomalous where any EWMA is further out than the
limit, in units of its own spread, as the live detectors do. Channels are those that a disturbance of the water or the
pump moves at once; temperatures follow the room, and voltage the grid. No setting is chosen for a file that it is
judged on: weight and limit for each file are chosen on all others.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from itertools import product
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firewarden.risk.studies.water_files import Run
from firewarden.risk.studies.water_scores import Confusion, Flags, confusion, runs
from firewarden.risk.water.baseline import TO_SIGMA
from firewarden.risk.water.charts import ewma_sd

TRAIN_S = 400
SETTLED_S = 20  # samples until the EWMA has forgotten that it began at zero
CHANNELS = ("Volume Flow RateRMS", "Pressure", "Current", "Accelerometer1RMS", "Accelerometer2RMS")
WEIGHTS = (0.05, 0.1, 0.2, 0.3)
LIMITS = (3.0, 4.0, 5.0, 6.0, 8.0)
FAR_MAX = 0.18
QUIET = 0.001  # of the mean: no channel is believed to be quieter


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Weight of the EWMA, and the limit in standard deviations of it."""

    weight: float
    limit: float


@dataclass(slots=True)
class Channel:
    """One channel: what is usual, and the EWMA of its standardised value."""

    mean: float
    sd: float
    spread: float
    ewma: float = 0.0

    def step(self, value: float, weight: float) -> float:
        """How far out the EWMA is after this sample, in standard deviations of its own."""
        self.ewma += weight * ((value - self.mean) / self.sd - self.ewma)
        return abs(self.ewma) / self.spread


def usual(values: NDArray[np.float64], weight: float) -> Channel:
    """What is usual in a channel, from its first seconds."""
    mean = float(values.mean())
    channel = Channel(mean=mean, sd=max(float(values.std()), QUIET * abs(mean), 1e-9), spread=1.0)
    out = [channel.step(float(value), weight) for value in values]
    channel.spread = max(float(np.mean(out[SETTLED_S:])) * TO_SIGMA, ewma_sd(weight))
    return channel


def detect(run: Run, setting: Setting) -> Flags:
    """Which samples after the first 400 s are anomalous."""
    columns = [run.values[:, run.channels.index(name)] for name in CHANNELS if name in run.channels]
    channels = [usual(column[:TRAIN_S], setting.weight) for column in columns]
    said = np.zeros(len(run.anomalous) - TRAIN_S, dtype=np.bool_)
    for i, row in enumerate(zip(*(column[TRAIN_S:] for column in columns), strict=True)):
        out = [channel.step(float(value), setting.weight) for channel, value in zip(channels, row, strict=True)]
        said[i] = max(out) > setting.limit
    return said


def study(files: Sequence[Run]) -> dict[str, Any]:
    """The whole study, as it goes into the report."""
    short = [run.name for run in files if len(run.anomalous) <= TRAIN_S]
    if short:
        raise ValueError(f"{short[0]}: shorter than the {TRAIN_S} s that say what is usual")
    tried = [Setting(weight=weight, limit=limit) for weight, limit in product(WEIGHTS, LIMITS)]
    said = [[detect(run, setting) for run in files] for setting in tried]
    truth = [run.anomalous[TRAIN_S:] for run in files]
    counts = [[confusion(s, t) for s, t in zip(row, truth, strict=True)] for row in said]
    best = _choose(counts, range(len(files)))
    chosen = [_choose(counts, [j for j in range(len(files)) if j != i]) for i in range(len(files))]
    judged = [counts[c][i] for i, c in enumerate(chosen)]
    alarms = [said[c][i] for i, c in enumerate(chosen)]
    return {
        "format": "skab",
        "method": "EWMA of each channel, scaled by its own spread; any channel",
        "files": len(files),
        "n": sum(len(t) for t in truth),
        "positives": sum(int(t.sum()) for t in truth),
        "train_s": TRAIN_S,
        "channels": list(CHANNELS),
        "leave_one_file_out": _figures(judged) | _delays(alarms, truth),
        "settings_leave_one_file_out": _tally([tried[c] for c in chosen]),
        "setting": asdict(tried[best]),
        "with_that_setting": _figures(counts[best]) | _delays(said[best], truth),
        "sensitivity": [asdict(s) | _figures(row) for s, row in zip(tried, counts, strict=True)],
        "by_group": {group: _figures(_of(group, files, judged)) for group in sorted({_group(run) for run in files})},
        "by_file": {run.name: asdict(count) | {"f1": count.f1} for run, count in zip(files, judged, strict=True)},
    }


def _choose(counts: Sequence[Sequence[Confusion]], files: Sequence[int]) -> int:
    """The setting with the highest F1 on these files among those with few false alarms."""
    pooled = [reduce(add, (row[i] for i in files)) for row in counts]
    modest = [k for k, count in enumerate(pooled) if count.far <= FAR_MAX]
    return max(modest or range(len(pooled)), key=lambda k: pooled[k].f1)


def _figures(counts: Sequence[Confusion]) -> dict[str, float]:
    pooled = reduce(add, counts)
    return {"f1": pooled.f1, "far": pooled.far, "mar": pooled.mar}


def _delays(said: Sequence[Flags], truth: Sequence[Flags]) -> dict[str, float | int | None]:
    """Anomalies that were seen, and after how many samples; those that go on from the first 400 s included."""
    spans = [(alarm[begin:end], end) for alarm, true in zip(said, truth, strict=True) for begin, end in runs(true)]
    delays = [int(np.flatnonzero(alarm)[0]) for alarm, _ in spans if alarm.any()]
    mean, median = (float(np.mean(delays)), float(np.median(delays))) if delays else (None, None)
    return {"anomalies": len(spans), "seen": len(delays), "delay_mean_s": mean, "delay_median_s": median}


def _tally(chosen: Sequence[Setting]) -> list[dict[str, float | int]]:
    return [asdict(setting) | {"files": chosen.count(setting)} for setting in dict.fromkeys(chosen)]


def _group(run: Run) -> str:
    return run.name.split("/", maxsplit=1)[0]


def _of(group: str, files: Sequence[Run], counts: Sequence[Confusion]) -> list[Confusion]:
    return [count for run, count in zip(files, counts, strict=True) if _group(run) == group]
