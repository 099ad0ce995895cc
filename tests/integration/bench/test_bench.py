"""The benches themselves, small: that they run and count nothing lost. How fast, no test asks."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from firewarden.bench.alarming import bench_alarm
from firewarden.bench.backlog import bench_backlog
from firewarden.bench.copying import bench_copy
from firewarden.bench.gateways import bench_gateways
from firewarden.bench.ingesting import bench_ingest
from firewarden.bench.memory import bench_memory
from firewarden.bench.options import (
    Run,
    alarm_size,
    backlog_size,
    copy_size,
    gateways_size,
    ingest_size,
    memory_size,
    overload_size,
    query_size,
    risk_live_size,
)
from firewarden.bench.overload import bench_overload
from firewarden.bench.progress import Bars
from firewarden.bench.querying import bench_query
from firewarden.bench.report import Report
from firewarden.bench.risk_live import bench_risk_live
from firewarden.bench.stage import throw_away_folder
from firewarden.deploy.errors import DeployError

pytestmark = pytest.mark.services


@pytest.fixture
def run(packages_cache: Path) -> Run:
    """A run that shows its bars to nobody."""
    return Run(packages=packages_cache, bars=Bars(Console(file=io.StringIO())))


def value(report: Report, name: str) -> float:
    """The figure of that name."""
    (found,) = [figure for figure in report.figures if figure.name == name]
    return found.median


async def test_copy_runs(run: Run) -> None:
    """Rows are copied, each once."""
    report = await bench_copy(copy_size(quick=True), run)
    assert report.passed, report.counts
    assert report.environment.server is not None
    assert report.environment.server.fsync == "on"
    assert value(report, "rows copied") > 0


@pytest.mark.parametrize("points", [50, 1])
async def test_ingest_runs_and_loses_nothing(run: Run, points: int) -> None:
    """The real process stores every message once, and the limit is measured beside it."""
    report = await bench_ingest(ingest_size(points, quick=True), run)
    assert report.passed, report.counts
    assert report.limit is not None
    assert report.ratio is not None
    assert value(report, "messages stored and acknowledged") > 0
    assert value(report, "memory of ingest, most") > 0


async def test_gateways_runs_and_loses_nothing_that_was_confirmed(run: Run) -> None:
    """Devices connect to the real process; every frame is confirmed, and every confirmed one is stored once."""
    report = await bench_gateways(gateways_size(1_000, 90, 300, quick=True), run)
    assert report.passed, report.counts
    assert value(report, "connections") == 20
    assert value(report, "fire → confirm, p50") > 0
    assert value(report, "memory of ingest, most") > 0


async def test_two_workers_share_and_lose_nothing(run: Run) -> None:
    """Each number of workers stores every message once, and has figures of its own."""
    report = await bench_ingest(ingest_size(50, workers=(1, 2), quick=True), run)
    assert report.passed, report.counts
    assert value(report, "messages stored and acknowledged") > 0
    assert value(report, "messages stored and acknowledged, 2 workers") > 0
    assert value(report, "ingest 2 busy, 2 workers") >= 0


async def test_alarm_runs_and_misses_nothing(run: Run) -> None:
    """Every fire comes out of the event stream, once, while telemetry runs and loses nothing."""
    report = await bench_alarm(alarm_size(500, quick=True), run)
    assert report.passed, report.counts
    assert value(report, "publish → event stream, p50") > 0


async def test_risk_live_runs_and_misses_nothing(run: Run) -> None:
    """Each fire and each fault becomes a new score of its venue on the stream, with a sweep in between."""
    report = await bench_risk_live(risk_live_size(quick=True), run)
    assert report.passed, report.counts
    assert value(report, "publish → risk.changed on the event stream, p50") > 0


async def test_overload_runs_and_misses_nothing(run: Run) -> None:
    """Fires come out while more telemetry comes than is taken, and all of that is stored in the end."""
    report = await bench_overload(overload_size(quick=True), run)
    assert report.passed, report.counts
    assert value(report, "fires") > 0
    assert value(report, "offered, of what it takes") > 0
    assert value(report, "generator busy while it sent") > 0


async def test_backlog_runs_and_loses_nothing(run: Run) -> None:
    """What gateways kept is stored once and followed by the desk, and fires pass it."""
    report = await bench_backlog(backlog_size(quick=True), run)
    assert report.passed, report.counts
    assert value(report, "readings that waited") == 40 * 144


async def test_memory_runs_through_an_outage_and_loses_nothing(run: Run) -> None:
    """The database goes and comes back; what the broker held meanwhile is stored once."""
    report = await bench_memory(memory_size(1, quick=True), run)
    assert report.passed, report.counts
    assert value(report, "messages that waited") == 3_000
    (series,) = report.series
    assert len(series.values) > 3


async def test_query_runs_and_every_question_is_answered(run: Run) -> None:
    """Loaded once, asked twice: the second run finds what the first one left."""
    size = query_size(100_000_000, quick=True)
    with throw_away_folder() as folder:
        first = await bench_query(size, run, folder / "year")
        assert first.passed, first.counts
        assert value(first, "readings in the database") >= size.rows
        again = await bench_query(size, run, folder / "year")
        assert again.passed, again.counts


async def test_a_disk_that_is_too_small_is_named_before_anything_is_loaded(run: Run, tmp_path: Path) -> None:
    """Ten thousand billion readings fit nowhere."""
    with pytest.raises(DeployError, match="GB are free"):
        await bench_query(query_size(10**13, quick=False), run, tmp_path)
