"""Do whole words become rises and falls, as somebody would say them who saw one after the other?"""

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.ingest.gb_frames import NOW

from firewarden.ingest.facts import Envelope, Lane
from firewarden.ingest.gb_states import changes
from firewarden.ingest.rows import StateRow

NAMES = ("fire", "fault", "shielded")
ENVELOPE = Envelope(gateway="g", lane=Lane.STATE, boot="gb26875", seq=1, sent_at=NOW, facts=())

words = st.tuples(st.integers(1, 3), st.frozensets(st.sampled_from(NAMES)))


def rows_of(point_id: int, states: frozenset[str]) -> list[StateRow]:
    """A whole word: what it does not hold, then what it holds."""
    falls = [(name, False) for name in NAMES if name not in states]
    return [
        StateRow(
            gateway_id="g",
            venue_id=1,
            point_id=point_id,
            state=name,
            raised=raised,
            at=NOW,
            device_at=NOW,
            envelope=ENVELOPE,
            received_at=NOW,
        )
        for name, raised in [*falls, *((name, True) for name in NAMES if name in states)]
    ]


@given(st.lists(words, max_size=20), st.dictionaries(st.integers(1, 3), st.frozensets(st.sampled_from(NAMES))))
def test_words_are_followed(told: list[tuple[int, frozenset[str]]], remembered: dict[int, frozenset[str]]) -> None:
    """Each state that is told rises, what is told no more falls once, and the last word is remembered."""
    kept, whole = changes([row for word in told for row in rows_of(*word)], remembered)
    expected: list[tuple[int, str, bool]] = []
    now = {point: set(states) for point, states in remembered.items()}
    for point, states in told:
        held = now.setdefault(point, set())
        expected += [(point, name, False) for name in NAMES if name in held - states]
        expected += [(point, name, True) for name in NAMES if name in states]
        now[point] = set(states)
    assert [(row.point_id, row.state, row.raised) for row in kept] == expected
    changed = {point: states for point, states in now.items() if states != set(remembered.get(point, ()))}
    assert {one.point_id: set(one.states) for one in whole} == changed
