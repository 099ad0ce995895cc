"""Is each request counted under the template of its path?"""

from collections.abc import AsyncIterator

import httpx
import pytest

from firewarden.api.app import build
from firewarden.api.context import ApiContext
from firewarden.api.live import Live
from firewarden.api.signals import Answered, Signal
from firewarden.store.database import Role, pool
from tests.integration.api.conftest import BASE


class Heard:
    """What the api told."""

    def __init__(self) -> None:
        self.signals: list[Signal] = []

    def __call__(self, signal: Signal) -> None:
        """Keep it."""
        self.signals.append(signal)

    def answered(self) -> list[tuple[str, str, int]]:
        """The requests."""
        return [(s.method, s.route, s.status) for s in self.signals if isinstance(s, Answered)]


@pytest.fixture
async def heard(database: str) -> AsyncIterator[tuple[Heard, httpx.AsyncClient]]:
    """The api with somebody who listens, and a client that nobody signed in to."""
    listener = Heard()
    context = ApiContext(
        pool=pool(database, Role.API, name="test api", size_max=2),
        live=Live(database, name="test api live", tell=listener),
        tell=listener,
    )
    app = build(context)
    async with app.router.lifespan_context(app):
        await context.live.connected()
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            yield listener, client


async def test_paths_are_counted_by_their_templates(heard: tuple[Heard, httpx.AsyncClient]) -> None:
    """Ids are no labels, unknown paths and methods are one each, and each answer has a time."""
    listener, client = heard
    await client.get("/healthz")
    await client.get("/api/v1/venues/17")
    await client.get("/api/v1/venues/18")
    await client.get("/no/such/path")
    await client.request("BREW", "/healthz")
    assert listener.answered() == [
        ("GET", "/healthz", 200),
        ("GET", "/api/v1/venues/{venue}", 401),
        ("GET", "/api/v1/venues/{venue}", 401),
        ("GET", "other", 404),
        ("other", "/healthz", 405),
    ]
    assert all(s.seconds is not None and s.seconds >= 0 for s in listener.signals if isinstance(s, Answered))
