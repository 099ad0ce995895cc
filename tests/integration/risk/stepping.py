"""A scorer whose steps and clock a test holds in its hands."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from firewarden.risk import store
from firewarden.risk.live import Live
from firewarden.risk.replay import Verdict, verify
from firewarden.store.database import Role, connect

NOON = datetime(2026, 11, 24, 12, 20, tzinfo=UTC)


@dataclass(slots=True)
class Clock:
    """Stands still until it is moved."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        """What it shows."""
        return self.now

    def forward(self, by: timedelta = timedelta(seconds=1)) -> None:
        """Later."""
        self.now += by


async def settle(live: Live, clock: Clock) -> None:
    """Step until there is nothing left to do."""
    clock.forward()
    await live.step()
    while live.progress.busy:
        clock.forward()
        await live.step()


@asynccontextmanager
async def stepping(url: str, clock: Clock) -> AsyncGenerator[Live]:
    """A scorer that has caught up."""
    async with await connect(url, Role.RISK, name="test") as connection:
        await connection.execute("SET lock_timeout = '200ms'")  # who is in the way of a step ends it
        live = Live(connection, clock=clock)
        await live.load()
        await settle(live, clock)
        yield live


async def verified(url: str, *, whole: bool = True) -> Verdict:
    """What a replay says."""
    async with await connect(url, Role.RISK, name="test") as connection, connection.transaction():
        await store.read_only(connection)
        return await verify(connection, whole=whole)
