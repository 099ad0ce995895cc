"""The benches themselves, small: that they run and count nothing lost. How fast, no test asks."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from firewarden.bench.alarming import bench_alarm
from firewarden.bench.copying import bench_copy
from firewarden.bench.ingesting import bench_ingest
from firewarden.bench.options import Run, alarm_size, copy_size, ingest_size
from firewarden.bench.progress import Bars
from firewarden.bench.report import Report

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
