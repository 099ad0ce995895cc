"""Where does chaos play? Services that stay, and for each round an empty broker, a fresh database and new processes.

Every line between two processes runs through a proxy of its own, so that each can be cut by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from firewarden.deploy import mosquitto, postgres
from firewarden.deploy.account import service_account
from firewarden.deploy.child import Process
from firewarden.deploy.mosquitto import Mosquitto
from firewarden.deploy.platform import PlatformEnv, api_process, program_process, run_command
from firewarden.deploy.ports import LOOPBACK, any_free, is_free_for_devices, next_free
from firewarden.deploy.running import DEVICES_TCP, DEVICES_UDP, Platform
from firewarden.deploy.services import Services, fetch_services, start_postgres
from firewarden.deploy.state import open_state
from firewarden.deploy.supervisor import OnStep, Supervisor
from firewarden.proof.chaos_plan import lines_of
from firewarden.proof.city_run import stream_key
from firewarden.proof.proxy import Proxy

TEMPLATE = postgres.DATABASE
"""Migrated, with the city in its register; every round gets a copy."""


WORKER = "1"


@dataclass(slots=True)
class BrokerMemory:
    """What the broker finds when it starts."""

    broker: Mosquitto
    lost: bool = False
    """Whether its file is to be gone at its next start."""

    async def before_start(self) -> None:
        """Take the file away, once."""
        if self.lost:
            for file in self.broker.folder.glob("mosquitto.db*"):
                file.unlink(missing_ok=True)
        self.lost = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CityOptions:
    """Which city lives, how fast, and how its gateways are."""

    venues: int
    seed: int
    speed: float
    pace: float
    seconds: float
    resend_after_s: float
    odds: Mapping[str, float]
    protocol: str = "mqtt"

    def arguments(self) -> tuple[str, ...]:
        """What names the city to the simulator."""
        city = ("--venues", str(self.venues), "--seed", str(self.seed), "--speed", str(self.speed))
        return (*city, "--protocol", self.protocol)

    @property
    def lines(self) -> tuple[str, ...]:
        """Every line that can be spoilt."""
        return lines_of(self.protocol)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The services, the proxies, and a registered city."""

    folder: Path
    env: PlatformEnv
    """Straight to the services, for ourselves."""
    services: Services
    memory: BrokerMemory
    proxies: Mapping[str, Proxy]
    credentials: Path
    key: str
    """Of the event stream."""
    shared: bool = False
    """Whether ingest workers share lanes."""

    @property
    def supervisor(self) -> Supervisor:
        """Who owns all processes."""
        return self.services.supervisor

    def env_of(self, name: str) -> PlatformEnv:
        """What one process is told: its own lines."""
        database, broker = self.proxies.get(f"{name}-database"), self.proxies.get(f"{name}-broker")
        devices = self.proxies.get(f"{name}-ingest")
        return replace(
            self.env,
            devices={**self.env.devices, DEVICES_TCP: f"{LOOPBACK}:{devices.port}"} if devices else self.env.devices,
            database_url=_with_port(self.env.database_url, database.port) if database else self.env.database_url,
            mqtt_url=_with_port(self.env.mqtt_url, broker.port) if broker else self.env.mqtt_url,
        )

    def processes(self) -> list[Process]:
        """The platform's processes."""
        return [
            self._ingest("ingest", WORKER),
            *(program_process(self.env_of(name), name) for name in ("desk", "risk")),
            api_process(self.env_of("api")),
        ]

    def spare_ingest(self, worker: str) -> Process:
        """A second ingest that is ended by SIGKILL."""
        nowhere = dict.fromkeys(self.env.devices, "")  # devices know one address, and it is taken
        return replace(self._ingest(f"ingest-{worker}", worker, nowhere), stop_signal=signal.SIGKILL)

    def _ingest(self, name: str, worker: str, devices: Mapping[str, str] | None = None) -> Process:
        extra = {"FIREWARDEN_WORKER": worker, "FIREWARDEN_INGEST_SHARED": str(self.shared), **(devices or {})}
        return program_process(self.env_of("ingest"), name, "ingest", extra=extra)

    async def drain(self, worker: str) -> None:
        """Store what the broker keeps for a worker that will not return."""
        await run_command(self.env, "ingest", "drain", worker)

    def city(self, options: CityOptions, life: int, truth: Path) -> Process:
        """The simulated city."""
        env = self.env_of("sim")
        odds = [argument for name, value in options.odds.items() for argument in ("--odds", f"{name}={value}")]
        return program_process(
            env,
            "sim",
            *("sim", "run", *options.arguments(), "--pace", str(options.pace), "--seconds", str(options.seconds)),
            *("--life", str(life), "--resend-after", str(options.resend_after_s), *odds),
            *("--mqtt-url", env.mqtt_url, "--credentials", str(self.credentials), "--truth", str(truth)),
        )


def _with_port(url: str, port: int) -> str:
    parts = urlsplit(url)
    user, at, _ = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user}{at}{LOOPBACK}:{port}").geturl()


def _with_database(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()


@contextlib.asynccontextmanager
async def running_stage(
    folder: Path, packages: Path, options: CityOptions, on_step: OnStep
) -> AsyncGenerator[Stage, None]:
    """Bring up what stays, and register the city."""
    state = open_state(folder / "state")
    root = await fetch_services(packages, on_step)
    supervisor = Supervisor(state.logs)
    try:
        server = await start_postgres(state, supervisor, root, memorable_port=False)
        broker = Mosquitto(packages=root, state=state, account=service_account(), port=any_free())
        await asyncio.to_thread(mosquitto.prepare, broker)
        memory = BrokerMemory(broker)
        await supervisor.start(_broker_process(memory))
        services = Services(
            state=state,
            database_url=server.url(),
            mqtt_url=broker.url,
            postgres=server,
            mosquitto=broker,
            account=server.account,
            supervisor=supervisor,
        )
        devices_port = next_free(any_free(), is_free_for_devices)
        env = PlatformEnv(
            devices=dict.fromkeys((DEVICES_TCP, DEVICES_UDP), f"{LOOPBACK}:{devices_port}"),
            state=state,
            database_url=server.url(),
            mqtt_url=broker.url,
            api_host=LOOPBACK,
            api_port=any_free(),
        )
        credentials = folder / "credentials.json"
        key = await _register(env, services, options, credentials)
        async with contextlib.AsyncExitStack() as stack:
            ports = {"database": server.port, "broker": broker.port, "ingest": devices_port}
            proxies = {
                name: await stack.enter_async_context(Proxy(ports[name.rpartition("-")[2]]).running())
                for name in options.lines
            }
            yield Stage(
                folder=folder,
                env=env,
                services=services,
                memory=memory,
                proxies=proxies,
                credentials=credentials,
                key=key,
            )
            await supervisor.stop_all()  # before the lines: nobody has to complain about them
    finally:
        await supervisor.stop_all()


def _broker_process(memory: BrokerMemory) -> Process:
    return replace(mosquitto.process(memory.broker), before_start=memory.before_start)


async def _register(env: PlatformEnv, services: Services, options: CityOptions, credentials: Path) -> str:
    """Migrate, register the city, make a key for the stream, and make a template of it all. Returns the key."""
    platform = Platform(env=env, services=services, supervisor=services.supervisor, admin_note="")
    await platform.run("db", "migrate")
    await platform.run("sim", "register", *options.arguments(), "--credentials", str(credentials))
    await platform.reload_credentials()
    key = await stream_key(platform, "chaos")
    async with await _administrator(services) as connection:
        # TimescaleDB's background worker keeps a database from being a template: send it away, and let none come back.
        name = sql.Identifier(TEMPLATE)
        await connection.execute(sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false").format(name))
        await connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [TEMPLATE]
        )
    return key


async def _administrator(services: Services) -> psycopg.AsyncConnection:
    assert services.postgres is not None
    return await psycopg.AsyncConnection.connect(
        services.postgres.url("postgres"), autocommit=True, application_name="chaos"
    )


@contextlib.asynccontextmanager
async def fresh_round(stage: Stage, number: int, *, shared: bool) -> AsyncGenerator[Stage, None]:
    """An empty broker, a copy of the template, and the platform's processes on them, while the block runs."""
    name = f"round_{number}"
    await stage.supervisor.stop(mosquitto.PROCESS_NAME)
    stage.memory.lost = True
    await stage.supervisor.start(_broker_process(stage.memory))
    await _copy_template(stage.services, name)
    env = replace(stage.env, database_url=_with_database(stage.env.database_url, name), api_port=any_free())
    round_stage = replace(stage, env=env, shared=shared)
    processes = round_stage.processes()
    try:
        # Importing is what takes the time, so it happens side by side.
        results = await asyncio.gather(*map(stage.supervisor.start, processes), return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result
        yield round_stage
    finally:
        running = {record.name for record in stage.supervisor.records()}
        ours = [name for name in ("sim", *(process.name for process in processes)) if name in running]
        await asyncio.gather(*map(stage.supervisor.stop, ours))
    async with await _administrator(stage.services) as connection:
        await connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


async def _copy_template(services: Services, name: str) -> None:
    async with await _administrator(services) as connection:
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(TEMPLATE))
        await connection.execute(create)
