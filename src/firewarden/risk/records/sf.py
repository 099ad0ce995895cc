"""San Francisco: which addresses are there, and where did it burn? Fires by address and date, and permit addresses.

The population is the addresses of building permits (always known) and, from the day of its first fire on, every other
street address that had one: nobody knew such an address before, so it is in no population before (`known_from`).
Crossings, freeways and the number 0, by which the source tells a block and no address, are no venues; they are counted.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from firewarden.risk.records.writing import read_rows, source, write

ZONE = "America/Los_Angeles"
_TYPES = frozenset(  # what ends the name of a street; permits leave it out
    "ST STREET AV AVE AVENUE BL BLVD BOULEVARD DR DRIVE WY WAY CT COURT PL PLACE RD ROAD TR TER TERRACE LN LANE CR CIR"  # noqa: SIM905
    " CIRCLE HY HWY HIGHWAY PZ PLAZA AL ALLEY PK PARK SQ SQUARE HL HILL STWY".split()
)
_NAMES = {"NOR": "NORTH", "SOU": "SOUTH", "SO": "SOUTH", "NO": "NORTH", "MT": "MOUNT", "SAINT": "ST"}
_NOISE = frozenset({"NB", "SB", "EB", "WB"})
_ORDINAL = re.compile(r"0*(\d+)(ST|ND|RD|TH)")
_NUMBER = re.compile(r"[1-9]\d{0,5}[A-Z]?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an importer did, in figures."""

    venues: int
    events: int
    left: Mapping[str, int]


def address(text: str) -> tuple[str, str] | None:
    """Number and street of an address as one spelling; None where it is no street address."""
    words = re.sub(r"[.,']", "", text.upper()).split()
    if len(words) < 2 or "/" in text or not _NUMBER.fullmatch(words[0]):  # noqa: PLR2004 - a number and a name
        return None
    name = [_word(word) for word in words[1:] if word not in _NOISE]
    kinds = [place for place, word in enumerate(name) if place and word in _TYPES]
    if kinds:
        name = name[: kinds[-1]]  # what follows is a flat
    if not name or re.match(r"\d+(NB|SB|EB|WB)$", name[0]):
        return None
    return words[0].rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), " ".join(name)


def _word(word: str) -> str:
    ordinal = _ORDINAL.fullmatch(word)
    return f"{int(ordinal[1])}{ordinal[2]}" if ordinal else _NAMES.get(word, word)


def convert(folder: Path, out: Path) -> Imported:
    """Write the format from `sf_fires*.csv.gz` and `sf_permit_addresses*.csv.gz`."""
    known_from: dict[tuple[str, str], str] = {}
    for row in read_rows(source(folder, "sf_permit_addresses*.csv*"), ["address"]):
        place = address(row["address"])
        if place:
            known_from[place] = ""
    events, left = list[tuple[str, str, str]](), Counter[str]()
    fires = read_rows(source(folder, "sf_fires*.csv*"), ["address", "date"])
    for row in sorted(fires, key=lambda row: (row["date"], row["address"])):
        place = address(row["address"])
        if place is None:
            left["at a crossing, on a freeway, or without a number"] += 1
            continue
        if place not in known_from:
            left["of these at addresses that no permit names"] += 1
        known_from.setdefault(place, row["date"])
        events.append((" ".join(place), row["date"], "fire"))
    venues = [(" ".join(place), place[1], place[0], day) for place, day in sorted(known_from.items())]
    write(out, venues, ("venue_id", "street", "number", "known_from"), events)
    return Imported(venues=len(venues), events=len(events), left=dict(left))
