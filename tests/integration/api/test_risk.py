"""Does the api show the ranking, its past, its reasons and its files as they are in the database?"""

import csv
import io
import json
import zipfile
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

import httpx
import psycopg
import pytest

from firewarden.api.context import clock
from firewarden.api.policy import Role, Scope
from tests.integration.api.conftest import SignIn
from tests.integration.api.seed import City, one, run
from tests.integration.api.test_access import problem
from tests.integration.api.test_venues import ADD_VENUE, items

Get = Callable[..., Awaitable[httpx.Response]]
NOW = clock()


@pytest.fixture
async def get(city: City, sign_in: SignIn) -> Get:
    """Reads a path as a supervisor."""
    client = await sign_in("reader", Role.SUPERVISOR)

    async def read(path: str, **params: str | float) -> httpx.Response:
        return await client.get(f"/api/v1{path}", params=params)

    return read


def scored(
    url: str,
    venue_id: int,
    score: float,
    *,
    grade: str = "B",
    at: datetime = NOW,
    factors: Sequence[Mapping[str, object]] | None = None,
    repairs: Sequence[Mapping[str, object]] | None = None,
    hits: Sequence[Mapping[str, object]] | None = None,
) -> None:
    """A score as the worker writes it: in the history, and as the present one if it is the newest."""
    named = factors or [{"code": "use", "part": "rate", "points": round(score - 3, 1), "ratio": 2.0, "evidence": {}}]
    values = [
        venue_id, at, score, grade, json.dumps(named), json.dumps(repairs or []), json.dumps(hits or [])
    ]  # fmt: skip
    run(
        url,
        "INSERT INTO risk_score_history (venue_id, at, score, grade, confidence, factors, counterfactuals, hits, base,"
        " coverage, version) VALUES (%s, %s, %s, %s, 0.9, %s, %s, %s, 3.0, 0.8, 'm1')",
        values,
    )
    run(
        url,
        "INSERT INTO risk_score (venue_id, at, score, grade, confidence, factors, counterfactuals, hits, base,"
        " coverage, version, rank_low, rank_high) VALUES (%s, %s, %s, %s, 0.9, %s, %s, %s, 3.0, 0.8, 'm1', 1, 9)"
        " ON CONFLICT (venue_id) DO UPDATE SET at = excluded.at, score = excluded.score, grade = excluded.grade,"
        " factors = excluded.factors, counterfactuals = excluded.counterfactuals, hits = excluded.hits"
        " WHERE excluded.at > risk_score.at",
        values,
    )


def ago(**lengths: float) -> datetime:
    """A moment of the past."""
    return NOW - timedelta(**lengths)


async def test_a_ranking_of_the_past_is_what_was_known_then(database: str, city: City, get: Get) -> None:
    """Scores, grades and ranks of that moment; what came later, and venues that had no score yet, are not in it."""
    one_, two, three = city.venues
    scored(database, one_, 80, grade="D", at=ago(days=9))
    scored(database, one_, 20, grade="A", at=ago(days=2))
    scored(database, two, 50, at=ago(days=5))
    scored(database, three, 99, grade="D", at=ago(hours=1))
    then = ago(days=3).isoformat()
    body = (await get("/risk/ranking", as_of=then)).json()
    assert [(row["venue_code"], row["rank"], row["risk"]["score"]) for row in body["items"]] == [
        ("V1", 1, 80),
        ("V2", 2, 50),
    ]
    assert (body["total"], body["scored"]) == (2, 2)
    assert datetime.fromisoformat(body["as_of"]["at"]) == ago(days=3)
    assert set(body["as_of"]["not_kept"]) == {"rank_interval", "grade_since", "register"}
    assert body["items"][0]["risk"]["rank_low"] is None
    now = (await get("/risk/ranking")).json()
    assert [row["venue_code"] for row in now["items"]] == ["V3", "V2", "V1"]
    assert (now["as_of"], now["items"][0]["risk"]["rank_low"]) == (None, 1)
    exact = (await get("/risk/ranking", as_of=ago(days=2).isoformat())).json()
    assert [row["risk"]["score"] for row in exact["items"]] == [50, 20]
    early = (await get("/risk/ranking", as_of=ago(days=5000).isoformat())).json()
    assert (early["items"], early["as_of"]["not_kept"][-1]) == ([], "before_kept")


@pytest.mark.parametrize("limit", [1, 2, 7])
@pytest.mark.parametrize("days", [0, 30])
async def test_pages_of_movers_neither_repeat_nor_skip(
    database: str, city: City, get: Get, limit: int, days: int
) -> None:
    """The greatest rise first, equal ones too; falls and venues without a score then are not among those that rose."""
    moved = [30, 30, 30, 12.5, 0.1, 0, -0.1, -40]
    ids = [one(database, ADD_VENUE, [f"W{number}"]) for number in range(len(moved) + 1)]
    end = ago(days=days)
    for venue, change in zip(ids, moved, strict=False):
        scored(database, venue, 50, at=end - timedelta(days=2))
        scored(database, venue, 50 + change, at=end - timedelta(hours=1))
    scored(database, ids[-1], 99, at=end - timedelta(hours=1))
    at = {"as_of": end.isoformat()} if days else {}
    up = await items(get, "/risk/ranking", limit=limit, movers="up", **at)
    assert [(row["venue_id"], row["change"]) for row in up] == list(zip(ids[:5], moved[:5], strict=True))
    down = await items(get, "/risk/ranking", limit=limit, movers="down", **at)
    assert [(row["venue_id"], row["change"]) for row in down] == [(ids[7], -40), (ids[6], -0.1)]
    every = await items(get, "/risk/ranking", limit=limit, sort="change", **at)
    assert [row["venue_id"] for row in every] == ids[:-1]
    week = await items(get, "/risk/ranking", limit=limit, movers="up", over="7d", **at)
    assert week == []


async def test_the_ranking_is_searched_and_filtered(database: str, city: City, get: Get) -> None:
    """Part of a code or name, district, use and grade; ranks stay those among all."""
    for venue, score in zip(city.venues, (80, 60, 70), strict=True):
        scored(database, venue, score)
    found = await items(get, "/risk/ranking", search="mall 2")
    assert [(row["venue_code"], row["rank"]) for row in found] == [("V2", 3)]
    assert await items(get, "/risk/ranking", search="%") == []
    both = (await get("/risk/ranking", district="雨湖区", use="mall", grade="B", limit=1)).json()
    assert (both["total"], both["scored"], both["items"][0]["venue_code"]) == (2, 3, "V1")
    cursor = both["next"]
    assert problem(await get("/risk/ranking", cursor=cursor, movers="up")) == "invalid-cursor"


async def test_an_explanation_has_ranks_and_reasons(database: str, city: City, get: Get) -> None:
    """Each repair has the rank that it would give, by grade before score; the change has its factors and adds up."""
    one_, two, three = city.venues
    use = {"code": "use", "part": "rate", "points": 9.0, "ratio": 1.5, "evidence": {"use": "mall"}, "facts": [1]}
    pump = {"code": "pump", "part": "uncontrolled", "points": 40.0, "ratio": 8.0, "evidence": {"manual": 1}}
    scored(database, one_, 12, grade="A", at=ago(days=2), factors=[use])
    repairs: Sequence[Mapping[str, object]] = [
        {"item": "pump_auto", "score": 12.0, "grade": "A", "evidence": {"count": 1}},
        {"item": "unshield", "score": 52.0, "grade": "D", "evidence": {"count": 2}},
    ]
    hit: Mapping[str, object] = {"rule": "trigger-suppression-24h", "effect": "trigger", "facts": [2]}
    scored(database, one_, 52, grade="D", factors=[pump, use], repairs=repairs, hits=[hit])
    scored(database, two, 90, grade="C")
    scored(database, three, 5, grade="A")
    body = (await get("/risk/code:V1")).json()
    assert (body["rank"], body["scored"]) == (1, 3)
    assert [(each["item"], each["score"], each["grade"], each["rank"]) for each in body["repairs"]] == [
        ("pump_auto", 12, "A", 2),
        ("unshield", 52, "D", 1),
    ]
    risk = body["risk"]
    assert round(risk["base"] + sum(factor["points"] for factor in risk["factors"]), 1) == risk["score"]
    change = body["since_yesterday"]
    assert (change["score"], change["grade"], change["rank"], change["change"]) == (12, "A", 1, 40)
    assert [(each["code"], each["points"]) for each in change["factors"]] == [("pump", 40)]
    assert (change["hits_new"], change["hits_gone"]) == (["trigger-suppression-24h"], [])
    then = (await get("/risk/code:V1", as_of=ago(days=1).isoformat())).json()
    assert (then["rank"], then["risk"]["score"], then["since_yesterday"]["change"]) == (1, 12, 0)
    unscored = (await get("/risk/code:V1", as_of=ago(days=9).isoformat())).json()
    assert (unscored["rank"], unscored["risk"], unscored["repairs"]) == (None, None, [])


def fact(url: str, venue_id: int, number: int, kind: str, *, source: str, data: Mapping[str, object]) -> None:
    """A fact as risk keeps it."""
    run(
        url,
        "INSERT INTO risk_fact (venue_id, number, at, stepped_at, kind, source, source_id, data)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
        [venue_id, number, NOW, NOW, kind, source, f"{number}/judged", json.dumps({**data, "kind": kind})],
    )


async def test_facts_are_found_by_their_numbers(database: str, city: City, get: Get) -> None:
    """Those that a factor names, or all, newest first; with the place, and the incident or the frame to open."""
    venue, point = city.venues[0], city.points[0]
    run(
        database,
        "INSERT INTO state_change (gateway_id, venue_id, point_id, state, raised, at, device_at, sent_at, received_at,"
        " boot, lane, seq) VALUES ('G1', %s, %s, 'fault', true, %s, %s, %s, %s, 'b', 'state', 7)",
        [venue, point, NOW, NOW, NOW, NOW],
    )
    run(
        database,
        "INSERT INTO raw_frame (gateway_id, received_at, boot, lane, seq, transport, peer, serial, command, digest,"
        " frame)"
        " VALUES ('G1', %s, 'b', 'state', 7, 'tcp', '127.0.0.1', 1, 2, 9, decode('4040' || repeat('00', 28), 'hex'))",
        [NOW],
    )
    fact(database, venue, 1, "raised", source="episode", data={"trouble": "fault", "point": point, "group": "detector"})
    fact(database, venue, 2, "judged", source="incident", data={"verdict": "false_alarm"})
    fact(database, venue, 3, "recorded", source="record", data={"what": "fire", "point": "none"})
    rows = await items(get, f"/risk/{venue}/facts")
    assert [row["number"] for row in rows] == [3, 2, 1]
    assert [(row["number"], row["kind"]) for row in await items(get, f"/risk/{venue}/facts", numbers="1,2")] == [
        (2, "judged"),
        (1, "raised"),
    ]
    assert (rows[1]["incident_id"], rows[1]["link"]) == (2, "/api/v1/incidents/2/facts")
    link = str(rows[2]["link"])
    assert (rows[2]["point_floor"], link[:40]) == ("3F", "/api/v1/gateways/G1/frames/state/7?at=20")
    path, _, at = link.removeprefix("/api/v1").partition("?at=")
    assert (await get(path, at=at)).status_code == 200
    for numbers in ("", "1,", "0", "a", "1" * 30):
        assert (await get(f"/risk/{venue}/facts", numbers=numbers)).status_code == 422


async def test_exports_hold_all_rows_of_the_filter(database: str, city: City, get: Get) -> None:
    """The same rows as the pages, in words of either language, of one moment; texts are no formulas."""
    run(database, "UPDATE venue SET name = '=1+1' WHERE id = %s", [city.venues[0]])
    for venue, score, grade in zip(city.venues, (80, 60, 70), "DBC", strict=True):
        scored(database, venue, score, grade=grade, at=ago(hours=2))
    scored(database, city.venues[1], 99, grade="D")
    answer = await get("/risk/ranking.csv", language="zh")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][:5] == ["排名", "最高可能排名", "最低可能排名", "单位编码", "单位名称"]
    assert [(row[0], row[3], row[4]) for row in rows[1:]] == [
        ("1", "V2", "商场2"),
        ("2", "V1", "'=1+1"),
        ("3", "V3", "商场3"),
    ]
    assert "使用性质 +96.0" in rows[1]
    past = await get("/risk/ranking.csv", as_of=ago(hours=1).isoformat(), grade="B")
    [_, row] = list(csv.reader(io.StringIO(past.content.decode("utf-8-sig"))))
    assert (row[0], row[3], row[8]) == ("3", "V2", "60.0")
    assert datetime.fromisoformat(row[-1]) == ago(hours=1).replace(microsecond=0)
    book = await get("/risk/ranking.xlsx", district="岳塘区")
    with zipfile.ZipFile(io.BytesIO(book.content)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert sheet.count("<row ") == 2
    assert "V3" in sheet
    assert "V1" not in sheet


async def test_an_export_is_in_the_audit(database: str, city: City, get: Get) -> None:
    """Who took which file, with its filters and the moment that it shows; a page of the ranking is none."""
    at = ago(hours=1).replace(microsecond=0)
    scored(database, city.venues[1], 60, grade="B", at=ago(hours=2))
    await get("/risk/ranking", grade="B")
    await get("/risk/ranking.csv", grade="B", search="商场", as_of=at.isoformat())
    assert (await get("/risk/ranking.xlsx", movers="up", over="7d")).status_code == 200
    assert (await get("/risk/ranking.xlsx", grade="Z")).status_code == 422
    with psycopg.connect(database) as connection:
        taken = connection.execute(
            "SELECT actor, target, outcome, detail FROM audit WHERE action = 'risk.export' ORDER BY id"
        ).fetchall()
    assert [row[:3] for row in taken] == [
        ("reader", "ranking.csv", "done"),
        ("reader", "ranking.xlsx", "done"),
    ]
    assert taken[0][3] == {"grade": "B", "search": "商场", "sort": "rank", "as_of": at.isoformat()}
    assert taken[1][3] == {"movers": "up", "over": "7d", "sort": "rank"}


async def test_a_model_shows_its_card_guards_and_acts(database: str, get: Get) -> None:
    """What the newest act names scores; frozen is said; guards show their newest finding and their past."""
    empty = (await get("/risk/model")).json()
    assert (empty["model"], empty["frozen"], empty["acts"], empty["guards"]) == (None, False, [], [])
    for version, kind in (("prior-1", "prior"), ("map-1", "map")):
        run(
            database,
            "INSERT INTO risk_model (version, kind, made_at, data_version, body, card)"
            " VALUES (%s, %s, now(), 'd', '{}', '{\"venues\": 7}')",
            [version, kind],
        )
    for act, version, hours in (("promoted", "map-1", 3), ("frozen", "prior-1", 1)):
        run(
            database,
            "INSERT INTO risk_model_act (at, act, version, actor, reason) VALUES (%s, %s, %s, 'wang', 'why')",
            [ago(hours=hours), act, version],
        )
    for days, value in ((2, 0.1), (1, None)):
        run(
            database,
            "INSERT INTO risk_guard (day, name, value, low, high, fired) VALUES (current_date - %s, 'drift', %s, 0, .2,"
            " false)",
            [days, value],
        )
    body = (await get("/risk/model")).json()
    assert (body["model"]["version"], body["model"]["card"], body["frozen"]) == ("prior-1", {"venues": 7}, True)
    assert [act["act"] for act in body["acts"]] == ["frozen", "promoted"]
    assert [guard["value"] for guard in body["guards"]] == [None]
    assert [guard["value"] for guard in (await get("/risk/guards")).json()] == [0.1, None]
    assert {row["version"] for row in (await get("/risk/models")).json()} == {"prior-1", "map-1"}
    assert (await get("/risk/models/map-1")).json()["kind"] == "map"
    assert problem(await get("/risk/models/none")) == "not-found"
    helped = (await get("/risk/helped")).json()
    assert (helped["rounds"], helped["no_better_than_chance"]) == (0, [])


async def test_risk_needs_its_scope(
    database: str, city: City, sign_in: SignIn, with_key: Callable[..., Awaitable[httpx.AsyncClient]]
) -> None:
    """Nothing of risk is shown to whoever has no risk:read, on no path; with it a program reads all of them."""
    scored(database, city.venues[0], 77)
    paths = ["/risk/ranking", "/risk/ranking.csv", "/risk/ranking.xlsx", "/risk/model", "/risk/models", "/risk/guards"]
    paths += ["/risk/code:V1", "/risk/code:V1/history", "/risk/code:V1/facts", "/risk/models/m1"]
    integrator = await sign_in("integrator", Role.INTEGRATOR)
    program = await with_key(Scope.RISK_READ)
    for path in paths:
        assert problem(await integrator.get(f"/api/v1{path}")) == "missing-scope", path
        assert (await program.get(f"/api/v1{path}")).status_code in {200, 404}, path
