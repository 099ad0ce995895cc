"""A database and a broker, embedded, for as long as a block runs: the same ones for `up`, the demo and the tests."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, Generator, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from firewarden.deploy import mosquitto, postgres
from firewarden.deploy.account import Account, service_account
from firewarden.deploy.debian import ensure_packages
from firewarden.deploy.mosquitto import Mosquitto
from firewarden.deploy.ports import any_free, remembered_port
from firewarden.deploy.postgres import Postgres
from firewarden.deploy.state import State
from firewarden.deploy.supervisor import Step, StepState, Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from firewarden.deploy.supervisor import OnStep

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The running database and broker; None stands for one that is not ours (see external.py)."""

    state: State
    database_url: str
    mqtt_url: str
    postgres: Postgres | None
    mosquitto: Mosquitto | None
    account: Account | None
    supervisor: Supervisor

    def set_gateways(self, gateways: Iterable[tuple[str, str]]) -> None:
        """Make these (id, $7$ credential) the gateways that the embedded broker admits, from now on."""
        mosquitto.write_gateways(self.state, gateways, account=self.account)
        pid = self.supervisor.pids().get(mosquitto.PROCESS_NAME)
        if pid is not None:
            mosquitto.reload(pid)


async def start_postgres(
    state: State, supervisor: Supervisor, packages: Path, *, durable: bool = True, memorable_port: bool = True
) -> Postgres:
    """Start the embedded database in the state folder and create the platform's database."""
    supervisor.announce(postgres.PROCESS_NAME)
    port = remembered_port(state, "postgres", postgres.PREFERRED_PORT) if memorable_port else any_free()
    server = Postgres(packages=packages, state=state, account=service_account(), port=port, durable=durable)
    await asyncio.to_thread(postgres.prepare, server)
    await supervisor.start(postgres.process(server))
    await postgres.ensure_database(server)
    return server


async def start_mosquitto(
    state: State, supervisor: Supervisor, packages: Path, *, memorable_port: bool = True
) -> Mosquitto:
    """Start the embedded broker in the state folder."""
    supervisor.announce(mosquitto.PROCESS_NAME)
    port = remembered_port(state, "mosquitto", mosquitto.PREFERRED_PORT) if memorable_port else any_free()
    broker = Mosquitto(packages=packages, state=state, account=service_account(), port=port)
    await asyncio.to_thread(mosquitto.prepare, broker)
    await supervisor.start(mosquitto.process(broker))
    return broker


async def fetch_services(cache: Path, on_step: OnStep) -> Path:
    """Return the folder of the services' programs, fetched if it is not there yet."""
    name = "packages"
    on_step(Step(name, StepState.BEGUN))
    root = await asyncio.to_thread(
        ensure_packages, cache, "services", lambda detail: on_step(Step(name, StepState.BEGUN, detail))
    )
    on_step(Step(name, StepState.DONE))
    return root


@contextlib.asynccontextmanager
async def embedded_services(
    state: State,
    supervisor: Supervisor,
    *,
    packages: Path,
    durable: bool = True,
    memorable_ports: bool = True,
) -> AsyncGenerator[Services, None]:
    """Run database and broker in the state folder; `packages` is what `fetch_services` returned."""
    try:
        server = await start_postgres(state, supervisor, packages, durable=durable, memorable_port=memorable_ports)
        broker = await start_mosquitto(state, supervisor, packages, memorable_port=memorable_ports)
        yield Services(
            state=state,
            database_url=server.url(),
            mqtt_url=broker.url,
            postgres=server,
            mosquitto=broker,
            account=server.account,
            supervisor=supervisor,
        )
    finally:
        await supervisor.stop_all()


class LoopThread:
    """An event loop in a thread of its own, for callers that are not asynchronous.

    The children's death signal is bound to this thread, which lives as long as they may.
    """

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="embedded-services", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[object, object, T]) -> T:
        """Run the coroutine there and wait for its result."""
        future: Future[T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result()

    def call(self, work: Callable[[], T]) -> T:
        """Call the function there and wait for its result."""

        async def called() -> T:
            return work()

        return self.run(called())

    def close(self) -> None:
        """End the thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


@dataclass(frozen=True, slots=True)
class BlockingServices:
    """Running services for code without an event loop, such as a pytest session fixture."""

    services: Services
    loop: LoopThread

    @property
    def database_url(self) -> str:
        """The superuser's address of the platform's database."""
        return self.services.database_url

    @property
    def mqtt_url(self) -> str:
        """The broker's address with the platform's credentials."""
        return self.services.mqtt_url

    def set_gateways(self, gateways: Iterable[tuple[str, str]]) -> None:
        """Make these (id, $7$ credential) the gateways that the broker admits."""
        listed = list(gateways)
        self.loop.call(lambda: self.services.set_gateways(listed))

    def kill(self, name: str) -> int:
        """End `postgres` or `mosquitto` by SIGKILL; the supervisor starts it again."""
        return self.loop.call(lambda: self.services.supervisor.kill(name))


@contextlib.contextmanager
def blocking_services(
    state: State,
    *,
    packages: Path,
    durable: bool = True,
    memorable_ports: bool = False,
    verbose: bool = False,
) -> Generator[BlockingServices, None, None]:
    """Run database and broker, on free ports, while the block runs."""
    loop = LoopThread()
    stack = contextlib.AsyncExitStack()

    async def begin() -> Services:
        supervisor = Supervisor(state.logs, verbose=verbose)
        return await stack.enter_async_context(
            embedded_services(state, supervisor, packages=packages, durable=durable, memorable_ports=memorable_ports)
        )

    try:
        yield BlockingServices(loop.run(begin()), loop)
    finally:
        loop.run(stack.aclose())
        loop.close()
