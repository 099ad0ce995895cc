"""Does the desk's process follow facts by itself, alone, and through the loss of its database?"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg
from tests.integration.city import Venue, register_venue
from tests.integration.desk.test_desk import add_state, rows
from tests.integration.polling import until

from firewarden.deploy.services import BlockingServices
from firewarden.desk.worker import work


@asynccontextmanager
async def desk(url: str, ready_file: Path | None = None) -> AsyncGenerator[asyncio.Task[None]]:
    """Run a desk in this loop."""
    task = asyncio.create_task(work(url, ready_file))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def report_fire(url: str, venue: Venue, *, point_id: int | None = None) -> None:
    """Commit a fire as ingest does, without the hint."""
    with psycopg.connect(url) as connection:
        add_state(connection, venue, "fire", point_id=point_id)


def incidents(url: str) -> int:
    """How many incidents there are, 0 while the database is away."""
    try:
        return len(rows(url, "SELECT id FROM incident"))
    except psycopg.OperationalError:
        return 0


async def test_what_waited_is_read_before_the_desk_is_ready(database: str, tmp_path: Path) -> None:
    """A desk that starts says that it is ready only after it has read what came while it was away."""
    report_fire(database, register_venue(database))
    ready = tmp_path / "ready"
    async with desk(database, ready):
        await until(ready.exists, "readiness")
        assert incidents(database) == 1


async def test_a_fact_without_its_hint_is_found(database: str, tmp_path: Path) -> None:
    """NOTIFY is a hint: a fire whose hint was lost is read all the same."""
    venue = register_venue(database)
    ready = tmp_path / "ready"
    async with desk(database, ready):
        await until(ready.exists, "readiness")
        report_fire(database, venue)
        await until(lambda: incidents(database), "the incident")


async def test_only_one_desk_works_and_the_other_takes_over(database: str, tmp_path: Path) -> None:
    """A second desk waits, and works when the first has ended; no fire becomes two incidents."""
    venue = register_venue(database)
    first_ready, second_ready = tmp_path / "first", tmp_path / "second"
    async with desk(database, first_ready) as first:
        await until(first_ready.exists, "the first desk")
        async with desk(database, second_ready):
            report_fire(database, venue)
            await until(lambda: incidents(database), "the incident")
            assert not second_ready.exists()
            first.cancel()
            await until(second_ready.exists, "the takeover")
            report_fire(database, venue, point_id=venue.pressure_id)
            await until(lambda: incidents(database) == 2, "the second incident")


async def test_the_desk_survives_its_database(services: BlockingServices, database: str, tmp_path: Path) -> None:
    """After the database was killed the desk comes back by itself, and misses and doubles nothing."""
    venue = register_venue(database)
    ready = tmp_path / "ready"
    async with desk(database, ready):
        await until(ready.exists, "readiness")
        report_fire(database, venue)
        await until(lambda: incidents(database) == 1, "the first incident")
        services.kill("postgres")
        await until(lambda: incidents(database) == 1, "the database")
        report_fire(database, venue, point_id=venue.pressure_id)
        await until(lambda: incidents(database) == 2, "the second incident")
