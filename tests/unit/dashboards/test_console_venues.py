"""Are scores, their reasons and the plots of water told as they are?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.api.resolution import Resolution
from firewarden.api.risk_rows import Factor, RankedVenue, RiskScore, RuleHit, Trigger
from firewarden.api.rows import PressureSeries, Sample, Series, VenueUse
from firewarden.dashboards.console.evidence import sentence
from firewarden.dashboards.console.i18n import CATALOGUES, Language
from firewarden.dashboards.console.rank_rows import FACTORS_NAMED, rank_changes, rank_row
from firewarden.dashboards.console.risk_plots import steps
from firewarden.dashboards.console.venue_plot import (
    INK_DARK,
    Option,
    band_text,
    label,
    outside,
    score_options,
    water_options,
    worst,
)
from firewarden.risk.catalogue import Grade
from firewarden.risk.scoring.codes import CAUSE_EVIDENCE, Cause

ZH, EN = CATALOGUES[Language.ZH], CATALOGUES[Language.EN]
AT = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def scored(tenths: dict[Cause, int], *, base: int = 40) -> RankedVenue:
    """A venue whose score is the base and these factors."""
    factors = tuple(Factor(code=code, points=value / 10, ratio=1.0) for code, value in tenths.items())
    risk = RiskScore(
        at=AT,
        score=(base + sum(tenths.values())) / 10,
        base=base / 10,
        grade=Grade.B,
        confidence=0.9,
        factors=factors,
        version="1",
    )
    return RankedVenue(
        rank=1,
        venue_id=1,
        venue_code="V1",
        venue_name="商场",
        venue_name_en="Mall",
        use=VenueUse.MALL,
        district="雨湖区",
        key_unit=False,
        risk=risk,
    )


TENTHS = st.dictionaries(st.sampled_from(Cause), st.integers(-70, 70).filter(bool), max_size=13)


@given(TENTHS, st.integers(0, 300))
def test_a_row_adds_up_to_its_score(tenths: dict[Cause, int], base: int) -> None:
    """The factors named, and the base with the rest, make exactly the score that stands beside them."""
    row = rank_row(scored(tenths, base=base), EN)
    assert len(row.factors) <= FACTORS_NAMED
    named = sum(Decimal(part.points) for part in row.factors)
    assert named + Decimal(row.rest.rsplit(" ", 1)[1]) == Decimal(row.score)


@given(TENTHS, st.integers(0, 300))
def test_a_waterfall_ends_at_the_score(tenths: dict[Cause, int], base: int) -> None:
    """Each bar begins where the one before it ended, from the typical venue to this one."""
    risk = scored(tenths, base=base).risk
    first, *middle, last = steps(risk, EN)
    ends = [first, *middle]
    assert (first.start, first.end) == (0.0, risk.base)
    assert [step.start for step in middle] == [step.end for step in ends[:-1]]
    assert (last.start, last.end) == (0.0, ends[-1].end)
    assert round(last.end, 1) == round(risk.score, 1)


def test_a_rule_stands_in_the_row() -> None:
    """Rules and triggers that hold are named, those of the first scorecard too, and each only once."""
    venue = scored({Cause.USE: 20})
    risk = replace(
        venue.risk,
        hits=(RuleHit(rule="trigger-duty-3", effect="trigger"),),
        triggers=(Trigger(code="trigger-duty-3", evidence={}), Trigger(code="offline_72h", evidence={})),
    )
    row = rank_row(replace(venue, risk=risk), ZH)
    assert len(row.hits) == 2
    assert row.hits[1] == "装置失联超过 72 小时，直接定为 D 级"
    assert "trigger" not in row.hits[0]


def test_little_coverage_is_said() -> None:
    """A score that rests on little is called so, however low it is."""
    venue = scored({Cause.USE: -20})
    assert rank_row(replace(venue, risk=replace(venue.risk, coverage=0.3)), EN).coverage_low
    assert not rank_row(replace(venue, risk=replace(venue.risk, coverage=0.9)), EN).coverage_low


def test_only_changed_places_travel() -> None:
    """A ranking read again sends the places that differ, and the order of all."""
    one = rank_row(scored({Cause.USE: 20}), ZH)
    two = rank_row(scored({Cause.USE: 30}), ZH)
    assert rank_changes({1: one}, [one]).changed == ()
    assert rank_changes({1: one}, [two]).changed == (two,)
    assert rank_changes({1: one}, [two]).order == (1,)


@pytest.mark.parametrize(
    ("code", "evidence", "text"),
    [
        ("size", {"area_m2": 8600.0, "typical_m2": 6500.0, "assumed": True}, "8,600 m²; typical of its use 6,500 m²"),
        ("false_alarms", {"count": 0.0, "expected": 3.1}, "0 lately (weighted); 3.1 usual for so many detectors"),
        ("pump", {"manual": 2, "faulty": 0, "since": "2026-11-23T04:00:00Z"}, "2 in manual; since 11-23 12:00:00"),
        ("water", {"value": 0.061, "expected": 0.1, "findings": 1}, "findings: 1; measured 0.061, expected 0.1"),
        ("pump", {"remembered": 0.3}, "out of order 30% of the last weeks"),
        ("pump", {"remembered": 0.01}, ""),
        ("water", {"value": 0.061}, ""),
        ("lightning", {"strikes": 3}, ""),
        ("pump", {"strikes": 3, "manual": None, "since": "yesterday"}, "since yesterday"),
        ("size", {"area_m2": "large", "typical_m2": [1]}, "large m²; typical of its use [1] m²"),
    ],
)
def test_evidence_is_a_sentence(code: str, evidence: dict[str, object], text: str) -> None:
    """Numbers become words; what another version states is left out or shown as it came, and never breaks the page."""
    assert sentence(code, evidence, EN).startswith(text)
    assert bool(sentence(code, evidence, EN)) == bool(text)


HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
KNOWN = sorted({name for kind in CAUSE_EVIDENCE.values() for name in kind.__struct_fields__})


@given(st.sampled_from([*Cause, "rule", "repair"]), st.dictionaries(st.sampled_from(KNOWN), HOSTILE))
def test_no_evidence_breaks_a_page(code: str, evidence: dict[str, object]) -> None:
    """Whatever a stored score says of itself, there is a text of it."""
    for texts in (ZH, EN):
        assert isinstance(sentence(code, evidence, texts), str)


def series(*values: float, low: float | None = 0.1, high: float | None = 0.3, step_s: int = 300) -> Series:
    """A pressure with these values, `step_s` apart."""
    samples = tuple(
        Sample(at=AT + timedelta(seconds=index * step_s), mean=value, lowest=value, highest=value, readings=1)
        for index, value in enumerate(values)
    )
    return Series(
        gateway_id="GW-1",
        point_id=len(values),
        address="a",
        name="末端",
        floor="RF",
        quantity="pressure",
        unit="MPa",
        low=low,
        high=high,
        latest=values[-1] if values else 0.0,
        latest_at=samples[-1].at if samples else AT,
        samples=samples,
    )


def pressures(*each: Series) -> PressureSeries:
    """Six hours of these series."""
    until = AT + timedelta(hours=6)
    return PressureSeries(since=AT, until=until, resolution=Resolution.READING, step_s=72, series=each)


@pytest.mark.parametrize(
    ("one", "result"),
    [
        (series(0.2), False),
        (series(0.2, 0.05), True),
        (series(0.4), True),
        (series(0.4, high=None), False),
        (series(0.4, low=None, high=None), None),
        (series(), None),
    ],
)
def test_the_newest_value_decides(one: Series, result: bool | None) -> None:  # noqa: FBT001 - the expected answer
    """A series is outside when its newest value is; without a band or a value nobody can tell."""
    assert outside(one) is result


def test_the_series_that_matters_is_looked_at_first() -> None:
    """A series outside its band comes before the others; empty ones never do."""
    assert worst(pressures(series(), series(0.2), series(0.2, 0.01))) == 2
    assert worst(pressures(series(), series(0.2))) == 1
    assert worst(pressures()) == 0


def test_slow_sensors_keep_their_line_and_holes_break_it() -> None:
    """Samples further apart than a bucket are one line; a real hole is drawn as a hole."""
    options = water_options(pressures(series(*[0.2] * 10)), 0, ZH, INK_DARK)
    [line] = lines(options)
    assert [point[1] for point in line] == [0.2] * 10
    far = series(*[0.2] * 10)
    gone = replace(far, samples=far.samples[:3] + far.samples[8:])
    [broken] = lines(water_options(pressures(gone), 0, ZH, INK_DARK))
    assert [point[1] for point in broken].count(None) == 1


def lines(options: dict[str, Option]) -> list[list[tuple[float, float | None]]]:
    """The data of every series of a chart: moments and values."""
    return [
        [(point[0], point[1]) for point in each["data"]]
        for each in msgspec.convert(options["series"], list[dict[str, Any]])
    ]


def test_open_bands_are_said() -> None:
    """A band with one limit, and none at all, read as what they are."""
    assert band_text(series(high=None), EN) == "Normal 0.1 – … MPa"
    assert band_text(series(low=None, high=None), EN) == "No band set"


def test_past_scores_reach_from_the_edge_to_now() -> None:
    """The line begins at the left edge with the score that held then, and ends now."""
    since = AT - timedelta(days=7)
    past = [
        RiskScore(at=at, score=score, grade=Grade.A, confidence=1, factors=(), version="1")
        for at, score in ((AT - timedelta(hours=1), 40.0), (AT - timedelta(days=9), 20.0))
    ]
    [line] = lines(score_options(tuple(past), now=AT, since=since, ink=INK_DARK))
    assert [point[1] for point in line] == [20.0, 40.0, 40.0]
    assert line[0][0] == since.timestamp() * 1000


def test_a_picked_series_is_shown_alone() -> None:
    """A small pressure beside a large one is seen when it is picked, and all are seen when none is."""
    both = pressures(series(0.2, 0.2), replace(series(0.9, 0.9), point_id=99, name="其他"))
    for alone in (True, False):
        legend = water_options(both, 0, ZH, INK_DARK, alone=alone)["legend"]
        assert isinstance(legend, dict)
        assert legend["selected"] == {label(both.series[0], ZH): True, label(both.series[1], ZH): not alone}
