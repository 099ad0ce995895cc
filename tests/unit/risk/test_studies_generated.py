"""Studies on small generated data: what they measure is what they say."""

import csv
import gzip
import random
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from firewarden.risk.records.city import RecordsError
from firewarden.risk.studies import chicago, chicago_data, feedback

NUMBERS = (
    *chicago_data.FLAGS, *chicago_data.COUNTS, *chicago_data.WEATHER,
    "criticalCount", "seriousCount", "minorCount", "fail_flag", "timeSinceLast", "score",
)  # fmt: skip


def rows() -> list[dict[str, object]]:
    """Strict and lax inspectors, who see good and bad venues alike."""
    chance = random.Random(3)
    found: list[dict[str, object]] = []
    for number in range(3_000):
        day = date(2011, 9, 2) + timedelta(days=number * 1150 // 3_000)
        licence, strict = chance.randrange(400), chance.random() < 0.5
        bad = licence % 4 == 0
        critical = chance.random() < (0.3 if strict else 0.02) + (0.35 if bad else 0.0)
        values: dict[str, object] = dict.fromkeys(NUMBERS, 0.0)
        values |= {
            "Inspection_Date": day.isoformat(), "Inspection_ID": f"{number:05}", "License": str(licence),
            "Facility_Type": "Restaurant", "Inspector_Assigned": "strict" if strict else "lax",
            "criticalFound": float(critical), "pastCritical": float(bad),
            "Test": str(day >= date(2014, 9, 1)), "score": 0.5 if strict else 0.1,
        }  # fmt: skip
        found.append(values)
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The data as a file."""
    lines = rows()
    with gzip.open(tmp_path / chicago_data.FILE, "wt", encoding="utf-8", newline="") as out:
        sheet = csv.DictWriter(out, list(lines[0]))
        sheet.writeheader()
        sheet.writerows(lines)
    return tmp_path


def test_the_inspectors_part_is_told_from_the_venues(folder: Path) -> None:
    """Who knows the inspector seems to win; within inspectors only the venue's own terms rank, and they do."""
    told = chicago.study(folder)
    by_name = {one.name: one for one in told.orderings}
    assert by_name["inspector alone"].within_inspector_auc.value == 0.5
    assert by_name["inspector alone"].auc.value > 0.55
    assert by_name["venue only, inspector as nuisance"].within_inspector_auc.value > 0.6
    assert {one.name for one in told.orderings if not one.knows_inspector} == {
        "venue only, inspector ignored",
        "venue only, inspector as nuisance",
    }


def test_a_history_holds_nothing_of_its_own_day_or_later(folder: Path) -> None:
    """A row's history comes from earlier known rows alone: rows that are not known change nothing."""
    data = chicago_data.read(folder)
    known = data.day < np.datetime64("2013-01-01")
    before = chicago_data.history(data, data.found, known, half_life_days=365.0)
    changed = np.where(known, data.found, 1 - data.found)
    assert np.array_equal(before, chicago_data.history(data, changed, known, half_life_days=365.0))
    first = {licence: row for row, licence in reversed(list(enumerate(data.licence.tolist())))}
    assert all(before[row] == 0 for row in first.values())


def test_the_converted_file_knows_no_inspector(folder: Path, tmp_path: Path) -> None:
    """Venues and events of the documented format, and no word of who inspected."""
    done = chicago_data.convert(folder, tmp_path / "out")
    text = "".join(gzip.decompress(path.read_bytes()).decode() for path in sorted((tmp_path / "out").iterdir()))
    licences = {row["License"] for row in rows()}
    assert (done.venues, "strict" in text, text.count(",inspection")) == (len(licences), False, 3_000)


def test_most_are_chosen_by_rank_and_a_share_by_chance() -> None:
    """Of a twentieth, the share of chance comes from below the line, each there with the same probability."""
    logit = np.linspace(3, -3, 2_000)
    chosen, pi = feedback.choose(logit, 0.2, np.random.default_rng(1))
    assert sorted(chosen[:80].tolist()) == list(range(80))
    assert len(set(chosen.tolist())) == 100
    assert pi.tolist() == [1.0] * 80 + [20 / 1_920] * 20


def test_a_folder_without_the_files_is_said(tmp_path: Path) -> None:
    """What is missing is named."""
    with pytest.raises(RecordsError, match="no sf_permit"):
        feedback.study(tmp_path)
    with pytest.raises(FileNotFoundError, match="chicago"):
        chicago.study(tmp_path)
