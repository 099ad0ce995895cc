"""The supervisor, on real but small processes."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

import psutil
import pytest
from tests.unit.deploy.waiting import until

from firewarden.deploy.backoff import RestartPolicy
from firewarden.deploy.child import Process, ProcessState, describe_exit
from firewarden.deploy.errors import DeployError
from firewarden.deploy.state import ProcessRecord, SupervisorRecord
from firewarden.deploy.supervisor import Step, StepState, Supervisor, end_leftovers, is_same_process, shortened

QUICK = RestartPolicy(first_s=0.01, limit_s=0.05)
SERVE = "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); print('up', flush=True)\n"
FOREVER = SERVE + "while True: time.sleep(60)"


def _process(name: str, code: str, **changes: object) -> Process:
    given: dict[str, object] = {"restart": QUICK, "ready_timeout_s": 20.0, **changes}
    return Process(name=name, command=(sys.executable, "-c", code), **given)  # pyright: ignore[reportArgumentType]


async def test_processes_start_in_order_and_stop_in_reverse(tmp_path: Path) -> None:
    """Each process is ready before the next is started, and the last started is the first to stop."""
    steps: list[Step] = []
    supervisor = Supervisor(tmp_path, on_step=steps.append)
    await supervisor.start(_process("one", FOREVER))
    await supervisor.start(_process("two", FOREVER))
    pids = supervisor.pids()
    await supervisor.stop_all()
    assert [step.name for step in steps if step.state is StepState.DONE] == [
        "one",
        "two",
        "stopping two",
        "stopping one",
    ]
    assert not any(psutil.pid_exists(pid) for pid in pids.values())


async def test_readiness_is_awaited(tmp_path: Path) -> None:
    """Start returns only when the process says that it is ready."""
    mark = tmp_path / "ready"

    async def ready() -> bool:
        return mark.exists()

    supervisor = Supervisor(tmp_path)
    code = f"import pathlib, time; pathlib.Path({str(mark)!r}).touch(); time.sleep(60)"
    await supervisor.start(_process("slow", code, ready=ready))
    assert mark.exists()
    assert supervisor.state_of("slow") is ProcessState.RUNNING
    await supervisor.stop_all()


async def test_a_killed_process_returns(tmp_path: Path) -> None:
    """A process ended by SIGKILL runs again under another id, and the restart is counted."""
    supervisor = Supervisor(tmp_path)
    await supervisor.start(_process("victim", FOREVER))
    before = supervisor.kill("victim")
    await until(lambda: supervisor.pids().get("victim", before) != before, "the victim runs again")
    assert supervisor.records()[0].restarts == 1
    await supervisor.stop_all()


async def test_before_start_runs_at_each_start(tmp_path: Path) -> None:
    """What a killed predecessor left is cleared before each start, not only the first."""
    calls: list[int] = []

    async def clear() -> None:
        calls.append(1)

    supervisor = Supervisor(tmp_path)
    await supervisor.start(_process("victim", FOREVER, before_start=clear))
    supervisor.kill("victim")
    await until(lambda: len(calls) == 2, "the second start was prepared")
    await supervisor.stop_all()


async def test_a_process_that_cannot_start_is_reported(tmp_path: Path) -> None:
    """The failure names the process and shows what it last wrote, and nothing of it is left."""
    steps: list[Step] = []
    supervisor = Supervisor(tmp_path, on_step=steps.append)
    with pytest.raises(DeployError, match="no such table") as caught:
        await supervisor.start(_process("bad", "import sys; sys.exit('no such table')", ready=_never, exits_max=2))
    assert "bad.log" in caught.value.hint
    assert supervisor.pids() == {}
    assert StepState.FAILED in {step.state for step in steps}


async def test_an_unusable_setup_is_not_tried_again(tmp_path: Path) -> None:
    """A process that ends with EX_CONFIG will not be helped by another attempt."""
    supervisor = Supervisor(tmp_path)
    slow = RestartPolicy(first_s=60, limit_s=60)
    with pytest.raises(DeployError, match="ended 1 times"):
        await supervisor.start(_process("bad", "import sys; sys.exit(78)", ready=_never, restart=slow))


async def _never() -> bool:
    return False


async def test_a_missing_program_is_reported(tmp_path: Path) -> None:
    """A program that is not there is named."""
    supervisor = Supervisor(tmp_path)
    process = Process(name="gone", command=("/no/such/program",), restart=QUICK, ready=_never)
    with pytest.raises(DeployError, match="/no/such/program cannot be started: No such file"):
        await supervisor.start(process)


async def test_a_stubborn_process_is_killed(tmp_path: Path) -> None:
    """A process that ignores its stop signal ends after its grace."""
    mark = tmp_path / "ready"

    async def ready() -> bool:
        return mark.exists()

    code = "import pathlib, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    code += f"pathlib.Path({str(mark)!r}).touch()\nwhile True: time.sleep(60)"
    supervisor = Supervisor(tmp_path)
    await supervisor.start(_process("stubborn", code, ready=ready, stop_grace_s=0.1))
    pid = supervisor.pids()["stubborn"]
    await supervisor.stop_all()
    assert not psutil.pid_exists(pid)
    assert "killing it" in (tmp_path / "stubborn.log").read_text(encoding="utf-8")


async def test_grandchildren_end_with_their_process(tmp_path: Path) -> None:
    """What a process started in its own session is gone once it was stopped."""
    mark = tmp_path / "grandchild"
    code = "import pathlib, subprocess, sys, time\n"
    code += "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    code += f"pathlib.Path({str(mark)!r}).write_text(str(child.pid)); time.sleep(600)"
    supervisor = Supervisor(tmp_path)
    await supervisor.start(_process("parent", code))
    await until(lambda: mark.exists() and mark.read_text(encoding="ascii") != "", "the grandchild runs")
    grandchild = int(mark.read_text(encoding="ascii"))
    await supervisor.stop_all()
    await until(lambda: not _alive(grandchild), "the grandchild has ended")


def _alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def test_lines_are_logged_in_one_format(tmp_path: Path) -> None:
    """Each line has time and process name; bytes that are no text and endless lines do no harm."""
    code = "import sys; sys.stdout.buffer.write(b'fire \\xff\\n' + b'x' * 200_000); sys.stdout.flush()\n" + FOREVER
    supervisor = Supervisor(tmp_path)
    await supervisor.start(_process("talker", code))
    log = tmp_path / "talker.log"
    await until(lambda: "up" in log.read_text(encoding="utf-8"), "the last line is logged")
    await supervisor.stop_all()
    lines = log.read_text(encoding="utf-8").splitlines()
    assert lines[0].endswith("talker    | fire \ufffd")
    assert lines[0][:4].isdigit()
    assert all(len(line) < 20_000 for line in lines)


async def test_the_death_of_the_supervisor_ends_the_children(tmp_path: Path) -> None:
    """When the supervisor is killed, the kernel asks its children to end."""
    mark = tmp_path / "pid"
    child = f"import os, pathlib, time; pathlib.Path({str(mark)!r}).write_text(str(os.getpid())); time.sleep(600)"
    code = (
        "import asyncio, pathlib, sys\n"
        "from firewarden.deploy.child import Process\n"
        "from firewarden.deploy.supervisor import Supervisor\n"
        "async def main():\n"
        f"    supervisor = Supervisor(pathlib.Path({str(tmp_path)!r}))\n"
        f"    await supervisor.start(Process(name='c', command=(sys.executable, '-c', {child!r})))\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    supervisor = await asyncio.create_subprocess_exec(sys.executable, "-c", code, env=environment)
    await until(lambda: mark.exists() and mark.read_text(encoding="ascii") != "", "the child runs")
    supervisor.kill()
    await supervisor.wait()
    pid = int(mark.read_text(encoding="ascii"))
    await until(lambda: not _alive(pid), "the child has ended")


async def test_leftovers_are_ended_and_strangers_are_not(tmp_path: Path) -> None:
    """Only a process with the recorded id *and* start time is a left-over."""
    running = await asyncio.create_subprocess_exec(sys.executable, "-c", "import time; time.sleep(600)")
    created_s = psutil.Process(running.pid).create_time()
    assert is_same_process(running.pid, created_s)
    assert not is_same_process(running.pid, created_s - 60)
    assert not is_same_process(None, created_s)

    def record(created: float) -> SupervisorRecord:
        process = ProcessRecord(
            name="x", pid=running.pid, created_s=created, state="running", restarts=0, stop_signal=signal.SIGTERM
        )
        return SupervisorRecord(pid=1, created_s=0, started_at="", processes=(process,), addresses={})

    assert end_leftovers(None) == []
    assert end_leftovers(record(created_s - 60)) == []
    assert running.returncode is None
    assert await asyncio.to_thread(end_leftovers, record(created_s)) == ["x"]
    await running.wait()
    assert not _alive(running.pid)


def test_ends_are_described() -> None:
    """A log says whether a process ended by itself or by a signal."""
    assert describe_exit(3) == "exit status 3"
    assert describe_exit(-9) == "killed by SIGKILL"


def test_long_lines_keep_their_ends() -> None:
    """An error message shows where an exception began and why it ended, not a screen of JSON."""
    assert shortened("short") == "short"
    cut = shortened("begin" + "x" * 10_000 + "end")
    assert cut.startswith("begin")
    assert cut.endswith("end")
    assert len(cut) < 400
