"""Montgomery County: which places called, and for what? 911 calls by place, time and title.

A place is an address as the source tells it, a road and the road that it is near, in a township; it is known from its
first call on. Calls to a building or an appliance that burns are fires, fire alarms are alarms; gas, electrical and
carbon monoxide calls are faults of what is installed; all else (medical calls, other work of the brigade) is `other`:
the activity. Calls to traffic and vehicles say nothing of a building: they make a place known, and are no events.
"""

import re
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
_RAMP = re.compile(r"\b(RAMP|TPKE|EXPY|EXPRESSWAY|OVERPASS|UNDERPASS|EXIT|RT ?\d+|I ?\d+)\b")
_COLUMNS = ("lat", "lng", "addr", "twp", "title", "timeStamp")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """As its first call told it: a later one must not move a place that was known."""

    use: str
    street: str
    lat: float
    lon: float
    known_from: str


def kind(title: str) -> str | None:
    """The kind of a call by its title, None for traffic. Some files end titles with a dash, or say which traffic."""
    plain = title.strip().rstrip("-").rstrip()
    if plain.startswith("Traffic") or "VEHICLE" in plain:
        return None
    return _KINDS.get(plain, "other")


def _use(address: str) -> str:
    if _RAMP.search(address):
        return "highway"
    if "&" not in address:
        return "road"
    return "dead end" if "DEAD END" in address else "crossing"


def convert(folder: Path, out: Path) -> Imported:
    """Write the format from `montco_911*.csv.gz`."""
    calls = sorted(read_rows(source(folder, "montco_911*.csv*"), _COLUMNS), key=lambda row: row["timeStamp"])
    places: dict[str, _Place] = {}
    events, left = list[tuple[str, str, str]](), Counter[str]()
    for row in calls:
        address, town = row["addr"].strip().upper(), row["twp"].strip().upper()
        if not address:
            left["without an address"] += 1
            continue
        key, road = f"{address}, {town}", address.partition("&")[0].strip()
        if key not in places:
            lat, lon, known_from = float(row["lat"]), float(row["lng"]), row["timeStamp"]
            street = f"{road}, {town}"
            places[key] = _Place(street=street, use=_use(address), lat=lat, lon=lon, known_from=known_from)
        what = kind(row["title"])
        if what is None:
            left["of traffic and vehicles"] += 1
        else:
            events.append((key, row["timeStamp"], what))
    write(out, _venues(places), ("venue_id", "use", "street", "lat", "lon", "known_from"), events)
    return Imported(venues=len(places), events=len(events), left=dict(left))


def _venues(places: Mapping[str, _Place]) -> Iterable[tuple[object, ...]]:
    for key, place in sorted(places.items()):
        yield key, place.use, place.street, place.lat, place.lon, place.known_from
