"""What does a request handler work with? Made once, when the process starts, and handed to each handler."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, cast

from fastapi import Depends, FastAPI
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from starlette.requests import HTTPConnection

from firewarden.api.health import Health
from firewarden.api.live import Live
from firewarden.api.passwords import Passwords
from firewarden.api.signals import Tell
from firewarden.api.throttle import Limit, LoginThrottle, Throttle
from firewarden.figures.signals import nobody
from firewarden.ingest.profile_files import Profiles, load_profiles

POOL_SIZE_MAX = 8
ANONYMOUS_REFUSALS = Limit(tries=30, window_s=60)
"""Refused writes of nobody in particular that are audited, by address: the table must not be anybody's to fill."""


def clock() -> datetime:
    """The moment, in UTC."""
    return datetime.now(tz=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiContext:
    """The things that last as long as the process."""

    pool: AsyncConnectionPool
    live: Live
    passwords: Passwords = field(default_factory=Passwords)
    logins: LoginThrottle = field(default_factory=LoginThrottle)
    anonymous_refusals: Throttle = field(default_factory=lambda: Throttle(ANONYMOUS_REFUSALS))
    profiles: Profiles = field(default_factory=load_profiles)
    """The dialects in which frames of devices are read."""
    now: Callable[[], datetime] = clock
    tell: Tell = nobody
    health: Health = field(init=False)

    def __post_init__(self) -> None:
        """What looks at the others is made of them."""
        object.__setattr__(self, "health", Health(self.pool, self.live, self.now))


def install(app: FastAPI, context: ApiContext) -> None:
    """Let the handlers of `app` find `context`."""
    app.state.context = context


def context_of(request: HTTPConnection) -> ApiContext:
    """The context of the app that received `request` (or a WebSocket)."""
    return cast("ApiContext", request.app.state.context)


Context = Annotated[ApiContext, Depends(context_of)]


async def _connection(context: Context) -> AsyncIterator[AsyncConnection]:
    async with context.pool.connection() as connection:
        yield connection


Connection = Annotated[AsyncConnection, Depends(_connection)]
"""One connection of the pool for as long as the handler runs."""
