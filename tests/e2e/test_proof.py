"""Can a person see whether anything was lost, and which data came late?"""

from datetime import UTC, datetime, timedelta

import psycopg
from playwright.async_api import expect

from firewarden.api.policy import Role
from firewarden.ingest.day import day_begins, day_of
from tests.e2e.conftest import SignIn, Site, keep_picture
from tests.e2e.town import Fact, Place, build_town, happen, listen, pour_water

BOOT = "19ab3f2c11e-1"


def count_messages(url: str, place: Place, lane: str, *, stored: str, late: int = 0, repeats: int = 0) -> None:
    """Today's row of a stream, as ingest would have left it, when `stored` was everything that came."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO message_ledger (gateway_id, boot, lane, stored, duplicates, first_at, last_at, day, day_first,"
            " day_counted, day_stored, day_late, day_repeats)"
            " SELECT %s, %s, %s, s, %s, now(), now(), %s, 1, upper(s) - 1,"
            " (SELECT sum(upper(r) - lower(r)) FROM unnest(s) r), %s, %s FROM (SELECT %s::int8multirange) AS one (s)",
            [place.gateway, BOOT, lane, repeats, day_of(datetime.now(tz=UTC)), late, repeats, stored],
        )


def miss_messages(url: str, place: Place, lane: str, first: int, last: int, *, state: str) -> None:
    """A gap of today."""
    now = datetime.now(tz=UTC)
    seen = max(day_begins(day_of(now)), now - timedelta(minutes=4))
    ended: dict[str, datetime | None] = {"filled_at": None, "given_up_at": None}
    if state != "open":
        ended["filled_at" if state == "filled_late" else "given_up_at"] = seen + timedelta(seconds=31)
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO message_gap (gateway_id, boot, lane, from_seq, to_seq, after_at, seen_at, moved_at, filled_at,"
            " given_up_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [place.gateway, BOOT, lane, first, last, seen - timedelta(seconds=3), seen, seen, *ended.values()],
        )


def lose(url: str, place: Place, *, reading: bool = True) -> None:
    """Sixty states of which twelve never came and four came late, beside readings without loss."""
    count_messages(url, place, "state", stored="{[1,40),[52,61)}", late=4)
    miss_messages(url, place, "state", 40, 51, state="given_up")
    miss_messages(url, place, "state", 20, 23, state="filled_late")
    if reading:
        count_messages(url, place, "reading", stored="{[1,8642)}", repeats=3)


async def test_a_day_is_proven_on_one_page(site: Site, sign_in: SignIn) -> None:
    """A whole city's day stands in a sentence, and the gateway that lost something comes first."""
    site.add_user("chen", Role.SUPERVISOR)
    town = build_town(site.database, 9)
    for place in town[:7]:
        count_messages(site.database, place, "reading", stored="{[1,8642)}", repeats=3)
        count_messages(site.database, place, "alarm", stored="{[1,5)}")
    page = await sign_in("chen")
    await page.get_by_test_id("nav-proof").click()
    verdict = page.get_by_test_id("verdict")
    await expect(verdict).to_contain_text("当天 60,515 条消息全部入库，缺失 0 条。")
    await expect(verdict).to_have_attribute("data-verdict", "complete")
    lose(site.database, town[4], reading=False)
    count_messages(site.database, town[7], "state", stored="{[1,7),[8,9)}")
    miss_messages(site.database, town[7], "state", 7, 7, state="open")
    await page.reload()
    await expect(verdict).to_have_attribute("data-verdict", "missing")
    await expect(verdict).to_contain_text("缺失 12 条（按丢失处理），另有 1 条正在等待补传")
    rows = page.get_by_test_id("proof-gateways").locator("tbody tr")
    await expect(rows).to_have_count(9)
    await expect(rows.first).to_contain_text(town[4].gateway)
    await expect(rows.nth(1)).to_contain_text("等待补传")
    await expect(rows.nth(2)).to_contain_text("完整")
    await expect(page.get_by_test_id(f"proof-{town[8].gateway}")).to_contain_text("无消息")
    await keep_picture(page, "proof")


async def test_a_loss_is_shown_with_all_that_is_known(site: Site, sign_in: SignIn) -> None:
    """One gateway's day in either language: a sentence, each boot and lane, each gap; and the way to other days."""
    site.add_user("chen", Role.SUPERVISOR)
    town = build_town(site.database, 3)
    lose(site.database, town[1])
    page = await sign_in("chen")
    await page.goto("/console/proof")
    verdict = page.get_by_test_id("verdict")
    rows = page.get_by_test_id("proof-gateways").locator("tbody tr")
    await page.get_by_test_id("language").click()
    await expect(verdict).to_contain_text("Of the 8,701 messages of this day 12 are missing: given up.")
    await keep_picture(page, "proof-en")
    await rows.first.locator("a").first.click()
    await expect(verdict).to_contain_text("12 are missing: given up.")
    await expect(page.get_by_test_id(f"stream-{BOOT}-reading")).to_contain_text("1 – 8,641")
    await expect(page.get_by_test_id("gap-state-40")).to_contain_text("Given up")
    await expect(page.get_by_test_id("gap-state-20")).to_have_attribute("data-state", "filled_late")
    await keep_picture(page, "proof-gateway-en")
    await page.get_by_test_id("language").click()
    await expect(verdict).to_contain_text("缺失 12 条：等待补传已超时，按丢失处理。")
    await keep_picture(page, "proof-gateway")
    await page.get_by_test_id("day-before").click()
    await expect(verdict).to_have_attribute("data-verdict", "nothing")
    await page.get_by_test_id("day-after").click()
    await expect(verdict).to_have_attribute("data-verdict", "missing")
    await page.get_by_test_id("day").fill("2026-01-05")
    await page.get_by_test_id("day").dispatch_event("change")
    await page.wait_for_url("**day=2026-01-05")


async def test_the_proof_of_a_city_has_pages(site: Site, sign_in: SignIn) -> None:
    """More gateways than a page shows are behind a link, and nonsense in the address is today."""
    site.add_user("chen", Role.SUPERVISOR)
    build_town(site.database, 120)
    page = await sign_in("chen")
    await page.goto("/console/proof?day=nonsense&cursor=nonsense")
    rows = page.get_by_test_id("proof-gateways").locator("tbody tr")
    await expect(rows).to_have_count(100)
    await page.get_by_test_id("next").click()
    await expect(rows).to_have_count(20)
    await page.goto("/console/proof/GW-9999")
    await expect(page.get_by_text("没有传输装置 GW-9999")).to_be_visible()


async def test_late_data_are_marked(site: Site, sign_in: SignIn) -> None:
    """A venue's conditions and readings that were old when they came say so."""
    site.add_user("chen", Role.SUPERVISOR)
    [place] = build_town(site.database, 1)
    listen(site.database, [place])
    await happen(
        site.database,
        Fact(place=place, point_id=place.detectors[0], state="shielded", lane="state", ago=timedelta(minutes=40)),
        Fact(place=place, point_id=place.detectors[1], state="fault", lane="state"),
    )
    pour_water(site.database, place)
    with psycopg.connect(site.database) as connection:
        connection.execute(
            "UPDATE reading SET received_at = at + interval '50 minutes'"
            " WHERE at BETWEEN now() - interval '4 hours' AND now() - interval '3 hours'"
        )
        row = connection.execute("SELECT count(*) FROM reading WHERE received_at > at + interval '10 min'").fetchone()
    assert row is not None
    page = await sign_in("chen")
    await page.goto(f"/console/venues/{place.venue_id}")
    conditions = page.get_by_test_id("conditions").locator(".row-item")
    await expect(conditions.filter(has_text="屏蔽")).to_contain_text("迟到")
    await expect(conditions.filter(has_text="故障")).not_to_contain_text("迟到")
    await expect(page.get_by_test_id("late-note")).to_contain_text(f"{row[0]} 个读数是补传的")
    await keep_picture(page, "venue-late")


async def test_only_news_sounds(site: Site, sign_in: SignIn) -> None:
    """A buffered fire asks for no sound; the same detector's fire of this moment does, in the browser's own audio."""
    site.add_user("wang")
    [place] = build_town(site.database, 1)
    page = await sign_in("wang")
    await page.evaluate(
        "() => { window.tones = 0; const tone = firewarden.alarm.tone.bind(firewarden.alarm);"
        " firewarden.alarm.tone = (...heard) => { window.tones += 1; tone(...heard); }; }"
    )
    sound = page.get_by_test_id("mute")
    await sound.click()
    await page.wait_for_function("() => !firewarden.alarm.blocked()")
    await expect(sound).to_have_attribute("aria-pressed", "false")
    late = Fact(place=place, point_id=place.detectors[0], state="fire", ago=timedelta(minutes=11))
    await happen(site.database, late)
    fire = page.locator("[data-kind=fire]")
    await expect(fire).to_contain_text("迟到")
    await expect(sound).to_have_attribute("data-rings", "0")
    assert await page.evaluate("window.tones") == 0
    await happen(site.database, Fact(place=place, point_id=place.detectors[0], state="fire"))
    await expect(sound).to_have_attribute("data-rings", "1")
    await expect(fire).not_to_contain_text("迟到")
    await expect(fire).to_have_count(1)
    assert await page.evaluate("window.tones") == 4
