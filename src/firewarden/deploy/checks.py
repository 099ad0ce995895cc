"""`firewarden check` and `firewarden test`: is this checkout sound?"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NoReturn

from firewarden.deploy.browser import ensure_chromium
from firewarden.deploy.debian import ensure_packages
from firewarden.deploy.errors import DeployError
from firewarden.deploy.platform import CHECKOUT, SOURCE
from firewarden.deploy.state import State, open_state

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rich.console import Console


WHOLE_SUITE = ("-n", "2", "--dist", "loadfile")
"""Two processes, each with services of its own: the suite waits as long as it computes."""


def node_environment(state: State, report: Callable[[str], None]) -> dict[str, str]:
    """Return what Node, inside the wheels of basedpyright and Playwright, needs on a machine without libatomic."""
    try:
        ctypes.CDLL("libatomic.so.1")
    except OSError:
        root = ensure_packages(state.packages, "node", report)
        folders = [str(path.parent) for path in root.glob("usr/lib/*/libatomic.so.1")]
        return {"LD_LIBRARY_PATH": os.pathsep.join([*folders, os.environ.get("LD_LIBRARY_PATH", "")]).strip(os.pathsep)}
    return {}


def check_steps(programs: Path) -> list[tuple[str, tuple[str, ...]]]:
    """List what `check` runs, cheapest first; `programs` is the virtual environment's bin folder."""
    python = str(programs / "python")
    return [
        ("lint", (python, "-m", "ruff", "check", "--quiet", ".")),
        ("format", (python, "-m", "ruff", "format", "--check", "--quiet", ".")),
        ("import contracts", (str(programs / "lint-imports"), "--no-cache")),
        ("types", (str(programs / "basedpyright"),)),
        ("unit tests", (python, "-m", "pytest", "-q", "-n", "2", "tests/unit")),
    ]


def run_checks(programs: Path, root: Path, console: Console) -> int:
    """Run each step; returns the first failure's exit status after saying which it was."""
    _require_checkout()
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), **node_environment(open_state(root), console.print)}
    begun_s = time.monotonic()
    for name, command in check_steps(programs):
        step_s = time.monotonic()
        answer = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, check=False)
        took = f"{time.monotonic() - step_s:.1f} s"
        if answer.returncode != 0:
            sys.stdout.buffer.write(answer.stdout + answer.stderr)
            sys.stdout.flush()
            console.print(f"[red]fail[/] {name} {took}: see above. Again alone: {' '.join(command)}", soft_wrap=True)
            return answer.returncode
        console.print(f"[green]ok[/]   {name} [dim]{took}[/]", highlight=False)
    console.print(f"all checks passed in {time.monotonic() - begun_s:.0f} s", highlight=False)
    return 0


def run_tests(root: Path, arguments: list[str], console: Console) -> NoReturn:
    """Fetch what the tests need, then become pytest, whose summary and exit status are the result.

    Without arguments the whole suite is run, in two processes.
    """
    _require_checkout()
    state = open_state(root)

    def say(detail: str) -> None:
        console.print(f"  ... {detail}", highlight=False, markup=False)

    ensure_packages(state.packages, "services", say)
    chromium = ensure_chromium(state, say)
    environment = {
        **os.environ,
        **node_environment(state, say),
        "PYTHONPATH": str(SOURCE),
        "FIREWARDEN_TEST_STATE": str(state.root),
        "FIREWARDEN_CHROMIUM": str(chromium),
    }
    # A test starts its own services: the user's database must never be the one that tests write to.
    for name in ("FIREWARDEN_DATABASE_URL", "FIREWARDEN_MQTT_URL", "FIREWARDEN_STATE"):
        environment.pop(name, None)
    sys.stdout.flush()
    os.chdir(CHECKOUT)
    command = [sys.executable, "-m", "pytest", *(arguments or WHOLE_SUITE)]
    os.execve(sys.executable, command, environment)  # noqa: S606


def _require_checkout() -> None:
    if not (CHECKOUT / "pyproject.toml").is_file() or not (CHECKOUT / "tests").is_dir():
        raise DeployError(f"{CHECKOUT} is not a checkout.", "Run ./firewarden from a clone of the repository.")
