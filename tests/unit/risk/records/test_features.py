"""Features of records: only what was known strictly before; the venue itself is left out of its surroundings."""

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.risk.records.cities import at_day, city, events, venues

from firewarden.risk.records import features, neighbours
from firewarden.risk.records.city import KINDS, City, Events, ordered

NOBODY = Events(venue=np.empty(0, np.int32), time=np.empty(0, np.int64), kind=np.empty(0, np.int8))


def _columns(made: features.Maker, day: float) -> dict[str, features.Floats]:
    moment = at_day(day)
    x = made.at(moment, made.city.population(moment))
    return {feature.name: x[:, k] for k, feature in enumerate(made.columns.features())}


@pytest.mark.parametrize("change", ["permuted", "deleted", "turned into fires"])
def test_nothing_at_or_after_the_cutoff_is_seen(change: str) -> None:
    """Permuting, deleting or inventing events from the cutoff on leaves every feature the same to the bit."""
    whole = city(800)
    cutoff = at_day(365 * 3)
    rng = np.random.default_rng(4)
    late = whole.events.time >= cutoff
    venue, time, kind = whole.events.venue.copy(), whole.events.time.copy(), whole.events.kind.copy()
    time[np.flatnonzero(late)[:5]] = cutoff  # at the very moment
    if change == "permuted":
        venue[late] = rng.permutation(venue[late])
    elif change == "deleted":
        venue, time, kind = venue[~late], time[~late], kind[~late]
    else:
        kind[late] = KINDS.index("fire")
    other = replace(whole, events=ordered(venue, time, kind))
    population = whole.population(cutoff)
    told = [features.maker(each, ["fire"]).at(cutoff, population).tobytes() for each in (whole, other)]
    assert told[0] == told[1]


@pytest.mark.parametrize("place", ["by coordinates", "by number"])
@pytest.mark.parametrize("where", ["at the end", "in between"])
def test_venues_that_became_known_later_are_not_seen(where: str, place: str) -> None:
    """As many again, on the same spots and streets, with a use and events of their own: no bit of a column changes."""
    plain, n, cutoff = city(600), 600, at_day(365 * 3)
    if place == "by number":
        unplaced = np.full(n, np.nan)
        numbers = np.random.default_rng(5).integers(1, 90, n).astype(float)
        plain = replace(plain, venues=replace(plain.venues, lat=unplaced, lon=unplaced, number=numbers))
    new = np.arange(2 * n) >= n
    if where == "in between":
        new = np.random.default_rng(1).permutation(new)
    other = _grown(plain, new, cutoff)
    told = [
        features.maker(each, ["fire"], cutoff).at(cutoff, each.population(cutoff)).tobytes() for each in (plain, other)
    ]
    assert told[0] == told[1]


def _grown(plain: City, new: np.ndarray, known_from: int) -> City:
    """The city with a copy of every venue where `new`, known from then on; its events too, and a use of its own."""
    of = np.empty(len(new), np.int64)
    of[new] = of[~new] = np.arange((~new).sum())
    names = ("use", "street", "area_m2", "height_m", "built", "lat", "lon", "number", "known_from")
    columns = {name: getattr(plain.venues, name)[of] for name in names}
    columns["use"] = np.where(new, 3, columns["use"]).astype(np.int32)
    columns["known_from"] = np.where(new, known_from, columns["known_from"])
    uses, ids = (*plain.venues.uses, "zoo"), tuple(f"{k}" for k in range(len(new)))
    happened = plain.events
    venue = np.concatenate([np.flatnonzero(~new)[happened.venue], np.flatnonzero(new)[happened.venue]])
    both = ordered(venue.astype(np.int32), np.tile(happened.time, 2), np.tile(happened.kind, 2))
    return replace(plain, venues=replace(plain.venues, ids=ids, uses=uses, **columns), events=both)


def test_a_venue_is_not_part_of_its_surroundings() -> None:
    """A fire at a venue raises its street's and its neighbours' rates for the others, never for itself."""
    base = city(300)
    quiet = replace(base, events=events([(0, 1.0, "fire"), (7, 1.0, "alarm"), (9, 2.0, "fire")]))
    loud = replace(base, events=events([(0, 1.0, "fire"), (7, 1.0, "alarm"), (9, 2.0, "fire"), (5, 100.0, "fire")]))
    before, after = (_columns(features.maker(each, ["fire"]), 400) for each in (quiet, loud))
    mates = np.flatnonzero((base.venues.street == base.venues.street[5]) & (np.arange(300) != 5))
    silent = [mate for mate in mates if mate not in {0, 9}]
    for where in ("street_1y", "street_10y"):
        assert (after[where][silent] - before[where][silent] > after[where][5] - before[where][5]).all()
        assert (after[where][silent] > after[where][5]).all()
    assert 5 not in neighbours.nearest(base.venues)[5]


def test_neighbours_are_the_nearest() -> None:
    """By place as brute force finds them; along a street by number; nobody beyond the end of a street."""
    own = city(200).venues
    points = np.column_stack([own.lat, own.lon * np.cos(np.radians(31))])
    distance = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(distance, np.inf)
    found = neighbours.nearest(own)
    for k in range(200):
        ours = np.sort(distance[k][found[k, :12]])
        assert ours == pytest.approx(np.sort(distance[k])[:12], rel=0.02)
    street = venues(5, street=np.array([0, 0, 0, 1, 0], np.int32), number=np.array([1.0, 9.0, 5.0, 5.0, np.nan]))
    by_number = neighbours.nearest(street)
    assert set(by_number[2]) == {0, 1, 5}
    assert set(by_number[0]) == {2, 1, 5}
    assert set(by_number[3]) == set(by_number[4]) == {5}


def test_many_at_one_spot() -> None:
    """A hundred venues at the same coordinates are neighbours of each other, none of itself."""
    spot = venues(100, lat=np.full(100, 31.0), lon=np.full(100, 121.0))
    found = neighbours.nearest(spot)
    assert (found != np.arange(100)[:, None]).all()
    assert (found[:, :12] < 100).all()
    assert np.isfinite(neighbours.density(spot)).all()


def test_counts_are_decayed_sums() -> None:
    """2^(-age / half-life) for each event, exactly."""
    found = features.decayed(events([(1, 0.0, "fire"), (1, 90.0, "fire"), (2, 45.0, "fire")]), 90, at_day(90), 4)
    assert found == pytest.approx([0, 1.5, 2**-0.5, 0])


def test_unknown_is_the_mean_of_its_use_with_a_flag() -> None:
    """A missing area is no zero: it is its use's mean, drawn a little to all, and flagged."""
    n = 40
    use = np.repeat([0, 1], n // 2).astype(np.int32)
    area = np.where(use == 0, 100.0, 10_000.0)
    area[[0, 39]] = np.nan
    own = City(venues=venues(n, use=use, uses=("a", "b"), area_m2=area), events=NOBODY, strangers=NOBODY)
    told = _columns(features.maker(own, ["fire"]), 10)
    assert list(np.flatnonzero(told["area_unknown"])) == [0, 39]
    assert told["area"][0] < -1.9
    assert told["area"][39] > 1.9
    assert told["area"][1] < told["area"][0] < 0


@pytest.mark.parametrize("label", [["fire"], ["fire", "violation"], ["alarm"]])
def test_columns_are_finite_and_named_once(label: list[str]) -> None:
    """Whatever the label: a column for each feature, no NaN, no name twice, no history under two names."""
    made = features.maker(city(500), label)
    x = made.at(at_day(700), np.arange(500))
    names = [feature.name for feature in made.columns.features()]
    assert x.shape == (500, len(names))
    assert np.isfinite(x).all()
    assert len(set(names)) == len(names)
    assert ("fire_q" in names) == (label != ["fire"])


def test_a_venue_is_in_no_population_before_it_was_known() -> None:
    """`known_from` is strict: at the very moment the venue is not yet known."""
    own = City(
        venues=venues(3, known_from=np.array([at_day(0), at_day(5), at_day(9)])), events=NOBODY, strangers=NOBODY
    )
    assert list(own.population(at_day(5))) == [0]
    assert list(own.population(at_day(5) + 1)) == [0, 1]
