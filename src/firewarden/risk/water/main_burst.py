"""Did a street main burst? Pressure that falls in one building is the building's; in several neighbours, it is not.

Nothing is claimed of a sensor's role: any pressure sensor whose value fell counts for its venue, unless a pump runs or
a test goes on there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

from firewarden.risk.state.facts import Micros, WaterKind
from firewarden.risk.water.reading import MINUTE, Finding, finding_id

TOGETHER = 5 * MINUTE
NEAR_M = 800.0
VENUES_MIN = 3
SHARE_MIN = 0.5  # of the watched venues as near as those that fell
EARTH_M = 6_371_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a venue with pressure sensors lies. A district alone joins those of which nothing else is known."""

    district: str
    street: str | None = None
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drop:
    """Pressure at a venue's sensor fell at `at` and has not come back."""

    venue: int
    point: int
    at: Micros
    value: float
    expected: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MainBurst:
    """Drops of several venues that belong together, one for each venue, the earliest first."""

    since: Micros
    drops: tuple[Drop, ...]
    watched: int
    """Venues with pressure sensors there, those that did not fall included."""

    @property
    def findings(self) -> tuple[tuple[int, Finding], ...]:
        """The finding of each venue."""
        return tuple((drop.venue, _finding(drop)) for drop in self.drops)


def main_bursts(drops: Iterable[Drop], places: Mapping[int, Place]) -> tuple[MainBurst, ...]:
    """The street mains that seem to have burst, whatever the order of the drops. `places`: all venues watched."""
    first: dict[int, Drop] = {}
    for drop in sorted(drops, key=lambda drop: (drop.at, drop.venue, drop.point)):
        if drop.venue in places:
            first.setdefault(drop.venue, drop)
    bursts = (_judged(group, places) for group in _groups(list(first.values()), places))
    return tuple(burst for burst in bursts if burst is not None)


def _groups(drops: list[Drop], places: Mapping[int, Place]) -> list[list[Drop]]:
    """Drops joined where they are near in time and place to another of the group."""
    groups: list[list[Drop]] = []
    for drop in drops:
        joined = [group for group in groups if any(_together(drop, other, places) for other in group)]
        groups = [group for group in groups if group not in joined]
        groups.append([*(other for group in joined for other in group), drop])
    return groups


def _together(one: Drop, other: Drop, places: Mapping[int, Place]) -> bool:
    return abs(one.at - other.at) <= TOGETHER and near(places[one.venue], places[other.venue])


def near(one: Place, other: Place) -> bool:
    """Whether one main may serve both: within 800 m; on one street where a place is unknown; else in one district."""
    if one.lat is not None and one.lon is not None and other.lat is not None and other.lon is not None:
        return _distance_m(one.lat, one.lon, other.lat, other.lon) <= NEAR_M
    if one.street is not None and other.street is not None:
        return (one.street, one.district) == (other.street, other.district)
    return one.district == other.district


def _distance_m(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Along the great circle (haversine)."""
    half = sin(radians(other_lat - lat) / 2) ** 2
    half += cos(radians(lat)) * cos(radians(other_lat)) * sin(radians(other_lon - lon) / 2) ** 2
    return 2 * EARTH_M * asin(min(1.0, sqrt(half)))


def _judged(group: list[Drop], places: Mapping[int, Place]) -> MainBurst | None:
    if len(group) < VENUES_MIN:
        return None
    fallen = [places[drop.venue] for drop in group]
    watched = sum(any(near(place, other) for other in fallen) for place in places.values())
    if len(group) < SHARE_MIN * watched:
        return None
    drops = tuple(sorted(group, key=lambda drop: (drop.at, drop.venue)))
    return MainBurst(since=drops[0].at, drops=drops, watched=watched)


def _finding(drop: Drop) -> Finding:
    return Finding(
        finding=finding_id(drop.point, WaterKind.MAIN_BURST, drop.at),
        point=drop.point,
        what=WaterKind.MAIN_BURST,
        quantity="pressure",
        since=drop.at,
        value=drop.value,
        expected=drop.expected,
    )
