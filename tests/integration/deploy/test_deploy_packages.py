"""The programs fetched from Debian."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from firewarden.deploy.browser import installed_chromium
from firewarden.deploy.debian import ensure_packages, packages_root
from firewarden.deploy.errors import DeployError
from firewarden.deploy.package_set import load_package_set
from firewarden.deploy.relocate import patchelf

pytestmark = pytest.mark.services


def _fail(detail: str) -> None:
    raise AssertionError(f"the fast path did some work: {detail}")


def test_the_second_start_needs_neither_apt_nor_network(
    packages_cache: Path, service_packages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was fetched once is found again although no program at all can be called."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ensure_packages(packages_cache, "services", _fail) == service_packages


def test_a_machine_without_apt_is_told_what_else_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where apt is missing, the message names the tool and the way around it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DeployError, match="apt-get, dpkg") as caught:
        ensure_packages(tmp_path / "cache", "services", print)
    assert "compose.yaml" in caught.value.hint


def test_a_folder_that_was_moved_is_not_used(service_packages: Path, tmp_path: Path) -> None:
    """The programs hold their path inside, so a copy elsewhere does not count as complete."""
    folder = tmp_path / service_packages.name
    folder.mkdir()
    (folder / ".complete").write_text((service_packages / ".complete").read_text(encoding="utf-8"), encoding="utf-8")
    assert packages_root(tmp_path, "services") is None


def test_the_package_list_is_complete(service_packages: Path) -> None:
    """Every library that the programs need, directly or not, comes from the folder itself."""
    libraries = {path.name: path for path in service_packages.rglob("*.so*")}
    waiting = [service_packages / program for program in load_package_set("services").programs]
    waiting += sorted((service_packages / "usr/lib/postgresql/17/lib").glob("timescaledb*.so"))
    assert len(waiting) > 11
    seen: set[str] = set()
    while waiting:
        answer = subprocess.run(
            [patchelf(), "--print-needed", waiting.pop().resolve()], capture_output=True, text=True, check=True
        )
        new = set(answer.stdout.split()) - seen
        seen |= new
        assert new <= set(libraries), f"missing: {new - set(libraries)}"
        waiting += [libraries[name] for name in sorted(new)]
    assert "libc.so.6" in seen


def test_a_named_browser_must_exist(tmp_path: Path) -> None:
    """A wrong FIREWARDEN_CHROMIUM is refused at once instead of by a browser test's time-out."""
    with pytest.raises(DeployError, match="not a program"):
        installed_chromium({"FIREWARDEN_CHROMIUM": str(tmp_path / "chromium")})
