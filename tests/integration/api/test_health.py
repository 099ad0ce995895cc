"""Does the process know whether it can work, and does it say what is wrong without telling secrets?"""

import asyncio
from collections.abc import AsyncIterator

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from firewarden.api.app import build
from firewarden.api.context import ApiContext
from firewarden.api.health import Part
from firewarden.api.live import Live
from firewarden.deploy.services import BlockingServices
from firewarden.store.database import Role, pool
from tests.integration.api.conftest import BASE
from tests.integration.api.seed import run
from tests.integration.proxy import proxied

BEAT = (
    "INSERT INTO ingest_worker (worker, connection, watching_since, beat_at) VALUES ('1', %s, now(), now() - %s * "
    "interval '1 second') ON CONFLICT (worker, connection) DO UPDATE SET beat_at = excluded.beat_at"
)
REPORT = (
    "INSERT INTO process_figures (process, worker, standby, version, started_at, at, every_s, figures, before,"
    " before_at) VALUES (%s, '1', %s, '1', now(), now() - %s * interval '1 second', 5, %s, '{}',"
    " now() - interval '1 minute')"
    " ON CONFLICT (process, worker, standby) DO UPDATE SET at = excluded.at, figures = excluded.figures"
)


def all_work(database: str) -> None:
    """Ingest has just said that it listens, the others that they are well."""
    for connection in ("alarm", "bulk"):
        run(database, BEAT, [connection, 0])
    for process in ("desk", "risk", "upkeep"):
        run(database, REPORT, [process, False, 0, "{}"])


async def wrong(client: httpx.AsyncClient, path: str = "/readyz") -> dict[str, str]:
    """What fails by the answer, and why."""
    answer = (await client.get(path)).json()
    return {check["part"]: check["reason"] for check in answer["checks"] if not check["ok"]}


async def test_alive_and_ready(anybody: httpx.AsyncClient, database: str) -> None:
    """With everything there, both say so, to anybody, part by part."""
    all_work(database)
    assert (await anybody.get("/healthz")).json() == {"status": "alive"}
    for path in ("/readyz", "/readyz?whole=true"):
        ready = await anybody.get(path)
        assert (ready.status_code, ready.json()["status"]) == (200, "ready")
        assert [check["part"] for check in ready.json()["checks"]] == [part.value for part in Part]
        assert all(check["ok"] and check["reason"] == "" and check["since"] for check in ready.json()["checks"])


async def test_missing_migrations_are_named(anybody: httpx.AsyncClient, database: str) -> None:
    """An older database is alive and not ready, and the answer says what to run."""
    run(database, "DELETE FROM schema_migration WHERE version > 3")
    answer = await anybody.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (503, "failing")
    assert "firewarden db migrate" in (await wrong(anybody))["migrations"]


async def test_stopped_ingest_is_told_and_keeps_the_console_in_service(
    anybody: httpx.AsyncClient, database: str
) -> None:
    """Whose work is away is named with the reason and since when; a balancer keeps the api, a watcher is alarmed."""
    all_work(database)
    run(database, BEAT, ["alarm", 60])
    answer = await anybody.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert list(await wrong(anybody)) == ["ingest"]
    assert "alarm" in (await wrong(anybody))["ingest"]
    assert (await anybody.get("/readyz?whole=true")).status_code == 503
    first, second = [(await anybody.get("/readyz")).json()["checks"] for _ in range(2)]
    assert [check["since"] for check in first] == [check["since"] for check in second]
    run(database, BEAT, ["alarm", 0])
    assert await wrong(anybody) == {}


@pytest.mark.parametrize("process", ["desk", "risk", "upkeep"])
async def test_whoever_does_not_follow_is_told(anybody: httpx.AsyncClient, database: str, process: str) -> None:
    """A process that is silent, behind, only stands by or never was: each is another sentence."""
    all_work(database)
    run(database, REPORT, [process, False, 600, "{}"])
    assert "silent since" in (await wrong(anybody))[process]
    run(database, REPORT, [process, False, 0, '{"firewarden_lag_seconds{of=\\"x\\"}": 99}'])
    assert "99 s behind with x" in (await wrong(anybody))[process]
    run(database, REPORT, [process, False, 0, "{}"])
    assert await wrong(anybody) == {}
    run(database, "DELETE FROM process_figures WHERE process = %s", [process])
    assert "none has ever reported" in (await wrong(anybody))[process]
    run(database, REPORT, [process, True, 0, '{"firewarden_standby": 1}'])
    assert "stands by" in (await wrong(anybody))[process]


async def test_a_database_that_hangs_is_told_in_bounded_time_and_comes_back(
    services: BlockingServices, database: str
) -> None:
    """Half open: whoever asks gets their answer, however many ask; and when it answers again, so does it."""
    given = conninfo_to_dict(database)
    async with proxied(str(given["host"]), int(str(given["port"]))) as between:
        url = make_conninfo(database, host="127.0.0.1", port=between.port)
        context = ApiContext(pool=pool(url, Role.API, name="test", size_max=2), live=Live(url))
        context.health.answer_within_s = 0.2
        app = build(context)
        async with app.router.lifespan_context(app), client_of(app) as client:
            await context.live.connected()
            assert (await client.get("/readyz")).status_code == 200
            between.stall()
            answers = await asyncio.gather(*(client.get("/readyz") for _ in range(20)))
            assert {answer.status_code for answer in answers} == {503}
            assert "no answer within" in (await wrong(client))["database"]
            assert (await client.get("/healthz")).status_code == 200
            between.flow()
            async with asyncio.timeout(60):
                while (await client.get("/readyz")).status_code != 200:  # noqa: ASYNC110 - over HTTP there is no event
                    await asyncio.sleep(0.1)


async def test_without_a_database_the_process_lives_and_says_what_is_wrong() -> None:
    """Nobody at the database's address: alive, not ready, every request a 503 problem, and no address in any answer."""
    url = make_conninfo("", host="127.0.0.1", port=1, user="secret-name", dbname="secret-name")
    context = ApiContext(pool=pool(url, Role.API, name="test", size_max=2), live=Live(url))
    object.__setattr__(context.pool, "timeout", 0.5)
    app = build(context)
    async with app.router.lifespan_context(app), client_of(app) as client:
        assert (await client.get("/healthz")).status_code == 200
        ready = await client.get("/readyz")
        assert ready.status_code == 503
        assert {"database", "events"} <= (await wrong(client)).keys()
        listed = await client.get("/api/v1/incidents", headers={"Authorization": "Bearer fwk_x"})
        assert listed.json()["type"] == "urn:firewarden:problem:database-unavailable"
        assert "secret-name" not in ready.text + listed.text


def client_of(app: FastAPI) -> httpx.AsyncClient:
    """A client of an app in this process."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app, raise_app_exceptions=False), base_url=BASE)


async def test_unforeseen_errors_tell_an_id_and_nothing_else(
    app: FastAPI, anybody: httpx.AsyncClient, database: str
) -> None:
    """What nobody foresaw is a 500 problem with an id for the log."""

    @app.get("/boom")
    def boom() -> None:  # pyright: ignore[reportUnusedFunction]
        raise ZeroDivisionError("the secret detail")

    answer = await anybody.get("/boom")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "application/problem+json")
    assert answer.json()["instance"].startswith("urn:uuid:")
    assert "secret detail" not in answer.text
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM audit").fetchone() == (0,)


async def test_framework_refusals_are_problems_too(anybody: httpx.AsyncClient) -> None:
    """Unknown paths, wrong methods, bodies that are no JSON or too large: each is a problem document."""
    too_large = b'{"name":"' + b"x" * 100_000 + b'"}'
    answers = [
        await anybody.get("/api/v1/nothing"),
        await anybody.put("/api/v1/incidents"),
        await anybody.post("/api/v1/session", content=b"{"),
        await anybody.post("/api/v1/session", content=too_large),
        await anybody.post("/api/v1/session", content=_in_chunks(too_large)),
    ]
    assert [answer.status_code for answer in answers] == [404, 405, 422, 413, 413]
    assert {answer.headers["content-type"] for answer in answers} == {"application/problem+json"}


async def _in_chunks(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), 10_000):
        yield data[start : start + 10_000]


async def test_the_reference_page_needs_no_other_host(anybody: httpx.AsyncClient) -> None:
    """The page lists the paths, runs no script and names no other host."""
    page = await anybody.get("/docs")
    assert "/api/v1/incidents/{incident_id}/take" in page.text
    assert "<script" not in page.text
    assert "://" not in page.text
    assert (await anybody.get("/api/v1/openapi.json")).json()["info"]["title"] == "Firewarden"


async def test_questions_are_planned_for_their_own_values(database: str) -> None:
    """A plan that is kept for any values would open every chunk of a year; what the address asks for stays."""
    url = make_conninfo(database, options="-c lock_timeout=5000")
    async with pool(url, Role.API, name="test", size_max=1) as connections, connections.connection() as connection:
        asked = "SELECT current_setting('plan_cache_mode'), current_setting('lock_timeout')"
        shown = await (await connection.execute(asked)).fetchone()
    assert shown == ("force_custom_plan", "5s")
