"""The api on a database of its own: in process, with cheap password hashes, and a client for each kind of person."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack

import httpx
import psycopg
import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI

from firewarden.api import accounts
from firewarden.api.app import build
from firewarden.api.context import ApiContext
from firewarden.api.live import Live
from firewarden.api.passwords import Passwords
from firewarden.api.policy import Role as UserRole
from firewarden.api.policy import Scope
from firewarden.store.database import Role, pool
from tests.integration.api.seed import City, seed_city

BASE = "http://testserver"
PASSWORD = "correct horse battery"  # noqa: S105 - of users that live as long as a test
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

SignIn = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
def city(database: str) -> City:
    """Three venues with gateways and points."""
    return seed_city(database)


@pytest.fixture
def context(database: str) -> ApiContext:
    """What the handlers work with; nothing is open yet."""
    return ApiContext(
        pool=pool(database, Role.API, name="test api", size_max=6),
        live=Live(database, name="test api live"),
        passwords=Passwords(CHEAP),
    )


@pytest.fixture
async def app(context: ApiContext) -> AsyncGenerator[FastAPI]:
    """The running application."""
    application = build(context)
    async with application.router.lifespan_context(application):
        await context.live.connected()
        yield application


@pytest.fixture
async def new_client(app: FastAPI) -> AsyncGenerator[Callable[[], httpx.AsyncClient]]:
    """Makes clients that nobody has signed in to."""
    async with AsyncExitStack() as stack:
        clients: list[httpx.AsyncClient] = []

        def make() -> httpx.AsyncClient:
            transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
            client = httpx.AsyncClient(transport=transport, base_url=BASE, headers={"Origin": BASE})
            clients.append(client)
            stack.push_async_callback(client.aclose)
            return client

        yield make


@pytest.fixture
def anybody(new_client: Callable[[], httpx.AsyncClient]) -> httpx.AsyncClient:
    """A client that nobody has signed in to."""
    return new_client()


@pytest.fixture
async def add_user(app: FastAPI, context: ApiContext) -> Callable[..., Awaitable[accounts.UserRow]]:
    """Adds a user with PASSWORD."""

    async def add(name: str, role: UserRole, *, must_change: bool = False) -> accounts.UserRow:
        async with context.pool.connection() as connection:
            return await accounts.add_user(
                connection,
                name=name,
                role=role,
                password_hash=await context.passwords.hash(PASSWORD),
                must_change=must_change,
            )

    return add


@pytest.fixture
async def sign_in(
    new_client: Callable[[], httpx.AsyncClient], add_user: Callable[..., Awaitable[accounts.UserRow]]
) -> SignIn:
    """Adds a user of a role and gives a client with their session."""

    async def enter(
        name: str, role: UserRole = UserRole.ADMINISTRATOR, *, must_change: bool = False
    ) -> httpx.AsyncClient:
        await add_user(name, role, must_change=must_change)
        client = new_client()
        answer = await client.post("/api/v1/session", json={"name": name, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return client

    return enter


@pytest.fixture
async def with_key(
    new_client: Callable[[], httpx.AsyncClient], context: ApiContext
) -> Callable[..., Awaitable[httpx.AsyncClient]]:
    """Makes an API key with some scopes and gives a client that sends it."""

    async def make(*scopes: Scope, name: str = "a program") -> httpx.AsyncClient:
        async with context.pool.connection() as connection:
            _, key = await accounts.add_key(connection, name=name, scopes=scopes, created_by="test")
        client = new_client()
        client.headers["Authorization"] = f"Bearer {key}"
        del client.headers["Origin"]
        return client

    return make


@pytest.fixture
def audit_rows(database: str) -> Callable[[], list[tuple[str, str, str, str]]]:
    """Reads who did what to what, and how that ended, oldest first."""

    def read() -> list[tuple[str, str, str, str]]:
        with psycopg.connect(database) as connection:
            rows = connection.execute("SELECT actor, action, target, outcome FROM audit ORDER BY id").fetchall()
        return [(str(a), str(b), str(c), str(d)) for a, b, c, d in rows]

    return read
