"""The process itself: killed and started again, and what its commands print."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from firewarden.risk.commands import register
from firewarden.risk.scoring.codes import Cause
from tests.integration.city import GATEWAY, Venue
from tests.integration.polling import until
from tests.integration.risk.board import Board
from tests.integration.risk.facts_sql import open_episode, open_fire

pytestmark = pytest.mark.services

PROGRAM = """
import typer
from firewarden.risk.commands import register
app = typer.Typer()
register(app)
app(["risk"])
"""


@asynccontextmanager
async def process(url: str, ready: Path) -> AsyncGenerator[asyncio.subprocess.Process]:
    """`firewarden risk`, ready; killed afterwards if it still runs."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(sys.path),
        "FIREWARDEN_DATABASE_URL": url,
        "FIREWARDEN_READY_FILE": str(ready),
    }
    started = await asyncio.create_subprocess_exec(sys.executable, "-c", PROGRAM, env=environment)
    try:
        await until(lambda: ready.exists() or started.returncode is not None, "the process's readiness")
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()


async def test_a_killed_scorer_resumes(database: str, venue: Venue, board: Board, tmp_path: Path) -> None:
    """What happened while the process was dead, killed in the middle of its work, is scored after the restart."""
    async with process(database, tmp_path / "ready-1") as first:
        open_fire(database, venue.venue_id, GATEWAY, venue.detector_id, at=datetime.now(tz=UTC))
        first.kill()
        await first.wait()
    open_episode(database, venue.venue_id, GATEWAY, venue.detector_id, "main_power_fault", since=datetime.now(tz=UTC))
    async with process(database, tmp_path / "ready-2"):
        await board.tenths(venue.venue_id, Cause.POWER, lambda tenths: tenths > 0)
        row = await board.tenths(venue.venue_id, Cause.ALARM_OPEN, lambda tenths: tenths > 0)
    assert row.score == row.total


async def test_sigterm_ends_it_cleanly(database: str, venue: Venue, tmp_path: Path) -> None:
    """The process that is asked to stop ends with status 0."""
    async with process(database, tmp_path / "ready") as running:
        running.send_signal(signal.SIGTERM)
        assert await running.wait() == 0


def invoke(url: str, *words: str) -> tuple[int, str]:
    app = typer.Typer()
    register(app)
    result = CliRunner().invoke(app, ["risk", *words], env={"FIREWARDEN_DATABASE_URL": url})
    return result.exit_code, result.output


def test_explain_prints_every_factor(database: str, venue: Venue) -> None:
    """`risk explain` prints score, grade, all factors with their evidence, and what the confidence lacks."""
    status, text = invoke(database, "explain", "V1")
    assert status == 0
    assert '"use":"mall"' in text
    assert "static_missing" in text
    assert "a typical venue" in text
    assert "in the ranking: not yet" in text


def test_explain_names_what_is_wrong(database: str) -> None:
    """An unknown venue, or a database that does not answer, is a sentence and a status, not a traceback."""
    assert invoke(database, "explain", "NOWHERE") == (1, "the register has no venue with the code NOWHERE\n")
    status, text = invoke("postgresql://nobody@127.0.0.1:1/none", "explain", "V1")
    assert status == 78
    assert "FIREWARDEN_DATABASE_URL" in text
