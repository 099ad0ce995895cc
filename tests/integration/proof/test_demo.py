"""The demo itself, small: the whole platform, a city, a kill, and a scorecard that must be clean."""

import io
from pathlib import Path

import msgspec
import psycopg
import pytest
from rich.console import Console

from firewarden.proof.demo import DemoOptions, parse_kill, run_demo
from firewarden.proof.demo_report import show_report, write_report
from firewarden.proof.scorecard_store import SQL, read_held

pytestmark = pytest.mark.services


async def test_nothing_is_lost_when_ingest_is_killed(packages_cache: Path, tmp_path: Path) -> None:
    """Eighty venues for eight seconds, ingest killed in the middle: every count that must be zero is zero."""
    said = io.StringIO()
    console = Console(file=said, width=150)
    options = DemoOptions(
        seconds=8, venues=80, seed=5, speed=20, pace=2_000, packages=packages_cache, kills=(parse_kill("ingest@3"),)
    )
    report = await run_demo(options, console)
    show_report(report, console)
    assert report.passed, said.getvalue()
    assert report.scorecard.messages.sent > 100
    assert report.scorecard.incidents.opened > 0
    assert report.scorecard.latency.publish_to_visible.count > 0
    write_report(report, tmp_path / "report.json")
    written = msgspec.json.decode((tmp_path / "report.json").read_bytes())
    assert written["passed"] is True
    assert written["scorecard"]["messages"]["lost"] == 0


async def test_nothing_that_was_confirmed_to_a_device_is_lost_when_ingest_is_killed(packages_cache: Path) -> None:
    """A mixed city, ingest killed twice: no frame that a device saw confirmed is lost, none is stored twice."""
    said = io.StringIO()
    console = Console(file=said, width=150)
    options = DemoOptions(
        seconds=10,
        venues=80,
        seed=5,
        speed=20,
        pace=2_000,
        protocol="mixed",
        packages=packages_cache,
        kills=(parse_kill("ingest@3"), parse_kill("ingest@7")),
    )
    report = await run_demo(options, console)
    show_report(report, console)
    assert report.passed, said.getvalue()
    frames = report.scorecard.frames
    assert frames.confirmed > 50
    assert frames.said > frames.confirmed, "what was under way when ingest died was said again"
    assert report.scorecard.latency.frame_to_confirm.count == frames.confirmed


async def test_an_empty_database_holds_nothing(database: str) -> None:
    """Every query of the scorecard fits the schema."""
    held = await read_held(database)
    assert (held.spans, held.incidents, held.gaps, held.venues, held.repeats) == ((), (), (), 0, 0)
    assert not held.readings
    assert not held.facts
    assert held.frames == ()


@pytest.mark.parametrize("name", SQL.names())
def test_every_query_can_be_prepared(database: str, name: str) -> None:
    """The database understands each statement of queries.sql."""
    with psycopg.connect(database) as connection:
        connection.execute(SQL[name], prepare=True)
