"""Does the import put a whole city into the register, quickly, once, and all or nothing?"""

import copy
import json
import stat
from pathlib import Path
from typing import Any

import psycopg
import pytest

from firewarden.api.register import POINTS_OF_GATEWAY_MAX, Register, RegisterError, parse
from firewarden.api.register_commands import load_register
from tests.integration.api.seed import City, one, run

Json = dict[str, Any]


def issue() -> tuple[str, str]:
    """A secret and a hash, as the cli's would be."""
    return "secret", "$7$1$c2FsdA==$aGFzaA=="


@pytest.fixture(autouse=True)
def environment(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands find the test's database."""
    monkeypatch.setenv("FIREWARDEN_DATABASE_URL", database)


def a_city(venues: int = 2, points: int = 3) -> Json:
    """A file of some venues with a gateway each."""
    return {
        "version": 1,
        "venues": [
            {
                "code": f"W{n}",
                "name": f"场所{n}",
                "name_en": f"Place {n}",
                "use": "mall",
                "district": "雨湖区",
                "lat": 27.8,
                "lon": 112.9,
                "key_unit": True,
                "buildings": [{"name": "主楼", "floors_above": 6, "height_m": 24.5}],
                "control_room": {"name": "消控室", "phone": "0731"},
                "systems": [{"kind": 11, "name": "消火栓系统"}, {"kind": 1, "name": "火灾自动报警系统"}],
                "gateways": [
                    {
                        "id": f"W-{n}",
                        "name": "传输装置",
                        "heartbeat_s": 30,
                        "points": [
                            {"address": f"p{p}", "system": 11, "component": 99, "quantity": "pressure", "low": 0.1}
                            for p in range(points)
                        ],
                    }
                ],
            }
            for n in range(venues)
        ],
    }


def read(city: Json) -> Register:
    """The register in a file."""
    return parse(json.dumps(city).encode())


def test_everything_arrives(database: str) -> None:
    """Every value of the file stands in the register, absent ones at their defaults."""
    imported = load_register(read(a_city()), issue=issue, credentials_out=None)
    assert (imported.venues, imported.gateways, imported.points, imported.secrets_issued) == (2, 2, 6, 0)
    with psycopg.connect(database) as connection:
        row = connection.execute(
            "SELECT v.name_en, v.key_unit, v.lat, b.floors_above, b.height_m, r.phone, g.heartbeat_s,"
            " g.silence_deadline_s, g.credential, s.name, p.component, p.quantity, p.low, p.high, p.registered"
            " FROM venue v JOIN building b ON b.venue_id = v.id JOIN gateway g ON g.venue_id = v.id"
            " JOIN control_room r ON r.id = g.control_room_id JOIN point p ON p.gateway_id = g.id"
            " JOIN facility_system s ON s.id = p.system_id WHERE v.code = 'W1' AND p.address = 'p2'"
        ).fetchone()
    expected = ("Place 1", True, 27.8, 6, 24.5, "0731", 30, 90, None, "消火栓系统", 99, "pressure", 0.1, None, True)
    assert row == expected


def test_the_same_file_twice_changes_nothing(database: str, tmp_path: Path) -> None:
    """The second import touches no row and issues no secret, so the first secrets stay valid."""
    out = tmp_path / "secrets.json"
    first = load_register(read(a_city()), issue=issue, credentials_out=out)
    before = snapshot(database)
    second = load_register(read(a_city()), issue=lambda: ("other", "$7$other"), credentials_out=out)
    assert (first.points_changed, second.points_changed) == (6, 0)
    assert (first.secrets_issued, second.secrets_issued) == (2, 0)
    assert snapshot(database) == before
    assert json.loads(out.read_text()) == {"W-0": "secret", "W-1": "secret"}


def snapshot(database: str) -> list[object]:
    """Every version of every row of the register."""
    with psycopg.connect(database) as connection:
        return [
            connection.execute(query).fetchall()
            for query in (
                "SELECT xmin::text, v FROM venue v ORDER BY id",
                "SELECT xmin::text, b FROM building b ORDER BY id",
                "SELECT xmin::text, r FROM control_room r ORDER BY id",
                "SELECT xmin::text, s FROM facility_system s ORDER BY id",
                "SELECT xmin::text, g FROM gateway g ORDER BY id",
                "SELECT xmin::text, p FROM point p ORDER BY id",
            )
        ]


def test_changes_are_taken_over_and_nothing_is_removed(database: str) -> None:
    """A changed name changes, a new point comes, and what the file no longer names stays."""
    load_register(read(a_city()), issue=issue, credentials_out=None)
    changed = copy.deepcopy(a_city())
    changed["venues"] = changed["venues"][:1]
    changed["venues"][0]["name"] = "新名"
    changed["venues"][0]["gateways"][0]["points"] = [{"address": "new"}]
    assert load_register(read(changed), issue=issue, credentials_out=None).points_changed == 1
    assert one(database, "SELECT count(*) FROM venue WHERE name IN ('新名', '场所1')") == 2
    assert one(database, "SELECT count(*) FROM point") == 7


def test_a_point_known_from_its_facts_is_registered(database: str) -> None:
    """What a gateway spoke of before anybody entered it becomes a registered point, with the same id."""
    load_register(read(a_city(1, 1)), issue=issue, credentials_out=None)
    point = one(
        database,
        "INSERT INTO point (gateway_id, venue_id, address, registered)"
        " SELECT 'W-0', venue_id, 'p1', false FROM gateway WHERE id = 'W-0' RETURNING id",
    )
    load_register(read(a_city(1, 2)), issue=issue, credentials_out=None)
    assert one(database, "SELECT id FROM point WHERE address = 'p1' AND registered") == point


def test_secrets_are_for_the_owner_and_are_added(database: str, tmp_path: Path) -> None:
    """The file is readable by nobody else, keeps what it had, and the database has only the hashes."""
    out = tmp_path / "secrets.json"
    out.write_text('{"other": "kept"}')
    load_register(read(a_city(1)), issue=issue, credentials_out=out)
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert json.loads(out.read_text()) == {"W-0": "secret", "other": "kept"}
    assert one(database, "SELECT count(*) FROM gateway WHERE credential LIKE '$7$%%'") == 1
    assert one(database, "SELECT count(*) FROM audit WHERE action = 'register.import' AND actor = 'cli'") == 1


def test_a_failed_import_leaves_nothing(database: str, city: City, tmp_path: Path) -> None:
    """A gateway that is known at another venue refuses the whole file, before any secret is written."""
    file = a_city()
    file["venues"][1]["gateways"][0]["id"] = "G1"
    out = tmp_path / "secrets.json"
    with pytest.raises(RegisterError, match="gateway G1: is at venue V1 already, the file has it at W1"):
        load_register(read(file), issue=issue, credentials_out=out)
    assert one(database, "SELECT count(*) FROM venue WHERE code LIKE 'W%%'") == 0
    assert not out.exists()


def test_a_gateway_cannot_grow_too_large(database: str) -> None:
    """Points of earlier imports count: the limit is the gateway's, not the file's."""
    load_register(read(a_city(1, 3)), issue=issue, credentials_out=None)
    run(
        database,
        "INSERT INTO point (gateway_id, venue_id, address)"
        " SELECT 'W-0', venue_id, 'x' || n FROM gateway, generate_series(1, %s) n WHERE gateway.id = 'W-0'",
        [POINTS_OF_GATEWAY_MAX - 3],
    )
    more = a_city(1, 4)
    with pytest.raises(RegisterError, match="gateway W-0: would have 3201 points"):
        load_register(read(more), issue=issue, credentials_out=None)


def test_a_whole_city(database: str) -> None:
    """Twenty thousand points go in as one import, and again without touching one."""
    city = read(a_city(200, 100))
    assert load_register(city, issue=issue, credentials_out=None).points_changed == 20_000
    assert load_register(city, issue=issue, credentials_out=None).points_changed == 0
