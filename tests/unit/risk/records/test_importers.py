"""Importers: addresses become one spelling, nobody is known before the first sign of them."""

import csv
import gzip
import os
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from firewarden.risk.records import montco, sf
from firewarden.risk.records.city import RecordsError
from firewarden.risk.records.reading import read_city
from firewarden.risk.records.run import evaluated
from firewarden.risk.records.times import moment


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("230 EDDY ST.", ("230", "EDDY")),
        ("2451 SACRAMENTO ST 303", ("2451", "SACRAMENTO")),
        ("1666 NEWCOMB AV.", ("1666", "NEWCOMB")),
        ("498 07TH", ("498", "7TH")),
        ("34 6TH ST.", ("34", "6TH")),
        ("546 ALEMANY SB BL", ("546", "ALEMANY")),
        ("1 SOUTH VAN NESS", ("1", "SOUTH VAN NESS")),
        ("300 BROADWAY", ("300", "BROADWAY")),
        ("0 SUTTER STREET", None),
        ("LOMBARD ST. / VAN NESS AV.", None),
        ("1 80EB 5TH ST ON", None),
        ("", None),
        ("77", None),
    ],
)
def test_addresses_of_san_francisco(text: str, found: tuple[str, str] | None) -> None:
    """Permits and fires spell an address differently; crossings, freeways and number 0 are none."""
    assert sf.address(text) == found


def _pack(path: Path, rows: list[list[str]]) -> None:
    with gzip.open(path, "wt", newline="") as text:
        csv.writer(text).writerows(rows)


def test_an_address_is_known_from_its_first_fire_or_its_permit(tmp_path: Path) -> None:
    """A permit's address is always known; another from its first fire on; the later fire is no leak."""
    fires = [["address", "date"], ["5 OAK ST.", "2012-01-01"], ["9 ELM ST", "2013-01-01"], ["9 ELM ST", "2014-01-01"]]
    _pack(tmp_path / "sf_fires_x.csv.gz", [*fires, ["OAK / ELM", "2013-01-01"]])
    _pack(tmp_path / "sf_permit_addresses.csv.gz", [["address"], ["5 OAK"]])
    done = sf.convert(tmp_path, tmp_path / "out")
    assert (done.venues, done.events) == (2, 3)
    zone = ZoneInfo(sf.ZONE)
    city = read_city(tmp_path / "out" / "venues.csv.gz", tmp_path / "out" / "events.csv.gz", zone)
    assert [city.venues.ids[k] for k in city.population(moment("2013-01-01", zone))] == ["5 OAK"]
    assert len(city.population(moment("2013-01-02", zone))) == 2
    with pytest.raises(RecordsError, match="no montco"):
        montco.convert(tmp_path, tmp_path / "out")


def test_calls_of_montgomery(tmp_path: Path) -> None:
    """Titles become kinds; traffic makes a place known and is no event; the same source makes the same bytes."""
    head = ["lat", "lng", "addr", "twp", "title", "timeStamp"]
    calls = [
        ["40.1", "-75.1", "A RD & B LN", "T", "Traffic: VEHICLE ACCIDENT -", "2016-01-01 00:00:00"],
        ["40.2", "-75.1", "A RD & B LN", "T", "Fire: BUILDING FIRE", "2016-01-02 00:00:00"],
        ["40.1", "-75.1", "C RD", "T", "EMS: FALL VICTIM", "2016-01-01 00:00:00"],
        ["40.1", "-75.1", "C RD", "T", "Fire: FIRE ALARM", "2016-01-03 00:00:00"],
        ["40.1", "-75.1", "", "T", "EMS", "2016-01-03 00:00:00"],
    ]
    _pack(tmp_path / "montco_911.csv.gz", [head, *calls])
    done = montco.convert(tmp_path, tmp_path / "out")
    first = (tmp_path / "out" / "events.csv.gz").read_bytes()
    montco.convert(tmp_path, tmp_path / "out")
    assert (done.venues, done.events) == (2, 3)
    assert (tmp_path / "out" / "events.csv.gz").read_bytes() == first
    with gzip.open(tmp_path / "out" / "events.csv.gz", "rt") as text:
        assert [row["kind"] for row in csv.DictReader(text)] == ["other", "fire", "alarm"]


@pytest.mark.timeout(900)
def test_real_records_reach_what_is_told_of_them(tmp_path: Path) -> None:
    """San Francisco 2016 and 2017, trained on earlier years only: the figures of docs/risk/records.md."""
    folder = os.environ.get("FIREWARDEN_RISK_DATA")
    if not folder:
        pytest.skip("not run: FIREWARDEN_RISK_DATA names no folder with the public data sets")
    sf.convert(Path(folder), tmp_path)
    zone = ZoneInfo(sf.ZONE)
    city = read_city(tmp_path / "venues.csv.gz", tmp_path / "events.csv.gz", zone)
    cutoffs = [moment(text, zone) for text in ("2016-01-01", "2017-01-01")]
    mean = evaluated(city, cutoffs, 365, ["fire"], sf.ZONE)["mean"]
    assert isinstance(mean, dict)
    assert mean["map"]["auc"] >= 0.815
    assert mean["map"]["recall@5%"] >= 0.48
    assert mean["map"]["recall@20%"] >= 0.68
    assert mean["map"]["ece"] <= 0.001
