"""The embedded PostgreSQL with TimescaleDB: how it is made, configured, started and found again."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from firewarden.deploy.account import Account, give_to, require_reachable
from firewarden.deploy.child import Process
from firewarden.deploy.errors import DeployError
from firewarden.deploy.ports import LOOPBACK
from firewarden.deploy.state import State, secret, write_atomic

MAJOR = "17"
BIN = "usr/lib/postgresql/17/bin"
PROCESS_NAME = "postgres"
SUPERUSER = "postgres"
DATABASE = "firewarden"
PREFERRED_PORT = 15432
SETTINGS_FILE = "firewarden.conf"
# A socket address holds 107 characters; a name like /.s.PGSQL.15432.lock comes after the folder.
SOCKET_FOLDER_CHARACTERS_MAX = 85
BACKENDS_LEAVE_S = 3.0
ZONEINFO = Path("/usr/share/zoneinfo/Asia/Shanghai")

# For 2 cores and 4 GiB that the whole platform shares. What is not named here has PostgreSQL's default, above all
# full_page_writes = on and wal_level = replica (so that a base backup can be taken).
SETTINGS: tuple[tuple[str, str, str], ...] = (
    (
        "listen_addresses",
        "'127.0.0.1'",
        "never reachable from outside; a proxy or external database is for that",
    ),
    ("shared_preload_libraries", "'timescaledb'", "hypertables"),
    ("timescaledb.telemetry_level", "off", "a fire station's database calls nobody"),
    ("jit", "off", "LLVM is not fetched, and short queries lose by it"),
    ("max_connections", "100", "five processes with small pools, Grafana, and people"),
    ("max_locks_per_transaction", "256", "a query over a hypertable locks each of its chunks"),
    ("shared_buffers", "'512MB'", "an eighth of memory: the Python processes live here too"),
    ("effective_cache_size", "'1536MB'", "what the kernel is likely to cache, for the planner"),
    ("work_mem", "'16MB'", "a ranking sorts in memory; 100 connections never sort at once"),
    ("maintenance_work_mem", "'128MB'", "index builds and vacuum"),
    ("max_worker_processes", "16", "TimescaleDB's scheduler takes one for each database (tests have many)"),
    ("timescaledb.max_background_workers", "8", "below max_worker_processes, with room for parallel queries"),
    ("max_parallel_workers", "2", "two cores"),
    ("max_wal_size", "'2GB'", "checkpoints by time, not by volume, under the demo's load"),
    ("checkpoint_completion_target", "0.9", "spread the writing"),
    ("random_page_cost", "1.1", "solid state disks"),
    ("wal_compression", "'lz4'", "full page images shrink by half for little work"),
    ("timezone", "'Asia/Shanghai'", "days end at midnight there"),
    ("log_timezone", "'Asia/Shanghai'", ""),
    ("log_destination", "'stderr'", "the supervisor keeps the log"),
    ("logging_collector", "off", ""),
    ("log_line_prefix", "'%p %u@%d '", "the supervisor adds time and process"),
    ("log_min_duration_statement", "'2s'", "what took this long deserves a line"),
    ("log_lock_waits", "on", ""),
    ("log_checkpoints", "off", "a line every five minutes says nothing"),
    ("restart_after_crash", "on", "one killed backend must not end the database"),
)
DURABLE = (
    ("fsync", "on", "an acknowledged message is on the disk"),
    ("synchronous_commit", "on", "the same"),
)
# For tests only: a crash of the machine may lose everything, a crash of the process nothing.
FAST = (
    ("fsync", "off", "tests"),
    ("synchronous_commit", "on", "what is acknowledged has left the process, in tests too"),
    ("full_page_writes", "off", "tests"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    """One embedded database server."""

    packages: Path
    state: State
    account: Account | None
    port: int
    durable: bool = True

    @property
    def data(self) -> Path:
        """The cluster's folder."""
        return self.state.postgres / "data"

    def program(self, name: str) -> str:
        """Return the path of one of PostgreSQL's programs."""
        return str(self.packages / BIN / name)

    def url(self, database: str = DATABASE) -> str:
        """Return the superuser's address of a database."""
        password = quote(secret(self.state, "postgres"), safe="")
        return f"postgresql://{SUPERUSER}:{password}@{LOOPBACK}:{self.port}/{database}"


def prepare(server: Postgres) -> None:
    """Make the cluster if there is none; write today's settings; refuse what this version cannot read."""
    if not ZONEINFO.exists():
        raise DeployError(
            "PostgreSQL needs the machine's time zones, and /usr/share/zoneinfo has no Asia/Shanghai.",
            "Install them with `apt-get install tzdata` (as root).",
        )
    give_to(server.account, server.state.postgres)
    require_reachable(server.account, server.state.postgres)
    require_reachable(server.account, server.packages)
    give_to(server.account, _socket_folder(server), mode=0o750)
    version = server.data / "PG_VERSION"
    if not version.exists():
        _initdb(server)
    found = version.read_text(encoding="ascii").strip()
    if found != MAJOR:
        raise DeployError(
            f"{server.data} was written by PostgreSQL {found}; this program runs PostgreSQL {MAJOR}.",
            "Dump it with its old version and restore it, or start an empty one with FIREWARDEN_STATE=/path.",
        )
    owner = (server.account.uid, server.account.gid) if server.account else None
    write_atomic(server.data / SETTINGS_FILE, render_settings(server), mode=0o600, owner=owner)


def render_settings(server: Postgres) -> str:
    """Write the settings file, each line with its reason."""
    socket_folder = _socket_folder(server)
    usable = len(str(socket_folder)) <= SOCKET_FOLDER_CHARACTERS_MAX
    own = (
        ("port", str(server.port), "chosen at start; see ports.json"),
        ("unix_socket_directories", f"'{socket_folder if usable else ''}'", "no other program's folder"),
    )
    lines = ["# Written by Firewarden at every start. Put your own settings into postgresql.auto.conf (ALTER SYSTEM)."]
    lines += _setting_lines((*own, *SETTINGS, *(DURABLE if server.durable else FAST)))
    return "\n".join(lines) + "\n"


def _setting_lines(settings: Sequence[tuple[str, str, str]]) -> list[str]:
    return [f"{name} = {value}" + (f"  # {reason}" if reason else "") for name, value, reason in settings]


def _socket_folder(server: Postgres) -> Path:
    return server.state.run / "postgres"


def _initdb(server: Postgres) -> None:
    """Make the cluster in a temporary folder, so that an interruption leaves none that looks finished."""
    password_file = server.state.postgres / ".password"
    unfinished = server.state.postgres / "data.unfinished"
    _remove_tree(unfinished)
    owner = (server.account.uid, server.account.gid) if server.account else None
    write_atomic(password_file, secret(server.state, "postgres") + "\n", mode=0o600, owner=owner)
    command = [server.program("initdb"), "--pgdata", str(unfinished), "--username", SUPERUSER]
    command += ["--pwfile", str(password_file), "--auth", "scram-sha-256", "--encoding", "UTF8"]
    command += ["--locale", "C.UTF-8", "--data-checksums", "--no-instructions"]
    command += [] if server.durable else ["--no-sync"]
    try:
        answer = subprocess.run(
            command,
            cwd="/",
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            user=server.account.uid if server.account else None,
            group=server.account.gid if server.account else None,
            extra_groups=[] if server.account else None,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        password_file.unlink(missing_ok=True)
    if answer.returncode != 0:
        said = "\n    ".join((answer.stderr + answer.stdout).strip().splitlines()[-5:])
        raise DeployError(f"initdb failed:\n    {said}", "Check the free space and the permissions of that folder.")
    with (unfinished / "postgresql.conf").open("a", encoding="utf-8") as stream:
        stream.write(f"\ninclude = '{SETTINGS_FILE}'\n")
    unfinished.rename(server.data)


def _remove_tree(folder: Path) -> None:
    if folder.exists():
        subprocess.run(["rm", "-rf", str(folder)], check=True)


def process(server: Postgres) -> Process:
    """Describe the server for the supervisor."""
    return Process(
        name=PROCESS_NAME,
        command=(server.program("postgres"), "-D", str(server.data)),
        env={"LC_ALL": "C.UTF-8"},
        ready=lambda: accepts_connections(server.url("postgres")),
        before_start=lambda: clear_remains(server.data),
        ready_timeout_s=120.0,
        stop_signal=signal.SIGINT,
        stop_grace_s=30.0,
        account=server.account,
        folder=server.data,
    )


async def accepts_connections(url: str) -> bool:
    """Say whether the server answers a query now."""
    try:
        async with await psycopg.AsyncConnection.connect(url, connect_timeout=2) as connection:
            await connection.execute("SELECT 1")
    except psycopg.Error:
        return False
    return True


async def clear_remains(data: Path) -> None:
    """Wait until the backends of a killed postmaster are gone, and take its lock file away.

    A new postmaster refuses to start while they hold the old shared memory, or while an unrelated process has come
    to have the number in postmaster.pid.
    """
    begun_s = time.monotonic()
    while left := server_processes(data):
        late = time.monotonic() - begun_s > BACKENDS_LEAVE_S
        for one in left:
            # Without its postmaster a backend can only leave; SIGQUIT is what the postmaster would send in a crash.
            _send(one, signal.SIGKILL if late else signal.SIGQUIT)
        await asyncio.sleep(0.02)
    (data / "postmaster.pid").unlink(missing_ok=True)


def server_processes(data: Path) -> list[psutil.Process]:
    """Find the running processes of this cluster: PostgreSQL works with its data folder as current folder."""
    found: list[psutil.Process] = []
    for candidate in psutil.process_iter(["name"]):
        try:
            if candidate.info["name"] == "postgres" and candidate.cwd() == str(data.resolve()):
                found.append(candidate)
        except psutil.Error:
            continue
    return found


def _send(process_: psutil.Process, number: signal.Signals) -> None:
    try:
        process_.send_signal(number)
    except psutil.Error:
        return


async def ensure_database(server: Postgres, name: str = DATABASE) -> None:
    """Create the platform's database if it is not there."""
    async with await psycopg.AsyncConnection.connect(server.url("postgres"), autocommit=True) as connection:
        cursor = await connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
        if await cursor.fetchone() is None:
            await connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
