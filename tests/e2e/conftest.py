"""A running console for every test, and one browser for all, in which every person has a profile of their own.

Nothing but this machine is asked for anything. All run in one event loop, to which the browser is bound.
"""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
from argon2 import PasswordHasher
from playwright.async_api import Browser, BrowserContext, Page, Request, async_playwright, expect

from firewarden.api.policy import Role
from firewarden.deploy.browser import CHROMIUM_FLAGS, ensure_chromium
from firewarden.deploy.state import default_state_root, open_state
from tests.integration.polling import until

PASSWORD = "correct-horse-1"  # noqa: S105 - of users that live as long as the test
RESULTS = Path(__file__).parents[2] / "test-results"

_HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)

expect.set_options(timeout=15_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything here needs a browser and the services, and runs in the browser's event loop."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.services)
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A console: its address, its database as the owner, and its process, which starts while a test fills the rest."""

    url: str
    database: str
    process: asyncio.subprocess.Process
    ready: Path
    log: Path

    async def started(self) -> None:
        """Wait until it answers."""
        await until(lambda: self.ready.exists() or self.process.returncode is not None, "the console")
        assert self.process.returncode is None, self.log.read_text()

    def add_user(self, name: str, role: Role = Role.DUTY_OFFICER, *, must_change: bool = False) -> None:
        """A user whose password is PASSWORD."""
        with psycopg.connect(self.database) as connection:
            connection.execute(
                "INSERT INTO app_user (name, role, password_hash, must_change) VALUES (%s, %s, %s, %s)",
                [name, role, _HASHER.hash(PASSWORD), must_change],
            )


@pytest_asyncio.fixture(loop_scope="session")
async def site(database: str, tmp_path: Path) -> AsyncGenerator[Site]:
    """The api with the console, as a process on a database of its own."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    ready = tmp_path / "ready"
    log = tmp_path / "api.log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "FIREWARDEN"))}
    environment |= {
        "FIREWARDEN_DATABASE_URL": database,
        "FIREWARDEN_API_PORT": str(port),
        "FIREWARDEN_READY_FILE": str(ready),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "firewarden", "api", env=environment, stdout=output, stderr=output
        )
    try:
        yield Site(url=f"http://127.0.0.1:{port}", database=database, process=process, ready=ready, log=log)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
    assert "Traceback" not in log.read_text(), log.read_text()


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The browser's executable."""
    return ensure_chromium(open_state(default_state_root()))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: Path) -> AsyncGenerator[Browser]:
    """A browser that asks nobody for anything on its own account."""
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=chromium, args=list(CHROMIUM_FLAGS))
        yield launched
        await launched.close()


NewPage = Callable[[], Awaitable[Page]]


@pytest_asyncio.fixture(loop_scope="session")
async def new_page(browser: Browser, site: Site) -> AsyncGenerator[NewPage]:
    """Make pages of separate people. At the end: no script has failed, and no other machine was asked."""
    troubles: list[str] = []
    contexts: list[BrowserContext] = []

    def note(request: Request) -> None:
        if not request.url.startswith((site.url, "data:", "blob:")):
            troubles.append(f"asked for {request.url}")

    async def make() -> Page:
        await site.started()
        context = await browser.new_context(viewport={"width": 1440, "height": 900}, base_url=site.url)
        contexts.append(context)
        context.on("request", note)
        page = await context.new_page()
        page.on("pageerror", lambda error: troubles.append(f"{page.url}: {error}"))
        return page

    yield make
    for context in contexts:
        await context.close()
    assert troubles == []


SignIn = Callable[[str], Awaitable[Page]]


@pytest.fixture
def sign_in(new_page: NewPage, site: Site) -> SignIn:
    """A page of somebody who has signed in and sees the duty desk."""

    async def enter(name: str) -> Page:
        page = await new_page()
        login = {"name": name, "password": PASSWORD}
        answer = await page.request.post("/api/v1/session", data=login, headers={"Origin": site.url})
        assert answer.ok, await answer.text()
        await page.goto("/console/")
        await expect(page.get_by_test_id("live-state")).to_be_visible()
        return page

    return enter


async def submit_login(page: Page, name: str, password: str) -> None:
    """Fill the login form and send it."""
    await page.locator("#name").fill(name)
    await page.locator("#password").fill(password)
    await page.get_by_test_id("login-submit").click()


async def keep_picture(page: Page, name: str) -> None:
    """A screenshot in test-results/."""
    RESULTS.mkdir(exist_ok=True)
    await page.screenshot(path=RESULTS / f"{name}.png")
