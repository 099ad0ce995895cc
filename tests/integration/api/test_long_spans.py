"""Does a long stretch of time show the same water as its single readings, however it is read?"""

import asyncio
from datetime import timedelta

import httpx
import psycopg
import pytest

from firewarden.api.context import clock
from firewarden.ingest.facts import Quantity
from firewarden.upkeep.run import run_job
from tests.integration.api.conftest import SignIn
from tests.integration.api.seed import City
from tests.integration.upkeep.measured import Row, write

pytestmark = pytest.mark.services
EVERY = timedelta(minutes=20)


async def _series(client: httpx.AsyncClient, **query: float) -> tuple[dict[str, object], dict[str, object]]:
    answer = await client.get("/api/v1/venues/code:V1/pressure", params=query)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    [series] = body["series"]
    return body, series


def _seed(database: str, point: int) -> list[Row]:
    now = clock()
    rows = [(point, int(Quantity.PRESSURE), now - n * EVERY, 0.2 + n / 1e5) for n in range(90 * 72)]
    with psycopg.connect(database) as connection:
        write(connection, rows)
    return rows


@pytest.mark.parametrize("rolled", [True, False], ids=["rolled up", "never rolled up"])
async def test_every_reading_of_the_last_days_is_in_the_picture(
    database: str, city: City, sign_in: SignIn, *, rolled: bool
) -> None:
    """Hours and days hold what their readings say, and what is not rolled up yet comes from the readings."""
    rows = _seed(database, city.points[0])
    if rolled:
        await run_job(database, "rollup")
    client = await sign_in("anna")
    newest = rows[0]
    for hours, resolution in ((47, "reading"), (72, "hour"), (90 * 24, "day")):
        body, series = await _series(client, hours=hours, samples=1000)
        assert body["resolution"] == resolution
        assert series["latest"] == newest[3]
        since, until = str(body["since"]), str(body["until"])
        expected = [row for row in rows if since <= row[2].isoformat().replace("+00:00", "Z") < until]
        samples: list[dict[str, float]] = series["samples"]  # pyright: ignore[reportAssignmentType]
        if rolled:
            assert sum(sample["readings"] for sample in samples) == len(expected)
            assert min(sample["lowest"] for sample in samples) == min(row[3] for row in expected)
            mean = sum(sample["mean"] * sample["readings"] for sample in samples) / len(expected)
            assert mean == pytest.approx(sum(row[3] for row in expected) / len(expected))
        else:
            assert sum(sample["readings"] for sample in samples) >= 47 * 3, "two days are shown without any rollup"


async def test_a_late_reading_that_waits_for_its_rollup_is_seen(database: str, city: City, sign_in: SignIn) -> None:
    """Between two runs, what came for the last two days is read from the readings."""
    _seed(database, city.points[0])
    await run_job(database, "rollup")
    client = await sign_in("anna")
    _, before = await _series(client, hours=72)
    with psycopg.connect(database, autocommit=True) as connection:
        write(connection, [(city.points[0], int(Quantity.PRESSURE), clock() - timedelta(hours=20), 99.0)])
    _, after = await _series(client, hours=72)
    assert _highest(before) < 1
    assert _highest(after) == 99.0
    await run_job(database, "rollup")
    _, rolled = await _series(client, hours=72)
    assert _highest(rolled) == 99.0


def _highest(series: dict[str, object]) -> float:
    samples: list[dict[str, float]] = series["samples"]  # pyright: ignore[reportAssignmentType]
    return max(sample["highest"] for sample in samples)


async def test_jobs_are_shown(database: str, sign_in: SignIn) -> None:
    """Whoever watches the platform sees how its jobs went."""
    client = await sign_in("anna")
    await asyncio.gather(run_job(database, "rollup"))
    answer = await client.get("/api/v1/jobs")
    jobs = {job["name"]: job for job in answer.json()}
    assert jobs["rollup"]["last"]["outcome"] == "done"
    assert jobs["rollup"]["overdue"] is False
