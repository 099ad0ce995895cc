"""Are the rows of the simulated month those of a city, and the same for the same seed?"""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from firewarden.dashboards.grafana.month import register, water
from firewarden.dashboards.grafana.month.desk import Episode, episodes
from firewarden.dashboards.grafana.month.places import DISTRICTS
from firewarden.dashboards.grafana.month.seed import month_tables
from firewarden.dashboards.grafana.month.tables import DAYS
from firewarden.desk.incidents import PRIORITY, STAYS_OPEN, Condition
from firewarden.ingest.reading_copy import ROW

NOW = datetime(2026, 3, 1, 4, 30, tzinfo=UTC)
SEED = 7
CITY = register.build(40, SEED)


@pytest.fixture(scope="module")
def lived() -> list[Episode]:
    """The month's episodes."""
    return episodes(CITY, NOW, SEED)


def rows(seed: int) -> dict[str, list[tuple[object, ...]]]:
    """Every row, by table."""
    found: dict[str, list[tuple[object, ...]]] = {}
    for table in month_tables(register.build(12, seed), NOW, seed):
        found.setdefault(table.name, []).extend(tuple(row) for row in table.rows)
    return found


def test_the_same_seed_makes_the_same_month() -> None:
    """Nothing depends on the clock or on chance without a seed."""
    assert rows(1) == rows(1)
    assert rows(1)["venue"] != rows(2)["venue"]


def test_every_row_has_all_columns() -> None:
    """A row has as many values as its table has columns."""
    for table in month_tables(CITY, NOW, SEED):
        assert table.rows, table.name
        assert {len(row) for row in table.rows} == {len(table.columns.split())}, table.name


def test_every_district_has_venues_on_the_map() -> None:
    """The first venues are one of each district, with a place."""
    first = CITY.venues[: len(DISTRICTS)]
    assert {venue.district for venue in first} == {name for name, *_ in DISTRICTS}
    assert all(venue.lat is not None for venue in first)


def test_incidents_follow_the_desk_s_rules(lived: list[Episode]) -> None:
    """Times follow each other, nothing is in the future, and the system closes only what a person need not judge."""
    for episode in lived:
        incident = episode.incident
        assert (incident is not None) == (episode.kind in PRIORITY)
        if incident is None:
            continue
        known = [episode.received, incident.committed, incident.opened, incident.taken, incident.closed]
        times = [at for at in known if at is not None]
        assert times == sorted(times)
        assert times[-1] <= NOW + timedelta(minutes=1)
        assert incident.closed_by != "system" or episode.kind not in STAYS_OPEN
        assert incident.state != "closed" or incident.verdict is not None


def test_a_condition_holds_once_at_a_time(lived: list[Episode]) -> None:
    """No point has the same condition twice at once: what comes again is the same episode."""
    ended: dict[tuple[str, int | None, Condition], datetime | None] = {}
    for episode in lived:
        key = episode.gateway.id, episode.point.id if episode.point else None, episode.kind
        if key in ended:
            before = ended[key]
            assert before is not None
            assert before < episode.raised
        ended[key] = episode.cleared


@pytest.mark.parametrize("wanted", [1, 20_000, 60_000, 200_000])
def test_about_as_many_readings_as_wanted(wanted: int) -> None:
    """There are at least so many, and where that is many, not many more; one venue is always dense."""
    made = water.plan(CITY.sensors, wanted, NOW, SEED)
    least = DAYS * (6 * 288 + (len(CITY.sensors) - 6))
    assert made.in_all >= wanted
    assert made.in_all <= max(least, wanted) + DAYS * 6 * 288
    assert made.dense >= len(register.SENSORS)


def test_readings_come_in_the_order_of_their_times() -> None:
    """A day's rows are sorted, lie within the day, and are what a sensor can measure."""
    made = water.plan(CITY.sensors, 60_000, NOW, SEED)
    data = water.packed_day(made, DAYS - 1)
    packed = np.frombuffer(data[19:-2], dtype=ROW)
    at = packed["at"].astype(np.int64)
    begin = (NOW - timedelta(days=1) - datetime(2000, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert (np.diff(at) >= 0).all()
    assert begin <= at[0]
    assert at[-1] <= begin + 86_400_000_000
    assert np.isfinite(packed["value"].astype(np.float64)).all()
    assert water.packed_day(made, DAYS - 1) == data


def test_every_kind_of_finding_is_planted() -> None:
    """The sensors of a city have everything that the water detectors can find."""
    found = {each.what for each in water.findings(CITY.sensors)}
    assert found == {"below", "above", "shift", "stuck", "drift", "implausible", "silent", "main_burst"}
