"""Which of our own processes make the platform, and how is each started and known to be ready?"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

import firewarden
from firewarden.deploy.child import Process
from firewarden.deploy.errors import DeployError
from firewarden.deploy.state import State

SOURCE = Path(firewarden.__file__).parents[1]
CHECKOUT = SOURCE.parent
COMMAND_S = 600
METRICS_PORTS = {"ingest": 9641, "desk": 9642, "risk": 9643, "api": 9644, "upkeep": 9645}
"""Where each of our processes is asked for its figures, if these ports are free."""
READY_REQUEST_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformEnv:
    """What every one of our processes is told."""

    state: State
    database_url: str
    mqtt_url: str
    api_host: str
    api_port: int
    log_format: str = "json"
    metrics_ports: Mapping[str, int] = field(default_factory=dict[str, int])
    """By the process's name; one that is not named here answers nobody."""
    devices: Mapping[str, str] = field(default_factory=dict[str, str])
    """The variables that say where ingest listens for devices that speak GB/T 26875.3."""

    @property
    def api_url(self) -> str:
        """Where the console and the API answer on this machine."""
        host = "127.0.0.1" if self.api_host in {"0.0.0.0", "::", ""} else self.api_host  # noqa: S104 - compared
        return f"http://{f'[{host}]' if ':' in host else host}:{self.api_port}"

    def variables(self) -> dict[str, str]:
        """Return the environment variables."""
        return {
            "FIREWARDEN_DATABASE_URL": self.database_url,
            "FIREWARDEN_MQTT_URL": self.mqtt_url,
            "FIREWARDEN_STATE": str(self.state.root),
            "FIREWARDEN_API_HOST": self.api_host,
            "FIREWARDEN_API_PORT": str(self.api_port),
            "FIREWARDEN_LOG_FORMAT": self.log_format,
            "PYTHONPATH": str(SOURCE),
            "PYTHONUNBUFFERED": "1",
            **self.devices,
        }


def program_process(
    env: PlatformEnv, name: str, *arguments: str, extra: Mapping[str, str] | None = None, stop_grace_s: float = 10.0
) -> Process:
    """Describe `firewarden ARGUMENTS`, which touches its readiness file once it works."""
    ready_file = env.state.run / f"{name}.ready"
    metrics = {"FIREWARDEN_METRICS_PORT": str(env.metrics_ports.get(name, 0))}

    async def forget_readiness() -> None:
        ready_file.unlink(missing_ok=True)

    async def is_ready() -> bool:
        return ready_file.exists()

    return Process(
        name=name,
        command=(sys.executable, "-m", "firewarden", *(arguments or (name,))),
        env={**env.variables(), "FIREWARDEN_READY_FILE": str(ready_file), **metrics, **(extra or {})},
        ready=is_ready,
        before_start=forget_readiness,
        stop_grace_s=stop_grace_s,
    )


def api_process(env: PlatformEnv) -> Process:
    """Describe the API, which is ready when it says so over HTTP."""
    process = program_process(env, "api")
    return Process(
        name=process.name,
        command=process.command,
        env=process.env,
        ready=lambda: answers(f"{env.api_url}/readyz"),
        before_start=process.before_start,
        stop_grace_s=process.stop_grace_s,
    )


async def answers(url: str) -> bool:
    """Say whether the address answers with success now."""
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=READY_REQUEST_S) as client:
            return (await client.get(url)).is_success
    except httpx.HTTPError:
        return False


def platform_processes(env: PlatformEnv) -> list[Process]:
    """List the platform's own processes, without the simulated city. They meet only in the database."""
    return [*(program_process(env, name) for name in ("ingest", "desk", "risk", "upkeep")), api_process(env)]


def simulator_process(env: PlatformEnv, *arguments: str) -> Process:
    """Describe the simulated city."""
    return program_process(env, "sim", "sim", *(arguments or ("run",)))


async def run_command(env: PlatformEnv, *arguments: str) -> str:
    """Run one of our commands to its end; returns what it printed."""
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "firewarden", *arguments),
        env={**os.environ, **env.variables()},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # Ctrl-C is ours: a migration is ended by us, in order, not by the terminal.
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(COMMAND_S):
            printed, said = await running.communicate()
    except BaseException:
        if running.returncode is None:
            running.terminate()
            await running.wait()
        raise
    if running.returncode != 0:
        tail = "\n".join(f"    {line}" for line in said.decode(errors="replace").strip().splitlines()[-8:])
        raise DeployError(
            f"`firewarden {' '.join(arguments)}` ended with status {running.returncode}:\n{tail}",
            "The lines above say why; what is wrong there is to be mended first.",
        )
    return printed.decode(errors="replace")
