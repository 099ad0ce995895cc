"""Does the process know whether it can work, and does it say what is wrong without telling secrets?"""

from collections.abc import AsyncIterator

import httpx
import psycopg
from fastapi import FastAPI
from psycopg.conninfo import make_conninfo

from firewarden.api.app import build
from firewarden.api.context import ApiContext
from firewarden.api.live import Live
from firewarden.store.database import Role, pool
from tests.integration.api.conftest import BASE
from tests.integration.api.seed import run


async def test_alive_and_ready(anybody: httpx.AsyncClient) -> None:
    """With the database there, migrated and followed, both say so, to anybody."""
    assert (await anybody.get("/healthz")).json() == {"status": "alive"}
    ready = await anybody.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})


async def test_missing_migrations_are_named(anybody: httpx.AsyncClient, database: str) -> None:
    """An older database is alive and not ready, and the answer says what to run."""
    run(database, "DELETE FROM schema_migration WHERE version > 3")
    answer = await anybody.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["errors"][0]["where"] == "migrations"
    assert "firewarden db migrate" in answer.json()["detail"]


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
        assert {fault["where"] for fault in ready.json()["errors"]} == {"database", "live"}
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
