"""Montgomery County: which places called, and for what? 911 calls by place, time and title.

A place is a township and an address or crossing (either order of its two roads); it is known from its first call on.
Calls to a building or an appliance that burns are fires, fire alarms are alarms; gas, electrical and carbon monoxide
calls are faults of what is installed; all else (medical, traffic, other work of the brigade) is `other`: the activity.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from firewarden.risk.records.sf import Imported
from firewarden.risk.records.writing import read_rows, source, write

ZONE = "America/New_York"
_KINDS = {
    "Fire: BUILDING FIRE": "fire",
    "Fire: APPLIANCE FIRE": "fire",
    "Fire: FIRE ALARM": "alarm",
    "Fire: GAS-ODOR/LEAK": "fault",
    "Fire: ELECTRICAL FIRE OUTSIDE": "fault",
    "Fire: CARBON MONOXIDE DETECTOR": "fault",
}
_COLUMNS = ("lat", "lng", "addr", "twp", "title", "timeStamp")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """As its first call told it: a later one must not move a place that was known."""

    street: str
    lat: float
    lon: float
    known_from: str


def kind(title: str) -> str:
    """The kind of a call by its title; the source ends some titles with a dash."""
    return _KINDS.get(title.strip().rstrip("-").rstrip(), "other")


def convert(folder: Path, out: Path) -> Imported:
    """Write the format from `montco_911*.csv.gz`."""
    calls = sorted(read_rows(source(folder, "montco_911*.csv*"), _COLUMNS), key=lambda row: row["timeStamp"])
    places: dict[str, _Place] = {}
    events, left = list[tuple[str, str, str]](), Counter[str]()
    for row in calls:
        roads = sorted(part.strip() for part in row["addr"].upper().split("&"))
        if not any(roads):
            left["without an address"] += 1
            continue
        town = row["twp"].strip().upper()
        key = " & ".join(roads) + f", {town}"
        if key not in places:
            lat, lon, known_from = float(row["lat"]), float(row["lng"]), row["timeStamp"]
            places[key] = _Place(street=f"{roads[0]}, {town}", lat=lat, lon=lon, known_from=known_from)
        events.append((key, row["timeStamp"], kind(row["title"])))
    write(out, _venues(places), ("venue_id", "street", "lat", "lon", "known_from"), events)
    return Imported(venues=len(places), events=len(events), left=dict(left))


def _venues(places: Mapping[str, _Place]) -> Iterable[tuple[object, ...]]:
    for key, place in sorted(places.items()):
        yield key, place.street, place.lat, place.lon, place.known_from
