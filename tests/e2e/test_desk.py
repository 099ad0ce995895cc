"""Does an officer see at once what happens, and can they act on it?"""

from datetime import timedelta

import psycopg
from playwright.async_api import Page, expect
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from tests.e2e.conftest import SignIn, Site, keep_picture
from tests.e2e.town import Fact, add_unregistered_point, build_town, happen


async def mark(page: Page) -> None:
    """Leave a mark that a reload would wipe out."""
    await page.evaluate("window.notReloaded = true")


async def test_a_fire_appears_without_reloading(site: Site, sign_in: SignIn) -> None:
    """A new fire is on the open page by itself, first of all, with its place and age, and it sounds."""
    site.add_user("wang")
    town = build_town(site.database, 3)
    await happen(site.database, Fact(place=town[1], point_id=town[1].detectors[1], state="fault", lane="state"))
    page = await sign_in("wang")
    await expect(page.locator(".inc-row")).to_have_count(1)
    await mark(page)
    await happen(site.database, Fact(place=town[0], point_id=town[0].detectors[0], state="fire"))
    first = page.locator(".inc-row").first
    await expect(first).to_have_attribute("data-kind", "fire")
    await expect(first).to_contain_text(town[0].name)
    await expect(first.locator("fw-age")).to_contain_text("秒")
    await expect(page.get_by_test_id("count-fire")).to_contain_text("1 条待接警")
    await expect(page.get_by_test_id("mute")).to_have_attribute("data-rings", "1")
    assert "火警×1" in await page.title()
    assert await page.evaluate("window.notReloaded")
    await keep_picture(page, "desk-fire")


async def test_old_news_makes_no_sound(site: Site, sign_in: SignIn) -> None:
    """A fire that was old when it came is shown with its flag and does not sound."""
    site.add_user("wang")
    town = build_town(site.database, 1)
    page = await sign_in("wang")
    fact = Fact(place=town[0], point_id=town[0].detectors[0], state="fire", ago=timedelta(minutes=20))
    await happen(site.database, fact)
    await expect(page.locator("[data-kind=fire]")).to_contain_text("迟到")
    await expect(page.get_by_test_id("mute")).to_have_attribute("data-rings", "0")


async def test_flags_say_what_is_special(site: Site, sign_in: SignIn) -> None:
    """A fire of an unregistered point, raised twice and ended by the device, says all three, and stays open."""
    site.add_user("wang")
    [place] = build_town(site.database, 1)
    point = add_unregistered_point(site.database, place, "1.1/40.0fffff00")
    fire = Fact(place=place, point_id=point, state="fire")
    over = Fact(place=place, point_id=point, state="fire", raised=False)
    for fact in (fire, over, fire, over):
        await happen(site.database, fact)
    page = await sign_in("wang")
    row = page.locator("[data-kind=fire]")
    for flag in ("未登记点位", "再报 ×2", "已恢复"):
        await expect(row).to_contain_text(flag)
    await expect(row).to_have_attribute("data-state", "new")


async def test_an_officer_takes_and_closes_by_keyboard(site: Site, sign_in: SignIn) -> None:
    """Select, take, close with class and note: the incident leaves the list and stands among those closed today."""
    site.add_user("wang")
    [place] = build_town(site.database, 1)
    await happen(site.database, Fact(place=place, point_id=place.detectors[0], state="fire"))
    page = await sign_in("wang")
    await expect(page.locator("[data-kind=fire]")).to_be_visible()
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_test_id("detail-venue")).to_have_text(place.name)
    await page.keyboard.press("t")
    await expect(page.get_by_test_id("detail-holder")).to_have_text("由我处理")
    await expect(page.locator("[data-kind=fire]")).to_have_attribute("data-state", "taken")
    await page.keyboard.press("c")
    await expect(page.get_by_test_id("close-dialog")).to_be_visible()
    await page.get_by_test_id("close-submit").click()
    await expect(page.get_by_test_id("close-problem")).to_have_text("请选择分类。")
    await page.get_by_test_id("class-false_alarm").click()
    await page.get_by_test_id("close-note").fill("厨房油烟，现场确认无火情")
    await page.get_by_test_id("close-submit").click()
    await expect(page.get_by_test_id("incidents-empty")).to_be_visible()
    await expect(page.get_by_test_id("detail-state")).to_have_text("已结束")
    await expect(page.get_by_test_id("timeline").locator("li")).to_have_count(3)
    await page.get_by_test_id("tab-closed").click()
    await expect(page.locator("[data-state=closed]")).to_contain_text("误报")
    await keep_picture(page, "desk-closed")
    with psycopg.connect(site.database) as connection:
        row = connection.execute("SELECT taken_by, closed_by, class::text, note FROM incident").fetchone()
        audited = connection.execute("SELECT action FROM audit WHERE action LIKE 'incident.%' ORDER BY id").fetchall()
    assert row == ("wang", "wang", "false_alarm", "厨房油烟，现场确认无火情")
    assert audited == [("incident.take",), ("incident.close",)]


async def test_two_officers_do_not_collide(site: Site, sign_in: SignIn) -> None:
    """The second officer sees who has the incident, and is told the name when they try to take it too."""
    site.add_user("wang")
    site.add_user("li")
    [place] = build_town(site.database, 1)
    await happen(site.database, Fact(place=place, point_id=place.detectors[0], state="fire"))
    first, second = await sign_in("wang"), await sign_in("li")
    await expect(second.locator("[data-kind=fire]")).to_be_visible()
    await mark(second)
    await first.locator("[data-kind=fire] .take").click()
    await expect(second.locator("[data-kind=fire]")).to_contain_text("wang")
    await second.locator("[data-kind=fire]").click()
    await second.keyboard.press("t")
    await expect(second.get_by_text("接警失败：wang 已先接警。")).to_be_visible()
    assert await second.evaluate("window.notReloaded")
    await keep_picture(second, "desk-conflict")


async def test_a_flood_stays_readable(site: Site, sign_in: SignIn) -> None:
    """Of 500 open incidents 200 are drawn, the rest is counted, and the search finds what is not drawn."""
    site.add_user("wang")
    town = build_town(site.database, 125)
    facts = [
        Fact(place=place, point_id=point, state="fault", lane="state")
        for place in town
        for point in place.detectors[:4]
    ]
    await happen(site.database, *facts)
    page = await sign_in("wang")
    await expect(page.locator(".inc-row")).to_have_count(200)
    await expect(page.get_by_test_id("incidents-more")).to_contain_text("另有 300 条")
    await expect(page.get_by_test_id("count-fault")).to_contain_text("500")
    await page.keyboard.press("/")
    await page.keyboard.type(town[0].gateway)
    await expect(page.locator(".inc-row")).to_have_count(4)
    await expect(page.get_by_test_id("total")).to_have_text("共 4 条")
    await page.keyboard.press("Escape")
    await expect(page.locator(".inc-row")).to_have_count(200)
    await page.get_by_test_id("count-fire").click()
    await expect(page.get_by_test_id("incidents-empty")).to_contain_text("没有符合筛选条件的警情")


async def test_lost_data_is_said(site: Site, sign_in: SignIn) -> None:
    """While the database or the server cannot be reached, the page says that it may be out of date."""
    site.add_user("wang")
    page = await sign_in("wang")
    banner = page.get_by_test_id("lost-banner")
    await expect(banner).to_have_count(0)
    name = sql.Identifier(str(conninfo_to_dict(site.database)["dbname"]))
    with psycopg.connect(site.database, dbname="postgres", autocommit=True) as connection:
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(name))
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [conninfo_to_dict(site.database)["dbname"]],
        )
        await expect(banner).to_contain_text("数据可能不是最新", timeout=30_000)
        await keep_picture(page, "desk-lost")
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(name))
    await expect(banner).to_have_count(0, timeout=30_000)
    site.process.kill()
    await expect(banner).to_be_visible(timeout=30_000)
