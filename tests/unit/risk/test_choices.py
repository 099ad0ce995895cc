"""The draw: exact probabilities, the same for everybody, and estimates that undo it."""

import hashlib
import random
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.risk.choices.draw import Unit, choose, difference, draw, frame_hash, seed_of
from firewarden.risk.choices.estimates import hajek, lift, poisson_interval, simple, truncated
from firewarden.risk.choices.helped import Chosen, Verdict, helped, of_fires, of_violations
from firewarden.risk.choices.probabilities import BILLION, probabilities, weight_of_score
from firewarden.risk.studies import draws

weights = st.lists(st.integers(0, 10**7), min_size=1, max_size=40)


@given(weights=weights, share=st.integers(100, 1000), data=st.data())
def test_probabilities_add_up_and_nobody_is_left_out(weights: list[int], share: int, data: st.DataObject) -> None:
    """They add up to the size exactly, lie in (0, 1], never below the fair share of chance, and follow the risk."""
    size = data.draw(st.integers(1, len(weights)))
    found = probabilities(weights, size, share / 1000)
    assert sum(found) == size * BILLION
    assert all(0 < one <= BILLION for one in found)
    certain = found.count(BILLION)
    if certain < len(weights):
        fair = Fraction(share, 1000) * Fraction(size - certain, len(weights) - certain)
        assert min(found) >= int(fair * BILLION)
    pairs = sorted(zip(weights, found, strict=True))
    assert all(b >= a - 1 for (_, a), (_, b) in pairwise(pairs))


def test_the_cap_is_spread_over_the_rest() -> None:
    """Who reaches 1 is certain; what it gives up goes to the others by the same formula."""
    assert probabilities([1000, 1, 1, 1, 1], 2, 0.2) == [BILLION, *[BILLION // 4] * 4]
    assert probabilities([5, 5, 5, 5], 1, 0.2) == [BILLION // 4] * 4
    assert probabilities([0, 0], 1, 0.5) == [BILLION // 2] * 2


@pytest.mark.parametrize(("size", "exploration"), [(0, 0.2), (5, 0.2), (1, 0.09), (1, 1.1), (-1, 0.2)])
def test_what_is_no_draw_is_refused(size: int, exploration: float) -> None:
    """A size beyond the frame, or less chance than a tenth, is refused."""
    with pytest.raises(ValueError, match=r"cannot be chosen|exploration"):
        probabilities([1, 2, 3, 4], size, exploration)
    with pytest.raises(ValueError, match="not negative"):
        probabilities([1, -2], 1)
    with pytest.raises(ValueError, match="tenths"):
        weight_of_score(1001)


def test_the_risk_behind_a_score_rises_with_it() -> None:
    """Every tenth of a point weighs at least as much as the one before, from more than nothing to 99.9."""
    found = [weight_of_score(tenths) for tenths in range(1001)]
    assert found == sorted(found)
    assert (found[0], found[999]) == (1, found[1000])


UNITS = [
    Unit(code=f"V{number:03}", stratum=f"use{number % 3}", score_tenths=(number * 37) % 900) for number in range(120)
]


def test_a_draw_is_worked_out_again_by_hand() -> None:
    """Following the published steps with nothing but SHA-256 and whole numbers gives the same venues."""
    drawn = draw(UNITS, size=12, exploration=0.2, nonce="of the day")
    seed = hashlib.sha256((drawn.frame_hash + "of the day").encode()).digest()
    line = sorted(
        zip(drawn.frame, drawn.billionths, strict=True),
        key=lambda pair: (pair[0].stratum, hashlib.sha256(seed + b"order" + pair[0].code.encode()).digest()),
    )
    start = int.from_bytes(hashlib.sha256(seed + b"start").digest()[:16], "big") % 10**9
    expected, end = set[str](), 0
    for unit, share in line:
        begin, end = end, end + share
        if any(begin <= start + k * 10**9 < end for k in range(12)):
            expected.add(unit.code)
    assert {unit.code for unit, taken in zip(drawn.frame, drawn.chosen, strict=True) if taken} == expected
    assert len(expected) == 12


def test_a_draw_is_the_same_in_any_order_and_is_pinned() -> None:
    """The order of the venues does not matter, and the choices of this frame stay what they were."""
    shuffled = list(UNITS)
    random.Random(4).shuffle(shuffled)
    drawn = draw(shuffled, size=12, exploration=0.2, nonce="1", commitment="published")
    assert drawn == draw(UNITS, size=12, exploration=0.2, nonce="1", commitment="published")
    told = hashlib.sha256(repr((drawn.frame_hash, drawn.billionths, drawn.chosen)).encode()).hexdigest()
    assert told == PINNED


PINNED = "67815123ee258a1b797c3159350e5dc82635efdb6fce4a7a67d1b2488fe21d72"


def test_each_class_gets_its_expected_number() -> None:
    """A use class is drawn as often as its probabilities add up to, rounded down or up."""
    drawn = draw(UNITS, size=30, exploration=0.2, nonce="x")
    for stratum in ("use0", "use1", "use2"):
        own = [i for i, unit in enumerate(drawn.frame) if unit.stratum == stratum]
        expected = sum(drawn.billionths[i] for i in own) / BILLION
        assert abs(sum(drawn.chosen[i] for i in own) - expected) < 1


def test_a_record_that_was_changed_does_not_come_out() -> None:
    """Whoever changes a score, a probability, the seed or the choice is found out, and told what does not fit."""
    drawn = draw(UNITS, size=12, exploration=0.2, nonce="1")
    assert difference(drawn) is None
    other = (replace(UNITS[0], score_tenths=999), *drawn.frame[1:])
    flipped = tuple(not one for one in drawn.chosen)
    for changed in (
        replace(drawn, frame=other),
        replace(drawn, seed="00"),
        replace(drawn, chosen=flipped),
        replace(drawn, billionths=(1, *drawn.billionths[1:])),
        replace(drawn, nonce="2"),
    ):
        assert difference(changed) is not None


def test_a_venue_stands_in_the_frame_once() -> None:
    """The same code twice is refused, and codes with any characters have a hash of their own."""
    with pytest.raises(ValueError, match="twice"):
        draw([UNITS[0], UNITS[0]], size=1, exploration=0.2, nonce="")
    odd = [Unit(code='a","b', stratum="", score_tenths=1), Unit(code="a", stratum='b","', score_tenths=1)]
    assert frame_hash(odd[:1]) != frame_hash(odd[1:])


def test_frequencies_are_the_probabilities() -> None:
    """In many draws of a large frame no venue is further from its probability than chance allows (T8, shortened)."""
    told = draws.study(venues=300, size=12, repeats=1_500)
    assert told.replay_identical
    assert told.worst_sd < 4.5  # of 300; the whole protocol is `firewarden risk study draw`
    assert abs(told.hajek_mean - told.true_rate) < abs(told.naive_mean - told.true_rate)


def test_all_chance_comes_from_the_seed() -> None:
    """Another nonce chooses others; the same one the same."""
    codes, strata = [unit.code for unit in UNITS], [unit.stratum for unit in UNITS]
    share = probabilities([1] * len(UNITS), 12, 1.0)
    first = choose(codes, strata, share, seed_of("c", "1"))
    assert first == choose(codes, strata, share, seed_of("c", "1")) != choose(codes, strata, share, seed_of("c", "2"))


@given(st.lists(st.tuples(st.booleans(), st.floats(1e-6, 1.0)), min_size=1, max_size=60))
def test_an_estimate_is_a_share_within_its_interval(seen: list[tuple[bool, float]]) -> None:
    """Hájek's estimate and its interval lie in [0, 1], and no weight is more than five times the mean."""
    told = hajek([found for found, _ in seen], [share for _, share in seen])
    assert told.value is not None
    assert told.low is not None
    assert told.high is not None
    assert -1e-9 <= told.low <= told.value + 1e-9 <= told.high + 2e-9 <= 1 + 3e-9
    cut = truncated([share for _, share in seen])
    assert max(cut) <= 5 * sum(1 / share for _, share in seen) / len(seen) + 1e-6


def test_little_says_little() -> None:
    """No ratio from fewer than five cases, nothing from nobody, and a count of none is still up to 3.7."""
    assert lift(simple([True] * 3), simple([True] * 4 + [False] * 100)).value is None
    assert simple([]).value is None
    assert hajek([], []).value is None
    low, high = poisson_interval(0)
    assert (low, 3 < high < 4.1) == (0.0, True)
    low, high = poisson_interval(10)
    assert (low, high) == pytest.approx((4.8, 18.4), abs=0.1)


def city(*, useful: bool, fires: int = 60, venues: int = 1_000) -> list[Chosen]:
    """A draw after which fires came to the top of the list, or to anybody."""
    chance = random.Random(2)
    burnt = set(chance.sample(range(150 if useful else venues), fires))
    return [
        Chosen(
            round_id=1,
            quarter="2026Q3" if rank % 2 else "2026Q4",
            stratum="hotel" if rank % 3 else "office",
            probability=0.5,
            rank=rank + 1,
            chosen=rank % 5 == 0,
            by_chance=rank % 5 == 0 and rank >= 100,
            size=100,
            expected=fires / venues,
            fire=rank in burnt,
            violation=(rank in burnt) if rank % 5 == 0 else None,
        )
        for rank in range(venues)
    ]


def test_the_proof_says_whether_it_helps() -> None:
    """A ranking that finds fires helps; one that does not is said to be no better than chance; a few say nothing."""
    assert of_fires(city(useful=True)).verdict is Verdict.HELPS
    assert of_fires(city(useful=False)).verdict is Verdict.NO_BETTER_THAN_CHANCE
    assert of_fires(city(useful=True, fires=9)).verdict is Verdict.TOO_LITTLE_DATA
    assert of_violations(city(useful=True, fires=9)).verdict is Verdict.TOO_LITTLE_DATA
    assert of_fires([]).verdict is Verdict.TOO_LITTLE_DATA


def test_the_proof_is_told_for_each_quarter_and_class() -> None:
    """All, each quarter, each use class; venues and calibration add up; recall is of all fires."""
    groups = helped(city(useful=True))
    assert [(g.quarter, g.stratum) for g in groups] == [
        (None, None), ("2026Q3", None), ("2026Q4", None), (None, "hotel"), (None, "office"),
    ]  # fmt: skip
    assert groups[1].venues + groups[2].venues == groups[0].venues == 1_000
    fire = groups[0].fire
    assert (fire.observed, fire.recall) == (60, fire.top.positives / 60)
    assert fire.predicted_over_observed.value == pytest.approx(1.0)
    assert fire.predicted_over_observed.low is not None
    assert groups[0].violation.everybody.n == 200


def test_what_was_not_seen_is_not_counted() -> None:
    """Who was not inspected has no violation, and a draw whose horizon is not over has no fire."""
    early = [replace(one, fire=None, violation=None) for one in city(useful=True)]
    told = helped(early)[0]
    assert (told.fire.everybody.n, told.violation.everybody.n, told.fire.predicted) == (0, 0, None)
