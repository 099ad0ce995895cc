"""How good are alarms against known attacks? The measures of the BATADAL contest, and those of point-wise detection.

Contest (Taormina et al. 2018, doi 10.1061/(ASCE)WR.1943-5452.0000969): S = .5 S_TTD + .5 S_CLF, where
S_TTD = 1 - mean over attacks of (hours until the first alarm / hours of the attack), an attack that was not seen
counting as its whole length, and S_CLF = (true positive rate + true negative rate) / 2.
"""

from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One attack: hours `begin` to `end`, the latter not included, and after how many it was seen (None: never)."""

    begin: int
    end: int
    seen_after: int | None
    share: float
    """Of its hours, those with an alarm."""

    @property
    def ttd(self) -> float:
        """Time to detection over its length."""
        return 1.0 if self.seen_after is None else self.seen_after / (self.end - self.begin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """The contest's score of alarms, and what it is made of."""

    n: int
    positives: int
    events: tuple[Event, ...]
    s: float
    s_ttd: float
    s_clf: float
    tpr: float
    fpr: float


def runs(flags: Flags) -> list[tuple[int, int]]:
    """Begin and end of every run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def contest(alarm: Flags, attacked: Flags) -> Contest | None:
    """The contest's score; None where there is no attack, or no hour without one."""
    if not attacked.any() or attacked.all():
        return None
    events = tuple(_event(alarm, begin, end) for begin, end in runs(attacked))
    tpr, fpr = float(alarm[attacked].mean()), float(alarm[~attacked].mean())
    s_ttd = 1 - float(np.mean([event.ttd for event in events]))
    s_clf = (tpr + 1 - fpr) / 2
    n, positives = len(attacked), int(attacked.sum())
    s = (s_ttd + s_clf) / 2
    return Contest(n=n, positives=positives, events=events, s=s, s_ttd=s_ttd, s_clf=s_clf, tpr=tpr, fpr=fpr)


def _event(alarm: Flags, begin: int, end: int) -> Event:
    hours = np.flatnonzero(alarm[begin:end])
    seen_after = int(hours[0]) if len(hours) else None
    return Event(begin=begin, end=end, seen_after=seen_after, share=float(alarm[begin:end].mean()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """Samples by what was said and what was true."""

    tp: int = 0
    fp: int = 0
    fn: int = 0
    tn: int = 0

    def __add__(self, other: "Confusion") -> "Confusion":
        """Pooled."""
        mine, theirs = asdict(self), asdict(other)
        return Confusion(**{name: mine[name] + theirs[name] for name in mine})

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 where nothing was to be found and nothing was said."""
        said = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / said if said else 0.0

    @property
    def far(self) -> float:
        """Share of good samples with an alarm."""
        return self.fp / (self.fp + self.tn) if self.fp + self.tn else 0.0

    @property
    def mar(self) -> float:
        """Share of bad samples without one."""
        return self.fn / (self.fn + self.tp) if self.fn + self.tp else 0.0


def confusion(said: Flags, true: Flags) -> Confusion:
    """Counts of one series."""
    return Confusion(
        tp=int((said & true).sum()),
        fp=int((said & ~true).sum()),
        fn=int((~said & true).sum()),
        tn=int((~said & ~true).sum()),
    )
