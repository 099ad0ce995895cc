"""Records of a city come in whole or not at all, and once."""

from pathlib import Path

import psycopg
import pytest

from tests.integration.city import Venue
from tests.integration.risk.test_process import invoke

pytestmark = pytest.mark.services

GOOD = """venue_id,time,kind,due_at,key
V1,2026-01-02,fire,,
V1,2026-01-02T08:00:00+08:00,complaint,,
V1,2026-01-02T08:00:00+08:00,complaint,,
V1,2026-03-04 10:00,order,2026-04-04,17
V1,2026-04-01,order_closed,,17/closed
"""


def stored(url: str) -> list[tuple[object, ...]]:
    """Every record."""
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT kind, key, due_at IS NOT NULL FROM risk_record ORDER BY at, kind").fetchall()


def test_a_file_is_taken_once(database: str, venue: Venue, tmp_path: Path) -> None:
    """Two equal rows are two records; the same file again adds none, and a longer one what is new in it."""
    file = tmp_path / "events.csv"
    file.write_text(GOOD)
    assert invoke(database, "records", "import", str(file), "--source", "brigade") == (0, "5 rows, 5 new\n")
    assert invoke(database, "records", "import", str(file), "--source", "brigade") == (0, "5 rows, 0 new\n")
    file.write_text(GOOD + "V1,2026-05-05,violation,,\n")
    assert invoke(database, "records", "import", str(file), "--source", "brigade") == (0, "6 rows, 1 new\n")
    rows = stored(database)
    assert [row[0] for row in rows] == ["fire", "complaint", "complaint", "order", "order_closed", "violation"]
    assert ("order", "17", True) in rows


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("NOWHERE,2026-01-02,fire,,", "row 7, column venue_id"),
        ("V1,yesterday,fire,,", "row 7, column time"),
        ("V1,2999-01-01,fire,,", "row 7, column time"),
        ("V1,2026-01-02,flood,,", "row 7, column kind"),
        ("V1,2026-01-02,order,soon,", "row 7, column due_at"),
        ("V1,2026-01-02,order,,17", "row 7, column key"),
        ("V1,2026-01-02,fire,," + "x" * 300, "row 7, column key"),
    ],
)
def test_one_bad_row_stops_all(database: str, venue: Venue, tmp_path: Path, row: str, complaint: str) -> None:
    """A row that says nothing is named with its column, and nothing is imported."""
    file = tmp_path / "events.csv"
    file.write_text(f"{GOOD}{row}\n")
    status, text = invoke(database, "records", "import", str(file))
    assert status == 1
    assert complaint in text
    assert stored(database) == []
