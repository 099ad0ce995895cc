"""Is the state of a venue the same whatever the order of its facts?"""

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.risk.venue_facts import NOW, histories, times

from firewarden.risk.state.decay import DAY
from firewarden.risk.state.facts import Group, Micros, Trouble, VenueFact
from firewarden.risk.state.fold import apply
from firewarden.risk.state.snapshot import decode, encode
from firewarden.risk.state.venue import VenueState
from firewarden.risk.state.view import view
from firewarden.risk.state.wire import from_json


def folded(facts: list[VenueFact]) -> VenueState:
    """The state after these facts."""
    state = VenueState()
    for fact in facts:
        apply(state, fact)
    return state


@given(histories(), st.data(), times)
def test_any_order_gives_the_same_state(facts: list[VenueFact], data: st.DataObject, now: Micros) -> None:
    """Any permutation of facts, some of them twice, makes the same bytes and the same view."""
    again = data.draw(st.lists(st.sampled_from(facts), max_size=5)) if facts else []
    other = folded(data.draw(st.permutations([*facts, *again])))
    assert encode(other) == encode(folded(facts))
    assert view(other, now) == view(folded(facts), now)


@given(histories(), st.integers(0, 30), times)
def test_a_snapshot_between_changes_nothing(facts: list[VenueFact], after: int, now: Micros) -> None:
    """A state that was written and read again after any fact goes on as if it had not been."""
    state = decode(encode(folded(facts[:after])))
    for fact in facts[after:]:
        assert apply(state, fact)
    assert encode(state) == encode(folded(facts))
    assert view(state, now) == view(folded(facts), now)


@given(histories())
def test_a_repeat_is_told(facts: list[VenueFact]) -> None:
    """A fact that is in already says so and changes nothing."""
    state = folded(facts)
    before = encode(state)
    assert not any(apply(state, fact) for fact in facts)
    assert encode(state) == before
    assert view(state, NOW).last_fact == len(facts)


def test_the_memories_of_scoring_are_kept() -> None:
    """What grading and rules remember is in the snapshot, in no order of its own."""
    state, other = VenueState(), VenueState()
    state.lines, state.hits_seen = {"B": -1, "C": 7}, {"b": 2, "a": NOW}
    other.lines, other.hits_seen = {"C": 7, "B": -1}, {"a": NOW, "b": 2}
    assert encode(state) == encode(other)
    again = decode(encode(state))
    assert (again.lines, again.hits_seen) == (state.lines, state.hits_seen)


def test_a_state_does_not_grow_with_its_history() -> None:
    """Ten times the faults that are over and the complaints: hardly a byte more."""

    def size(times: int) -> int:
        state = VenueState()
        for k in range(times):
            at, number = NOW - (times - k) * DAY // 20, 3 * k + 1
            key = {"episode": k, "trouble": Trouble.FAULT, "group": Group.DETECTOR, "gateway": "g1"}
            for text in (
                {"kind": "recorded", "number": number, "at": at, "what": "complaint"},
                {"kind": "raised", "number": number + 1, "at": at, **key},
                {"kind": "cleared", "number": number + 2, "at": at + 1, "raised_at": at, **key},
            ):
                apply(state, from_json(msgspec.json.encode(text)))
        return len(encode(state))

    assert size(1000) - size(100) < 50
