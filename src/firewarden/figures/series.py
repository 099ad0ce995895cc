"""The figures of one moment as one flat table: what stands on a line of /metrics is a key here, and its value."""

from collections.abc import Iterable, Iterator, Mapping
from math import isfinite

from prometheus_client.metrics_core import Metric

Figures = Mapping[str, float]
"""Values by series, such as `firewarden_lag_seconds{of="alarm"}`."""

_ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})


def series(name: str, labels: Mapping[str, str] | None = None) -> str:
    """The key of one series: its name and its labels, in the order of their names."""
    if not labels:
        return name
    inner = ",".join(f'{label}="{value.translate(_ESCAPED)}"' for label, value in sorted(labels.items()))
    return f"{name}{{{inner}}}"


def table(metrics: Iterable[Metric]) -> dict[str, float]:
    """What a registry collected, as a table. A value that JSON cannot hold (NaN, infinite) is left out."""
    return {
        series(sample.name, sample.labels): float(sample.value)
        for metric in metrics
        for sample in metric.samples
        if isfinite(sample.value)
    }


def without_buckets(figures: Figures) -> dict[str, float]:
    """The same without the buckets of histograms: what is kept of every minute."""
    return {key: value for key, value in figures.items() if "_bucket{" not in key}


def named(figures: Figures, name: str) -> Iterator[tuple[str, float]]:
    """Every series of that name, whatever its labels."""
    start = f"{name}{{"
    return ((key, value) for key, value in figures.items() if key == name or key.startswith(start))


def label_of(key: str, label: str) -> str | None:
    """The value of a label in a series' key; None where it has no such label. For values without escapes."""
    _, found, rest = key.partition(f'{label}="')
    return rest.partition('"')[0] if found else None


def total(figures: Figures, name: str) -> float:
    """The sum over every series of that name."""
    return sum(value for _, value in named(figures, name))
