"""Can an integrator bring a panel's points into the register, and adopt a device, with the browser alone?"""

import csv
import io

import psycopg
import pytest
from playwright.async_api import FilePayload, Page, expect

from firewarden.api.policy import Role
from tests.e2e.conftest import SignIn, Site, keep_picture
from tests.integration.api.seed import one, seed_city
from tests.integration.api.test_devices import speaks


def a_csv(*rows: tuple[object, ...], name: str = "点表.csv", encoding: str = "gb18030") -> FilePayload:
    """A file as Excel writes it in China."""
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows(rows)
    return {"name": name, "mimeType": "text/csv", "buffer": stream.getvalue().encode(encoding)}


HEAD = ("装置编号", "系统类型", "系统地址", "部件类型", "回路号", "点号", "点位名称", "楼层")


def panel(points: int) -> FilePayload:
    """The points of a controller."""
    rows = [("G1", 1, 1, 40, 1 + n // 100, 1 + n % 100, f"{n}号感烟", f"{n // 100 + 1}F") for n in range(points)]
    return a_csv(HEAD, *rows)


async def choose(page: Page, file: FilePayload) -> None:
    """Press the button and choose a file."""
    async with page.expect_file_chooser() as chooser:
        await page.get_by_test_id("choose").click()
    await (await chooser.value).set_files([file])


async def test_points_are_checked_and_then_imported(site: Site, sign_in: SignIn) -> None:
    """A file is compared first; a second press imports it; the same file again changes nothing."""
    seed_city(site.database)
    site.add_user("li", Role.INTEGRATOR)
    page = await sign_in("li")
    await page.get_by_test_id("nav-register").click()
    await expect(page.get_by_role("heading", name="档案")).to_be_visible()
    await choose(page, panel(2_000))
    await expect(page.get_by_test_id("plan-points")).to_have_text("点位2,00000")
    await expect(page.get_by_test_id("result")).to_contain_text("按 GB18030 编码读取")
    await keep_picture(page, "register-plan-zh")
    assert one(site.database, "SELECT count(*) FROM point WHERE gateway_id = 'G1'") == 1
    await page.get_by_test_id("submit").click()
    await expect(page.get_by_test_id("message")).to_contain_text("导入完成")
    assert one(site.database, "SELECT count(*) FROM point WHERE gateway_id = 'G1' AND registered") == 2_001
    await choose(page, panel(2_000))
    await expect(page.get_by_test_id("message")).to_contain_text("没有需要写入的变化")
    assert one(site.database, "SELECT count(*) FROM audit WHERE action = 'register.import' AND actor = 'li'") == 1


async def test_bad_rows_are_named_and_nothing_is_imported(site: Site, sign_in: SignIn) -> None:
    """Each by line and reason, in the language of the reader, and as a list to download."""
    seed_city(site.database)
    site.add_user("li", Role.INTEGRATOR)
    page = await sign_in("li")
    await page.goto("/console/register")
    rows = [("G1", 1, 1, 40, 1, 1, "好", "1F"), ("G9", 1, 1, 40, 1, 2, "", ""), ("G1", 300, 1, 40, 1, 3, "", "")]
    await choose(page, a_csv(HEAD, *rows))
    await expect(page.get_by_test_id("message")).to_contain_text("发现 2 处错误")
    faults = page.get_by_test_id("faults")
    await expect(faults).to_contain_text("档案与文件中都没有传输装置 G9")
    await expect(faults).to_contain_text("应为 0 至 255，实为 300")
    await keep_picture(page, "register-faults-zh")
    async with page.expect_download() as download:
        await page.get_by_test_id("faults-file").click()
    listed = (await (await download.value).path()).read_text("utf-8-sig")
    assert "点表.csv,,3,gateway,档案与文件中都没有传输装置 G9" in listed
    assert one(site.database, "SELECT count(*) FROM point WHERE gateway_id = 'G1'") == 1
    await page.get_by_test_id("language").click()
    await choose(page, {"name": "photo.xlsx", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n\0\0\0"})
    await expect(page.get_by_test_id("message")).to_contain_text("photo.xlsx")
    await keep_picture(page, "register-not-a-table-en")


async def test_what_is_exported_comes_in_again(site: Site, sign_in: SignIn) -> None:
    """The downloaded spreadsheet is read back without a change."""
    seed_city(site.database)
    site.add_user("li", Role.INTEGRATOR)
    page = await sign_in("li")
    await page.goto("/console/register")
    async with page.expect_download() as download:
        await page.get_by_test_id("export-xlsx").click()
    data = (await (await download.value).path()).read_bytes()
    await choose(page, {"name": "register.xlsx", "mimeType": "application/octet-stream", "buffer": data})
    await expect(page.get_by_test_id("plan-points")).to_have_text("点位003")
    await expect(page.get_by_test_id("message")).to_contain_text("没有需要写入的变化")


async def test_an_unknown_device_is_adopted(site: Site, sign_in: SignIn) -> None:
    """The gateways page says that somebody is there; a click, a venue, and the device is a gateway."""
    seed_city(site.database)
    speaks(site.database, 687)
    speaks(site.database, 688, "10.2.0.8")
    site.add_user("li", Role.INTEGRATOR)
    page = await sign_in("li")
    await page.goto("/console/gateways")
    await expect(page.get_by_test_id("unknown-banner")).to_contain_text("2 台未登记装置")
    await keep_picture(page, "adoption-banner-zh")
    await page.get_by_test_id("unknown-banner").click()
    row = page.get_by_test_id("unknown-687")
    await expect(row).to_contain_text("1.1/40.0a000200 火警")
    await keep_picture(page, "adoption-list-zh")
    await row.get_by_test_id("adopt").click()
    await page.get_by_test_id("adopt-venue").fill("V2")
    await expect(page.get_by_test_id("adopt-id")).to_have_value("V2-1")
    await keep_picture(page, "adoption-dialog-zh")
    await page.get_by_test_id("adoption-submit").click()
    await expect(page.get_by_test_id("unknown-687")).to_have_count(0)
    with psycopg.connect(site.database) as connection:
        rows = connection.execute("SELECT gateway_id, source_address, peer, profile FROM gb_device").fetchall()
    assert rows == [("V2-1", 687, None, "standard")]
    await page.get_by_test_id("unknown-688").get_by_test_id("adopt").click()
    await page.get_by_test_id("adopt-id").fill("G9")
    await page.get_by_test_id("adoption-submit").click()
    await expect(page.get_by_test_id("adoption-problem")).to_contain_text("没有这个单位或传输装置")
    await page.get_by_test_id("adopt-id").fill("G1")
    await page.get_by_test_id("adopt-peer").select_option("this")
    await page.get_by_test_id("adoption-submit").click()
    await expect(page.get_by_test_id("unknown-688")).to_have_count(0)
    assert one(site.database, "SELECT count(*) FROM gb_device WHERE gateway_id = 'G1' AND peer = '10.2.0.8/32'") == 1
    await page.get_by_test_id("language").click()
    await expect(page.locator("#main")).to_contain_text("No unknown devices")


@pytest.mark.parametrize("role", [Role.DUTY_OFFICER, Role.SUPERVISOR])
async def test_others_do_not_see_it(site: Site, sign_in: SignIn, role: Role) -> None:
    """Neither in the navigation, nor by the address, nor as a banner."""
    seed_city(site.database)
    speaks(site.database, 687)
    site.add_user("wang", role)
    page = await sign_in("wang")
    await expect(page.get_by_test_id("nav-register")).to_have_count(0)
    for address in ("/console/register", "/console/unknown-devices"):
        await page.goto(address)
        await expect(page.locator("#main")).to_contain_text("您的账户")
    await page.goto("/console/gateways")
    await expect(page.get_by_test_id("gateway-G1")).to_be_visible()
    await expect(page.get_by_test_id("unknown-banner")).to_be_hidden()
