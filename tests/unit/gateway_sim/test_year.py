"""Is the simulated year the same for a seed, is it told as a platform would learn it, and does it look like a city?"""

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from firewarden.gateway_sim.city import build_city, risk_ratio
from firewarden.gateway_sim.year import YearOptions, micros, write_year
from firewarden.gateway_sim.year_odds import MEAN_RATIO
from firewarden.risk.state.facts import VenueFact

VENUES = 150
DAY_US = 86_400_000_000
FILES = ("venues.csv", "events.csv", "facts.jsonl", "truth.csv", "truth_months.csv")
Fact = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """The files of a year, read."""

    folder: Path

    def facts(self) -> Iterator[Fact]:
        """Facts in the order of the file."""
        with (self.folder / "facts.jsonl").open(encoding="utf-8") as lines:
            yield from (json.loads(line) for line in lines)

    def rows(self, name: str) -> list[dict[str, str]]:
        """A CSV file."""
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Year:
    """A year of a small city."""
    folder = tmp_path_factory.mktemp("year")
    write_year(YearOptions(seed=7, venues=VENUES), folder)
    return Year(folder=folder)


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    """And another seed others."""
    texts = []
    for name, seed in (("a", 3), ("b", 3), ("c", 4)):
        write_year(YearOptions(seed=seed, venues=8, days=40, doubled=0.1), tmp_path / name)
        texts.append([(tmp_path / name / file).read_bytes() for file in FILES])
    assert texts[0] == texts[1]
    assert all(one != other for one, other in zip(texts[0], texts[2], strict=True))


def test_a_longer_year_begins_like_a_shorter_one(tmp_path: Path) -> None:
    """What is learnt within the first weeks does not depend on how many follow."""
    for name, days in (("short", 14), ("long", 28)):
        write_year(YearOptions(seed=3, venues=5, days=days), tmp_path / name)
    short = (tmp_path / "short" / "facts.jsonl").read_bytes()
    assert (tmp_path / "long" / "facts.jsonl").read_bytes().startswith(short)


def test_facts_are_facts_of_risk(year: Year) -> None:
    """Every line is read as a fact, with every member that it has; the two rooms share no code."""
    decoder = msgspec.json.Decoder(VenueFact)
    unknown: Counter[str] = Counter()
    with (year.folder / "facts.jsonl").open("rb") as lines:
        for line in lines:
            fact = decoder.decode(line)
            unknown.update(json.loads(line).keys() - {"kind", "venue", "learnt_at"} - set(fact.__struct_fields__))
    assert not unknown


def test_each_venue_numbers_its_facts_as_they_are_learnt(year: Year) -> None:
    """Dense, from 1, in the order of learning; the city's lines are in that order too, and none is from the future."""
    last, learnt = defaultdict[str, int](int), 0
    for fact in year.facts():
        assert fact["number"] == last[fact["venue"]] + 1
        assert fact["learnt_at"] >= learnt
        assert fact["at"] <= fact["learnt_at"]
        last[fact["venue"]], learnt = fact["number"], fact["learnt_at"]
    assert len(last) == VENUES
    assert learnt <= micros(365)


def test_some_facts_come_late(year: Year) -> None:
    """What a silent gateway reports is older than what was learnt before it."""
    newest, late = defaultdict[str, int](int), 0
    for fact in year.facts():
        late += fact["at"] < newest[fact["venue"]] and fact["kind"] in {"raised", "cleared"}
        newest[fact["venue"]] = max(newest[fact["venue"]], fact["at"])
    assert late > 50


def test_doubled_facts_are_the_same_and_nothing_else(tmp_path: Path) -> None:
    """With the number they had, later; without them the year is the one that nobody doubled."""
    for name, doubled in (("plain", 0.0), ("doubled", 0.2)):
        write_year(YearOptions(seed=3, venues=5, days=30, doubled=doubled), tmp_path / name)
    plain, twice = ((tmp_path / name / "facts.jsonl").read_text().splitlines() for name in ("plain", "doubled"))
    assert list(dict.fromkeys(twice)) == plain
    assert 1.15 < len(twice) / len(plain) < 1.25


def test_every_end_has_its_beginning(year: Year) -> None:
    """Exactly one, with the same words; after a silence the end may be told first."""
    by_kind: dict[str, dict[tuple[str, int], Fact]] = {"raised": {}, "cleared": {}}
    for fact in year.facts():
        if fact["kind"] in by_kind:
            key = (fact["venue"], fact["episode"])
            assert key not in by_kind[fact["kind"]]
            by_kind[fact["kind"]][key] = fact
    began, ended = by_kind["raised"], by_kind["cleared"]
    assert 0.97 * len(began) < len(ended) <= len(began)
    for key, end in ended.items():
        first = began[key]
        assert (first["at"], first["trouble"]) == (end["raised_at"], end["trouble"])
        assert first.get("point") == end.get("point")
        assert first["at"] < end["at"]


def test_the_year_looks_like_a_city(year: Year) -> None:
    """Fire signals, their real share, gateways that are heard and intact venues: about as designed, at its size."""
    signals, real = 0, 0
    spans: dict[str, list[tuple[str, int, int]]] = {"offline": [], "fault": []}
    for fact in year.facts():
        if fact["kind"] == "judged" and fact["verdict"] != "test":
            signals += 1
            real += fact["verdict"] == "real_fire"
        elif fact["kind"] == "cleared":
            kind = "offline" if fact["trouble"] == "offline" else "fault" if "fault" in fact["trouble"] else None
            if kind is not None:
                spans[kind].append((fact["venue"], fact["raised_at"], fact["at"]))
    scale = sum(_points(seed=7)) / 1_140_000  # the published figures are of 1.14 million points
    assert 0.5 < signals / scale / 67_500 < 1.8  # a few venues that signal all day long make much of it
    assert 0.0002 < real / signals < 0.004
    assert 0.965 < 1 - _time_in(spans["offline"]) < 0.99
    assert 0.90 < 1 - _time_in(spans["fault"]) < 0.96


def _points(seed: int) -> list[int]:
    return [round(len(gateway.points) / 0.05) for gateway in build_city(seed=seed, venues=VENUES).gateways()]


def _time_in(spans: list[tuple[str, int, int]]) -> float:
    """Share of all venues' time that lies within one of the venue's spans."""
    total = 0
    by_venue: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for venue, since, until in spans:
        by_venue[venue].append((since, until))
    for ones in by_venue.values():
        end = 0
        for since, until in sorted(ones):
            total += max(0, until - max(since, end))
            end = max(end, until)
    return total / (VENUES * 365 * DAY_US)


def test_hidden_quality_drives_what_can_be_seen(year: Year) -> None:
    """Faults, complaints, violations and fires are several times rarer in the best fifth than in the worst."""
    truth = sorted(year.rows("truth.csv"), key=lambda row: float(row["quality"]))
    fifth = VENUES // 5
    worst, best = ({row["venue_id"] for row in part} for part in (truth[:fifth], truth[-fifth:]))
    kinds = {"fault": 2.0, "violation": 1.5, "complaint": 1.2}
    seen: Counter[tuple[str, str]] = Counter((row["venue_id"], row["kind"]) for row in year.rows("events.csv"))
    for kind, times in kinds.items():
        of_worst, of_best = (sum(seen[venue, kind] for venue in part) for part in (worst, best))
        assert of_worst > times * of_best, kind
    ratios = [risk_ratio(float(row["quality"])) for row in truth]
    assert 3 < sum(ratios[:fifth]) / sum(ratios[-fifth:]) < 6
    assert sum(ratios) / len(ratios) == pytest.approx(MEAN_RATIO, rel=0.1)


def test_fires_and_hazards_add_up(year: Year) -> None:
    """Every fire of the truth is a record in the end; what is out of control is among the fires."""
    truth = year.rows("truth.csv")
    fires = [(row["venue_id"], at) for row in truth for at in row["fires"].split(";") if at]
    recorded = [(row["venue_id"], row["time"]) for row in year.rows("events.csv") if row["kind"] == "fire"]
    assert set(recorded) <= set(fires)
    assert len(fires) - len(recorded) <= 5  # the last ones are not recorded yet
    for row in truth:
        assert set(row["out_of_control"].split(";")) <= {*row["fires"].split(";"), ""}
        assert 0.12 <= float(row["uncontrolled"]) <= 1
    months = year.rows("truth_months.csv")
    assert len(months) == 11 * VENUES
    assert {row["uncontrolled"] for row in months} >= {"0.12", "1"}


@pytest.mark.parametrize("options", [{"days": 0}, {"days": float("nan")}, {"doubled": 1.0}, {"doubled": -0.1}])
def test_options_outside_their_bounds_are_refused(options: dict[str, float]) -> None:
    """Before anything is written."""
    with pytest.raises(ValueError, match="expected"):
        YearOptions(**options)  # pyright: ignore[reportArgumentType]
