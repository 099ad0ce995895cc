"""Which messages are new, which were stored before, and which are missing?

Per gateway, boot and lane the stored sequence numbers are kept as ranges: one range as long as nothing is missing.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from firewarden.ingest.facts import Lane


class Stream(NamedTuple):
    """What sequence numbers are counted by."""

    gateway: str
    boot: str
    lane: Lane


class Span(NamedTuple):
    """Sequence numbers from `first` to `last`, both included."""

    first: int
    last: int


@dataclass(slots=True)
class SeqSet:
    """A set of sequence numbers as sorted spans that neither touch nor overlap."""

    spans: list[Span] = field(default_factory=list[Span])

    def __contains__(self, seq: int) -> bool:
        index = bisect_right(self.spans, (seq, seq)) - 1
        if index + 1 < len(self.spans) and self.spans[index + 1].first == seq:
            return True
        return index >= 0 and self.spans[index].last >= seq

    def add(self, seq: int) -> bool:
        """Whether `seq` is new; it is in the set afterwards."""
        assert seq >= 1
        if seq in self:
            return False
        index = bisect_right(self.spans, (seq, seq))
        first = last = seq
        if index < len(self.spans) and self.spans[index].first == seq + 1:
            last = self.spans.pop(index).last
        if index > 0 and self.spans[index - 1].last == seq - 1:
            index -= 1
            first = self.spans.pop(index).first
        self.spans.insert(index, Span(first, last))
        return True

    def add_next(self, seqs: list[int]) -> bool:
        """Add `seqs` where they go on one by one from beyond the highest number, as they nearly always do.

        False, and nothing is added, where they do not.
        """
        first, last = seqs[0], seqs[-1]
        highest = self.spans[-1].last if self.spans else 0
        if first <= highest or seqs != list(range(first, first + len(seqs))):
            return False
        if self.spans and first == highest + 1:
            self.spans[-1] = Span(self.spans[-1].first, last)
        else:
            self.spans.append(Span(first, last))
        return True

    def holes(self) -> list[Span]:
        """What is missing between 1 and the highest number."""
        missing: list[Span] = []
        expected = 1
        for span in self.spans:
            if span.first > expected:
                missing.append(Span(expected, span.first - 1))
            expected = span.last + 1
        return missing

    def highest(self) -> int:
        """The highest number; 0 where there is none."""
        return self.spans[-1].last if self.spans else 0

    def count(self) -> int:
        """How many numbers are in the set."""
        return sum(span.last - span.first + 1 for span in self.spans)

    def fold(self, last: int) -> None:
        """Count everything up to `last` as settled: what is missing there will not come any more."""
        self.spans = [span for span in self.spans if span.last > last]
        if self.spans and self.spans[0].first <= last + 1:
            self.spans[0] = Span(1, self.spans[0].last)
        elif last >= 1:
            self.spans.insert(0, Span(1, last))

    def through(self, given_up: Iterable[Span] = ()) -> int:
        """The highest number up to which everything is stored, or given up; 0 where not even 1 is."""
        reached = 0
        for span in sorted([*self.spans, *given_up]):
            if span.first > reached + 1:
                break
            reached = max(reached, span.last)
        return reached


def parse_multirange(text: str) -> SeqSet:
    """Read PostgreSQL's int8multirange text, such as `{[1,18),[20,30)}`. Raises ValueError."""
    inner = text.removeprefix("{").removesuffix("}")
    if not inner:
        return SeqSet()
    spans: list[Span] = []
    for part in inner.removeprefix("[").removesuffix(")").split("),["):
        low, high = part.split(",")
        spans.append(Span(int(low), int(high) - 1))
    return SeqSet(spans)


def format_multirange(numbers: SeqSet) -> str:
    """The text of an int8multirange."""
    return "{" + ",".join(f"[{span.first},{span.last + 1})" for span in numbers.spans) + "}"


class Piece(NamedTuple):
    """A part of what was a gap: `filled` came after all, the others are still missing."""

    span: Span
    filled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GapChange:
    """What a batch did to the gaps of one stream. `moved`: gaps of which a part came, or all, in pieces by number."""

    opened: tuple[Span, ...]
    moved: tuple[tuple[Span, tuple[Piece, ...]], ...]


def gap_change(before: list[Span], after: list[Span]) -> GapChange:
    """Compare the holes before and after, both by number. Holes only shrink, and new ones lie above the old."""
    highest = before[-1].last if before else 0
    left = set(after)
    moved = tuple((gap, _pieces(gap, after)) for gap in before if gap not in left)
    return GapChange(opened=tuple(span for span in after if span.first > highest), moved=moved)


def _pieces(gap: Span, holes: list[Span]) -> tuple[Piece, ...]:
    """`gap` cut into what came and what is left of it in `holes`."""
    pieces: list[Piece] = []
    expected = gap.first
    for hole in holes[bisect_left(holes, (gap.first, 0)) :]:
        if hole.first > gap.last:
            break
        if hole.first > expected:
            pieces.append(Piece(Span(expected, hole.first - 1), filled=True))
        pieces.append(Piece(hole, filled=False))
        expected = hole.last + 1
    if expected <= gap.last:
        pieces.append(Piece(Span(expected, gap.last), filled=True))
    return tuple(pieces)
