"""The whole platform as a stage, and somebody who follows its event stream."""

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator

from firewarden.bench.options import Run
from firewarden.bench.stage import Stage, opened_store, throw_away_folder
from firewarden.deploy.errors import DeployError
from firewarden.deploy.running import Platform, UpOptions, running_platform
from firewarden.deploy.services import fetch_services
from firewarden.deploy.supervisor import ignore_step
from firewarden.proof.demo_stream import StreamWatcher

STREAM_OPENS_S = 15.0
_KEY = re.compile(r"fwk_[A-Za-z0-9_-]+")


@contextlib.asynccontextmanager
async def platform_stage(run: Run) -> AsyncGenerator[tuple[Stage, Platform]]:
    """Every process of the platform on durable services, without the simulated city."""
    with throw_away_folder() as folder:
        up = UpOptions(
            state_root=folder / "state",
            packages=run.packages,
            simulate=False,
            register_city=False,
            memorable_ports=False,
        )
        async with running_platform(up, run.on_step) as platform, opened_store(platform.database_url) as store:
            root = await fetch_services(run.packages, ignore_step)
            services = platform.services
            yield Stage(folder=folder, packages=root, env=platform.env, services=services, store=store), platform


def key_of(printed: str) -> str:
    """The key in what `api-key create` prints."""
    key = _KEY.search(printed)
    assert key is not None, printed
    return key[0]


@contextlib.asynccontextmanager
async def watched(platform: Platform, scopes: str = "stream:read") -> AsyncGenerator[StreamWatcher]:
    """A program that follows the event stream. Raises DeployError where the stream does not open."""
    printed = await platform.run("api-key", "create", "--name", "bench", "--scopes", scopes)
    watcher = StreamWatcher(platform.api_url, key_of(printed))
    watching = asyncio.create_task(watcher.run())
    try:
        async with asyncio.timeout(STREAM_OPENS_S):
            await watcher.connected.wait()
        yield watcher
    except TimeoutError as error:
        raise DeployError(
            f"The event stream did not open within {STREAM_OPENS_S:.0f} s.", "Look at api.log."
        ) from error
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
