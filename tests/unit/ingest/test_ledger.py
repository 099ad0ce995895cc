"""Is every sequence number new exactly once, and every missing one seen?"""

from hypothesis import given
from hypothesis import strategies as st

from firewarden.ingest.ledger import Piece, SeqSet, Span, format_multirange, gap_change, parse_multirange

numbers = st.lists(st.integers(min_value=1, max_value=60), max_size=80)


@given(numbers)
def test_a_number_is_new_exactly_once(arrivals: list[int]) -> None:
    """In any order and however often, a number is new at its first arrival and at no other."""
    ledger, seen = SeqSet(), set[int]()
    for seq in arrivals:
        assert ledger.add(seq) is (seq not in seen)
        seen.add(seq)
    assert ledger.count() == len(seen)
    assert all((seq in ledger) is (seq in seen) for seq in range(1, 62))


@given(numbers)
def test_holes_are_what_is_missing(arrivals: list[int]) -> None:
    """Stored numbers and holes together are every number from 1 to the highest, without overlap."""
    ledger = SeqSet()
    for seq in arrivals:
        ledger.add(seq)
    missing = {seq for hole in ledger.holes() for seq in range(hole.first, hole.last + 1)}
    assert missing == set(range(1, max(arrivals, default=0) + 1)) - set(arrivals)


@given(numbers)
def test_spans_never_touch(arrivals: list[int]) -> None:
    """The ranges stay as few as they can be."""
    ledger = SeqSet()
    for seq in arrivals:
        ledger.add(seq)
    assert all(left.last + 1 < right.first for left, right in zip(ledger.spans, ledger.spans[1:], strict=False))


@given(numbers)
def test_a_multirange_survives_the_database_s_text(arrivals: list[int]) -> None:
    """What is written as int8multirange is read back as the same set."""
    ledger = SeqSet()
    for seq in arrivals:
        ledger.add(seq)
    assert parse_multirange(format_multirange(ledger)) == ledger


@given(numbers)
def test_through_is_never_beyond_what_is_stored(arrivals: list[int]) -> None:
    """Everything up to the watermark is stored, and the next number is not."""
    ledger = SeqSet()
    for seq in arrivals:
        ledger.add(seq)
    through = ledger.through()
    assert all(seq in ledger for seq in range(1, through + 1))
    assert through + 1 not in ledger


def test_the_watermark_passes_what_was_given_up() -> None:
    """A hole that will not be filled holds the watermark no longer; one that may be, does."""
    ledger = SeqSet([Span(1, 4), Span(6, 9), Span(12, 20)])
    assert ledger.through() == 4
    assert ledger.through([Span(5, 5)]) == 9
    assert ledger.through([Span(5, 5), Span(10, 11)]) == 20
    assert ledger.through([Span(10, 11)]) == 4


def test_a_gap_filled_in_part_is_cut() -> None:
    """What came of a gap and what is still missing are pieces of it; only what was never missed is opened."""
    change = gap_change([Span(3, 7)], [Span(3, 4), Span(6, 7), Span(20, 21)])
    pieces = (Piece(Span(3, 4), filled=False), Piece(Span(5, 5), filled=True), Piece(Span(6, 7), filled=False))
    assert change.moved == ((Span(3, 7), pieces),)
    assert change.opened == (Span(20, 21),)


@given(st.lists(st.lists(st.integers(1, 60), max_size=20), max_size=8))
def test_every_missing_number_stands_in_one_gap(batches: list[list[int]]) -> None:
    """Whatever comes in whatever order, the rows of gaps are disjoint, and say of each number whether it came."""
    ledger, rows, missed = SeqSet(), dict[Span, bool](), set[int]()
    for batch in batches:
        before = ledger.holes()
        for seq in batch:
            ledger.add(seq)
        change = gap_change(before, ledger.holes())
        for gap, pieces in change.moved:
            assert rows.pop(gap) is False
            rows.update({piece.span: piece.filled for piece in pieces})
        rows.update(dict.fromkeys(change.opened, False))
        missed |= {seq for hole in ledger.holes() for seq in range(hole.first, hole.last + 1)}
    named = [seq for span in rows for seq in range(span.first, span.last + 1)]
    assert sorted(named) == sorted(missed)
    assert [span for span, filled in sorted(rows.items()) if not filled] == ledger.holes()


@given(numbers, st.integers(0, 61))
def test_folding_settles_what_is_below_and_nothing_else(arrivals: list[int], last: int) -> None:
    """After a fold every number up to the limit is known, and those above are as they were."""
    ledger = SeqSet()
    for seq in arrivals:
        ledger.add(seq)
    ledger.fold(last)
    assert all((seq in ledger) is (seq <= last or seq in arrivals) for seq in range(1, 62))
    assert all(left.last + 1 < right.first for left, right in zip(ledger.spans, ledger.spans[1:], strict=False))


@given(st.lists(st.lists(st.integers(1, 40), min_size=1, max_size=8), max_size=20), st.lists(st.integers(1, 12)))
def test_numbers_added_together_are_those_added_one_by_one(batches: list[list[int]], runs: list[int]) -> None:
    """The short way of numbers that go on adds what the long way adds, or nothing."""
    highest = 0
    for length in runs:
        batches.append(list(range(highest + 1, highest + 1 + length)))
        highest += length + length % 3
    short, long = SeqSet(), SeqSet()
    for seqs in batches:
        before = list(short.spans)
        if short.add_next(list(seqs)):
            assert all(seq not in SeqSet(before) for seq in seqs)
        else:
            assert short.spans == before
            for seq in seqs:
                short.add(seq)
        for seq in seqs:
            long.add(seq)
        assert short == long
