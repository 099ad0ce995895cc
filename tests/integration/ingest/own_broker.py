"""A broker of the test's own, to be stopped, started, and robbed of its memory."""

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.integration.city import GATEWAY, SECRET

from firewarden.deploy import mosquitto
from firewarden.deploy.account import service_account
from firewarden.deploy.credentials import hash_credential
from firewarden.deploy.mosquitto import Mosquitto
from firewarden.deploy.services import start_mosquitto
from firewarden.deploy.state import State
from firewarden.deploy.supervisor import Supervisor


@dataclass(slots=True, kw_only=True)
class OwnBroker:
    """One Mosquitto, which knows one gateway."""

    broker: Mosquitto
    supervisor: Supervisor

    @property
    def url(self) -> str:
        """Its address, as the platform."""
        return self.broker.url

    def kill(self) -> None:
        """End it by SIGKILL; it is started again."""
        self.supervisor.kill(mosquitto.PROCESS_NAME)

    async def restart(self, *, forgetful: bool) -> None:
        """Stop it in order and start it; `forgetful`: without the file of its sessions and queues."""
        await self.supervisor.stop(mosquitto.PROCESS_NAME)
        if forgetful:
            (self.broker.folder / "mosquitto.db").unlink()
        await self.supervisor.start(mosquitto.process(self.broker))


@asynccontextmanager
async def own_broker(packages: Path, make_state: Callable[[], State]) -> AsyncGenerator[OwnBroker]:
    """A running broker that admits the test's gateway."""
    state = make_state()
    supervisor = Supervisor(state.logs)
    try:
        broker = await start_mosquitto(state, supervisor, packages, memorable_port=False)
        mosquitto.write_gateways(state, [(GATEWAY, hash_credential(SECRET))], account=service_account())
        mosquitto.reload(supervisor.pids()[mosquitto.PROCESS_NAME])
        yield OwnBroker(broker=broker, supervisor=supervisor)
    finally:
        await supervisor.stop_all()
