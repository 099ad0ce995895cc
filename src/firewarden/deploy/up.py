"""`firewarden up`, `status` and `down`: the platform as its user meets it."""

from __future__ import annotations

import asyncio
import shutil
import signal
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from firewarden.deploy.child import ProcessState
from firewarden.deploy.errors import DeployError
from firewarden.deploy.progress import Progress, show_addresses
from firewarden.deploy.running import UpOptions, addresses, running_platform
from firewarden.deploy.state import State, SupervisorRecord, open_state, read_supervisor, running_lock
from firewarden.deploy.supervisor import end_leftovers, is_same_process

DOWN_S = 90
EXIT_NOT_RUNNING = 3
WATCH_S = 0.5
STOP_HINT = "Ctrl-C here, or `./firewarden down` elsewhere, stops it."
EXTERNAL_BROKER_NOTE = (
    "The broker is not ours: make each gateway an account there whose name is the gateway's id "
    "(`firewarden gateway export-credentials` lists them in Mosquitto's format)."
)


def run_up(options: UpOptions, console: Console) -> None:
    """Bring the platform up and stay until Ctrl-C, SIGTERM or `down`."""
    asyncio.run(_stay_up(options, console))


async def _stay_up(options: UpOptions, console: Console) -> None:
    progress = Progress(console)
    task = asyncio.create_task(_up(options, console, progress))
    asked = False

    def ask_to_stop() -> None:
        # The second Ctrl-C of an impatient person must not break the orderly end.
        nonlocal asked
        if asked:
            progress.note("already stopping; each process has a few seconds to finish")
            return
        asked = True
        progress.note("stopping")
        task.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, ask_to_stop)
    try:
        await task
    except asyncio.CancelledError:
        if not asked:
            raise
    finally:
        progress.rest()
    console.print("firewarden: stopped; the data is kept", highlight=False)


async def _up(options: UpOptions, console: Console, progress: Progress) -> None:
    console.print(f"Firewarden starts on {options.state_root}", highlight=False)
    async with running_platform(options, progress) as platform:
        progress.rest()
        notes = platform.admin_note
        if platform.services.mosquitto is None:
            notes += f"\n{EXTERNAL_BROKER_NOTE}"
        show_addresses(console, addresses(platform), notes, stop_hint=STOP_HINT)
        seen = {record.name: record.restarts for record in platform.supervisor.records()}
        while True:
            await asyncio.sleep(WATCH_S)
            platform.supervisor.raise_failures()
            for record in platform.supervisor.records():
                if record.restarts > seen.get(record.name, 0):
                    progress.note(
                        f"{_clock()} {record.name} ended unexpectedly and was started again "
                        f"({record.restarts}); see {platform.env.state.logs / record.name}.log"
                    )
                seen[record.name] = record.restarts


def _clock() -> str:
    return datetime.now(tz=UTC).astimezone().strftime("%H:%M:%S")


def forget_data(root: Path) -> list[str]:
    """Delete the data, logs and secrets of this state folder, and nothing else; returns what was deleted."""
    state = open_state(root)
    deleted: list[str] = []
    with running_lock(state):
        end_leftovers(read_supervisor(state))
        for folder in (state.postgres, state.mosquitto, state.logs, state.secrets):
            shutil.rmtree(folder)
            deleted.append(folder.name)
        for file in (state.ports_file, state.root / "city", state.supervisor_file):
            file.unlink(missing_ok=True)
    return deleted


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What `firewarden status` found."""

    record: SupervisorRecord | None
    supervisor_runs: bool

    @property
    def all_running(self) -> bool:
        """Whether the supervisor and each of its processes run."""
        return (
            self.record is not None
            and self.supervisor_runs
            and all(process.state == ProcessState.RUNNING for process in self.record.processes)
        )


def find_status(root: Path) -> Status:
    """Read the supervisor's own account and check whether it is still alive."""
    record = read_supervisor(State(root))
    return Status(record=record, supervisor_runs=record is not None and is_same_process(record.pid, record.created_s))


def show_status(status: Status, root: Path, console: Console) -> int:
    """Print the table; returns the exit status: 0 when all runs, 3 when not."""
    if status.record is None or not status.supervisor_runs:
        console.print(f"Firewarden does not run on {root}. Start it with `./firewarden up`.", highlight=False)
        return EXIT_NOT_RUNNING
    table = Table("process", "pid", "state", "restarts", "up for", box=None, pad_edge=False)
    now_s = datetime.now(tz=UTC).timestamp()
    table.add_row("supervisor", str(status.record.pid), "running", "", duration(now_s - status.record.created_s))
    for process in status.record.processes:
        alive = process.pid is not None and process.created_s is not None
        table.add_row(
            process.name,
            str(process.pid or ""),
            process.state,
            str(process.restarts),
            duration(now_s - process.created_s) if alive and process.created_s is not None else "",
        )
    console.print(table)
    console.print()
    for name, address in status.record.addresses.items():
        console.print(f"{name:<9} {address}", highlight=False, markup=False)
    return 0 if status.all_running else EXIT_NOT_RUNNING


def duration(seconds: float) -> str:
    """Write a length of time as a person reads it."""
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {rest:02} s" if minutes else f"{rest} s"


def run_down(root: Path, console: Console) -> int:
    """Ask the running supervisor to stop, wait until it and its processes are gone; returns the exit status."""
    status = find_status(root)
    record = status.record
    if record is None:
        console.print(f"Firewarden does not run on {root}.", highlight=False)
        return 0
    if status.supervisor_runs:
        try:
            supervisor = psutil.Process(record.pid)
            supervisor.terminate()
            supervisor.wait(DOWN_S)
        except psutil.NoSuchProcess:
            pass
        except psutil.AccessDenied as error:
            raise DeployError(
                f"Process {record.pid} belongs to another user.", "Run `./firewarden down` as that user."
            ) from error
        except psutil.TimeoutExpired as error:
            raise DeployError(
                f"The supervisor (process {record.pid}) has not ended in {DOWN_S} s.",
                f"Look into {State(root).logs}; `kill -9 {record.pid}` ends it, and the next start clears up.",
            ) from error
    for name in end_leftovers(record):
        console.print(f"ended {name}, which was left over", highlight=False)
    State(root).supervisor_file.unlink(missing_ok=True)
    console.print("firewarden: stopped; the data is kept", highlight=False)
    return 0
