"""Do venues, the ranking and the state of the equipment show what is in the database, page by page?"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import LiteralString

import httpx
import psycopg
import pytest

from firewarden.api.context import clock
from firewarden.api.policy import Role, Scope
from firewarden.ingest.facts import Quantity
from tests.integration.api.conftest import SignIn
from tests.integration.api.seed import T0, City, one, run, seed_incident, seed_point, seed_risk
from tests.integration.api.test_access import problem

Get = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def get(city: City, sign_in: SignIn) -> Get:
    """Reads a path as an administrator."""
    client = await sign_in("reader")

    async def read(path: str, **params: str | float) -> httpx.Response:
        return await client.get(f"/api/v1{path}", params=params)

    return read


ADD_VENUE: LiteralString = (
    "INSERT INTO venue (code, name, name_en, use, district) VALUES (%s, '商场', 'Mall', 'mall', '雨湖区') RETURNING id"
)


async def items(get: Get, path: str, *, limit: int = 1, **params: str | float) -> list[dict[str, object]]:
    """All items, read in pages of one, or of `limit`."""
    found: list[dict[str, object]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = await get(path, limit=limit, **params, **cursor)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        found += body["items"]
        if body["next"] is None:
            return found
        cursor = {"cursor": body["next"]}


async def test_venues_are_listed_and_found(database: str, city: City, get: Get) -> None:
    """All by code; narrowed by code, district, use and a part of a name, whose % is a mere character."""
    seed_risk(database, city.venues[1], 40)
    seed_incident(database, city, venue=1)
    rows = await items(get, "/venues")
    assert [row["code"] for row in rows] == ["V1", "V2", "V3"]
    assert (rows[1]["score"], rows[1]["grade"], rows[1]["open_incidents"], rows[1]["gateways"]) == (40, "B", 1, 1)
    assert rows[0]["score"] is None
    assert [row["code"] for row in await items(get, "/venues", district="岳塘区")] == ["V3"]
    assert [row["code"] for row in await items(get, "/venues", search="mall 2")] == ["V2"]
    assert [row["code"] for row in await items(get, "/venues", code="V1", use="mall")] == ["V1"]
    assert await items(get, "/venues", search="%") == []
    assert await items(get, "/venues", use="school") == []


async def test_a_venue_shows_all_that_is_there(database: str, city: City, get: Get) -> None:
    """Profile, buildings, control room, gateways, what is wrong now and since when, points and risk."""
    venue, point = city.venues[0], city.points[0]
    run(database, "INSERT INTO building (venue_id, name, floors_above) VALUES (%s, '主楼', 5)", [venue])
    run(database, "INSERT INTO control_room (venue_id, name, phone) VALUES (%s, '消控室', '123')", [venue])
    for cleared in (None, T0 + timedelta(hours=1)):
        run(
            database,
            "INSERT INTO episode (venue_id, gateway_id, point_id, kind, raised_at, last_raised_at, cleared_at)"
            " VALUES (%s, 'G1', %s, 'shielded', %s, %s, %s)",
            [venue, point, T0, T0, cleared],
        )
    seed_point(database, city, "unknown", registered=False)
    seed_risk(database, venue, 61.5, grade="C")
    for name in (str(venue), "code:V1"):
        body = (await get(f"/venues/{name}")).json()
        assert body["profile"]["name"] == "商场1"
        assert body["buildings"] == [{"name": "主楼", "floors_above": 5, "floors_below": None, "height_m": None}]
        assert body["control_rooms"] == [{"name": "消控室", "phone": "123"}]
        assert [gateway["state"] for gateway in body["gateways"]] == ["never_heard"]
        assert [(e["kind"], e["raised_at"]) for e in body["episodes"]] == [("shielded", "2026-11-23T03:00:00Z")]
        assert (body["episodes_open"], body["points_registered"], body["points_unregistered"]) == (1, 1, 1)
        assert (body["risk"]["score"], body["risk"]["grade"]) == (61.5, "C")
        assert body["risk"]["factors"][0]["evidence"] == {"use": "mall", "assumed": False}
        assert [trigger["code"] for trigger in body["risk"]["triggers"]] == ["offline_72h"]
        assert [(doubt["code"], doubt["lost"]) for doubt in body["risk"]["doubts"]] == [("gateways_silent", 0.1)]


async def test_current_states_of_a_district(database: str, city: City, get: Get) -> None:
    """What holds now at the district's venues, newest first; what has ended or is elsewhere is not there."""
    for number, (venue, kind, cleared) in enumerate(
        ((0, "shielded", None), (1, "fault", None), (2, "fault", None), (0, "fault", T0 + timedelta(hours=1)))
    ):
        at = T0 + timedelta(seconds=number)
        run(
            database,
            "INSERT INTO episode (venue_id, gateway_id, point_id, kind, raised_at, last_raised_at, cleared_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [city.venues[venue], f"G{venue + 1}", city.points[venue], kind, at, at, cleared],
        )
    found = await items(get, "/states", district="雨湖区", limit=1)
    assert [(row["venue_code"], row["kind"], row["point_floor"]) for row in found] == [
        ("V2", "fault", "3F"),
        ("V1", "shielded", "3F"),
    ]
    assert [row["venue_code"] for row in await items(get, "/states", kind="fault")] == ["V3", "V2"]
    assert [row["kind"] for row in await items(get, "/states", venue_id=city.venues[0])] == ["shielded"]


@pytest.mark.parametrize("name", ["999", "code:V9", "9999999999999999999"])
async def test_unknown_venues_are_not_found(get: Get, name: str) -> None:
    """A venue that nobody registered is 404 on each of its paths."""
    for path in (f"/venues/{name}", f"/venues/{name}/pressure", f"/risk/{name}/history"):
        assert problem(await get(path)) == "not-found"


async def test_the_ranking_has_the_most_dangerous_first(database: str, city: City, get: Get) -> None:
    """Equal scores of a grade share a rank; a filter keeps the ranks among all; pages are of one order."""
    for venue, score, grade in zip(city.venues, (40, 80.1, 40), "BDB", strict=True):
        seed_risk(database, venue, score, grade=grade)
    rows = await items(get, "/risk/ranking")
    assert [(row["venue_code"], row["rank"]) for row in rows] == [("V2", 1), ("V1", 2), ("V3", 2)]
    assert "gateways_silent" in str(rows[0]["risk"])
    narrow = await items(get, "/risk/ranking", district="岳塘区")
    assert [(row["venue_code"], row["rank"]) for row in narrow] == [("V3", 2)]
    assert [row["venue_code"] for row in await items(get, "/risk/ranking", grade="D")] == ["V2"]
    assert await items(get, "/risk/ranking", use="school") == []


async def test_a_forced_grade_outranks_every_score(database: str, city: City, get: Get) -> None:
    """A venue that a trigger puts in grade D stands above those of better grades, whatever their scores."""
    for venue, score, grade in zip(city.venues, (54.9, 22, 60), "BDC", strict=True):
        seed_risk(database, venue, score, grade=grade)
    rows = await items(get, "/risk/ranking")
    assert [(row["venue_code"], row["rank"]) for row in rows] == [("V2", 1), ("V3", 2), ("V1", 3)]


@pytest.mark.parametrize("limit", [1, 3, 4, 12])
async def test_pages_of_the_ranking_neither_repeat_nor_skip(database: str, city: City, get: Get, limit: int) -> None:
    """Forced grades, equal scores within a grade and across grades: all pages together are the one order."""
    places = [("D", 80.1), ("D", 54.9), ("D", 22), ("D", 22), ("C", 60), ("C", 54.9), ("C", 0)]
    places += [("B", 54.9), ("B", 54.9), ("B", 54.9), ("A", 0), ("A", 0)]
    ids = [one(database, ADD_VENUE, [f"W{number}"]) for number in range(len(places))]
    for venue, (grade, score) in reversed(list(zip(ids, places, strict=True))):
        seed_risk(database, venue, score, grade=grade)
    rows = await items(get, "/risk/ranking", limit=limit)
    assert [row["venue_id"] for row in rows] == ids
    assert [row["rank"] for row in rows] == [1, 2, 3, 3, 5, 6, 7, 8, 8, 8, 11, 11]


async def test_risk_history_is_newest_first(database: str, city: City, get: Get) -> None:
    """Every score a venue had, page by page."""
    for hour, score in enumerate((10, 20, 30)):
        seed_risk(database, city.venues[0], score, at=T0 + timedelta(hours=hour))
    rows = await items(get, f"/risk/{city.venues[0]}/history")
    assert [row["score"] for row in rows] == [30, 20, 10]


async def test_pressure_comes_in_few_samples(database: str, city: City, get: Get) -> None:
    """However many readings there are, a series has the asked number of samples, and none of them is lost in it."""
    now = clock()
    with psycopg.connect(database) as connection:
        connection.cursor().executemany(
            "INSERT INTO reading (point_id, quantity, at, value, sent_at, received_at) VALUES (%s, %s, %s, %s, %s, %s)",
            [
                [city.points[0], Quantity.PRESSURE, at, 0.2 + n / 10_000, at, at]
                for n in range(1_000)
                for at in [now - timedelta(seconds=3 * n + 1)]
            ],
        )
    body = (await get("/venues/code:V1/pressure", hours=1, samples=20)).json()
    [series] = body["series"]
    assert (series["quantity"], series["unit"], series["low"], series["high"]) == ("pressure", "MPa", 0.1, 0.3)
    assert len(series["samples"]) <= 20
    assert sum(sample["readings"] for sample in series["samples"]) == 1_000
    assert all(sample["lowest"] <= sample["mean"] <= sample["highest"] for sample in series["samples"])
    assert (await get("/venues/code:V2/pressure")).json()["series"] == []


async def test_water_of_unregistered_points_is_shown_too(database: str, city: City, get: Get) -> None:
    """A sensor that the register does not know still has its series, after the registered ones."""
    now = clock()
    unknown = seed_point(database, city, "new", registered=False)
    for point in (unknown, city.points[0]):
        for quantity in (Quantity.LEVEL, Quantity.TEMPERATURE):
            values = [point, quantity, now - timedelta(minutes=1), 50.0, now, now]
            run(database, "INSERT INTO reading VALUES (%s, %s, %s, %s, %s, %s)", values)
    body = (await get("/venues/code:V1/pressure")).json()
    assert [(series["point_id"], series["quantity"]) for series in body["series"]] == [
        (city.points[0], "level"),
        (unknown, "level"),
    ]


async def test_gateways_say_whether_they_are_heard(database: str, get: Get) -> None:
    """Heard is online, silent past the deadline is silent only while ingest listens, a last will is offline."""
    now = clock()
    hour_ago = now - timedelta(hours=1)
    for gateway, heard, online in (("G1", now, True), ("G2", hour_ago, True), ("G3", now, False)):
        run(
            database,
            "INSERT INTO gateway_liveness (gateway_id, heard_at, online, clock_skew_s, changed_at)"
            " VALUES (%s, %s, %s, 12.5, %s)",
            [gateway, heard, online, hour_ago],
        )
    rows = await items(get, "/gateways")
    assert [row["state"] for row in rows] == ["online", "unknown", "offline"]
    run(
        database,
        "INSERT INTO ingest_worker (worker, connection, watching_since, beat_at) VALUES ('1', 'bulk', %s, %s)",
        [hour_ago - timedelta(hours=1), now + timedelta(seconds=60)],
    )
    rows = await items(get, "/gateways")
    assert [row["state"] for row in rows] == ["online", "silent", "offline"]
    assert (rows[0]["clock_skew_s"], rows[0]["clock_wrong"]) == (12.5, True)
    platform = (await get("/platform")).json()
    assert (platform["gateways"], platform["gateways_online"]) == (3, 1)
    assert (platform["listening_bulk"], platform["listening_alarm"]) == (True, False)


async def test_gaps_are_listed_until_they_are_filled(database: str, get: Get) -> None:
    """Open gaps by default, filled ones on request, one gateway's on request."""
    for gateway in ("G1", "G2"):
        run(
            database,
            "INSERT INTO message_ledger (gateway_id, boot, lane, stored, first_at, last_at)"
            " VALUES (%s, 'b', 'alarm', '{[1,3),[5,6)}', now(), now())",
            [gateway],
        )
        for seq, filled in ((3, None), (9, T0)):
            run(
                database,
                "INSERT INTO message_gap (gateway_id, boot, lane, from_seq, to_seq, seen_at, moved_at, filled_at)"
                " VALUES (%s, 'b', 'alarm', %s, %s, now(), now(), %s)",
                [gateway, seq, seq, filled],
            )
    rows = await items(get, "/gaps")
    assert [(row["gateway_id"], row["from_seq"]) for row in rows] == [("G1", 3), ("G2", 3)]
    assert len(await items(get, "/gaps", filled="true")) == 4
    assert [row["gateway_id"] for row in await items(get, "/gaps", gateway="G2")] == ["G2"]


async def test_quarantine_shows_the_reason_and_what_came(
    database: str, city: City, get: Get, with_key: Callable[..., Awaitable[httpx.AsyncClient]]
) -> None:
    """Newest first, with a preview that is text whatever the bytes were; only for those who connect gateways."""
    for payload in (b"\xff\x00{", "火".encode() * 1_000):
        run(
            database,
            "INSERT INTO quarantine (received_at, topic, gateway_id, reason, detail, payload, payload_size)"
            " VALUES (now(), 'fire/v1/G1/alarm', 'G1', 'bad_json', 'it is not', %s, %s)",
            [payload, len(payload)],
        )
    rows = await items(get, "/quarantine", reason="bad_json", gateway="G1")
    assert [row["payload_size"] for row in rows] == [3_000, 3]
    assert str(rows[0]["preview"]).startswith("火火")
    assert await items(get, "/quarantine", reason="oversized") == []
    program = await with_key(Scope.VENUES_READ)
    assert problem(await program.get("/api/v1/quarantine")) == "missing-scope"


async def test_cursors_of_another_list_are_refused(database: str, get: Get) -> None:
    """A cursor continues the list that gave it and no other."""
    venues = (await get("/venues", limit=1)).json()["next"]
    for path in ("/gateways", "/risk/ranking", "/incidents", "/gaps", "/quarantine", "/users", "/audit"):
        answer = await get(path, cursor=venues)
        assert (answer.status_code, problem(answer)) == (400, "invalid-cursor")


async def test_roles_see_their_part(database: str, city: City, sign_in: SignIn) -> None:
    """An integrator sees venues and not how dangerous they are, on no path; a viewer sees the ranking."""
    seed_risk(database, city.venues[0], 77)
    integrator = await sign_in("integrator", Role.INTEGRATOR)
    listed = await integrator.get("/api/v1/venues")
    shown = await integrator.get("/api/v1/venues/code:V1")
    assert (listed.status_code, shown.status_code) == (200, 200)
    assert "77" not in listed.text + shown.text
    assert problem(await integrator.get("/api/v1/risk/ranking")) == "missing-scope"
    viewer = await sign_in("viewer", Role.VIEWER)
    assert (await viewer.get("/api/v1/risk/ranking")).status_code == 200
