"""One supervised process: start it, read its output, wait for it, start it again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import psutil

from firewarden.deploy.account import Account
from firewarden.deploy.backoff import RestartPolicy, delay_s, failures_after
from firewarden.deploy.logs import LINE_CHARACTERS_MAX, ProcessLog

READY_POLL_S = 0.03
READ_BYTES = 65_536
# How long the last lines may take after the process itself has ended.
LAST_LINES_S = 0.1
LAUNCHER = Path(__file__).with_name("launch.py")


class ProcessState(StrEnum):
    """What a supervised process is doing."""

    STARTING = "starting"
    RUNNING = "running"
    WAITING = "waiting to restart"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """What to run, how to know that it is ready, and how to end it."""

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    """Added to our own environment."""
    ready: Callable[[], Awaitable[bool]] | None = None
    """Asked again and again after each start; None means ready at once."""
    before_start: Callable[[], Awaitable[None]] | None = None
    """Awaited before each start and restart, to clear what a killed predecessor left."""
    ready_timeout_s: float = 60.0
    exits_max: int = 5
    """So many exits before it was ever ready mean that it cannot start."""
    stop_signal: signal.Signals = signal.SIGTERM
    stop_grace_s: float = 10.0
    account: Account | None = None
    folder: Path | None = None
    restart: RestartPolicy = field(default_factory=RestartPolicy)


class Child:
    """Keeps one process running until it is told to stop."""

    def __init__(self, process: Process, log: ProcessLog, on_change: Callable[[], None]) -> None:
        self.process = process
        self.log = log
        self.state = ProcessState.STOPPED
        self.restarts = 0
        self.exits = 0
        self.last_exit: int | None = None
        self.started_s: float | None = None
        self.created_s: float | None = None
        self.first_ready = asyncio.Event()
        self._on_change = on_change
        self._running: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process id; None while it is not running."""
        return self._running.pid if self._running is not None else None

    def start(self) -> None:
        """Begin to keep the process running."""
        assert self._task is None
        self._task = asyncio.create_task(self._keep_running(), name=f"supervise-{self.process.name}")

    @property
    def task(self) -> asyncio.Task[None]:
        """The task that keeps it running; ends when told to stop, or with a programming error."""
        assert self._task is not None
        return self._task

    def signal(self, number: signal.Signals) -> None:
        """Send a signal, if the process is running."""
        if self._running is not None and self._running.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._running.send_signal(number)

    async def stop(self) -> None:
        """End the process: ask, wait for its grace, then force; all that it started in its session goes too."""
        self._stopping.set()
        self.signal(self.process.stop_signal)
        if self._task is not None:
            _, pending = await asyncio.wait({self._task}, timeout=self.process.stop_grace_s)
            if pending:
                self.log.write(f"still running {self.process.stop_grace_s:g} s after it was asked to stop: killing it")
                self.signal(signal.SIGKILL)
            await self._task
        self.log.close()

    async def _keep_running(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            begun_s = time.monotonic()
            await self._run_once()
            self.exits += 1
            if self._stopping.is_set():
                break
            failures = failures_after(self.process.restart, failures=failures, ran_s=time.monotonic() - begun_s)
            wait_s = delay_s(self.process.restart, failures=failures, chance=random.random())
            self.log.write(f"restarting in {wait_s:.2f} s")
            self._enter(ProcessState.WAITING)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._stopping.wait()
            self.restarts += 1
        self._enter(ProcessState.STOPPED)

    async def _run_once(self) -> None:
        if self.process.before_start is not None:
            await self.process.before_start()
        if self._stopping.is_set():
            return
        loop = asyncio.get_running_loop()
        # A pipe of our own rather than subprocess.PIPE: it can be closed although a grandchild still holds its end.
        read_end, write_end = os.pipe()
        lines = asyncio.StreamReader()
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(lines), os.fdopen(read_end, "rb", 0)
        )
        try:
            self._running = await self._spawn(write_end)
        finally:
            os.close(write_end)
        self.started_s = time.monotonic()
        self.created_s = _created_s(self._running.pid)
        self._enter(ProcessState.STARTING)
        watching = asyncio.create_task(self._watch_ready())
        reading = asyncio.create_task(self._read_lines(lines))
        try:
            self.last_exit = await self._running.wait()
            await asyncio.wait({reading}, timeout=LAST_LINES_S)
            self.log.write(f"ended: {describe_exit(self.last_exit)}")
        finally:
            for task in (watching, reading):
                task.cancel()
            await asyncio.gather(watching, reading, return_exceptions=True)
            transport.close()
            _kill_session(self._running.pid)
            self._running = None

    async def _spawn(self, output: int) -> asyncio.subprocess.Process:
        process = self.process
        user = ("--user", f"{process.account.uid}:{process.account.gid}") if process.account else ()
        # If we die, a database is asked for a fast shutdown and everything else for its ordinary end.
        launcher = (sys.executable, "-I", "-S", str(LAUNCHER), "--parent", str(os.getpid()))
        return await asyncio.create_subprocess_exec(
            *launcher,
            *("--death-signal", str(int(process.stop_signal)), *user, "--", *process.command),
            env={**os.environ, **process.env},
            cwd=process.folder,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )

    async def _watch_ready(self) -> None:
        if self.process.ready is not None:
            while not await self.process.ready():  # noqa: ASYNC110 - another process raises no event here
                await asyncio.sleep(READY_POLL_S)
        self._enter(ProcessState.RUNNING)
        self.first_ready.set()

    async def _read_lines(self, stream: asyncio.StreamReader) -> None:
        rest = b""
        while chunk := await stream.read(READ_BYTES):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._write(line)
            while len(rest) > LINE_CHARACTERS_MAX:
                self._write(rest[:LINE_CHARACTERS_MAX])
                rest = rest[LINE_CHARACTERS_MAX:]
        if rest:
            self._write(rest)

    def _write(self, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip("\r")
        for start in range(0, max(len(text), 1), LINE_CHARACTERS_MAX):
            self.log.write(text[start : start + LINE_CHARACTERS_MAX])

    def _enter(self, state: ProcessState) -> None:
        self.state = state
        self._on_change()


def describe_exit(code: int) -> str:
    """Say how a process ended."""
    if code >= 0:
        return f"exit status {code}"
    return f"killed by {signal.Signals(-code).name}"


def _kill_session(pid: int) -> None:
    """End what the process started in its own session and left behind."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _created_s(pid: int) -> float | None:
    try:
        return psutil.Process(pid).create_time()
    except psutil.Error:
        return None
