"""Can a supervisor see why a venue stands where it stands, what would help, and what was known before?"""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg
from playwright.async_api import Page, expect

from firewarden.api.policy import Role
from firewarden.dashboards.console.risk_moment import local_form
from tests.e2e.conftest import SignIn, Site, keep_picture
from tests.e2e.risk_town import assess
from tests.e2e.test_venues import total
from tests.e2e.town import build_town, pour_water


async def test_the_ranking_of_the_past_is_filtered_and_taken_away(site: Site, sign_in: SignIn) -> None:
    """The banner says of when it is; files have the same rows as the filter; a search narrows; now comes back."""
    site.add_user("chen", Role.SUPERVISOR)
    town = build_town(site.database, 20)
    assess(site.database, town)
    page = await sign_in("chen")
    await page.goto("/console/ranking")
    rows = page.get_by_test_id("ranking").locator("tbody tr")
    await expect(rows).to_have_count(20)
    await expect(page.get_by_test_id("as-of-banner")).to_be_hidden()
    now = await rows.first.locator(".score > span").first.inner_text()
    past = datetime.now(tz=UTC) - timedelta(days=6)
    await page.get_by_test_id("as-of").fill(local_form(past))
    await page.get_by_test_id("as-of").dispatch_event("change")
    await expect(page.get_by_test_id("as-of-banner")).to_contain_text(local_form(past).replace("T", " "))
    await expect(rows.first.locator(".score > span").first).not_to_have_text(now)
    await page.get_by_test_id("filter-moved").select_option("up_1d")
    await expect(rows.first.locator(".change.up")).to_be_visible()
    await page.get_by_test_id("filter-moved").select_option("")
    await page.get_by_test_id("filter-district").select_option("雨湖区")
    await expect(rows).to_have_count(3)
    address = await page.get_by_test_id("export-csv").get_attribute("href")
    answer = await page.request.get(address or "")
    exported = list(csv.reader(io.StringIO((await answer.body()).decode("utf-8-sig"))))
    shown = [await row.locator(".score > span").first.inner_text() for row in await rows.all()]
    assert [row[8] for row in exported[1:]] == shown
    await page.get_by_test_id("to-now").click()
    await expect(page.get_by_test_id("as-of-banner")).to_be_hidden()
    await page.get_by_test_id("rank-search").fill(town[5].name)
    await expect(rows).to_have_count(1)


async def test_a_score_explains_itself(site: Site, sign_in: SignIn) -> None:
    """The bars end at the score, a repair has its rank, the change its reasons, a factor its facts; in English too."""
    site.add_user("chen", Role.SUPERVISOR)
    town = build_town(site.database, 14)
    assess(site.database, town)
    place = town[12]  # number 13: its pump is in manual, and its water is low
    pour_water(site.database, place, hours=150, step=timedelta(minutes=30))
    page = await sign_in("chen")
    await page.goto(f"/console/venues/{place.venue_id}/risk")
    score = Decimal(await page.get_by_test_id("risk-score").inner_text())
    base = Decimal(await page.get_by_test_id("base").inner_text())
    factors = page.get_by_test_id("waterfall").locator("[data-testid^=factor-] .factor-points")
    assert base + await total(factors) == score
    await expect(page.get_by_test_id("risk-sum")).to_have_text(str(score))
    assert await _bars(page) == [base, *[Decimal(text) for text in await factors.all_inner_texts()], score]
    repair = page.get_by_test_id("repair-pump_auto")
    await expect(repair).to_contain_text(re.compile(rf"{score} → \d+\.\d"))
    await expect(repair).to_contain_text(re.compile(r"排名 \d+ → \d+"))
    await expect(page.get_by_test_id("changed-pump")).to_contain_text("+")
    changed = page.get_by_test_id("changed")
    moved = Decimal(await changed.get_by_test_id("change").inner_text())
    assert await total(changed.locator(".factor-points")) == moved
    await page.get_by_test_id("factor-pump").get_by_test_id("open-facts").click()
    await expect(page.get_by_test_id("facts-dialog")).to_contain_text("消防水泵")
    await page.get_by_test_id("facts-close").click()
    await expect(page.get_by_test_id("water-below")).to_be_visible()
    await page.get_by_test_id("waterfall").scroll_into_view_if_needed()
    await keep_picture(page, "risk")
    await page.get_by_test_id("language").click()
    await expect(page.get_by_test_id("waterfall")).to_contain_text("Fire pumps not available")
    await expect(page.get_by_test_id("repair-pump_auto")).to_contain_text("Pump back to automatic")


async def _bars(page: Page) -> list[Decimal]:
    """How far each bar of the waterfall moves, from the top."""
    values = await page.evaluate(
        "() => getElement(Number(document.querySelector('[data-testid=waterfall-chart]').id.slice(1)))"
        ".chart.getOption().series[0].data.map((bar) => (bar.value[2] - bar.value[1]).toFixed(1))"
    )
    return [Decimal(value) for value in values]


async def test_proposals_and_grades_are_decided_by_people(site: Site, sign_in: SignIn) -> None:
    """A supervisor declines with a reason and sets a grade for a time; a viewer reads it and has no buttons."""
    site.add_user("chen", Role.SUPERVISOR)
    site.add_user("gast", Role.VIEWER)
    place, *_ = town = build_town(site.database, 2)
    assess(site.database, town)
    with psycopg.connect(site.database) as connection:
        connection.execute(
            "INSERT INTO risk_proposal (venue_id, kind, grade, because, proposed_at, due_at) VALUES (%s, 'visit', 'D',"
            " '{\"working_days\": 3}', now(), now() + interval '3 days')",
            [place.venue_id],
        )
    page = await sign_in("chen")
    await page.goto("/console/proposals")
    await expect(page.get_by_test_id("proposals-list")).to_contain_text(place.name)
    await page.locator("[data-testid^=decline-]").click()
    await page.get_by_test_id("reason-submit").click()
    await expect(page.get_by_test_id("reason-dialog")).to_contain_text("请填写理由")
    await page.get_by_test_id("reason").fill("已停业")
    await page.get_by_test_id("reason-submit").click()
    await expect(page.locator("[data-testid^=decline-]")).to_have_count(0)
    await page.goto(f"/console/venues/{place.venue_id}/risk")
    await expect(page.get_by_test_id("proposals")).to_contain_text("已停业")
    await page.get_by_test_id("override-set").click()
    await page.get_by_test_id("override-grade").select_option("B")
    await page.get_by_test_id("reason").fill("现场有值守")
    await page.get_by_test_id("reason-submit").click()
    await expect(page.get_by_test_id("override")).to_contain_text("现场有值守")
    await expect(page.get_by_test_id("override-end")).to_be_visible()
    guest = await sign_in("gast")
    await guest.goto(f"/console/venues/{place.venue_id}/risk")
    await expect(guest.get_by_test_id("override")).to_contain_text("现场有值守")
    await expect(guest.get_by_test_id("override-end")).to_have_count(0)
