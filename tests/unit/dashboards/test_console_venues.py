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
from firewarden.api.risk_rows import Factor, RankedVenue, RiskScore, Trigger
from firewarden.api.rows import PressureSeries, Sample, Series, VenueUse
from firewarden.dashboards.console.evidence import sentence
from firewarden.dashboards.console.i18n import CATALOGUES, Language
from firewarden.dashboards.console.rank_rows import FACTORS_NAMED, rank_changes, rank_row
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
from firewarden.risk.catalogue import FactorCode, Grade

ZH, EN = CATALOGUES[Language.ZH], CATALOGUES[Language.EN]
AT = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def scored(tenths: dict[FactorCode, int]) -> RankedVenue:
    """A venue whose score is the sum of these factors."""
    factors = tuple(Factor(code=code, points=value / 10, evidence={}) for code, value in tenths.items())
    risk = RiskScore(
        at=AT, score=sum(tenths.values()) / 10, grade=Grade.B, confidence=0.9, factors=factors, version="1"
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


@given(st.dictionaries(st.sampled_from(FactorCode), st.integers(1, 70), min_size=1))
def test_a_row_adds_up_to_its_score(tenths: dict[FactorCode, int]) -> None:
    """The factors named and the rest that is added up make exactly the score that stands beside them."""
    row = rank_row(scored(tenths), EN)
    named = sum(Decimal(part.points) for part in row.factors[:FACTORS_NAMED])
    rest = Decimal(row.rest.rsplit(" ", 1)[1]) if row.rest else Decimal(0)
    assert named + rest == Decimal(row.score)


def test_a_trigger_stands_in_the_row() -> None:
    """A grade worse than the score says has its reason beside it."""
    venue = scored({FactorCode.USE: 20})
    triggers = (Trigger(code="offline_72h", evidence={}),)
    row = rank_row(replace(venue, risk=replace(venue.risk, triggers=triggers)), ZH)
    assert row.triggers == ("装置失联超过 72 小时，直接定为 D 级",)


def test_only_changed_places_travel() -> None:
    """A ranking read again sends the places that differ, and the order of all."""
    one = rank_row(scored({FactorCode.USE: 20}), ZH)
    two = rank_row(scored({FactorCode.USE: 30}), ZH)
    assert rank_changes({1: one}, [one]).changed == ()
    assert rank_changes({1: one}, [two]).changed == (two,)
    assert rank_changes({1: one}, [two]).order == (1,)


@pytest.mark.parametrize(
    ("code", "evidence", "text"),
    [
        ("open_fire", {"incidents": 1, "signals": 2, "since": None}, "1 not judged, 2 signals"),
        ("size", {"area_m2": 8600.0, "assumed": True}, "8,600 m²; assumed from its type"),
        ("age", {"built_year": 1991, "age_years": 35, "assumed": False}, "35 years old; built 1991"),
        ("key_unit", {"key_unit": True, "assumed": False}, "Key unit"),
        (
            "water",
            {
                "outside": 1,
                "sensors": 2,
                "worst_point_id": 3,
                "quantity": "pressure",
                "value": 0.061,
                "low": 0.1,
                "high": None,
                "since": "2026-11-23T04:00:00Z",
            },
            "1 of 2 sensors out of band; worst 0.061, normal 0.1 – …; since 11-23 12:00:00",
        ),
        ("offline_72h", {"silent": 1, "gateways": 2, "never_heard": 0, "since": None}, "1 of 2 gateways silent"),
        ("no_gateway", {"count": 0, "of": 0}, ""),
        ("lightning", {"strikes": 3}, ""),
        ("open_fire", {"strikes": 3}, ""),
    ],
)
def test_evidence_is_a_sentence(code: str, evidence: dict[str, object], text: str) -> None:
    """Numbers become words; what another version states is left out and never breaks the page."""
    assert sentence(code, evidence, EN) == text


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
