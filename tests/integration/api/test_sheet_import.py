"""Do spreadsheets and CSV files get into the register: every row or none, with the faults named, twice as once?"""

import csv
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from firewarden.api.commands import register
from tests.integration.api.seed import City, one
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
