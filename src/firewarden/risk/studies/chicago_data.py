"""What does the file of the City of Chicago's food inspections say? Venue features, and apart from them, who looked.

The inspector and the weather of the day are no properties of a venue: they are nuisances, used in a fit so that their
effect is not taken for the venue's, and never in what a venue scores.
"""

import csv
import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from firewarden.risk.records.sf import Imported
from firewarden.risk.records.writing import write

FILE = "chicago_food_inspections.csv.gz"
FLAGS = (
    "consumption_on_premises_incidental_activity",
    "tobacco_retail_over_counter",
    "package_goods",
    "limited_business_license",
    "outdoor_patio",
    "public_place_of_amusement",
    "childrens_services_facility_license",
    "tavern",
    "regulated_business_license",
    "filling_station",
    "caterers_liquor_license",
    "mobile_food_license",
    "firstRecord",
)
COUNTS = (
    "pastFail",
    "pastCritical",
    "pastSerious",
    "pastMinor",
    "ageAtInspection",
    "heat_burglary",
    "heat_garbage",
    "heat_sanitation",
)
WEATHER = ("precipIntensity", "temperatureMax", "windSpeed", "humidity")
HISTORY_TARGETS = ("critical", "serious", "failed", "minor")

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspections:
    """All inspections in the order of their days."""

    day: NDArray[np.datetime64]
    licence: NDArray[np.str_]
    inspector: NDArray[np.int64]
    inspectors: tuple[str, ...]
    found: Numbers
    """1 where a critical violation was found: the label."""
    targets: Mapping[str, Numbers]
    """What histories are made of: HISTORY_TARGETS."""
    venue: Numbers
    weather: Numbers
    published: Numbers
    """The score that the city published."""
    test: NDArray[np.bool_]


def read(folder: Path) -> Inspections:
    """Read the file from `folder`. Raises FileNotFoundError, KeyError or ValueError where it is another file."""
    with gzip.open(folder / FILE, "rt", encoding="utf-8", newline="") as lines:
        rows = sorted(csv.DictReader(lines), key=lambda row: (row["Inspection_Date"], row["Inspection_ID"]))
    names = tuple(sorted({row["Inspector_Assigned"] for row in rows}))
    number = {name: index for index, name in enumerate(names)}
    found = _column(rows, "criticalFound")
    return Inspections(
        day=np.array([row["Inspection_Date"] for row in rows], dtype="datetime64[D]"),
        licence=np.array([row["License"] for row in rows]),
        inspector=np.array([number[row["Inspector_Assigned"]] for row in rows], dtype=np.int64),
        inspectors=names,
        found=found,
        targets={
            "critical": found,
            "serious": (_column(rows, "seriousCount") > 0).astype(np.float64),
            "failed": _column(rows, "fail_flag"),
            "minor": np.log1p(_column(rows, "minorCount")),
        },
        venue=_venue(rows),
        weather=np.column_stack([_column(rows, name) for name in WEATHER]),
        published=_column(rows, "score"),
        test=np.array([row["Test"] == "True" for row in rows]),
    )


def _venue(rows: Sequence[Mapping[str, str]]) -> Numbers:
    kinds = [row["Facility_Type"] for row in rows]
    age = _column(rows, "ageAtInspection")
    return np.column_stack(
        [
            *(_column(rows, name) for name in FLAGS),
            *(np.log1p(_column(rows, name).clip(min=0)) for name in COUNTS),
            _column(rows, "timeSinceLast"),
            (age < 1).astype(np.float64),
            np.array([kind == "Grocery_Store" for kind in kinds], dtype=np.float64),
            np.array([kind == "Other" for kind in kinds], dtype=np.float64),
        ]
    )


def _column(rows: Sequence[Mapping[str, str]], name: str) -> Numbers:
    return np.array([float(row[name]) for row in rows])


def history(data: Inspections, target: Numbers, known: NDArray[np.bool_], *, half_life_days: float) -> Numbers:
    """For each row, the shrunk mean of what earlier known inspections of the same licence found beyond what their
    inspectors find on average: a strict inspector is no mark against a venue."""
    by_inspector = np.array(
        [
            target[known & (data.inspector == one)].mean() if (known & (data.inspector == one)).any() else 0.0
            for one in range(len(data.inspectors))
        ]
    )
    beyond = target - by_inspector[data.inspector]
    days = data.day.astype(np.float64)
    result = np.zeros(len(target))
    seen: dict[str, tuple[float, float, float]] = {}
    for row, licence in enumerate(data.licence.tolist()):
        total, weight, at = seen.get(licence, (0.0, 0.0, days[row]))
        fade = 0.5 ** ((days[row] - at) / half_life_days)
        total, weight = total * fade, weight * fade
        result[row] = total / (weight + _SHRINK_BY)
        if known[row]:
            seen[licence] = (total + beyond[row], weight + 1.0, days[row])
    return result


_SHRINK_BY = 2.0
"""As many inspections without any finding beyond the average are added."""


def convert(folder: Path, out: Path) -> Imported:
    """Write the format of records: licences, their inspections, and a violation where a critical one was found.

    The inspector is left out: whoever reads the format can rank venues by nothing but the venues.
    """
    with gzip.open(folder / FILE, "rt", encoding="utf-8", newline="") as lines:
        rows = sorted(csv.DictReader(lines), key=lambda row: (row["Inspection_Date"], row["Inspection_ID"]))
    uses = {row["License"]: row["Facility_Type"].lower() for row in rows}
    events = [(row["License"], row["Inspection_Date"], "inspection") for row in rows]
    events += [(row["License"], row["Inspection_Date"], "violation") for row in rows if float(row["criticalFound"]) > 0]
    write(out, sorted(uses.items()), ("venue_id", "use"), sorted(events, key=lambda event: (event[1], event[0])))
    return Imported(venues=len(uses), events=len(events), left={})
