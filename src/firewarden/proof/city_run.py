"""How is a city with a known truth run to its end and judged, whatever is done to the platform meanwhile?"""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import signal
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path
from time import monotonic

import psycopg
from rich.console import Console

from firewarden.deploy.account import service_account
from firewarden.deploy.errors import DeployError
from firewarden.deploy.running import Platform
from firewarden.proof.scorecard import Held, Scorecard
from firewarden.proof.scorecard_store import read_held

SETTLE_S = 45.0
LOOK_EVERY_S = 0.5
_KEY = re.compile(r"fwk_[A-Za-z0-9_-]+")


def end_in_order_on_sigterm() -> None:
    """Let SIGTERM cancel the running task, so that what it started is taken down."""
    task = asyncio.current_task()
    assert task is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


@contextlib.contextmanager
def throw_away_folder(console: Console, *, keep: bool) -> Generator[Path, None, None]:
    """A folder that is gone after the block, or named where it is kept."""
    folder = Path(tempfile.mkdtemp(prefix="firewarden-demo-"))
    if service_account() is not None:
        folder.chmod(0o755)  # the database's account has to reach its data below
    try:
        yield folder
    finally:
        if keep:
            console.print(f"kept: {folder}", highlight=False)
        else:
            shutil.rmtree(folder, ignore_errors=True)


async def stream_key(platform: Platform, name: str) -> str:
    """A key that may read the event stream. Raises DeployError."""
    printed = await platform.run("api-key", "create", "--name", name, "--scopes", "stream:read")
    found = _KEY.search(printed)
    if found is None:
        raise DeployError(
            f"`firewarden api-key create` printed no key: {printed!r}", "The versions do not fit together."
        )
    return found[0]


async def comes_true(condition: Callable[[], bool], *, within_s: float) -> bool:
    """Whether it does, in time; asked again and again, since another process raises no event here."""
    deadline_s = monotonic() + within_s
    while not condition():
        if monotonic() > deadline_s:
            return False
        await asyncio.sleep(LOOK_EVERY_S)
    return True


async def settled(database_url: str, judge: Callable[[Held], Scorecard]) -> tuple[Scorecard, Held]:
    """The scorecard once nothing changes for the better: what was just restarted may still be catching up."""
    deadline_s = monotonic() + SETTLE_S
    while True:
        try:
            held = await read_held(database_url)
            card = judge(held)
            if not card.failures or monotonic() > deadline_s:
                return card, held
        except psycopg.OperationalError as error:
            if monotonic() > deadline_s:
                raise DeployError(f"The database is away: {error}", "Look at postgres.log.") from error
        await asyncio.sleep(LOOK_EVERY_S)
