"""Where a bench plays: database and broker in a folder that is thrown away, and gateways that may speak."""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from firewarden.bench.rows import PointIds
from firewarden.bench.store import SQL, Store
from firewarden.deploy.account import service_account
from firewarden.deploy.credentials import hash_credential, new_secret
from firewarden.deploy.platform import PlatformEnv
from firewarden.deploy.ports import any_free
from firewarden.deploy.services import Services, embedded_services, fetch_services
from firewarden.deploy.state import open_state
from firewarden.deploy.supervisor import OnStep, Supervisor
from firewarden.store.migrate import migrate


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Running services, empty of facts."""

    folder: Path
    packages: Path
    """The unpacked programs."""
    env: PlatformEnv
    services: Services
    store: Store

    @property
    def broker(self) -> tuple[str, int]:
        """Host and port of the broker."""
        url = urlsplit(self.services.mqtt_url)
        assert url.hostname is not None
        assert url.port is not None
        return url.hostname, url.port


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """The registered gateways (id, secret), and the ids of their points."""

    gateways: tuple[tuple[str, str], ...]
    points_of_gateway: int
    point_ids: PointIds

    @property
    def names(self) -> tuple[str, ...]:
        """The gateways' ids."""
        return tuple(name for name, _ in self.gateways)


@contextlib.contextmanager
def throw_away_folder() -> Generator[Path]:
    """A folder that is gone after the block."""
    folder = Path(tempfile.mkdtemp(prefix="firewarden-bench-"))
    if service_account() is not None:
        folder.chmod(0o755)  # the database's account has to reach its data below
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.asynccontextmanager
async def embedded_stage(packages: Path, on_step: OnStep, *, folder: Path | None = None) -> AsyncGenerator[Stage]:
    """Durable services and the schema; no process of the platform. `packages`: the folder of fetched programs.

    In a folder that is thrown away, unless one is named.
    """
    with throw_away_folder() if folder is None else contextlib.nullcontext(folder) as place:
        state = open_state(place / "state")
        root = await fetch_services(packages, on_step)
        supervisor = Supervisor(state.logs, on_step=on_step)
        async with embedded_services(state, supervisor, packages=root, memorable_ports=False) as services:
            await asyncio.to_thread(migrate, services.database_url, lambda _: None)
            env = PlatformEnv(
                state=state,
                database_url=services.database_url,
                mqtt_url=services.mqtt_url,
                api_host="127.0.0.1",
                api_port=any_free(),
            )
            async with opened_store(services.database_url) as store:
                yield Stage(folder=place, packages=root, env=env, services=services, store=store)


@contextlib.asynccontextmanager
async def opened_store(database_url: str) -> AsyncGenerator[Store]:
    """The owner's connection."""
    connection = await psycopg.AsyncConnection.connect(database_url, autocommit=True)
    async with connection:
        await connection.execute(SQL["count_in_memory"])
        yield Store(connection)


async def register_cast(stage: Stage, *, gateways: int, points: int) -> Cast:
    """Register gateways with points, and let the broker know them."""
    secrets = tuple((f"bench-{number:05d}", new_secret()) for number in range(1, gateways + 1))
    credentials = [(name, hash_credential(secret)) for name, secret in secrets]
    ids = await stage.store.register(credentials, points)
    stage.services.set_gateways(credentials)
    return Cast(gateways=secrets, points_of_gateway=points, point_ids=ids)
