"""The embedded Mosquitto: its configuration, who may use which topic, and how new credentials reach it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from firewarden.deploy.account import Account, give_to, require_reachable
from firewarden.deploy.child import Process
from firewarden.deploy.credentials import hash_credential, verify_credential, write_password_file
from firewarden.deploy.ports import LOOPBACK
from firewarden.deploy.state import State, read_supervisor, secret, write_atomic
from firewarden.deploy.supervisor import is_same_process

PREFERRED_PORT = 1883
PLATFORM_USER = "firewarden"
PROCESS_NAME = "mosquitto"

BROKER_FILES = Path(__file__).with_name("broker")
ACL = BROKER_FILES / "acl"
LIMITS = BROKER_FILES / "limits.conf"

CONFIG = """\
# Written by Firewarden at every start.
listener {port} 127.0.0.1
allow_anonymous false
password_file {folder}/passwords
acl_file {folder}/acl
persistence_location {folder}/
{user_line}

"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mosquitto:
    """One embedded broker."""

    packages: Path
    state: State
    account: Account | None
    port: int

    @property
    def folder(self) -> Path:
        """Configuration, password file and persistence."""
        return self.state.mosquitto

    @property
    def url(self) -> str:
        """The broker's address with the platform's own credentials."""
        return f"mqtt://{PLATFORM_USER}:{quote(secret(self.state, 'mosquitto'), safe='')}@{LOOPBACK}:{self.port}"


def render_config(*, folder: Path, port: int, account: Account | None) -> str:
    """Write mosquitto.conf, each choice with its reason."""
    # Started by root, the broker would change to the account `mosquitto`, which a machine without the package lacks;
    # the launcher has changed the user already.
    user_line = f"# runs as {account.name}" if account else "# runs as the user who started it"
    return CONFIG.format(port=port, folder=folder, user_line=user_line) + LIMITS.read_text(encoding="utf-8")


def prepare(broker: Mosquitto) -> None:
    """Write configuration, ACL and, if there is none yet, a password file with the platform's own user."""
    give_to(broker.account, broker.folder)
    require_reachable(broker.account, broker.folder)
    owner = (broker.account.uid, broker.account.gid) if broker.account else None
    text = render_config(folder=broker.folder, port=broker.port, account=broker.account)
    write_atomic(broker.folder / "mosquitto.conf", text, mode=0o600, owner=owner)
    write_atomic(broker.folder / "acl", ACL.read_text(encoding="utf-8"), mode=0o600, owner=owner)
    if not (broker.folder / "passwords").exists():
        write_gateways(broker.state, (), account=broker.account)


def write_gateways(state: State, gateways: Iterable[tuple[str, str]], *, account: Account | None) -> None:
    """Make these gateways (id, credential), and the platform itself, the only users the broker knows."""
    entries = [(PLATFORM_USER, _platform_credential(state))]
    entries += [(name, credential) for name, credential in gateways if name != PLATFORM_USER]
    write_password_file(state.mosquitto / "passwords", entries, account=account)


def _platform_credential(state: State) -> str:
    """Keep the same hash: the broker disconnects a user whose line changed."""
    password = secret(state, "mosquitto")
    path = state.secrets / "mosquitto.credential"
    known = path.read_text(encoding="utf-8").strip() if path.exists() else ""
    if not verify_credential(password, known):
        known = hash_credential(password)
        write_atomic(path, known + "\n", mode=0o600)
    return known


def process(broker: Mosquitto) -> Process:
    """Describe the broker for the supervisor."""
    return Process(
        name=PROCESS_NAME,
        command=(str(broker.packages / "usr/sbin/mosquitto"), "-c", str(broker.folder / "mosquitto.conf")),
        ready=lambda: accepts_connections(broker.port),
        stop_signal=signal.SIGTERM,
        stop_grace_s=15.0,
        account=broker.account,
        folder=broker.folder,
    )


async def accepts_connections(port: int) -> bool:
    """Say whether something listens on the port now."""
    try:
        _, writer = await asyncio.open_connection(LOOPBACK, port)
    except OSError:
        return False
    writer.close()
    await asyncio.gather(writer.wait_closed(), return_exceptions=True)
    return True


def reload(pid: int) -> None:
    """Let the broker read its password file again; who is connected with valid credentials stays connected."""
    os.kill(pid, signal.SIGHUP)


def update_gateways(state: State, gateways: Iterable[tuple[str, str]], *, account: Account | None) -> bool:
    """Write the password file and reload the running embedded broker; says whether one was running."""
    write_gateways(state, gateways, account=account)
    record = read_supervisor(state)
    for found in record.processes if record else ():
        if found.name == PROCESS_NAME and found.pid and is_same_process(found.pid, found.created_s):
            reload(found.pid)
            return True
    return False
