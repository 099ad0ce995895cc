"""Is what a device sent, byte by byte, one click away from what became of it?"""

from datetime import UTC, datetime

from playwright.async_api import expect

from tests.e2e.conftest import SignIn, Site, keep_picture
from tests.e2e.devices import NAME, component, make_device, send, unit_of
from tests.e2e.town import build_town

FIRE = 0b10
PRIVATE = bytes((150, 1, 7, 7, 7))


async def test_from_a_fire_to_its_frame(site: Site, sign_in: SignIn) -> None:
    """A duty officer opens the incident, sees its evidence, and one click further the bytes and what they say."""
    site.add_user("li")
    (place,) = build_town(site.database, 1)
    make_device(site.database, place)
    await send(site.database, place, [unit_of(2, component(FIRE, datetime.now(tz=UTC)))])
    page = await sign_in("li")
    await page.get_by_test_id("incident-list").locator(".inc-row").first.click()
    await page.get_by_test_id("evidence").get_by_test_id("frame-link").click()
    await expect(page.get_by_test_id("hex")).to_contain_text("40 40")
    await expect(page.get_by_test_id("fields")).to_contain_text(NAME)
    await expect(page.get_by_test_id("fields")).to_contain_text("火警")
    await expect(page.get_by_test_id("became")).to_contain_text("火警")
    await keep_picture(page, "frame")
