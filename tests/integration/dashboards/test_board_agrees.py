"""Do the console's pages and the boards say the same of the same venue at the same time?"""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from firewarden.api import measurements, processes, reads, risk, upkeep
from firewarden.api.rows import GatewayState
from firewarden.dashboards.console.store import grade_counts
from firewarden.dashboards.grafana import catalogue
from firewarden.dashboards.grafana.check.expand import Chosen, Span, expand
from firewarden.store.database import Role, connect

Row = Mapping[str, object]
ALL = ("'__all'",)


@pytest.fixture
def hour() -> datetime:
    """A whole hour that is over."""
    return datetime.now(tz=UTC).replace(minute=0, second=0, microsecond=0)


@pytest.fixture
async def console(database: str, hour: datetime) -> AsyncIterator[AsyncConnection]:
    """A filled database, as the console's process has it."""
    text = Path(__file__).with_name("agree.sql").read_text(encoding="utf-8")
    with psycopg.connect(database) as owner:
        owner.execute(text.replace(":now", f"'{hour.isoformat()}'::timestamptz").encode())
    connection = await connect(database, Role.API, name="test")
    yield connection
    await connection.close()


async def board(database: str, name: str, statement: str, span: Span, venue: int = 0) -> list[Row]:
    """What a board's statement gives a Grafana, with everything chosen and one venue."""
    everything = {
        name: Chosen(name=name, values=ALL, listed=True, custom_all="'__all'")
        for name in ("district", "system", "point")
    }
    chosen = {
        **everything,
        "venue": Chosen(name="venue", values=(str(venue),)),
        "language": Chosen(name="language", values=("zh",)),
    }
    expanded = expand(catalogue.queries(name)[statement], chosen, span)
    async with await AsyncConnection.connect(database, autocommit=True) as connection:
        await connection.execute("SET ROLE fw_grafana")
        await connection.execute("SET timezone = 'UTC'")
        async with connection.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(expanded.sql.encode())
            return list[Row](await cursor.fetchall())


async def venue_of(console: AsyncConnection, code: str) -> int:
    """The number of a venue."""
    found = await (await console.execute("SELECT id FROM venue WHERE code = %s", [code])).fetchone()
    assert found is not None
    return int(found[0])


@pytest.mark.parametrize("length", [timedelta(hours=30), timedelta(hours=300)])
async def test_water_is_the_same_on_both(
    database: str, console: AsyncConnection, hour: datetime, length: timedelta
) -> None:
    """From single readings and from hours: the same means at the same times of the same points."""
    venue = await venue_of(console, "V1")
    span = Span(begin=hour - length, end=hour)
    shown = await measurements.pressure_series(console, venue, since=span.begin, until=span.end, samples_max=300)
    drawn = await board(database, "venue", "readings_pressure", span, venue)
    ours = {(each.name, one.at): one.mean for each in shown.series for one in each.samples}
    theirs = {
        (str(row["metric"]).partition(" · ")[2], row["time"]): row["value"]
        for row in drawn
        if row["metric"] not in ("low", "high") and row["time"] != hour
    }
    assert len(ours) > 400
    assert theirs == pytest.approx(ours)
    bands = {str(row["metric"]): row["value"] for row in drawn if row["metric"] in ("low", "high")}
    assert bands == {"low": shown.series[0].low, "high": shown.series[0].high}


async def test_scores_are_the_same_on_both(database: str, console: AsyncConnection, hour: datetime) -> None:
    """Every point of the trend is on the board's plot, at the minute of its step."""
    venue = await venue_of(console, "V2")
    span = Span(begin=hour - timedelta(days=5), end=hour, points=100_000)
    trend = await risk.trend(console, venue, since=span.begin, until=span.end, rows_max=1_000)
    drawn = await board(database, "venue", "score", span, venue)
    ours = {one.at.replace(second=0, microsecond=0): one.score for one in trend if one.at >= span.begin}
    assert len(ours) > 20
    assert {row["time"]: row["score"] for row in drawn} == pytest.approx(ours)


async def test_a_venue_is_the_same_on_both(database: str, console: AsyncConnection, hour: datetime) -> None:
    """What is open there, how many of its gateways are heard, its grade and its score."""
    for code in ("V1", "V2", "V3"):
        venue = await venue_of(console, code)
        detail = await reads.get_venue(console, venue, now=datetime.now(tz=UTC))
        (row,) = await board(database, "venue", "profile", Span(begin=hour - timedelta(days=1), end=hour), venue)
        assert detail is not None
        assert detail.risk is not None
        heard = [gateway.state == GatewayState.ONLINE for gateway in detail.gateways]
        assert row["incidents"] == detail.open_incidents
        assert row["points_n"] == detail.points_registered
        assert row["online_rate"] == pytest.approx(sum(heard) / len(heard))
        assert (row["grade"], row["score"]) == (detail.risk.grade, detail.risk.score)


async def test_gateways_are_in_the_same_state_on_both(database: str, console: AsyncConnection, hour: datetime) -> None:
    """Heard, silent, offline, never heard, not in service, and what nobody can know."""
    page = await reads.list_gateways(console, limit=50, now=datetime.now(tz=UTC))
    ours = {gateway.id: str(gateway.state) for gateway in page.items}
    theirs: dict[object, object] = {}
    for number in range(1, 7):
        venue = await venue_of(console, f"V{number}")
        for row in await board(database, "venue", "gateways", Span(begin=hour - timedelta(days=1), end=hour), venue):
            theirs[row["gateway_id"]] = row["gateway_state"]
    assert theirs == ours
    assert set(ours.values()) >= {"online", "silent", "offline", "never_heard", "not_in_service"}


async def test_the_city_is_the_same_on_both(database: str, console: AsyncConnection, hour: datetime) -> None:
    """Open incidents and fires, on the platform's page and on the city's board."""
    state = await upkeep.platform_state(console, now=datetime.now(tz=UTC))
    (row,) = await board(database, "city", "now", Span(begin=hour - timedelta(days=1), end=hour))
    assert (row["incidents"], row["fires"]) == (state.incidents_open, state.fires_open)
    assert (state.incidents_open, state.fires_open) == (2, 1)
    assert state.gateways == 12


async def test_grades_are_counted_alike(database: str, console: AsyncConnection, hour: datetime) -> None:
    """In the head of the ranking and on the board of the risk."""
    counted = await grade_counts(console)
    (row,) = await board(database, "risk", "now", Span(begin=hour - timedelta(days=1), end=hour))
    assert {grade: row[grade] for grade in ("A", "B", "C", "D")} == {str(g): n for g, n in counted.items()}


async def test_lag_is_the_same_on_both(console: AsyncConnection) -> None:
    """On the platform's page and in the view that boards plot."""
    wanted = 'firewarden_lag_seconds{of="alarm"}'
    history = await processes.figures_history(console, series=[wanted], minutes=120)
    rows = await (
        await console.execute(
            "SELECT time, seconds FROM board.lag WHERE of = 'alarm' AND time > now() - interval '2 hours'"
        )
    ).fetchall()
    assert len(rows) == 60
    assert {row[0]: row[1] for row in rows} == {one.at: one.values[0] for one in history}
