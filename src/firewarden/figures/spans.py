"""What happened between two moments of a process: how much, how fast, how long it took."""

from collections.abc import Mapping
from dataclasses import dataclass

from firewarden.figures.series import Figures, label_of, named, series, total

_INFINITE = "+Inf"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The figures of a moment and of some time before, of the same run of a process."""

    after: Figures
    before: Figures
    seconds: float

    def value(self, name: str, labels: Mapping[str, str] | None = None) -> float | None:
        """The value of a series now; None where the process does not have it."""
        return self.after.get(series(name, labels))

    def grown(self, name: str, labels: Mapping[str, str] | None = None) -> float:
        """By how much a counter grew; without labels, all series of that name together."""
        if labels is None:
            return max(0.0, total(self.after, name) - total(self.before, name))
        key = series(name, labels)
        return max(0.0, self.after.get(key, 0.0) - self.before.get(key, 0.0))

    def rate(self, name: str, labels: Mapping[str, str] | None = None) -> float | None:
        """The same, in a second; None for an instant."""
        return self.grown(name, labels) / self.seconds if self.seconds > 0 else None

    def mean(self, name: str, labels: Mapping[str, str] | None = None) -> float | None:
        """The mean of what a histogram took in; None where that is nothing."""
        count = self.grown(f"{name}_count", labels)
        return self.grown(f"{name}_sum", labels) / count if count else None

    def quantile(self, share: float, name: str, labels: Mapping[str, str]) -> float | None:
        """The bound of the bucket below which `share` of what a histogram took in lies; None where that is nothing.

        Beyond the last bucket nothing is known but that it is more: the last bound then stands for it.
        """
        wanted = share * self.grown(f"{name}_count", labels)
        if not wanted:
            return None
        bounds = sorted(float(le) for le in self._bounds(f"{name}_bucket") if le != _INFINITE)
        for bound in bounds:
            if self.grown(f"{name}_bucket", {**labels, "le": _text(self._bounds(f"{name}_bucket"), bound)}) >= wanted:
                return bound
        return bounds[-1] if bounds else None

    def _bounds(self, name: str) -> set[str]:
        return {bound for key, _ in named(self.after, name) if (bound := label_of(key, "le")) is not None}


def _text(bounds: set[str], bound: float) -> str:
    return next(text for text in bounds if text != _INFINITE and float(text) == bound)
