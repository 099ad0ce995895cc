"""Start processes in order, wait for each to be ready, keep them running, stop them in the reverse order."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psutil

from firewarden.deploy.child import Child, Process, ProcessState
from firewarden.deploy.errors import DeployError
from firewarden.deploy.logs import ProcessLog
from firewarden.deploy.state import ProcessRecord, SupervisorRecord

LEFTOVER_GRACE_S = 10.0
# Start times are read from the same kernel counter, but converted through a clock that may be corrected meanwhile.
CREATED_TOLERANCE_S = 2.0
# EX_CONFIG of sysexits.h: our processes end with it when starting again will not help.
EXIT_UNUSABLE = 78
LINE_SHOWN = 360


class StepState(StrEnum):
    """How far a step of the start has come."""

    BEGUN = "begun"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing the user sees happening."""

    name: str
    state: StepState
    detail: str = ""


OnStep = Callable[[Step], None]


def ignore_step(step: Step) -> None:
    """Show nothing; for tests."""
    del step


class Supervisor:
    """Owns the processes it started, and no others."""

    def __init__(
        self,
        logs: Path,
        *,
        on_step: OnStep = ignore_step,
        on_change: Callable[[], None] = lambda: None,
        verbose: bool = False,
    ) -> None:
        self._logs = logs
        self._on_step = on_step
        self.on_change = on_change
        self._verbose = verbose
        self._children: dict[str, Child] = {}

    def _changed(self) -> None:
        self.on_change()

    def announce(self, name: str) -> None:
        """Say that the process's preparation has begun; `start` follows."""
        self._on_step(Step(name, StepState.BEGUN))

    async def start(self, process: Process) -> Child:
        """Start the process and wait until it is ready; if it never is, stop it and say what it last wrote."""
        assert process.name not in self._children, f"{process.name} is already supervised"
        self._on_step(Step(process.name, StepState.BEGUN))
        log = ProcessLog(self._logs, process.name, verbose=self._verbose)
        child = Child(process, log, self._changed)
        self._children[process.name] = child
        child.start()
        try:
            await self._until_ready(child)
        except DeployError as error:
            self._on_step(Step(process.name, StepState.FAILED, error.message.splitlines()[0]))
            await self.stop(process.name)
            raise
        self._on_step(Step(process.name, StepState.DONE))
        return child

    async def _until_ready(self, child: Child) -> None:
        deadline_s = time.monotonic() + child.process.ready_timeout_s
        while not child.first_ready.is_set():
            if child.task.done():
                child.task.result()
                raise AssertionError(f"{child.process.name} is no longer supervised although nobody stopped it")
            hopeless = child.last_exit == EXIT_UNUSABLE
            if hopeless or child.exits >= child.process.exits_max or time.monotonic() > deadline_s:
                raise _not_ready(child)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.1):
                    await child.first_ready.wait()

    async def stop(self, name: str) -> None:
        """Stop one process."""
        await self._children[name].stop()
        del self._children[name]
        self.on_change()

    async def stop_all(self) -> None:
        """Stop every process, the last started first."""
        for name in reversed(list(self._children)):
            self._on_step(Step(f"stopping {name}", StepState.BEGUN))
            await self.stop(name)
            self._on_step(Step(f"stopping {name}", StepState.DONE))

    def raise_failures(self) -> None:
        """Raise the error of a supervision that ended by itself: that is a mistake of ours, not of the process."""
        for child in self._children.values():
            if child.task.done():
                child.task.result()

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> int:
        """Send the process a signal, as a crash would end it; returns the process id it had."""
        child = self._children[name]
        pid = child.pid
        if pid is None:
            raise ProcessLookupError(f"{name} is not running ({child.state})")
        child.signal(number)
        return pid

    def pids(self) -> dict[str, int]:
        """Return the process ids of what is running now."""
        return {name: child.pid for name, child in self._children.items() if child.pid is not None}

    def state_of(self, name: str) -> ProcessState:
        """Return what the process is doing."""
        return self._children[name].state

    def records(self) -> tuple[ProcessRecord, ...]:
        """Describe the processes for run/supervisor.json."""
        return tuple(
            ProcessRecord(
                name=name,
                pid=child.pid,
                created_s=child.created_s,
                state=str(child.state),
                restarts=child.restarts,
                stop_signal=int(child.process.stop_signal),
            )
            for name, child in self._children.items()
        )


def _not_ready(child: Child) -> DeployError:
    lines = child.log.last_lines(8)
    said = "\n".join(f"    {shortened(line)}" for line in lines) or "    (it wrote nothing)"
    how = f"ended {child.exits} times" if child.exits else f"was not ready in {child.process.ready_timeout_s:g} s"
    hint = f"The whole log is {child.log.path}."
    if any("No space left" in line for line in lines):
        hint = f"The disk is full: free some space and start again. {hint}"
    if any("Address already in use" in line or "could not bind" in line for line in lines):
        hint = f"Another program took its port meanwhile: start again, and the next free port is used. {hint}"
    return DeployError(f"{child.process.name} {how}. Its last lines:\n{said}", hint)


def shortened(line: str) -> str:
    """Cut the middle out of a long log line: an exception begins with where and ends with why."""
    return line if len(line) <= LINE_SHOWN else f"{line[: LINE_SHOWN // 3]} ... {line[-2 * LINE_SHOWN // 3 :]}"


def is_same_process(pid: int | None, created_s: float | None) -> bool:
    """Say whether the process with this id is still the one that was recorded, not a later one with its number."""
    if pid is None or created_s is None:
        return False
    try:
        found = psutil.Process(pid)
        return found.status() != psutil.STATUS_ZOMBIE and abs(found.create_time() - created_s) < CREATED_TOLERANCE_S
    except psutil.Error:
        return False


def end_leftovers(record: SupervisorRecord | None) -> list[str]:
    """End processes of a supervisor that was killed; returns their names. Call it while holding the running lock."""
    if record is None:
        return []
    ended: list[str] = []
    for left in reversed(record.processes):
        if left.pid is not None and is_same_process(left.pid, left.created_s):
            _end(psutil.Process(left.pid), left.stop_signal)
            ended.append(left.name)
    return ended


def _end(process: psutil.Process, stop_signal: int) -> None:
    try:
        process.send_signal(stop_signal)
        process.wait(LEFTOVER_GRACE_S)
    except psutil.TimeoutExpired:
        process.kill()
        process.wait(LEFTOVER_GRACE_S)
    except psutil.NoSuchProcess:
        return
