"""Can a duty officer ask the control room whether anybody is there, and an administrator initialise a gateway?"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from random import Random
from urllib.parse import urlsplit

import psycopg
import pytest
from playwright.async_api import Page, expect

from firewarden.api.policy import Role
from firewarden.deploy.services import BlockingServices
from firewarden.gateway_sim.gateway import SimGateway
from firewarden.gateway_sim.line import Broker, dialling
from firewarden.gateway_sim.odds import Odds
from firewarden.gateway_sim.outbox import Outbox
from tests.e2e.conftest import SignIn, Site, keep_picture
from tests.e2e.town import build_town
from tests.integration.city import SECRET, admit
from tests.integration.ingest.harness import ingest
from tests.integration.polling import until

GATEWAY = "GW-0001"
OVERDUE = "UPDATE gateway_command SET deadline_at = now(), due_at = now() WHERE ended_at IS NULL"


@asynccontextmanager
async def simulated(services: BlockingServices, database: str, *, missed: float) -> AsyncGenerator[None]:
    """A simulated gateway that is heard; nobody is in its control room with the probability `missed`."""
    admit(services, GATEWAY)
    url = urlsplit(services.mqtt_url)
    gateway = SimGateway(
        Outbox(GATEWAY, "b1", ()),
        dial=dialling(Broker(host=url.hostname or "", port=url.port or 0)),
        secret=SECRET,
        heartbeat_s=1.0,
        record=lambda _: None,
        odds=Odds(duty_check_missed=missed, sent_twice=0),
        rng=Random(1),
    )
    running = asyncio.create_task(gateway.run())
    try:
        with psycopg.connect(database, autocommit=True) as connection:
            heard = "SELECT online FROM gateway_liveness WHERE gateway_id = %s"
            await until(lambda: connection.execute(heard, [GATEWAY]).fetchone() == (True,), "the gateway")
        yield
    finally:
        gateway.leave()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def panel_of(page: Page) -> Page:
    """The page of the gateway's commands."""
    await page.goto(f"/console/commands?gateway={GATEWAY}")
    await expect(page.get_by_test_id("commands-panel")).to_be_visible()
    return page


async def test_a_duty_check_is_answered(site: Site, sign_in: SignIn, services: BlockingServices) -> None:
    """Sent from the console, it reaches the gateway, a person there answers, and the page says so by itself."""
    site.add_user("wang")
    build_town(site.database, 1)
    page = await sign_in("wang")
    async with ingest(services, site.database), simulated(services, site.database, missed=0):
        await panel_of(page)
        await expect(page.get_by_test_id("ask-initialise")).to_have_count(0)
        await expect(page.get_by_test_id("ask-clock_sync")).to_have_count(0)
        await page.get_by_test_id("duty-minutes").fill("5")
        await page.get_by_test_id("ask-duty_check").click()
        row = page.get_by_test_id("commands").locator("tbody tr", has_text="查岗").first
        await expect(row.get_by_test_id("state")).to_contain_text("已应答")
        await expect(row.get_by_test_id("answer")).to_contain_text("操作员")
        await expect(row).to_contain_text("限 5 分钟内应答")
        await keep_picture(page, "commands-answered-zh")
        await page.get_by_test_id("nav-commands").click()
        await expect(page.get_by_test_id("commands").locator("tbody tr")).to_have_count(1)
        await page.get_by_test_id("own").click()
        await expect(page.get_by_test_id("commands").locator("tbody tr", has_text="校时")).to_have_count(1)
        await page.get_by_test_id("language").click()
        await expect(page.get_by_role("heading", name="Commands")).to_be_visible()
        await keep_picture(page, "commands-en")
    with psycopg.connect(site.database) as connection:
        audit = connection.execute("SELECT actor, target, outcome FROM audit WHERE action = 'command.ask'").fetchall()
    assert audit == [("wang", f"gateway {GATEWAY}", "done")]


async def test_a_duty_check_is_missed(site: Site, sign_in: SignIn, services: BlockingServices) -> None:
    """The gateway rings, nobody comes; when the time is over the page says that it was missed."""
    site.add_user("chen", Role.SUPERVISOR)
    build_town(site.database, 1)
    page = await sign_in("chen")
    async with ingest(services, site.database), simulated(services, site.database, missed=1):
        await panel_of(page)
        await page.get_by_test_id("ask-duty_check").click()
        state = page.get_by_test_id("commands").locator("tbody tr", has_text="查岗").get_by_test_id("state")
        await expect(state).to_contain_text("值班室正在提示")
        with psycopg.connect(site.database) as connection:
            connection.execute(OVERDUE)
        await expect(state).to_contain_text("未应岗")
        await page.get_by_test_id("ask-read_device_version").click()
        answer = page.get_by_test_id("commands").locator("tbody tr", has_text="读取装置版本").get_by_test_id("answer")
        await expect(answer).to_contain_text("2.11")
        await page.get_by_test_id("ask-read").click()
        await page.get_by_test_id("read-read_analog").click()
        await page.get_by_test_id("arg-component_address").fill("nonsense")
        await keep_picture(page, "commands-read-zh")
        await page.get_by_test_id("read-submit").click()
        await expect(page.locator(".notice:not(.notice-done)")).to_contain_text("参数缺失或不合规定")
        await keep_picture(page, "commands-missed-zh")


@pytest.mark.parametrize("typed", [GATEWAY, "GW-0002"])
async def test_initialising_needs_a_second_word(
    site: Site, sign_in: SignIn, services: BlockingServices, typed: str
) -> None:
    """An administrator asks, and confirms by writing the gateway's id; another id sends nothing."""
    site.add_user("admin", Role.ADMINISTRATOR)
    build_town(site.database, 1)
    page = await sign_in("admin")
    async with ingest(services, site.database), simulated(services, site.database, missed=0):
        await panel_of(page)
        await page.get_by_test_id("ask-initialise").click()
        row = page.get_by_test_id("commands").locator("tbody tr", has_text="初始化装置")
        await expect(row.get_by_test_id("state")).to_contain_text("待确认")
        await row.get_by_role("button", name="确认").click()
        await page.get_by_test_id("confirm-gateway").fill(typed)
        await keep_picture(page, "commands-initialise-zh")
        await page.get_by_test_id("confirm-submit").click()
        if typed == GATEWAY:
            await expect(row.get_by_test_id("state")).to_contain_text("被拒绝")  # the simulated one cannot
            await expect(row.get_by_test_id("answer")).to_contain_text("unsupported")
        else:
            await expect(page.locator(".notice:not(.notice-done)")).to_contain_text("编号不符")
            await expect(row.get_by_test_id("state")).to_contain_text("待确认")
            await page.keyboard.press("Escape")
            await row.get_by_role("button", name="撤回").click()
            await expect(row.get_by_test_id("state")).to_contain_text("已撤回")
    with psycopg.connect(site.database) as connection:
        sent = connection.execute("SELECT attempts FROM gateway_command WHERE command = 'initialise'").fetchall()
    assert sent == [(1 if typed == GATEWAY else 0,)]


async def test_who_only_watches_cannot_ask(site: Site, sign_in: SignIn) -> None:
    """A viewer sees what was asked, and no button."""
    site.add_user("li", Role.VIEWER)
    build_town(site.database, 1)
    page = await sign_in("li")
    await panel_of(page)
    await expect(page.get_by_test_id("commands-panel")).to_contain_text("没有指令")
    await expect(page.locator("[data-testid^=ask-]")).to_have_count(0)
