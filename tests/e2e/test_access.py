"""Who gets in, and what do they get to see?"""

import re

import psycopg
from playwright.async_api import expect

from firewarden.api.policy import Role
from tests.e2e.conftest import PASSWORD, NewPage, SignIn, Site, submit_login
from tests.e2e.town import Fact, build_town, happen


async def test_a_person_signs_in_and_out(site: Site, new_page: NewPage) -> None:
    """Whoever asks for a page signs in first, is told of a wrong password, comes to that page, and can leave."""
    site.add_user("wang")
    page = await new_page()
    await page.goto("/console/ranking")
    await expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    await submit_login(page, "wang", "not-the-password")
    await expect(page.get_by_test_id("login-message")).to_contain_text("用户名或密码不正确")
    await submit_login(page, "wang", PASSWORD)
    await expect(page).to_have_url(re.compile(r"/console/ranking$"))
    await expect(page.get_by_role("heading", name="风险排序")).to_be_visible()
    await page.get_by_test_id("account").click()
    await page.get_by_test_id("logout").click()
    await expect(page.get_by_test_id("login-message")).to_contain_text("已退出登录")
    await page.goto("/console/")
    await expect(page).to_have_url(re.compile(r"/console/login"))


async def test_too_many_attempts_are_slowed_down(site: Site, new_page: NewPage) -> None:
    """Somebody who guesses is told to wait, and is not let in meanwhile."""
    site.add_user("wang")
    page = await new_page()
    form: dict[str, str | float | bool] = {"name": "wang", "password": "not-the-password"}
    for _ in range(10):
        await page.request.post("/console/session", form=form, headers={"Origin": site.url}, max_redirects=0)
    await page.goto("/console/login")
    await submit_login(page, "wang", PASSWORD)
    await expect(page.get_by_test_id("login-message")).to_contain_text("尝试次数过多")


async def test_an_issued_password_has_to_be_changed(site: Site, new_page: NewPage) -> None:
    """With a password that the system gave out, nothing is shown until the person has chosen another."""
    site.add_user("admin", Role.ADMINISTRATOR, must_change=True)
    page = await new_page()
    await page.goto("/console/login")
    await submit_login(page, "admin", PASSWORD)
    await expect(page.get_by_test_id("password-form")).to_be_visible()
    await page.goto("/console/ranking")
    await expect(page.get_by_test_id("password-form")).to_be_visible()
    await page.locator("#current").fill(PASSWORD)
    await page.locator("#new").fill("another-horse-2")
    await page.locator("#again").fill("another-horse-3")
    await page.get_by_test_id("password-submit").click()
    await expect(page.get_by_test_id("password-message")).to_contain_text("不一致")
    await page.locator("#current").fill(PASSWORD)
    await page.locator("#new").fill("another-horse-2")
    await page.locator("#again").fill("another-horse-2")
    await page.get_by_test_id("password-submit").click()
    await expect(page.get_by_test_id("incident-list")).to_be_visible()


async def test_a_viewer_cannot_act(site: Site, sign_in: SignIn) -> None:
    """A viewer sees no buttons to act; an act that is sent all the same is refused, shown and audited."""
    site.add_user("visitor", Role.VIEWER)
    [place] = build_town(site.database, 1)
    await happen(site.database, Fact(place=place, point_id=place.detectors[0], state="fire"))
    page = await sign_in("visitor")
    row = page.locator("[data-kind=fire]")
    await expect(row).to_be_visible()
    await row.click()
    await expect(page.get_by_test_id("detail-venue")).to_have_text(place.name)
    await expect(page.get_by_test_id("mute")).to_have_count(0)
    for name in ("detail-take", "detail-close"):
        await expect(page.get_by_test_id(name)).to_have_count(0)
    await expect(page.locator(".take")).to_have_count(0)
    await page.evaluate(
        "getElement(Number(document.querySelector('[data-testid=incident-list]').id.slice(1))).$emit('take', 1)"
    )
    await expect(page.get_by_text("您的账户无权执行此操作")).to_be_visible()
    with psycopg.connect(site.database) as connection:
        assert connection.execute("SELECT state::text FROM incident").fetchall() == [("new",)]
        refused = connection.execute("SELECT actor, outcome FROM audit WHERE action = 'incident.take'").fetchall()
    assert refused == [("visitor", "refused: missing-scope")]


async def test_an_integrator_does_not_see_risk(site: Site, sign_in: SignIn) -> None:
    """Whoever may not know scores finds no way to them, and asking for the page is refused in words."""
    site.add_user("maker", Role.INTEGRATOR)
    page = await sign_in("maker")
    await expect(page.get_by_test_id("nav-gateways")).to_be_visible()
    await expect(page.get_by_test_id("nav-ranking")).to_have_count(0)
    response = await page.goto("/console/ranking")
    assert response is not None
    assert response.status == 403
    await expect(page.get_by_text("您的账户无权查看此页面")).to_be_visible()


async def test_an_ended_session_cannot_act(site: Site, sign_in: SignIn) -> None:
    """A page whose session has ended leads to the login instead of acting."""
    site.add_user("wang")
    [place] = build_town(site.database, 1)
    await happen(site.database, Fact(place=place, point_id=place.detectors[0], state="fire"))
    page = await sign_in("wang")
    await expect(page.locator("[data-kind=fire]")).to_be_visible()
    with psycopg.connect(site.database) as connection:
        connection.execute("DELETE FROM user_session")
    await page.locator("[data-kind=fire] .take").click()
    await expect(page.get_by_test_id("login-message")).to_contain_text("会话已过期")
    with psycopg.connect(site.database) as connection:
        assert connection.execute("SELECT state::text FROM incident").fetchall() == [("new",)]


async def test_the_language_is_switched_and_remembered(site: Site, sign_in: SignIn) -> None:
    """One press turns the page into English; the person finds it so in another browser as well."""
    site.add_user("wang")
    page = await sign_in("wang")
    await expect(page.get_by_test_id("nav-desk")).to_contain_text("值班台")
    await page.get_by_test_id("language").click()
    await expect(page.locator("html")).to_have_attribute("lang", "en-US")
    await expect(page.get_by_test_id("nav-desk")).to_contain_text("Duty desk")
    await expect(page.get_by_text("No open incidents")).to_be_visible()
    elsewhere = await sign_in("wang")
    await expect(elsewhere.locator("html")).to_have_attribute("lang", "en-US")
    await expect(elsewhere.get_by_test_id("live-state")).to_contain_text("Live")
