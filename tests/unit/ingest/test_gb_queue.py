"""Does a fire go first, and does each gateway keep its order and its turn?"""

from hypothesis import given
from hypothesis import strategies as st

from firewarden.ingest.gb_queue import TURN_ITEMS, FairQueue, QueueLimits

LIMITS = QueueLimits(weight_max=10, linger_s=0.1, linger_idle_s=1.0)
Item = tuple[str, int, bool]


def filled(items: list[tuple[str, bool]]) -> tuple[FairQueue[Item], list[Item]]:
    """A queue with these, by whose they are and whether they are urgent."""
    queue = FairQueue[Item](LIMITS)
    made = [(whose, number, urgent) for number, (whose, urgent) in enumerate(items)]
    for whose, number, urgent in made:
        queue.add(whose, (whose, number, urgent), weight=1, urgent=urgent, idle=False, now_s=float(number))
    return queue, made


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), max_size=80))
def test_nothing_is_lost_and_each_gateway_keeps_its_order(items: list[tuple[str, bool]]) -> None:
    """Batches hold everything once, never too much, and of each gateway in order of arrival."""
    queue, made = filled(items)
    taken: list[Item] = []
    while queue.due_in(1_000.0) == 0.0:
        batch = queue.take()
        assert 1 <= len(batch) <= LIMITS.weight_max
        taken += batch
    assert sorted(taken, key=lambda item: item[1]) == made
    for whose in "abcd":
        assert [item for item in taken if item[0] == whose] == [item for item in made if item[0] == whose]
    assert (len(queue), queue.due_in(0.0), queue.since_s) == (0, None, None)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans()), min_size=1, max_size=40))
def test_nothing_of_another_gateway_goes_before_a_fire(items: list[tuple[str, bool]]) -> None:
    """Before the last fire only fires go, and what came before one from its own gateway."""
    queue, made = filled(items)
    taken: list[Item] = []
    while len(queue):
        taken += queue.take()
    fires = [item for item in taken if item[2]]
    before = taken[: taken.index(fires[-1]) + 1] if fires else []
    allowed = {item for item in made if any(fire[0] == item[0] and fire[1] >= item[1] for fire in made if fire[2])}
    assert set(before) <= allowed


def test_a_storm_leaves_the_others_their_turn() -> None:
    """Of hundreds of frames of one gateway a few go before the one of another."""
    queue = FairQueue[Item](QueueLimits(weight_max=50))
    for number in range(500):
        queue.add("storm", ("storm", number, False), weight=1, urgent=False, idle=False, now_s=0.0)
    queue.add("calm", ("calm", 0, False), weight=1, urgent=False, idle=False, now_s=1.0)
    assert queue.take().index(("calm", 0, False)) == TURN_ITEMS


def test_how_long_a_frame_waits_for_company() -> None:
    """A fire not at all, a heartbeat longest, and a full batch no longer."""
    queue = FairQueue[str](LIMITS)
    queue.add("a", "heartbeat", weight=1, urgent=False, idle=True, now_s=0.0)
    assert queue.due_in(0.0) == 1.0
    queue.add("a", "state", weight=1, urgent=False, idle=False, now_s=0.0)
    assert queue.due_in(0.0) == 0.1
    queue.add("b", "states", weight=9, urgent=False, idle=False, now_s=0.0)
    assert queue.due_in(0.0) == 0.0
    assert queue.take() == ["heartbeat", "state", "states"]
    queue.add("a", "fire", weight=1, urgent=True, idle=False, now_s=5.0)
    assert queue.due_in(5.0) == 0.0
    assert queue.since_s == 5.0
