"""Is it said how each process is doing, to those who may know?"""

from collections.abc import Awaitable, Callable

import httpx
import psycopg
import pytest
from psycopg.types.json import Jsonb

from firewarden.api.measuring import route_of
from firewarden.api.policy import Role, Scope
from tests.integration.api.conftest import SignIn

WithKey = Callable[..., Awaitable[httpx.AsyncClient]]


def report(database: str, process: str, figures: dict[str, float] | None = None, ago_s: int = 0) -> None:
    """Write a report as a process does, so many seconds ago."""
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO process_figures (process, worker, standby, version, started_at, at, every_s, figures,"
            " before, before_at) VALUES (%s, '1', false, '0.1.0', now() - interval '1 hour',"
            " now() - make_interval(secs => %s), 5, %s, '{}', now() - interval '1 min')",
            [process, ago_s, Jsonb(figures or {})],
        )


async def test_each_process_is_judged(with_key: WithKey, database: str) -> None:
    """One is well, one is behind, one is silent, and the kinds that never reported are named."""
    report(database, "desk")
    report(database, "ingest", {'firewarden_lag_seconds{of="alarm"}': 12.5})
    report(database, "risk", ago_s=60)
    client = await with_key(Scope.PLATFORM_READ)
    answer = (await client.get("/api/v1/platform/processes")).json()
    said = {row["process"]: (row["condition"], row["of"], row["lag_s"]) for row in answer["processes"]}
    assert said == {
        "desk": ("well", None, None),
        "ingest": ("behind", "alarm", 12.5),
        "risk": ("silent", None, None),
    }
    assert answer["missing"] == ["upkeep", "api"]


async def test_without_reports_all_are_missing(with_key: WithKey) -> None:
    """On a new database every kind is missing, and the answer still has its moment."""
    client = await with_key(Scope.PLATFORM_READ)
    answer = (await client.get("/api/v1/platform/processes")).json()
    assert (answer["processes"], len(answer["missing"])) == ([], 5)
    assert answer["at"]


async def test_the_last_hours_are_shown(with_key: WithKey, database: str) -> None:
    """Values come in the order asked for, null where there is none; what is older than asked for does not."""
    kept: list[tuple[int, dict[str, int]]] = [(1, {"a": 1, "b": 2}), (5, {"b": 3}), (300, {"a": 9})]
    with psycopg.connect(database) as connection:
        for minutes, figures in kept:
            connection.execute(
                "INSERT INTO process_figures_minute (process, worker, at, figures)"
                " VALUES ('desk', '1', now() - make_interval(mins => %s), %s)",
                [minutes, Jsonb(figures)],
            )
    client = await with_key(Scope.PLATFORM_READ)
    params: list[tuple[str, str | int | float | bool | None]] = [("series", "b"), ("series", "a"), ("minutes", 180)]
    answer = await client.get("/api/v1/platform/history", params=params)
    assert [row["values"] for row in answer.json()] == [[3.0, None], [2.0, 1.0]]


@pytest.mark.parametrize(
    "params", [{}, {"series": "x\0"}, {"series": ["x"] * 99}, {"series": "x", "minutes": 0}, {"series": "x" * 500}]
)
async def test_odd_questions_are_refused(with_key: WithKey, params: dict[str, str | list[str]]) -> None:
    """Nothing, too much or what no series can be called: each is a problem, none an error."""
    client = await with_key(Scope.PLATFORM_READ)
    assert (await client.get("/api/v1/platform/history", params=params)).status_code == 422


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.ADMINISTRATOR, 200),
        (Role.SUPERVISOR, 200),
        (Role.INTEGRATOR, 200),
        (Role.DUTY_OFFICER, 403),
        (Role.VIEWER, 403),
    ],
)
async def test_only_some_may_know(sign_in: SignIn, role: Role, status: int) -> None:
    """Who runs and supervises the platform sees its processes; who only watches incidents does not."""
    client = await sign_in("somebody", role)
    for path in ("processes", "history?series=a"):
        assert (await client.get(f"/api/v1/platform/{path}")).status_code == status


def test_what_no_route_answers_has_one_name() -> None:
    """However many paths are tried, they make one label."""
    assert route_of({"type": "http", "path": "/wp-admin", "root_path": ""}) == "other"
