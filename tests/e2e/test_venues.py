"""Can a supervisor see where the danger is, and why?"""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import psycopg
from playwright.async_api import Locator, expect

from firewarden.api.policy import Role
from tests.e2e.conftest import SignIn, Site, keep_picture
from tests.e2e.risk_town import assess
from tests.e2e.town import Fact, add_unregistered_point, build_town, happen, listen, pour_water

_POINTS = re.compile(r"[+-]\d+\.\d")


async def total(pieces: Locator) -> Decimal:
    """The sum of the signed points that these elements show."""
    texts = await pieces.all_inner_texts()
    return sum((Decimal(points) for text in texts for points in _POINTS.findall(text)), Decimal(0))


async def test_the_ranking_explains_itself(site: Site, sign_in: SignIn) -> None:
    """Grades fall from the top, in each the scores, and the points of every row add up to its score exactly."""
    site.add_user("chen", Role.SUPERVISOR)
    town = build_town(site.database, 20)
    assess(site.database, town)
    page = await sign_in("chen")
    await page.get_by_test_id("nav-ranking").click()
    rows = page.get_by_test_id("ranking").locator("tbody tr")
    await expect(rows).to_have_count(20)
    places: list[tuple[str, Decimal]] = []
    for row in await rows.all():
        score = Decimal(await row.locator(".score > span").first.inner_text())
        assert await total(row.locator(".factor-list")) == score
        places.append((await row.locator("td .grade").inner_text(), score))
    assert places == sorted(places, reverse=True)
    await expect(rows.first.locator(".grade")).to_have_text(re.compile(r"^[ABCD]$"))
    await expect(rows.first.locator(".confidence")).to_contain_text("%")
    await keep_picture(page, "ranking")


async def test_the_ranking_is_turned_page_by_page(site: Site, sign_in: SignIn) -> None:
    """Next and previous show stretches of one order in which each venue stands once, and end with it."""
    site.add_user("chen", Role.SUPERVISOR)
    assess(site.database, build_town(site.database, 120))
    with psycopg.connect(site.database) as connection:
        ordered = connection.execute(
            "SELECT 'rank-' || venue_id FROM risk_score ORDER BY grade DESC, score DESC, venue_id"
        ).fetchall()
    names = [str(name) for (name,) in ordered]
    pages = [names[:50], names[50:100], names[100:]]
    page = await sign_in("chen")
    await page.goto("/console/ranking")
    rows = page.get_by_test_id("ranking").locator("tbody tr")
    back, forth = page.get_by_test_id("previous"), page.get_by_test_id("next")

    async def shows(wanted: list[str]) -> None:
        await expect(rows.first).to_have_attribute("data-testid", wanted[0])
        assert await rows.evaluate_all("(rows) => rows.map((row) => row.dataset.testid)") == wanted

    await shows(pages[0])
    await expect(back).to_be_disabled()
    await forth.click()
    await shows(pages[1])
    await forth.click()
    await shows(pages[2])
    await expect(forth).to_be_disabled()
    await back.click()
    await shows(pages[1])
    await back.click()
    await shows(pages[0])
    await expect(back).to_be_disabled()


async def test_the_ranking_is_filtered_and_live(site: Site, sign_in: SignIn) -> None:
    """District and grade narrow the list, which changes by itself when scores do."""
    site.add_user("chen", Role.SUPERVISOR)
    town = build_town(site.database, 12)
    assess(site.database, town)
    page = await sign_in("chen")
    await page.goto("/console/ranking")
    rows = page.get_by_test_id("ranking").locator("tbody tr")
    await expect(rows).to_have_count(12)
    await page.get_by_test_id("filter-district").select_option("雨湖区")
    await expect(rows).to_have_count(2)
    await page.get_by_test_id("filter-district").select_option("")
    await expect(rows).to_have_count(12)
    await page.evaluate("window.notReloaded = true")
    with psycopg.connect(site.database) as connection:
        connection.execute(
            "UPDATE risk_score SET score = 99.9, base = 0, grade = 'D', factors ="
            """ '[{"code": "alarm_open", "part": "rate", "points": 99.9, "evidence": {"signals": 9, "manual": 0}}]'"""
            " WHERE venue_id = %s",
            [town[7].venue_id],
        )
        connection.execute(
            "INSERT INTO event (kind, venue_id, data) VALUES ('risk.changed', %s, '{}')", [town[7].venue_id]
        )
        connection.execute("NOTIFY fw_event")
    await expect(rows.first).to_contain_text(town[7].name)
    await expect(rows.first.locator(".score > span").first).to_have_text("99.9")
    assert await page.evaluate("window.notReloaded")


async def test_a_venue_page_shows_what_is_known(site: Site, sign_in: SignIn) -> None:
    """Profile, gateway, conditions, score with reasons, unregistered points and the plotted water stand on one page."""
    site.add_user("chen", Role.SUPERVISOR)
    town = build_town(site.database, 2)
    place = town[0]
    listen(site.database, town, silent=[town[1]])
    await happen(site.database, Fact(place=place, point_id=place.detectors[0], state="fault", lane="state"))
    add_unregistered_point(site.database, place, "1.1/40.0fffff00")
    count = pour_water(site.database, place)
    assess(site.database, town)
    page = await sign_in("chen")
    await page.goto(f"/console/venues/{place.venue_id}")
    await expect(page.get_by_test_id("venue-name")).to_have_text(place.name)
    await expect(page.get_by_test_id("profile")).to_contain_text("0731-55500001")
    await expect(page.get_by_test_id(f"gateway-{place.gateway}")).to_contain_text("在线")
    await expect(page.get_by_test_id("conditions")).to_contain_text("故障")
    await expect(page.get_by_test_id("unregistered")).to_contain_text("1.1/40.0fffff00")
    await expect(page.get_by_test_id("risk-score")).to_have_text(re.compile(r"^\d+\.\d$"))
    await expect(page.get_by_test_id("to-risk")).to_have_attribute("href", f"/console/venues/{place.venue_id}/risk")
    await expect(page.get_by_test_id("water-chart").locator("canvas").first).to_be_visible()
    drawn = (
        "() => getElement(Number(document.querySelector('[data-testid=water-chart]').id.slice(1)))"
        ".chart.getOption().series.map((series) => series.data.length)"
    )
    lengths = await page.evaluate(drawn)
    assert len(lengths) == len(place.pressures)
    assert abs(sum(lengths) - count) <= 4
    await expect(page.get_by_test_id("water")).to_contain_text("正常范围 0.1 – 0.3 MPa")
    await keep_picture(page, "venue")
    await page.get_by_test_id("range-1h").click()
    await page.wait_for_function(f"({drawn})().every((length) => length < 20)")
    await page.get_by_test_id(f"series-{place.pressures[1]}").click()
    await expect(page.get_by_test_id(f"series-{place.pressures[1]}")).to_have_attribute("aria-pressed", "true")


async def test_a_venue_page_shows_the_time_that_a_dashboard_links_to(site: Site, sign_in: SignIn) -> None:
    """`from` and `to` bound incidents, records and water; the page says so, and leads back to now."""
    site.add_user("chen", Role.SUPERVISOR)
    place = build_town(site.database, 1)[0]
    listen(site.database, [place])
    await happen(site.database, Fact(place=place, point_id=place.detectors[0], state="fault", lane="state"))
    pour_water(site.database, place)
    page = await sign_in("chen")
    now = datetime.now(tz=UTC)
    hour = f"from={(now - timedelta(hours=1)).isoformat()}&to={round((now + timedelta(hours=1)).timestamp() * 1000)}"
    await page.goto(f"/console/venues/{place.venue_id}?{hour}")
    await expect(page.get_by_test_id("stretch")).to_contain_text("期间")
    await expect(page.get_by_test_id("venue-facts")).to_contain_text("故障")
    await expect(page.get_by_test_id("water-chart").locator("canvas").first).to_be_visible()
    await keep_picture(page, "venue-stretch")
    await page.set_viewport_size({"width": 420, "height": 900})
    await keep_picture(page, "venue-stretch-narrow")
    await page.set_viewport_size({"width": 1440, "height": 900})
    before = [round((now - timedelta(days=days)).timestamp() * 1000) for days in (60, 30)]
    month = f"from={before[0]}&to={before[1]}"
    await page.goto(f"/console/venues/{place.venue_id}?{month}")
    await expect(page.get_by_test_id("venue-facts")).not_to_contain_text("故障")
    await expect(page.get_by_test_id("water")).to_contain_text("所选时段没有数据")
    await page.get_by_test_id("to-now").click()
    await expect(page.get_by_test_id("venue-facts")).to_contain_text("故障")
    await expect(page.get_by_test_id("stretch")).to_have_count(0)
    await page.goto(f"/console/venues/{place.venue_id}?from=%27%22%3E%3Cscript&to=-1")
    await expect(page.get_by_test_id("venue-name")).to_have_text(place.name)


async def test_silent_gateways_come_first(site: Site, sign_in: SignIn) -> None:
    """The list of gateways begins with those that are not heard, and marks a clock that is far off."""
    site.add_user("chen", Role.SUPERVISOR)
    town = build_town(site.database, 6)
    listen(site.database, town, silent=[town[4]], skewed=[town[2]])
    page = await sign_in("chen")
    await page.get_by_test_id("nav-gateways").click()
    rows = page.get_by_test_id("gateways").locator("tbody tr")
    await expect(rows).to_have_count(6)
    await expect(rows.first).to_contain_text("失联")
    await expect(rows.first).to_contain_text(town[4].gateway)
    await expect(page.get_by_test_id(f"gateway-{town[2].gateway}")).to_contain_text("+94 s")
    await page.get_by_test_id("problems").click()
    await expect(rows).to_have_count(2)


async def test_english_pages_are_english(site: Site, sign_in: SignIn) -> None:
    """In English no page has Chinese but what the register holds."""
    site.add_user("chen", Role.SUPERVISOR)
    town = build_town(site.database, 3)
    listen(site.database, town)
    assess(site.database, town)
    pour_water(site.database, town[0])
    with psycopg.connect(site.database) as connection:
        connection.execute("UPDATE venue SET district = 'Yuhu', address = 'Riverside 1'")
        connection.execute("UPDATE point SET name = 'Hydrant'")
        connection.execute("UPDATE building SET name = 'Main'")
        connection.execute("UPDATE control_room SET name = 'Fire control room'")
        connection.execute("UPDATE gateway SET name = id")
    await happen(site.database, Fact(place=town[0], point_id=town[0].detectors[0], state="fire"))
    page = await sign_in("chen")
    await page.get_by_test_id("language").click()
    await expect(page.locator("html")).to_have_attribute("lang", "en-US")
    chinese = re.compile(r"[一-鿿]+")
    venue, proof = f"/venues/{town[0].venue_id}", f"/proof/{town[0].gateway}"
    for path in ("/", "/ranking", "/gateways", "/proof", proof, venue, "/password", "/login"):
        await page.goto(f"/console{path}")
        await expect(page.get_by_test_id("language")).to_have_text(re.compile("中文"))
        await expect(page.locator(".inc-row, .table, .venue-grid, .verdict, form[method=post]").first).to_be_attached()
        text = (await page.locator("body").inner_text()).replace("中文", "")
        assert chinese.findall(text) == [], path
