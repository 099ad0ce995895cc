"""Real PostgreSQL, TimescaleDB, Mosquitto and Chromium without root: Debian's packages in a private folder."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from firewarden.deploy.apt import PrivateApt, machine_architecture
from firewarden.deploy.errors import USE_OTHER_SERVICES, DeployError
from firewarden.deploy.package_set import PackageSet, load_package_set
from firewarden.deploy.relocate import relocate, relocation
from firewarden.deploy.state import exclusive

Report = Callable[[str], None]

COMPLETE = ".complete"
UNNEEDED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/lintian", "usr/share/bug")
MEGABYTE = 1_000_000


def packages_root(cache: Path, name: str) -> Path | None:
    """Return the unpacked set if it is complete; touches neither network nor apt."""
    wanted = load_package_set(name)
    for architecture in wanted.architectures:
        folder = cache / wanted.stamp(architecture)
        stamp = folder / COMPLETE
        # The path is patched into the programs, so a folder that was moved or copied is not usable.
        if stamp.is_file() and stamp.read_text(encoding="utf-8").strip() == str(folder):
            return folder
    return None


def ensure_packages(cache: Path, name: str, report: Report) -> Path:
    """Return the folder with the named set, fetched, unpacked, patched and tried if it was not there yet."""
    cache = cache.absolute()
    if (found := packages_root(cache, name)) is not None:
        return found
    with exclusive(cache / f".{name}.lock", wait=True):
        # Another process may have finished the work while we waited.
        return packages_root(cache, name) or _fetch(cache, load_package_set(name), report)


def _fetch(cache: Path, wanted: PackageSet, report: Report) -> Path:
    architecture = machine_architecture()
    if architecture not in wanted.architectures:
        raise DeployError(
            f"The embedded services exist for {' and '.join(wanted.architectures)}; this machine is {architecture}.",
            USE_OTHER_SERVICES,
        )
    _require_space(cache, wanted)
    final = cache / wanted.stamp(architecture)
    unfinished = cache / f".{final.name}.unfinished"
    for leftover in (unfinished, final):
        shutil.rmtree(leftover, ignore_errors=True)
    apt = PrivateApt(cache / f".apt-{wanted.name}", architecture)
    apt.prepare()
    report(f"reading Debian {wanted.suite}'s package index")
    apt.update(wanted.suite)
    names = apt.closure(wanted.packages) if wanted.closure else wanted.packages
    report(f"fetching {len(names)} packages")
    archives = apt.download(names)
    size_mb = sum(path.stat().st_size for path in archives) // MEGABYTE
    report(f"unpacking {len(names)} packages ({size_mb} MB)")
    _unpack(archives, unfinished)
    if wanted.programs:
        relocate(unfinished, relocation(final, unfinished, architecture, wanted.programs))
    unfinished.rename(final)
    _verify(final, wanted)
    (final / COMPLETE).write_text(f"{final}\n", encoding="utf-8")
    shutil.rmtree(apt.root, ignore_errors=True)
    return final


def _require_space(cache: Path, wanted: PackageSet) -> None:
    free_mb = shutil.disk_usage(cache).free // MEGABYTE
    if free_mb < wanted.space_mb:
        raise DeployError(
            f"{cache} has {free_mb} MB free; {wanted.space_mb} MB are needed.",
            "Free some space, or choose a folder on another disk with FIREWARDEN_STATE=/path.",
        )


def _unpack(archives: list[Path], target: Path) -> None:
    target.mkdir(parents=True)
    # Trixie's packages hold only /usr; older layouts also write /lib and /bin, which are the same places.
    for name in ("bin", "sbin", "lib", "lib64"):
        (target / "usr" / name).mkdir(parents=True, exist_ok=True)
        (target / name).symlink_to(f"usr/{name}")
    # Whatever our umask is, the service account must be able to enter.
    for folder in (target, target / "usr", *(target / "usr").iterdir()):
        folder.chmod(0o755)
    with ThreadPoolExecutor() as pool:
        failures = [line for line in pool.map(partial(_unpack_one, target), archives) if line]
    if failures:
        full = any("No space left" in line for line in failures)
        raise DeployError(
            "The disk is full." if full else f"dpkg could not unpack a package: {failures[0]}",
            "Free some space, then run the command again." if full else "Run the command again.",
        )
    for name in UNNEEDED:
        shutil.rmtree(target / name, ignore_errors=True)


def _unpack_one(target: Path, archive: Path) -> str:
    answer = subprocess.run(["dpkg-deb", "-x", archive, target], capture_output=True, text=True, check=False)
    return answer.stderr.strip() if answer.returncode != 0 else ""


def _verify(root: Path, wanted: PackageSet) -> None:
    """Run each program once: a library that is missing shows here, with its name."""
    for program, *arguments in wanted.verify:
        answer = subprocess.run([root / program, *arguments], capture_output=True, text=True, check=False)
        # `mosquitto -h` prints its help and returns 3; a program that cannot be loaded returns 126, 127 or a signal.
        if answer.returncode not in {0, 1, 3}:
            raise DeployError(
                f"{Path(program).name} does not start from {root}: {answer.stderr.strip()}",
                f"Delete that folder and run the command again. {USE_OTHER_SERVICES}",
            )
