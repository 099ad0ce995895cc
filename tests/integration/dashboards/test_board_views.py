"""Are the views of dashboards what their documentation says, and do they say what the code says?"""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from firewarden.dashboards.grafana.views_page import View, views
from firewarden.desk.incidents import PRIORITY, Condition
from firewarden.ingest.facts import QUANTITY_NAMES, STORED_UNITS, Quantity
from firewarden.risk.state.facts import WaterKind
from tests.integration.dashboards.planted import plant

CONTRACT = Path(__file__).parents[2] / "data" / "board_columns.txt"


@pytest.fixture
def connection(database: str) -> Iterator[psycopg.Connection]:
    """A migrated database, as its owner."""
    with psycopg.connect(database, autocommit=True) as opened:
        yield opened


def columns(connection: psycopg.Connection) -> dict[str, list[tuple[str, str]]]:
    """The columns of each view with their types, in order."""
    rows = connection.execute(
        "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_class c"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0"
        " WHERE c.relnamespace = 'board'::regnamespace AND c.relkind = 'v' ORDER BY c.relname, a.attnum"
    ).fetchall()
    found: dict[str, list[tuple[str, str]]] = {}
    for view, column, kind in rows:
        found.setdefault(str(view), []).append((str(column), str(kind)))
    return found


def documented() -> dict[str, View]:
    """What schema.sql, and with it docs/board-views.md, says of the views."""
    return {view.name: view for view in views(files("firewarden.store").joinpath("schema.sql").read_text("utf-8"))}


def test_every_column_is_documented_and_every_documented_column_is_there(connection: psycopg.Connection) -> None:
    """In the order in which the view has them."""
    there = {view: [name for name, _ in of] for view, of in columns(connection).items()}
    assert {name: [column.name for column in view.columns] for name, view in documented().items()} == there


def test_no_column_is_renamed_dropped_or_of_another_type(connection: psycopg.Connection) -> None:
    """The interface, line by line. Lines may be added to the file; who takes one away breaks somebody's dashboard."""
    agreed = CONTRACT.read_text("utf-8").splitlines()
    there = [f"{view} {name} {kind}" for view, of in columns(connection).items() for name, kind in of]
    assert sorted(set(agreed) - set(there)) == []
    assert sorted(set(there) - set(agreed)) == [], f"add these lines to {CONTRACT.name}"


def test_history_has_a_time(connection: psycopg.Connection) -> None:
    """A view of history can be bounded by `time`, a timestamptz, and one of state needs no such bound."""
    there = columns(connection)
    for name, view in documented().items():
        assert (("time", "timestamp with time zone") in there[name]) == (
            view.kind == "history" or name == "open_incident"
        )


def test_quantities_and_units_are_those_of_ingest(connection: psycopg.Connection) -> None:
    """One mapping in Python, one in SQL, and no code between them that only one of them knows."""
    rows = connection.execute(
        "SELECT code, board.quantity(code::smallint), board.unit(board.quantity(code::smallint))"
        " FROM generate_series(0, 300) code WHERE board.quantity(code::smallint) IS NOT NULL"
    ).fetchall()
    assert rows == [(int(each), each.name.lower(), STORED_UNITS[each]) for each in Quantity]
    assert {name for _, name, _ in rows} == set(QUANTITY_NAMES)


def test_the_worst_condition_is_the_one_that_the_desk_puts_first(connection: psycopg.Connection) -> None:
    """Every condition has a place, and those that need a person come in the order of their priority."""
    rows = connection.execute("SELECT k::text, board.place(k) FROM unnest(enum_range(NULL::condition)) k").fetchall()
    places = {str(kind): int(place) for kind, place in rows}
    assert sorted(places.values()) == list(range(1, len(Condition) + 1))
    ordered = sorted((Condition(kind) for kind in places), key=lambda kind: places[kind])
    priorities = [PRIORITY.get(kind, 9) for kind in ordered]
    assert priorities == sorted(priorities)


def test_every_finding_of_water_is_looked_for(connection: psycopg.Connection) -> None:
    """The view names the kinds that the detectors know."""
    row = connection.execute("SELECT pg_get_viewdef('board.water_point'::regclass)").fetchone()
    assert row is not None
    assert [kind for kind in WaterKind if f"'{kind}'" not in str(row[0])] == []


def test_labels_are_read_from_a_series(connection: psycopg.Connection) -> None:
    """Quotes, commas and brackets in a value do not end it."""
    hostile = 'x{of="alarm",b="a,c=\\"d\\"}{",empty=""}'
    row = connection.execute("SELECT board.labels(%s), board.labels('x'), board.labels('x{')", [hostile]).fetchone()
    assert row == ({"of": "alarm", "b": 'a,c=\\"d\\"}{', "empty": ""}, {}, {})


def test_no_view_stops_an_update_of_the_extension(connection: psycopg.Connection) -> None:
    """Updates drop and make anew what belongs to it: nothing of ours may hang on that."""
    rows = connection.execute(
        "SELECT DISTINCT r.ev_class::regclass::text FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid"
        " JOIN pg_class v ON v.oid = r.ev_class AND v.relnamespace = 'board'::regnamespace"
        " JOIN pg_depend x ON x.objid = d.refobjid AND x.deptype = 'e' WHERE d.classid = 'pg_rewrite'::regclass"
    ).fetchall()
    assert rows == []


def test_grades_are_kept_with_the_one_before(database: str, connection: psycopg.Connection) -> None:
    """A change is found without reading all of history, whoever wrote the score."""
    plant(database)
    rows = connection.execute("SELECT code, grade_before, grade, worse FROM board.grade_change").fetchall()
    assert rows == [("V1", "B", "C", True)]


def test_a_finding_holds_until_it_ends(database: str, connection: psycopg.Connection) -> None:
    """One that ended is not shown; one that began after that is."""
    plant(database)
    found = "SELECT finding, findings FROM board.water_point"
    assert connection.execute(found).fetchall() == [("below", ["below"])]
    connection.execute(
        "INSERT INTO risk_fact (venue_id, number, at, stepped_at, kind, source, source_id, data)"
        " SELECT venue_id, 2, now(), now(), 'water_ended', 'water', 'y', data FROM risk_fact"
    )
    assert connection.execute(found).fetchall() == [(None, [])]
    connection.execute(
        "INSERT INTO risk_fact (venue_id, number, at, stepped_at, kind, source, source_id, data)"
        " SELECT venue_id, 2 + n, now(), now(), 'water_began', 'water', 'z' || n, data || jsonb_build_object("
        " 'finding', 'again' || n, 'what', w) FROM risk_fact, unnest(ARRAY['stuck', 'main_burst'])"
        " WITH ORDINALITY AS k (w, n) WHERE number = 1"
    )
    assert connection.execute(found).fetchall() == [("main_burst", ["main_burst", "stuck"])]


def test_sizes_of_all_tables_are_told(database: str, connection: psycopg.Connection) -> None:
    """Partitioned tables with all their chunks."""
    plant(database)
    rows = connection.execute("SELECT name, kind, size_bytes, chunks FROM board.table_size").fetchall()
    sizes = {str(name): (kind, size, chunks) for name, kind, size, chunks in rows}
    assert sizes["reading"][0] == "hypertable"
    assert sizes["reading"][1] > 0
    assert sizes["reading"][2] == 1
    assert sizes["venue"][0] == "table"


def test_views_of_a_room_can_be_read_by_the_console(database: str, connection: psycopg.Connection) -> None:
    """The console's role reads every view too: two screens, one source."""
    plant(database)
    connection.execute("SET ROLE fw_api")
    for view in documented():
        connection.execute(sql.SQL("SELECT * FROM board.{}").format(sql.Identifier(view)))
