"""The script ./firewarden: the virtual environment, and what it says where there can be none."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from firewarden.deploy.platform import CHECKOUT

needs_ensurepip = pytest.mark.skipif(
    importlib.util.find_spec("ensurepip") is None, reason="without ensurepip pip is fetched from Debian"
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the real script and a program that only says that it was reached."""
    root = tmp_path / "a checkout"
    program = root / "src" / "firewarden"
    program.mkdir(parents=True)
    (program / "__init__.py").touch()
    (program / "__main__.py").write_text("import sys; print('reached', *sys.argv[1:])\n", encoding="ascii")
    shutil.copy(CHECKOUT / "firewarden", root / "firewarden")
    for name in ("requirements.lock", "requirements-dev.lock"):
        (root / name).write_text("# nothing\n", encoding="ascii")
    return root


def _start(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [root / "firewarden", *arguments],
        env={"PATH": os.environ["PATH"], "HOME": str(root), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_missing_python_is_named(checkout: Path) -> None:
    """Where the named Python does not exist, the user learns what to install or to set."""
    answer = _start(checkout, "up", FIREWARDEN_PYTHON="/no/such/python")
    assert answer.returncode == 1
    assert "No Python found as /no/such/python" in answer.stderr
    assert "FIREWARDEN_PYTHON" in answer.stderr


def test_an_old_python_is_named(checkout: Path) -> None:
    """A Python that is too old is refused with its version."""
    old = checkout / "python-old"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.2\nexit 1\n', encoding="ascii")
    old.chmod(0o755)
    answer = _start(checkout, "up", FIREWARDEN_PYTHON="python-old", PATH=f"{checkout}:{os.environ['PATH']}")
    assert answer.returncode == 1
    assert "Python 3.11 or later is needed; found: Python 3.9.2" in answer.stderr


def test_a_folder_that_cannot_be_written_is_named(checkout: Path) -> None:
    """Where no environment can be made, the user learns how to choose another place."""
    answer = _start(checkout, "up", FIREWARDEN_VENV="/proc/firewarden")
    assert answer.returncode == 1
    assert "/proc/firewarden cannot be written" in answer.stderr
    assert "FIREWARDEN_VENV" in answer.stderr


@needs_ensurepip
def test_the_environment_is_made_once(checkout: Path) -> None:
    """The first start installs and says so, the second only hands over, and a changed lock installs again."""
    first = _start(checkout, "up", "--flag", FIREWARDEN_PYTHON=sys.executable)
    assert (first.returncode, first.stdout) == (0, "reached up --flag\n"), first.stderr
    assert "installing" in first.stderr
    second = _start(checkout, "down")
    assert (second.stdout, second.stderr) == ("reached down\n", "")
    (checkout / "requirements.lock").write_text("# changed\n", encoding="ascii")
    assert "installing" not in _start(checkout, "test").stderr
    (checkout / "requirements-dev.lock").write_text("# changed too\n", encoding="ascii")
    assert "installing" in _start(checkout, "test").stderr


@needs_ensurepip
def test_an_interrupted_installation_is_done_again(checkout: Path) -> None:
    """An environment without its stamp and without pip is not trusted."""
    assert _start(checkout, "up", FIREWARDEN_PYTHON=sys.executable).returncode == 0
    (checkout / ".venv" / ".stamp").unlink()
    for folder in (checkout / ".venv" / "lib").glob("python*/site-packages/pip"):
        shutil.rmtree(folder)
    again = _start(checkout, "up", FIREWARDEN_PYTHON=sys.executable)
    assert (again.returncode, again.stdout) == (0, "reached up\n"), again.stderr


@needs_ensurepip
def test_starts_at_the_same_time_do_not_meet(checkout: Path) -> None:
    """Of several first starts one installs, the others wait, and all work."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(checkout), "FIREWARDEN_PYTHON": sys.executable}
    starts = [
        subprocess.Popen(
            [checkout / "firewarden", str(number)], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for number in range(3)
    ]
    answers = [start.communicate() for start in starts]
    assert [out for out, _ in answers] == [b"reached 0\n", b"reached 1\n", b"reached 2\n"]
    assert sum(b"installing" in said for _, said in answers) == 1
