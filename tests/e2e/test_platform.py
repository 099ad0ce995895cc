"""Does the page of the platform's own health say in words what is wrong, and to whom?"""

import re

import pytest
from playwright.async_api import expect

from firewarden.api.policy import Role
from tests.e2e.conftest import SignIn, Site, keep_picture
from tests.e2e.reports import past, report

OTHERS = ("ingest", "desk", "risk", "upkeep")


async def test_all_is_well(site: Site, sign_in: SignIn) -> None:
    """Every process reports: the page says so, in Chinese and in English, with figures and plots."""
    site.add_user("chen", Role.SUPERVISOR)
    await site.started()
    for process in OTHERS:
        past(site.database, process)
    page = await sign_in("chen")
    for process in OTHERS:
        report(site.database, process, ago_s=-30)  # it stays fresh for the time of the test
    await page.get_by_test_id("nav-platform").click()
    await expect(page.get_by_role("heading", name="平台运行")).to_be_visible()
    await expect(page.get_by_test_id("summary")).to_contain_text("一切正常")
    for process in (*OTHERS, "api"):
        await expect(page.get_by_test_id(f"process-{process}-1").get_by_test_id("verdict")).to_have_text("正常")
    ingest = page.get_by_test_id("process-ingest-1")
    await expect(ingest.get_by_test_id("figure-messages-alarm")).to_contain_text("/秒")
    await expect(ingest.locator("svg.spark polyline").first).to_be_attached()
    await expect(page.get_by_test_id("job-rollup")).to_be_visible()
    await keep_picture(page, "platform-zh")
    await page.get_by_test_id("language").click()
    await expect(page.get_by_test_id("summary")).to_contain_text("All is well: 5 processes")
    await keep_picture(page, "platform-en")


async def test_what_is_wrong_is_said_in_words(site: Site, sign_in: SignIn) -> None:
    """One is behind, one has been silent, one never reported: each says so, and so does the top of the page."""
    site.add_user("chen", Role.ADMINISTRATOR)
    await site.started()
    report(site.database, "ingest", {'firewarden_lag_seconds{of="alarm"}': 12.4}, ago_s=-60)
    report(site.database, "desk", ago_s=260)
    report(site.database, "upkeep", ended=True)
    page = await sign_in("chen")
    await page.goto("/console/platform")

    async def says(process: str, words: str) -> None:
        await expect(page.get_by_test_id(f"process-{process}-1").get_by_test_id("verdict")).to_have_text(words)

    await says("ingest", "落后 12 秒：报警")
    await says("desk", "已失联")
    await expect(page.get_by_test_id("process-desk-1").locator("fw-age").first).to_contain_text("4 分")
    await says("upkeep", "已正常停止")
    await expect(page.get_by_test_id("missing-risk")).to_contain_text("从未上报")
    await expect(page.get_by_test_id("summary")).to_have_text("3 个进程需要关注")
    await keep_picture(page, "platform-trouble-zh")
    report(site.database, "ingest", {'firewarden_lag_seconds{of="alarm"}': 0.1}, ago_s=-60)
    report(site.database, "risk", ago_s=-60)
    await says("ingest", "正常")
    await says("risk", "正常")
    await expect(page.get_by_test_id("summary")).to_have_text("1 个进程需要关注")
    await page.get_by_test_id("language").click()
    await says("desk", "Silent for")
    await keep_picture(page, "platform-trouble-en")


@pytest.mark.parametrize("role", [Role.DUTY_OFFICER, Role.VIEWER])
async def test_who_only_watches_is_not_shown_it(site: Site, sign_in: SignIn, role: Role) -> None:
    """Neither in the navigation nor by its address."""
    site.add_user("wang", role)
    page = await sign_in("wang")
    await expect(page.get_by_test_id("nav-gateways")).to_be_visible()
    await expect(page.get_by_test_id("nav-platform")).to_have_count(0)
    await page.goto("/console/platform")
    await expect(page.locator("#main")).to_contain_text(re.compile("您的账户|无权|不能"))
