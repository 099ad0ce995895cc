"""The whole platform for as long as a block runs: what `up` shows to people and the demo drives by itself."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import signal
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import psutil

from firewarden.deploy import mosquitto
from firewarden.deploy.account import require_reachable, service_account
from firewarden.deploy.errors import DeployError
from firewarden.deploy.external import External, check_broker, check_database, without_password
from firewarden.deploy.platform import (
    METRICS_PORTS,
    PlatformEnv,
    platform_processes,
    program_process,
    run_command,
    simulator_process,
)
from firewarden.deploy.ports import LOOPBACK, any_free, is_free, is_free_for_devices, next_free, remembered_port
from firewarden.deploy.services import Services, fetch_services, start_mosquitto, start_postgres
from firewarden.deploy.state import (
    State,
    SupervisorRecord,
    open_state,
    read_supervisor,
    running_lock,
    write_atomic,
    write_supervisor,
)
from firewarden.deploy.supervisor import OnStep, Step, StepState, Supervisor, end_leftovers, ignore_step

PREFERRED_API_PORT = 8080
PREFERRED_DEVICES_PORT = 26875
DEVICES_TCP = "FIREWARDEN_GB26875_TCP"
DEVICES_UDP = "FIREWARDEN_GB26875_UDP"


class Spoken(StrEnum):
    """What the gateways of a simulated city speak; mixed: every second one GB/T 26875.3."""

    MQTT = "mqtt"
    GB26875 = "gb26875"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class UpOptions:
    """What to bring up, and where."""

    state_root: Path
    packages: Path | None = None
    """Folder of fetched programs; None means the state folder's own."""
    external: External = field(default_factory=External)
    simulate: bool = True
    register_city: bool = True
    """Put the simulated city's venues and gateways into the register, also when nothing simulates them here."""
    venues: int = 200
    seed: int = 1
    protocol: Spoken = Spoken.MIXED
    host: str = "127.0.0.1"
    port: int | None = None
    verbose: bool = False
    durable: bool = True
    memorable_ports: bool = True
    """Prefer well-known ports and keep them; otherwise take any free ones, for runs beside another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Platform:
    """The running platform."""

    env: PlatformEnv
    services: Services
    supervisor: Supervisor
    admin_note: str
    """What the creation of the first administrator printed; holds the one-time password, or nothing."""

    @property
    def database_url(self) -> str:
        """The administrator's address of the database."""
        return self.env.database_url

    @property
    def mqtt_url(self) -> str:
        """The broker's address with the platform's credentials."""
        return self.env.mqtt_url

    @property
    def api_url(self) -> str:
        """Where the console and the API answer."""
        return self.env.api_url

    def pids(self) -> dict[str, int]:
        """Return the process ids of what runs now, by name."""
        return self.supervisor.pids()

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> int:
        """End a process as a crash would; it is started again. Returns the process id it had."""
        return self.supervisor.kill(name, number)

    async def run(self, *arguments: str) -> str:
        """Run `firewarden ARGUMENTS` on this platform to its end; returns what it printed."""
        return await run_command(self.env, *arguments)

    async def start(self, name: str, *arguments: str, stop_grace_s: float = 10.0) -> None:
        """Start and supervise `firewarden ARGUMENTS` as one more process, such as a simulator of one's own."""
        await self.supervisor.start(program_process(self.env, name, *arguments, stop_grace_s=stop_grace_s))

    async def stop(self, name: str) -> None:
        """Stop one process in order and for good."""
        await self.supervisor.stop(name)

    async def reload_credentials(self) -> None:
        """Let the broker know the gateways that the database knows now."""
        if self.services.mosquitto is not None:
            self.services.set_gateways(parse_credentials(await self.run("gateway", "export-credentials")))


@contextlib.asynccontextmanager
async def running_platform(options: UpOptions, on_step: OnStep = ignore_step) -> AsyncGenerator[Platform, None]:
    """Bring everything up in order, and take down what was started when the block ends, however it ends."""
    state = open_state(options.state_root)
    if options.external.database_url is None or options.external.mqtt_url is None:
        require_reachable(service_account(), state.root)
    with running_lock(state):
        for name in await asyncio.to_thread(end_leftovers, read_supervisor(state)):
            on_step(Step(f"left from a killed start: {name}", StepState.DONE, "ended"))
        supervisor = Supervisor(state.logs, on_step=on_step, verbose=options.verbose)
        supervisor.on_change = _publisher(state, supervisor, {})
        try:
            api_port = _api_port(options, state)
            services = await _services(options, state, supervisor, on_step)
            yield await _platform(options, services, supervisor, api_port, on_step)
        finally:
            await supervisor.stop_all()
            state.supervisor_file.unlink(missing_ok=True)


async def _services(options: UpOptions, state: State, supervisor: Supervisor, on_step: OnStep) -> Services:
    external = options.external
    # What the user gave is examined before anything is fetched or started.
    if external.database_url is not None:
        with _step(on_step, f"database {without_password(external.database_url)}"):
            await check_database(external.database_url)
    if external.mqtt_url is not None:
        with _step(on_step, f"broker {without_password(external.mqtt_url)}"):
            await check_broker(external.mqtt_url)
    server = broker = None
    if external.database_url is None or external.mqtt_url is None:
        packages = await fetch_services(options.packages or state.packages, on_step)
        memorable = options.memorable_ports
        if external.database_url is None:
            server = await start_postgres(
                state, supervisor, packages, durable=options.durable, memorable_port=memorable
            )
        if external.mqtt_url is None:
            broker = await start_mosquitto(state, supervisor, packages, memorable_port=memorable)
    return Services(
        state=state,
        database_url=external.database_url or (server.url() if server else ""),
        mqtt_url=external.mqtt_url or (broker.url if broker else ""),
        postgres=server,
        mosquitto=broker,
        account=service_account(),
        supervisor=supervisor,
    )


async def _platform(
    options: UpOptions, services: Services, supervisor: Supervisor, api_port: int, on_step: OnStep
) -> Platform:
    env = PlatformEnv(
        state=services.state,
        database_url=services.database_url,
        mqtt_url=services.mqtt_url,
        api_host=options.host,
        api_port=api_port,
        log_format="text" if options.verbose else "json",
        metrics_ports=_metrics_ports(options, services.state),
        devices=_devices(options, services.state, os.environ),
    )
    with _step(on_step, "migrate"):
        await run_command(env, "db", "migrate")
    if options.simulate or options.register_city:
        await _register_city(options, env, on_step)
    platform = Platform(env=env, services=services, supervisor=supervisor, admin_note="")
    # From here on everything needs only the schema. Importing is what takes the time, so it happens side by side.
    admin_note, _, *_ = await _together(
        _first_administrator(env, on_step),
        _hand_over_credentials(platform, on_step),
        *(supervisor.start(process) for process in platform_processes(env)),
    )
    platform = replace(platform, admin_note=str(admin_note))
    if options.simulate:
        await supervisor.start(simulator_process(env, "run", *_city(options)))
    supervisor.on_change = _publisher(services.state, supervisor, addresses(platform))
    supervisor.on_change()
    return platform


def _api_port(options: UpOptions, state: State) -> int:
    if options.port is not None:
        if not is_free(options.port, options.host):
            raise DeployError(
                f"Port {options.port} is in use (or not allowed to you).",
                "Choose another with --port, or leave it out: the next free one is taken.",
            )
        return options.port
    if not options.memorable_ports:
        return any_free(options.host)
    return remembered_port(state, "api", PREFERRED_API_PORT, host=options.host)


def _devices(options: UpOptions, state: State, given: Mapping[str, str]) -> dict[str, str]:
    """Where devices are listened to: on this machine only, unless the environment says otherwise."""
    if DEVICES_TCP in given or DEVICES_UDP in given:
        return {name: given[name] for name in (DEVICES_TCP, DEVICES_UDP) if name in given}
    if options.memorable_ports:
        port = remembered_port(state, "devices", PREFERRED_DEVICES_PORT, free=is_free_for_devices)
    else:
        port = next_free(any_free(), is_free_for_devices)
    return dict.fromkeys((DEVICES_TCP, DEVICES_UDP), f"{LOOPBACK}:{port}")


def _metrics_ports(options: UpOptions, state: State) -> dict[str, int]:
    if not options.memorable_ports:
        return {name: any_free() for name in METRICS_PORTS}
    ports: dict[str, int] = {}
    for name, preferred in METRICS_PORTS.items():
        ports[name] = remembered_port(state, f"metrics {name}", preferred, promised=ports.values())
    return ports


async def _register_city(options: UpOptions, env: PlatformEnv, on_step: OnStep) -> None:
    """Register the city once for this size, seed and database."""
    wanted = (
        f"{options.venues} {options.seed} {options.protocol} {hashlib.sha256(env.database_url.encode()).hexdigest()}\n"
    )
    mark = env.state.root / "city"
    if mark.exists() and mark.read_text(encoding="ascii") == wanted:
        return
    with _step(on_step, "city"):
        await run_command(env, "sim", "register", *_city(options))
        write_atomic(mark, wanted)


def _city(options: UpOptions) -> tuple[str, ...]:
    """What names the city to the simulator."""
    return ("--venues", str(options.venues), "--seed", str(options.seed), "--protocol", options.protocol.value)


async def _first_administrator(env: PlatformEnv, on_step: OnStep) -> str:
    with _step(on_step, "admin"):
        note = await run_command(env, "user", "ensure-admin")
    if note.strip():
        # Said at once: it is printed only once, and a later step may fail.
        on_step(Step("admin", StepState.DONE, " ".join(note.split())))
    return note


async def _hand_over_credentials(platform: Platform, on_step: OnStep) -> None:
    with _step(on_step, "credentials"):
        await platform.reload_credentials()


async def _together(*work: Coroutine[object, object, object]) -> list[object]:
    """Wait for all, also when one fails: what half of them started is then known, and can be stopped."""
    results = await asyncio.gather(*work, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return list(results)


def parse_credentials(printed: str) -> list[tuple[str, str]]:
    """Read the lines `id:$7$...` that `gateway export-credentials` prints."""
    pairs = [line.strip().partition(":") for line in printed.splitlines()]
    return [(name, credential) for name, colon, credential in pairs if colon and credential.startswith("$7$")]


def addresses(platform: Platform) -> dict[str, str]:
    """Name what people and programs connect to, without passwords."""
    return {
        "console": platform.api_url,
        "API": f"{platform.api_url}/docs",
        "MQTT": without_password(platform.mqtt_url).replace(f"{mosquitto.PLATFORM_USER}@", ""),
        "devices": _devices_addresses(platform.env.devices),
        "database": without_password(platform.database_url),
        "metrics": _metrics_addresses(platform.env.metrics_ports),
        "state": str(platform.env.state.root),
    }


def _devices_addresses(devices: Mapping[str, str]) -> str:
    """One line: for TCP and UDP the address is usually the same."""
    of: dict[str, list[str]] = {}
    for name, kind in ((DEVICES_TCP, "TCP"), (DEVICES_UDP, "UDP")):
        if devices.get(name):
            of.setdefault(devices[name], []).append(kind)
    listed = ", ".join(f"{address} ({' and '.join(kinds)})" for address, kinds in of.items())
    return f"GB/T 26875.3 on {listed}" if listed else "not listened to"


def _metrics_addresses(ports: Mapping[str, int]) -> str:
    """One line: they differ in the port only."""
    listed = ", ".join(f"{name} {port}" for name, port in ports.items())
    return f"http://{LOOPBACK}:PORT/metrics ({listed})"


def _publisher(state: State, supervisor: Supervisor, known: dict[str, str]) -> Callable[[], None]:
    """Make the function that keeps run/supervisor.json up to date."""
    ourselves = psutil.Process()
    started_at = datetime.now(tz=UTC).isoformat(timespec="seconds")

    def publish() -> None:
        record = SupervisorRecord(
            pid=os.getpid(),
            created_s=ourselves.create_time(),
            started_at=started_at,
            processes=supervisor.records(),
            addresses=known,
        )
        with contextlib.suppress(OSError):  # a full disk: the processes go on, and say so themselves
            write_supervisor(state, record)

    return publish


@contextlib.contextmanager
def _step(on_step: OnStep, name: str) -> Generator[None, None, None]:
    on_step(Step(name, StepState.BEGUN))
    try:
        yield
    except Exception:
        # Not when the user stops the start: nothing failed then.
        on_step(Step(name, StepState.FAILED))
        raise
    on_step(Step(name, StepState.DONE))
