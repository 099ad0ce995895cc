"""The benches on the command line."""

import asyncio
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from firewarden.bench.alarming import bench_alarm
from firewarden.bench.backlog import bench_backlog
from firewarden.bench.copying import bench_copy
from firewarden.bench.decoding import bench_frames
from firewarden.bench.gateways import bench_gateways
from firewarden.bench.ingesting import bench_ingest
from firewarden.bench.line import LineError
from firewarden.bench.memory import bench_memory
from firewarden.bench.options import (
    POINTS_OF_GATEWAY,
    Run,
    alarm_size,
    backlog_size,
    copy_size,
    frames_size,
    gateways_size,
    ingest_size,
    memory_size,
    overload_size,
    query_size,
    risk_live_size,
    risk_size,
)
from firewarden.bench.overload import bench_overload
from firewarden.bench.progress import Bars
from firewarden.bench.querying import bench_query
from firewarden.bench.report import Report, show_report, write_report
from firewarden.bench.risk_live import bench_risk_live
from firewarden.bench.risking import bench_risk
from firewarden.deploy.errors import DeployError
from firewarden.deploy.progress import Progress, show_error
from firewarden.deploy.state import default_state_root, open_state
from firewarden.deploy.supervisor import Step

EXIT_TERMINATED = 143
WORKERS_MAX = 8
CONNECTIONS_MAX = 20_000

Quick = Annotated[bool, typer.Option("--quick", help="A few seconds, to see that it runs; the figures mean nothing.")]
ReportFile = Annotated[Path | None, typer.Option("--report", help="Where to write the result as JSON.")]
Points = Annotated[int, typer.Option(min=1, max=POINTS_OF_GATEWAY, help="Readings in each message.")]
Workers = Annotated[
    str,
    typer.Option(metavar="N,N", help="Processes of ingest; several share the readings, and both numbers are shown."),
]
Rate = Annotated[float, typer.Option(min=1, help="Messages of telemetry a second.")]
Overload = Annotated[bool, typer.Option("--overload", help="Telemetry at twice what ingest takes, instead of --rate.")]
Live = Annotated[bool, typer.Option("--live", help="The whole platform at 2,000 messages/s, instead of one core.")]
Minutes = Annotated[float, typer.Option(min=0.1, max=600, help="How long there is no database.")]
Rows = Annotated[int, typer.Option(min=1_000_000, help="Readings in the database, at least.")]
Data = Annotated[Path | None, typer.Option("--data", help="Folder where the loaded database stays, for the next time.")]

Connections = Annotated[int, typer.Option(min=1, max=CONNECTIONS_MAX, help="Devices, each with a TCP connection.")]
Seconds = Annotated[float, typer.Option(min=5, max=3_600, help="How long a round lasts.")]
Storm = Annotated[float, typer.Option(min=0, max=6_000, help="Signals a minute of the device that storms.")]

bench = typer.Typer(help="Measure how fast this machine is with this platform.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add `firewarden bench ...`."""
    app.add_typer(bench, name="bench", rich_help_panel="Development")


@bench.command("copy")
def copy(*, quick: Quick = False, report: ReportFile = None) -> None:
    """How many packed rows a second the database takes: the limit of everything that stores readings."""
    _run(lambda run: bench_copy(copy_size(quick=quick), run), report)


@bench.command("frames")
def frames(*, quick: Quick = False, report: ReportFile = None) -> None:
    """How many frames of GB/T 26875.3 one core reads. Needs neither database nor broker."""
    _run(lambda run: bench_frames(frames_size(quick=quick), run), report)


@bench.command("risk")
def risk(*, live: Live = False, quick: Quick = False, report: ReportFile = None) -> None:
    """How many facts a second one core folds, rules and scores in a city of 3,000 venues. Needs no services.

    With --live: how long a fire or a fault takes to the venue's new score on the event stream, while telemetry runs.
    """
    if live:
        _run(lambda run: bench_risk_live(risk_live_size(quick=quick), run), report)
    _run(lambda run: bench_risk(risk_size(quick=quick), run), report)


@bench.command("ingest")
def ingest(*, points: Points = 50, workers: Workers = "1", quick: Quick = False, report: ReportFile = None) -> None:
    """How many messages a second are stored, and acknowledged after their commit."""
    try:
        counts = tuple(int(count) for count in workers.split(","))
    except ValueError:
        counts = ()
    if not counts or not all(1 <= count <= WORKERS_MAX for count in counts):
        raise typer.BadParameter(f"numbers from 1 to {WORKERS_MAX}, such as 1,2", param_hint="--workers")
    _run(lambda run: bench_ingest(ingest_size(points, workers=counts, quick=quick), run), report)


@bench.command("alarm")
def alarm(*, rate: Rate = 2_000, overload: Overload = False, quick: Quick = False, report: ReportFile = None) -> None:
    """How long a fire takes to the event stream while telemetry runs."""
    if overload:
        _run(lambda run: bench_overload(overload_size(quick=quick), run), report)
    _run(lambda run: bench_alarm(alarm_size(rate, quick=quick), run), report)


@bench.command("backlog")
def backlog(*, quick: Quick = False, report: ReportFile = None) -> None:
    """How long fires take while 1,000 gateways send at once what they kept for a day, and how long that takes."""
    _run(lambda run: bench_backlog(backlog_size(quick=quick), run), report)


@bench.command("memory")
def memory(*, minutes: Minutes = 10, quick: Quick = False, report: ReportFile = None) -> None:
    """How much memory ingest needs at full load, and while the broker queues because there is no database."""
    _run(lambda run: bench_memory(memory_size(minutes, quick=quick), run), report)


@bench.command("query")
def query(*, rows: Rows = 100_000_000, data: Data = None, quick: Quick = False, report: ReportFile = None) -> None:
    """How long questions to the API take when the database holds a year of a city."""
    _run(lambda run: bench_query(query_size(rows, quick=quick), run, data), report)


@bench.command("gateways")
def gateways(
    *,
    connections: Connections = 1_000,
    seconds: Seconds = 90,
    storm: Storm = 300,
    quick: Quick = False,
    report: ReportFile = None,
) -> None:
    """How long devices of GB/T 26875.3 wait for their confirms, while one of them storms and others have fires."""
    _run(lambda run: bench_gateways(gateways_size(connections, seconds, storm, quick=quick), run), report)


class _Steps:
    """The start, line by line; silent once the bars have the terminal."""

    def __init__(self, console: Console) -> None:
        self._progress: Progress | None = Progress(console)

    def show(self, step: Step) -> None:
        if self._progress is not None:
            self._progress(step)

    def end(self) -> None:
        if self._progress is not None:
            self._progress.rest()
        self._progress = None


def _run(work: Callable[[Run], Awaitable[Report]], file: Path | None) -> NoReturn:
    console = Console()
    steps = _Steps(console)
    packages = open_state(default_state_root()).packages

    async def measured() -> Report:
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await work(Run(packages=packages, bars=Bars(console, before=steps.end), on_step=steps.show))

    try:
        result = asyncio.run(measured())
    except DeployError as error:
        steps.end()
        show_error(console, error)
        raise typer.Exit(1) from error
    except asyncio.CancelledError:
        raise typer.Exit(EXIT_TERMINATED) from None
    except LineError as error:
        steps.end()
        console.print(f"firewarden: {error}", style="bold red", highlight=False, markup=False)
        raise typer.Exit(1) from error
    finally:
        steps.end()
    show_report(result, console)
    if file is not None:
        write_report(result, file)
        console.print(f"report: {file}", highlight=False)
    raise typer.Exit(0 if result.passed else 1)
