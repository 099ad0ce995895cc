"""On which port does each service listen, and does that stay the same from start to start?"""

from __future__ import annotations

import errno
import json
import socket
from typing import TYPE_CHECKING

from firewarden.deploy.errors import DeployError
from firewarden.deploy.state import write_atomic

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from firewarden.deploy.state import State

LOOPBACK = "127.0.0.1"
NEIGHBOURS_MAX = 50


def is_free(port: int, host: str = LOOPBACK, kind: socket.SocketKind = socket.SOCK_STREAM) -> bool:
    """Try whether a server could listen there now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                return False
            raise DeployError(
                f"No server can listen on {host}: {error.strerror}.", "Choose an address of this machine."
            ) from error
        return True


def is_free_for_devices(port: int) -> bool:
    """Try whether connections and datagrams could come to the same number now."""
    return is_free(port) and is_free(port, kind=socket.SOCK_DGRAM)


def next_free(preferred: int, free: Callable[[int], bool]) -> int:
    """Return the preferred port or the first free one after it."""
    for port in range(preferred, min(preferred + NEIGHBOURS_MAX, 65536)):
        if free(port):
            return port
    raise DeployError(
        f"The ports {preferred} to {preferred + NEIGHBOURS_MAX - 1} are all in use.",
        "Stop what uses them, or name another with --port.",
    )


def any_free(host: str = LOOPBACK) -> int:
    """Return a port that the kernel says is free; for tests, which need no memorable number."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def remembered_port(
    state: State,
    name: str,
    preferred: int,
    *,
    host: str = LOOPBACK,
    promised: Collection[int] = (),
    free: Callable[[int], bool] | None = None,
) -> int:
    """Return the service's port of last time, else the preferred one, else the next free one; and remember it.

    `promised` ports belong to services that have not started yet; `free` says more of a port than that it can be had.
    """
    ports = _read(state)

    def can_be_had(candidate: int) -> bool:
        return candidate not in promised and (is_free(candidate, host) if free is None else free(candidate))

    port = next_free(ports.get(name, preferred), can_be_had)
    if ports.get(name) != port:
        write_atomic(state.ports_file, json.dumps(ports | {name: port}, indent=1) + "\n")
    return port


def _read(state: State) -> dict[str, int]:
    try:
        raw: dict[str, object] = json.loads(state.ports_file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {name: port for name, port in raw.items() if isinstance(port, int)}
