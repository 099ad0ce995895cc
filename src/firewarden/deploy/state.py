"""Where does this installation keep its data, logs, secrets and fetched programs?"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from firewarden.deploy.errors import DeployError

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

STATE_FORMAT = 1
SECRET_BYTES = 24


@dataclass(frozen=True, slots=True)
class State:
    """The folder of one installation. Everything the platform writes is below `root`."""

    root: Path

    @property
    def packages(self) -> Path:
        """Programs fetched from Debian; safe to share between installations and to delete."""
        return self.root / "packages"

    @property
    def postgres(self) -> Path:
        """The database cluster, owned by the service account."""
        return self.root / "postgres"

    @property
    def mosquitto(self) -> Path:
        """The broker's configuration, password file and persisted queues, owned by the service account."""
        return self.root / "mosquitto"

    @property
    def logs(self) -> Path:
        """One rotating file for each process."""
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """What is true only while the platform runs: lock, supervisor.json, readiness files, socket."""
        return self.root / "run"

    @property
    def secrets(self) -> Path:
        """Passwords, readable by the owner only."""
        return self.root / "secrets"

    @property
    def ports_file(self) -> Path:
        """The ports that were free at the first start, kept so that addresses stay the same."""
        return self.root / "ports.json"

    @property
    def supervisor_file(self) -> Path:
        """The running supervisor's account of itself and its processes."""
        return self.run / "supervisor.json"


def locate_state(env: Mapping[str, str], *, uid: int, home: Path) -> Path:
    """Choose the state folder from the environment, the user and the XDG convention, in this order."""
    if chosen := env.get("FIREWARDEN_STATE"):
        return Path(chosen).expanduser().absolute()
    if uid == 0:
        return Path("/var/lib/firewarden")
    base = env.get("XDG_STATE_HOME") or str(home / ".local" / "state")
    return Path(base) / "firewarden"


def default_state_root() -> Path:
    """Return the state folder of this user on this machine."""
    return locate_state(os.environ, uid=os.geteuid(), home=Path.home())


def open_state(root: Path) -> State:
    """Create the layout where it is missing; refuse a folder that another version or program wrote."""
    state = State(root)
    # Root's services run as another account that has to reach its data below this folder.
    mode = 0o755 if os.geteuid() == 0 else 0o700
    try:
        root.mkdir(parents=True, exist_ok=True, mode=mode)
        for folder in (state.packages, state.postgres, state.mosquitto, state.logs, state.run):
            folder.mkdir(exist_ok=True, mode=mode)
        state.secrets.mkdir(exist_ok=True, mode=0o700)
        state.secrets.chmod(0o700)
    except OSError as error:
        raise DeployError(
            f"The state folder {root} cannot be created: {error.strerror}.",
            "Choose a folder you may write to with FIREWARDEN_STATE=/path, or free some disk space.",
        ) from error
    _check_version(root / "version")
    return state


def _check_version(path: Path) -> None:
    if not path.exists():
        write_atomic(path, f"{STATE_FORMAT}\n")
        return
    found = path.read_text(encoding="utf-8").strip()
    if found != str(STATE_FORMAT):
        raise DeployError(
            f"The state folder {path.parent} has format {found!r}; this program reads format {STATE_FORMAT}.",
            "Use the version of Firewarden that made it, or choose an empty folder with FIREWARDEN_STATE=/path.",
        )


def write_atomic(path: Path, text: str, *, mode: int = 0o644, owner: tuple[int, int] | None = None) -> None:
    """Replace the file's content so that a reader or a crash sees the old text or the new, never half."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fchmod(stream.fileno(), mode)
            if owner is not None:
                os.fchown(stream.fileno(), *owner)
            os.fsync(stream.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def secret(state: State, name: str) -> str:
    """Return the named password of this installation; it is made at random on first use."""
    path = state.secrets / name
    if not path.exists():
        token = secrets.token_hex(SECRET_BYTES)
        write_atomic(path, token + "\n", mode=0o600)
    return path.read_text(encoding="utf-8").strip()


@contextlib.contextmanager
def exclusive(path: Path, *, wait: bool) -> Generator[bool, None, None]:
    """Hold an advisory lock on the file; yields whether it is ours. The kernel frees it when we die."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


@contextlib.contextmanager
def running_lock(state: State) -> Generator[None, None, None]:
    """Make this the only supervisor of the state folder."""
    with exclusive(state.run / "lock", wait=False) as ours:
        if not ours:
            raise DeployError(
                f"Firewarden already runs on {state.root}.",
                "See it with `./firewarden status`, stop it with `./firewarden down`, "
                "or run a second one with FIREWARDEN_STATE=/another/folder.",
            )
        yield


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRecord:
    """One supervised process as `status` shows it and as the next start finds left-overs."""

    name: str
    pid: int | None
    created_s: float | None
    state: str
    restarts: int
    stop_signal: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SupervisorRecord:
    """What run/supervisor.json says."""

    pid: int
    created_s: float
    started_at: str
    processes: tuple[ProcessRecord, ...]
    addresses: dict[str, str]


def write_supervisor(state: State, record: SupervisorRecord) -> None:
    """Publish the supervisor's account of itself."""
    write_atomic(state.supervisor_file, json.dumps(asdict(record), indent=1), mode=0o644)


def read_supervisor(state: State) -> SupervisorRecord | None:
    """Read the last supervisor's account; None when there never was one, or it cannot be read."""
    try:
        raw: dict[str, Any] = json.loads(state.supervisor_file.read_text(encoding="utf-8"))
        processes = tuple(ProcessRecord(**one) for one in raw.pop("processes"))
        return SupervisorRecord(processes=processes, **raw)
    except (OSError, ValueError, TypeError, KeyError):
        return None
