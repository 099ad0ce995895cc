"""Is what a device sent, byte by byte, one click away from what became of it?"""

from datetime import UTC, datetime
from urllib.parse import quote

from playwright.async_api import expect

from firewarden.api.policy import Role
from tests.e2e.conftest import SignIn, Site, keep_picture
from tests.e2e.devices import NAME, PEER, component, duty_answer, make_device, pressure, send, unit_of
from tests.e2e.town import Fact, build_town, happen, listen

FIRE, FAULT = 0b10, 0b100
PRIVATE = bytes((150, 1, 7, 7, 7))


async def test_from_a_fire_to_its_frame(site: Site, sign_in: SignIn) -> None:
    """A duty officer opens the incident, sees its evidence, and one click further the bytes and what they say."""
    site.add_user("li")
    (place,) = build_town(site.database, 1)
    make_device(site.database, place)
    await send(site.database, place, [unit_of(2, component(FIRE, datetime.now(tz=UTC)))])
    page = await sign_in("li")
    await page.locator(".inc-row").first.click()
    await page.get_by_test_id("evidence").get_by_test_id("frame-link").click()
    await expect(page.get_by_test_id("hex")).to_contain_text("40 40")
    fields = page.get_by_test_id("fields")
    await expect(fields).to_contain_text(NAME)
    await expect(fields).to_contain_text("0002 火警")
    await expect(page.get_by_test_id("became")).to_contain_text("火警")
    await expect(page.get_by_test_id("what-to-do")).to_have_count(0)
    await expect(page.locator("a[href$='/frames']")).to_have_count(0), "a duty officer has no use for lists of frames"
    state = page.locator(".hex-run[title='状态']").first
    await state.click()
    await expect(page.locator("tr:target")).to_contain_text("火警")
    await keep_picture(page, "frame")
    await page.get_by_test_id("language").click()
    await expect(fields).to_contain_text("0002 fire")


async def test_a_venue_shows_what_its_devices_said(site: Site, sign_in: SignIn) -> None:
    """States and acts with their frames; what came over MQTT has none, and the page says why."""
    site.add_user("li")
    device, other = build_town(site.database, 2)
    make_device(site.database, device)
    now = datetime.now(tz=UTC)
    await send(site.database, device, [unit_of(24, duty_answer(now)), unit_of(2, component(FAULT, now))])
    await happen(site.database, Fact(place=other, point_id=other.detectors[0], state="fire"))
    page = await sign_in("li")
    await page.goto(f"/console/venues/{device.venue_id}")
    facts = page.get_by_test_id("venue-facts")
    await expect(facts.get_by_test_id("frame-link")).to_have_count(2)
    await expect(facts).to_contain_text("查岗应答")
    await expect(facts.get_by_test_id("no-frames")).to_have_count(0)
    await facts.get_by_test_id("frame-link").first.click()
    await expect(page.get_by_test_id("became")).to_contain_text("故障")
    await page.goto(f"/console/venues/{other.venue_id}")
    await expect(facts).to_contain_text("火警")
    await expect(facts.get_by_test_id("frame-link")).to_have_count(0)
    await expect(facts.get_by_test_id("no-frames")).to_be_visible()


async def test_a_gateways_own_page(site: Site, sign_in: SignIn) -> None:
    """Who it is, how it is connected, what it sent; from its list one click to each frame."""
    site.add_user("wang", Role.INTEGRATOR)
    device, other = build_town(site.database, 2)
    make_device(site.database, device)
    listen(site.database, [device, other])
    now = datetime.now(tz=UTC)
    sent = await send(site.database, device, [unit_of(3, pressure(now)), PRIVATE, unit_of(2, component(FAULT, now))])
    page = await sign_in("wang")
    await page.get_by_test_id("nav-gateways").click()
    await expect(page.get_by_test_id(f"gateway-{device.gateway}")).to_contain_text("GB/T 26875.3")
    await page.get_by_test_id(f"gateway-{device.gateway}").locator("code").click()
    await expect(page.get_by_test_id("protocol")).to_have_text("GB/T 26875.3")
    await expect(page.get_by_test_id("link")).to_contain_text(PEER)
    await expect(page.get_by_test_id("identity")).to_contain_text("05 04 03 02 01 00")
    await expect(page.get_by_test_id("last-frames").locator("tbody tr")).to_have_count(3)
    await keep_picture(page, "gateway")
    await page.get_by_test_id("undecoded-frames").click()
    rows = page.get_by_test_id("frames").locator("tbody tr")
    await expect(rows).to_have_count(1)
    await page.get_by_test_id("undecoded-0").click()
    await expect(rows).to_have_count(3)
    await page.get_by_test_id("type").select_option("3")
    await expect(rows).to_have_count(1)
    await rows.first.locator("a").click()
    await expect(page.get_by_test_id("fields")).to_contain_text("200 kPa")
    gone = f"/console/gateways/{device.gateway}/frames/alarm/77?at={quote(sent[0].at.isoformat())}"
    answer = await page.goto(gone)
    assert answer is not None
    assert answer.status == 404
    await page.goto(f"/console/gateways/{other.gateway}")
    await expect(page.get_by_test_id("protocol")).to_have_text("MQTT")
    await expect(page.get_by_test_id("no-frames")).to_be_visible()
    await expect(page.get_by_test_id("last-frames")).to_have_count(0)


async def test_what_was_not_understood(site: Site, sign_in: SignIn) -> None:
    """For all gateways in one list, with the reason, what to do, and the bytes to copy."""
    site.add_user("wang", Role.INTEGRATOR)
    (device,) = build_town(site.database, 1)
    make_device(site.database, device)
    await send(site.database, device, [PRIVATE])
    page = await sign_in("wang")
    await page.goto("/console/gateways")
    await page.get_by_test_id("undecoded").click()
    await expect(page.get_by_test_id("what-to-do")).to_be_visible()
    rows = page.get_by_test_id("frames").locator("tbody tr")
    await expect(rows).to_contain_text("type 150 is private to a vendor")
    await rows.first.locator("a").first.click()
    await expect(page.get_by_test_id("undecoded")).to_contain_text("type 150 is private to a vendor")
    await page.get_by_test_id("copy").click()
    copied = await page.evaluate(
        "() => document.getSelection().toString() || document.getElementById('frame-hex').value"
    )
    assert bytes.fromhex(copied)[-5:-3] == b"\x07\x07"
    await keep_picture(page, "undecoded")


async def test_lists_of_frames_are_for_those_who_look_after_gateways(site: Site, sign_in: SignIn) -> None:
    """A duty officer is told so, and finds no links there."""
    site.add_user("li")
    (device,) = build_town(site.database, 1)
    make_device(site.database, device)
    page = await sign_in("li")
    for path in (f"/console/gateways/{device.gateway}/frames", "/console/frames/undecoded"):
        answer = await page.goto(path)
        assert answer is not None
        assert answer.status == 403
    await page.goto("/console/gateways")
    await expect(page.get_by_test_id(f"gateway-{device.gateway}")).to_be_visible()
    await expect(page.get_by_test_id("undecoded")).to_have_count(0)
