"""Do spreadsheets and CSV files get into the register: every row or none, with the faults named, twice as once?"""

import csv
import io
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from firewarden.api.commands import register
from tests.integration.api.seed import City, one, run
from tests.integration.api.test_register_import import snapshot


def nobody() -> None:
    """Nothing is told to a broker."""


def issue() -> tuple[str, str]:
    """A secret and a hash, as the cli's would be."""
    return "secret", "$7$1$c2FsdA==$aGFzaA=="


@pytest.fixture(autouse=True)
def environment(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands find the test's database."""
    monkeypatch.setenv("FIREWARDEN_DATABASE_URL", database)


def command(*words: str | Path, status: int = 0) -> str:
    """Run `firewarden …`; what it printed."""
    app = typer.Typer()
    register(app, issue=issue, on_credentials_changed=nobody)
    result = CliRunner().invoke(app, [str(word) for word in words])
    assert result.exit_code == status, result.output
    return result.output


def words(said: str) -> str:
    """What was printed, with one space between words."""
    return " ".join(said.split())


def write(path: Path, *rows: tuple[object, ...]) -> Path:
    """A CSV file."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows(rows)
    return path


def panel(path: Path, points: int, *, gateway: str = "G1", loop_points: int = 100) -> Path:
    """The points of a controller, as an installer has them."""
    rows = [
        (gateway, 1, 1, 40, 1 + n // loop_points, 1 + n % loop_points, f"{n // 100 + 1}层感烟{n}", f"{n // 100 + 1}F")
        for n in range(points)
    ]
    head = ("gateway", "system_type", "system_address", "component_type", "loop", "point", "name", "floor")
    return write(path, head, *rows)


def test_points_alone_of_a_gateway_that_exists(database: str, city: City, tmp_path: Path) -> None:
    """An installer's file of points goes in: addresses made of loop and point, the system added to the venue."""
    file = panel(tmp_path / "points.csv", 3_199)
    said = command("register", "import", file, "--dry-run")
    assert "points 3199 0 0" in words(said)
    assert one(database, "SELECT count(*) FROM point WHERE gateway_id = 'G1'") == 1
    command("register", "import", file)
    assert one(database, "SELECT count(*) FROM point WHERE gateway_id = 'G1' AND registered") == 3_200
    assert one(database, "SELECT count(*) FROM point WHERE address = '1.1/40.0a000200' AND floor = '10F'") == 1
    assert one(database, "SELECT count(*) FROM facility_system WHERE kind = 1 AND name = '火灾报警系统'") == 1
    before = snapshot(database)
    said = command("register", "import", file)
    assert "points 0 0 3199" in words(said)
    assert snapshot(database) == before


VENUE = ("单位编号", "单位名称", "使用性质", "区县", "消防控制室", "控制室电话")
GATEWAY = ("装置编号", "单位编号", "源地址", "来源网段", "协议配置")


def a_place(folder: Path) -> Path:
    """A folder of files about a new venue with a device and its panel."""
    folder.mkdir()
    write(folder / "venues.csv", VENUE, ("N1", "新商场", "商场市场", "雨湖区", "消控室", "0731"))
    write(folder / "systems.csv", ("venue", "kind", "name"), ("N1", 11, "消火栓系统"))
    write(folder / "gateways.csv", GATEWAY, ("N1-A", "N1", "0x2af", "10.2.0.0/16", "standard"))
    panel(folder / "points.csv", 40, gateway="N1-A")
    return folder


def test_a_folder_of_everything(database: str, tmp_path: Path) -> None:
    """Venue, system, device and points at once; the device waited for adoption no more; it needs no secret."""
    run(
        database,
        "INSERT INTO gb_unknown VALUES (687, '10.2.0.7', 'tcp', now(), now(), 1, 'x'),"
        " (687, '10.9.0.7', 'tcp', now(), now(), 1, 'x')",
    )
    folder = a_place(tmp_path / "place")
    said = command("register", "import", folder, "--credentials-out", tmp_path / "secrets.json")
    assert "venues 1 0 0 systems 2 0 0 gateways 1 0 0 points 40 0 0" in words(said)
    assert not (tmp_path / "secrets.json").exists()
    count = one(
        database,
        "SELECT count(*) FROM gateway g JOIN gb_device d ON d.gateway_id = g.id JOIN control_room r"
        " ON r.id = g.control_room_id WHERE d.source_address = 687 AND d.peer = '10.2.0.0/16' AND r.phone = '0731'",
    )
    assert count == 1
    assert one(database, "SELECT count(*) FROM gb_unknown") == 1
    before = snapshot(database)
    assert "venues 0 0 1 systems 0 0 1 gateways 0 0 1 points 0 0 40" in words(command("register", "import", folder))
    assert snapshot(database) == before


@pytest.mark.parametrize("name", ["register.xlsx", "register.zip", "folder"])
def test_what_is_exported_comes_in_as_it_was(database: str, city: City, tmp_path: Path, name: str) -> None:
    """In each form, in either language: the import of an export finds nothing to change."""
    command("register", "import", a_place(tmp_path / "place"))
    run(database, "UPDATE point SET name = '=1+1', floor = '3-1', high = 0.30000000000000004 WHERE gateway_id = 'G1'")
    for language in ((), ("--zh",)):
        command("register", "export", "--out", tmp_path / name, *language)
        before = snapshot(database)
        said = words(command("register", "import", tmp_path / name))
        assert "venues 0 0 4 systems 0 0 2 gateways 0 0 4 points 0 0 43" in said
        assert snapshot(database) == before


def test_a_json_export_builds_the_same_register(database: str, city: City, tmp_path: Path) -> None:
    """It is the file of the JSON import, devices included."""
    command("register", "import", a_place(tmp_path / "place"))
    command("register", "export", "--out", tmp_path / "register.json")
    before = snapshot(database)
    assert "43 points (0 new or changed)" in command("register", "import", tmp_path / "register.json")
    assert snapshot(database)[:4] == before[:4]


def test_columns_that_a_file_lacks_change_nothing(database: str, city: City, tmp_path: Path) -> None:
    """New names leave limits as they are; an empty cell empties."""
    file = write(tmp_path / "points.csv", ("gateway", "address", "name"), ("G1", "11.1/99.01000000", "新名"))
    assert "points 0 1 0" in words(command("register", "import", file))
    kept = "SELECT count(*) FROM point WHERE name = '新名' AND floor = '3F' AND low = 0.1 AND high = 0.3"
    assert one(database, kept) == 1
    file = write(tmp_path / "points.csv", ("gateway", "address", "low", "floor"), ("G1", "11.1/99.01000000", "", ""))
    command("register", "import", file)
    assert one(database, "SELECT count(*) FROM point WHERE low IS NULL AND high = 0.3 AND floor = ''") == 1


def test_every_bad_row_is_named_and_none_is_imported(database: str, city: City, tmp_path: Path) -> None:
    """By file, line, column and reason; on the screen and as a list; the good rows stay out, too."""
    head = ("gateway", "address", "system_type", "quantity", "low", "high", "unit")
    run(database, "INSERT INTO gb_device (gateway_id, source_address) VALUES ('G2', 5)")
    file = write(
        tmp_path / "points.csv",
        head,
        ("G1", "good", "", "", "", "", ""),
        ("G9", "x", "", "", "", "", ""),
        ("G1", "good", "", "", "", "", ""),
        ("G1", "p", "", "pressure", 300, 200, "kPa"),
        ("G1", "q", "", "pressure", 1, 2, "furlong"),
        ("G1", "r", "", "", 1, "", ""),
        ("G1", "", "", "", "", "", ""),
        ("G2", "free form", "", "", "", "", ""),
        ("G2", "1.1/40.0a000200", 2, "", "", "", ""),
        ("G1", "s", 256, "", "", "", ""),
    )
    listed = tmp_path / "errors.csv"
    before = snapshot(database)
    said = command("register", "import", file, "--errors", listed, status=1)
    assert "points.csv, line 3, gateway: there is no gateway G9, neither in the register nor in the file" in said
    assert "9 faults, nothing was imported" in said
    rows = list(csv.DictReader(io.StringIO(listed.read_text("utf-8-sig"))))
    assert [(row["line"], row["column"]) for row in rows] == [
        ("3", "gateway"),
        ("4", "address"),
        ("5", "low"),
        ("6", "unit"),
        ("7", "quantity"),
        ("8", "address"),
        ("9", "address"),
        ("10", "system_type"),
        ("11", "system_type"),
    ]
    assert snapshot(database) == before


def test_gateways_that_cannot_be(database: str, city: City, tmp_path: Path) -> None:
    """Moved, without a venue, with another's source address, an unknown profile, a deadline below the heartbeat."""
    run(database, "INSERT INTO gb_device (gateway_id, source_address) VALUES ('G3', 5)")
    head = ("id", "venue", "source_address", "profile", "heartbeat_s", "silence_deadline_s")
    file = write(
        tmp_path / "gateways.csv",
        head,
        ("G1", "V2", "", "", "", ""),
        ("A", "V9", "", "", "", ""),
        ("B", "V1", 5, "", "", ""),
        ("C", "V1", 6, "none-such", "", ""),
        ("D", "V1", "", "standard", "", ""),
        ("E", "V1", "", "", 60, 50),
        ("F", "V1", 7, "", "", ""),
        ("H", "V1", 7, "", "", ""),
    )
    said = command("register", "import", file, status=1)
    for reason in (
        "line 2, venue: gateway G1 is at venue V1 already",
        "line 3, venue: there is no venue V9",
        "line 4, source_address: gateway G3 has this source address already",
        "line 5, profile: there is no profile none-such",
        "line 6, source_address: peer and profile need a source_address",
        "line 7, silence_deadline_s: must be longer than the heartbeat of 60 s",
        "line 9, source_address: gateway F has this source address already",
        "7 faults",
    ):
        assert reason in words(said)


def test_two_devices_change_places(database: str, city: City, tmp_path: Path) -> None:
    """Each gets the source address that the other had."""
    run(database, "INSERT INTO gb_device (gateway_id, source_address) VALUES ('G1', 1), ('G2', 2)")
    head = ("id", "venue", "source_address")
    file = write(tmp_path / "gateways.csv", head, ("G1", "V1", 2), ("G2", "V2", 1))
    assert "gateways 0 2 0" in words(command("register", "import", file))
    assert one(database, "SELECT source_address FROM gb_device WHERE gateway_id = 'G1'") == 2


def test_controllers_and_loops_have_their_limits(database: str, city: City, tmp_path: Path) -> None:
    """Points that the register has count; the rows beyond the limit are named, and nothing goes in."""
    command("register", "import", panel(tmp_path / "a.csv", 200, loop_points=200))
    head = ("gateway", "system_type", "system_address", "component_type", "loop", "point")
    said = command("register", "import", write(tmp_path / "b.csv", head, ("G1", 1, 1, 40, 1, 201)), status=1)
    assert "line 2, address: loop 1 of controller G1 1.1 would have more than 200 addresses (GB 50116)" in said
    run(database, "DELETE FROM point WHERE gateway_id = 'G2'")
    said = command("register", "import", panel(tmp_path / "c.csv", 3_201, gateway="G2"), status=1)
    assert "line 3202, address: controller G2 1.1 would have more than 3,200 addresses (GB 50116)" in said
    assert "1 faults" in said
    assert one(database, "SELECT count(*) FROM point WHERE gateway_id = 'G2'") == 0


def test_secrets_are_issued_to_gateways_that_sign_in(database: str, tmp_path: Path) -> None:
    """And to those only."""
    folder = a_place(tmp_path / "place")
    write(folder / "gateways.csv", GATEWAY, ("N1-A", "N1", "0x2af", "", ""), ("N1-B", "N1", "", "", ""))
    said = command("register", "import", folder, "--credentials-out", tmp_path / "secrets.json")
    assert "1 secrets issued" in said
    assert (tmp_path / "secrets.json").read_text().split() == ["{", '"N1-B":', '"secret"', "}"]


def test_a_control_room_of_several_stays(database: str, city: City, tmp_path: Path) -> None:
    """A gateway that only gets another name keeps the room that it has, of whichever there are."""
    run(database, "INSERT INTO control_room (venue_id, name) SELECT id, n FROM venue, (VALUES ('A'), ('B')) r(n)")
    run(
        database,
        "UPDATE gateway g SET control_room_id = (SELECT id FROM control_room r"
        " WHERE r.venue_id = g.venue_id AND r.name = 'B')",
    )
    file = write(tmp_path / "gateways.csv", ("id", "venue", "name"), ("G1", "V1", "新名"))
    assert "gateways 0 1 0" in words(command("register", "import", file))
    query = "SELECT count(*) FROM gateway g JOIN control_room r ON r.id = g.control_room_id WHERE r.name = 'B'"
    assert one(database, query) == 3


def test_the_template(tmp_path: Path) -> None:
    """It is written, and as it is it holds nothing to import."""
    command("register", "template", "--out", tmp_path / "template.xlsx")
    assert "holds no row of the register" in command("register", "import", tmp_path / "template.xlsx", status=1)


def test_what_cannot_be_read_is_said_in_one_line(city: City, tmp_path: Path) -> None:
    """A folder without tables, a picture, a file that is not there, a venue that is not."""
    (tmp_path / "photo.xlsx").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    (tmp_path / "empty").mkdir()
    assert "neither a spreadsheet" in command("register", "import", tmp_path / "photo.xlsx", status=1)
    assert "holds neither .csv nor .xlsx" in command("register", "import", tmp_path / "empty", status=1)
    assert "No such file" in command("register", "import", tmp_path / "none.csv", status=1)
    assert "no venue with the code V9" in command(
        "register", "export", "--out", tmp_path / "v9.xlsx", "--venue", "V9", status=1
    )
