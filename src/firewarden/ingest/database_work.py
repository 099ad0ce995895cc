"""What becomes of work that the database cannot do now? It is done when the database can, over a new connection."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import stamina
import structlog
from psycopg import AsyncConnection

from firewarden.figures.signals import Connected
from firewarden.ingest.signals import Tell
from firewarden.ingest.trouble import RETRIED, Outage
from firewarden.store.database import ANSWER_TIMEOUT_S, Role, connect

T = TypeVar("T")
W = TypeVar("W")

log = structlog.stdlib.get_logger("ingest")

RETRY_WAIT_MAX_S = 5.0


@dataclass(slots=True, kw_only=True)
class DatabaseWork(Generic[W]):
    """One connection to the database, which is made anew where it broke, and the one who works over it."""

    database_url: str = field(repr=False)  # retries are logged with their arguments, and this holds a password
    worker: str
    name: str
    """Of the kind of work; logs and the database's list of sessions show it."""
    make: Callable[[AsyncConnection], W]
    """What works over a new connection; it remembers nothing of the one before."""
    steady: Callable[[], float]
    signal: Tell
    answer_timeout_s: float = ANSWER_TIMEOUT_S
    _outage: Outage = field(default_factory=Outage)
    _connection: AsyncConnection | None = None
    _works: W | None = None

    async def sooner_or_later(self, work: Callable[[W], Awaitable[T]]) -> T:
        """Do it when the database can. Meanwhile nothing is acknowledged, and soon nothing more is read."""
        async for attempt in stamina.retry_context(
            on=RETRIED, attempts=None, timeout=None, wait_initial=0.05, wait_max=RETRY_WAIT_MAX_S, wait_jitter=0.2
        ):
            with attempt:
                try:
                    done = await work(await self.usable())
                except RETRIED as error:
                    await self._failed(error)
                    raise
                self._over()
                return done
        raise AssertionError("unreachable: the retries never end")

    async def usable(self) -> W:
        """Whoever works over the connection, over a new one where the old one broke. Raises one of RETRIED."""
        if self._connection is None or self._connection.closed or self._works is None:
            self._connection = await connect(
                self.database_url,
                Role.INGEST,
                name=f"firewarden ingest {self.worker} {self.name}",
                on_connected=lambda seconds: self.signal(Connected(seconds=seconds)),
                answer_timeout_s=self.answer_timeout_s,
            )
            self._works = self.make(self._connection)
        return self._works

    async def close(self) -> None:
        """End the connection; the next work makes a new one."""
        if self._connection is not None:
            await self._connection.close()

    async def _failed(self, error: Exception) -> None:
        await self.close()  # the next attempt starts with a new one, and empty caches
        what_to_do = self._outage.failed(error, self.steady())
        if what_to_do is not None:
            log.error("database_trouble", connection=self.name, reason=str(error), advice=what_to_do)

    def _over(self) -> None:
        lasted_s = self._outage.over(self.steady())
        if lasted_s is not None:
            log.info("database_works_again", connection=self.name, after_s=round(lasted_s, 1))
