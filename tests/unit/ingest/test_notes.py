"""Does every reading stand in the note of its own day, and none in another's?"""

from hypothesis import given
from hypothesis import strategies as st

from firewarden.ingest.rows import ReadingRows
from firewarden.ingest.values import reading_batch_values

MIDNIGHT_S = 1_760_025_600 - 8 * 3_600  # of Shanghai, a multiple of a day eight hours earlier

readings = st.lists(
    st.tuples(st.integers(1, 5), st.floats(-3 * 86_400, 3 * 86_400).map(lambda s: MIDNIGHT_S + s)), min_size=1
)


@given(readings)
def test_a_note_names_the_points_and_times_of_one_day(made: list[tuple[int, float]]) -> None:
    """A late reading between live ones does not make all of them look late."""
    rows = ReadingRows(
        point_ids=[point for point, _ in made], times_s=[at for _, at in made], values=[0.0 for _ in made]
    )
    notes = reading_batch_values(rows)
    days = {(at + 8 * 3_600) // 86_400 for _, at in made}
    assert len(notes) == len(days)
    for note in notes:
        at_min, at_max = float(str(note["at_min"])), float(str(note["at_max"]))
        within = [(point, at) for point, at in made if at_min <= at <= at_max]
        assert len({(at + 8 * 3_600) // 86_400 for _, at in within}) == 1
        assert note["point_ids"] == sorted({point for point, _ in within})
        assert note["rows"] == len(within)
