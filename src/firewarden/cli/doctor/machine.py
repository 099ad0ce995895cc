"""What is there on this machine? Collected without changing anything; what it means is judged in machine_rules."""

import ctypes
import hashlib
import importlib.util
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from firewarden.deploy.browser import INSTALLED
from firewarden.deploy.debian import packages_root
from firewarden.deploy.platform import CHECKOUT
from firewarden.deploy.ports import is_free
from firewarden.deploy.postgres import ZONEINFO
from firewarden.deploy.state import State, SupervisorRecord
from firewarden.deploy.supervisor import is_same_process
from firewarden.deploy.up import find_status
from firewarden.figures.tracing import wanted

STALE_AFTER_S = 3_600.0
SECRET_MODE = 0o077
"""Rights of others than the owner."""
TIME_ERROR = 5  # of adjtimex(2): nobody keeps the clock


@dataclass(frozen=True, slots=True, kw_only=True)
class StateFacts:
    """The state folder."""

    root: Path
    exists: bool
    writable: bool
    format: str | None
    """What its version file says; None where there is none."""
    open_secrets: tuple[str, ...]
    """Secrets that others than their owner may read."""
    free_bytes: int
    total_bytes: int
    cluster: str | None
    """The major version of PostgreSQL that made the database there; None where there is none."""
    stale: tuple[Path, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessFacts:
    """One process of the supervisor's record."""

    name: str
    state: str
    alive: bool
    restarts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineFacts:
    """All of it."""

    python: tuple[int, int]
    locks: Mapping[str, str]
    """By file name, the hash of the locks of the checkout; empty for an installed package."""
    stamp: str | None
    """The hash of the lock that was installed wholly; None where nobody said so."""
    state: StateFacts
    supervisor_recorded: bool
    supervisor_runs: bool
    processes: tuple[ProcessFacts, ...]
    taken_ports: Mapping[str, int]
    """Of a platform that does not run: the ports of its services that others use."""
    embedded_database: bool
    embedded_broker: bool
    services_fetched: bool
    browser: bool
    zone_file: bool
    clock_kept: bool | None
    """Whether something keeps this machine's clock; None where the kernel does not say."""
    traces_wanted: bool
    traces_installed: bool


def look(environment: Mapping[str, str], root: Path) -> MachineFacts:
    """Look at everything, whatever runs or not, as whoever it is."""
    state = State(root)
    status = find_status(root)
    return MachineFacts(
        python=sys.version_info[:2],
        locks=_locks(CHECKOUT),
        stamp=_stamp(Path(sys.prefix)),
        state=_state(state),
        supervisor_recorded=status.record is not None,
        supervisor_runs=status.supervisor_runs,
        processes=_processes(status.record),
        taken_ports={} if status.supervisor_runs else _taken(state),
        embedded_database=_is_ours(environment.get("FIREWARDEN_DATABASE_URL"), status.record, "database"),
        embedded_broker=_is_ours(environment.get("FIREWARDEN_MQTT_URL"), status.record, "MQTT"),
        services_fetched=_fetched(state, "services"),
        browser=_has_browser(environment, state),
        zone_file=ZONEINFO.exists(),
        clock_kept=_clock_kept(),
        traces_wanted=wanted(environment),
        traces_installed=importlib.util.find_spec("opentelemetry") is not None,
    )


def _locks(checkout: Path) -> dict[str, str]:
    names = ("requirements.lock", "requirements-dev.lock")
    return {
        name: hashlib.sha256((checkout / name).read_bytes()).hexdigest()
        for name in names
        if (checkout / name).is_file()
    }


def _stamp(prefix: Path) -> str | None:
    return next(iter((_text(prefix / ".stamp") or "").split()), None)


def _state(state: State) -> StateFacts:
    root = state.root
    existing = next(folder for folder in (root, *root.parents) if _is_dir(folder))
    disk = shutil.disk_usage(existing)
    return StateFacts(
        root=root,
        exists=_is_dir(root),
        writable=not _is_closed(root) and os.access(existing, os.W_OK | os.X_OK),
        format=_text(root / "version"),
        open_secrets=tuple(sorted(path.name for path in _files(state.secrets) if path.stat().st_mode & SECRET_MODE)),
        free_bytes=disk.free,
        total_bytes=disk.total,
        cluster=_text(state.postgres / "data" / "PG_VERSION"),
        stale=tuple(sorted(_stale(state))),
    )


def _stale(state: State) -> Iterator[Path]:
    """What an interrupted start left: half-fetched packages, halves of files."""
    yield from (path for path in _entries(state.packages) if path.name.endswith(".unfinished"))
    old = datetime.now(tz=UTC).timestamp() - STALE_AFTER_S
    for folder in (state.root, state.run, state.secrets, state.packages):
        for path in _files(folder):
            if path.name.startswith(".") and path.suffix not in {"", ".lock"} and path.stat().st_mtime < old:
                yield path


def _processes(record: SupervisorRecord | None) -> tuple[ProcessFacts, ...]:
    return tuple(
        ProcessFacts(
            name=each.name,
            state=each.state,
            alive=is_same_process(each.pid, each.created_s),
            restarts=each.restarts,
        )
        for each in (record.processes if record else ())
    )


def _taken(state: State) -> dict[str, int]:
    try:
        ports: dict[str, object] = json.loads(state.ports_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {name: port for name, port in ports.items() if isinstance(port, int) and not is_free(port)}


def _is_ours(url: str | None, record: SupervisorRecord | None, name: str) -> bool:
    """Whether `up` serves it itself: nobody named another, or the one named is the one that runs here."""
    if url is None:
        return True
    address = record.addresses.get(name, "") if record is not None else ""
    return bool(address) and address.rpartition("@")[2].split("/")[0] == url.rpartition("@")[2].split("/")[0]


def _has_browser(environment: Mapping[str, str], state: State) -> bool:
    chosen = environment.get("FIREWARDEN_CHROMIUM")
    names = (chosen,) if chosen else INSTALLED
    return any(os.access(name, os.X_OK) for name in names) or _fetched(state, "browser")


def _fetched(state: State, name: str) -> bool:
    try:
        return packages_root(state.packages, name) is not None
    except OSError:  # of another user
        return False


def _clock_kept() -> bool | None:
    """Ask the kernel, as anybody may: nothing is set."""
    try:
        adjtimex = ctypes.CDLL(None, use_errno=True).adjtimex
    except (OSError, AttributeError):
        return None
    answer = adjtimex(ctypes.create_string_buffer(512))  # struct timex with modes 0; its size differs by machine
    return None if answer < 0 else answer != TIME_ERROR


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None


def _is_dir(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # below a folder of another user
        return False


def _is_closed(path: Path) -> bool:
    """Whether a folder on the way there is closed to us: then nobody can say what is behind it."""
    try:
        path.stat()
    except PermissionError:
        return True
    except OSError:
        return False
    return False


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _files(folder: Path) -> list[Path]:
    try:
        return [path for path in _entries(folder) if path.is_file() and not path.is_symlink()]
    except OSError:
        return []
