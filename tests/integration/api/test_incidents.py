"""Can officers see incidents in the right order and act on them, exactly one at a time?"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx

from firewarden.api.policy import Role, Scope
from tests.integration.api.conftest import SignIn
from tests.integration.api.seed import T0, City, run, seed_city, seed_incident, seed_point

URL = "/api/v1/incidents"


async def read_all(client: httpx.AsyncClient, url: str, **params: str | int) -> list[int]:
    """The ids of every page."""
    found: list[int] = []
    cursor: str | None = None
    while True:
        more = {"cursor": cursor} if cursor else {}
        answer = await client.get(url, params={**params, **more})
        assert answer.status_code == 200, answer.text
        found += [item["id"] for item in answer.json()["items"]]
        cursor = answer.json()["next"]
        if cursor is None:
            return found


async def test_open_incidents_come_by_priority_then_newest(database: str, city: City, sign_in: SignIn) -> None:
    """A fire comes before a newer fault, and of two fires the newer one comes first."""
    fault = seed_incident(database, city, kind="fault", priority=3, after_s=99)
    old_fire = seed_incident(database, city, after_s=1)
    new_fire = seed_incident(database, city, venue=1, after_s=2)
    client = await sign_in("viewer", Role.VIEWER)
    assert await read_all(client, URL, limit=1) == [new_fire, old_fire, fault]


async def test_a_row_has_what_the_duty_desk_shows(database: str, city: City, sign_in: SignIn) -> None:
    """A row names the venue in both languages and its district, the point with its floor, and every known moment."""
    seed_incident(database, city)
    client = await sign_in("viewer", Role.VIEWER)
    row = (await client.get(URL)).json()["items"][0]
    assert (row["venue_code"], row["venue_name"], row["venue_name_en"]) == ("V1", "商场1", "Mall 1")
    assert row["district"] == "雨湖区"
    assert (row["gateway_id"], row["point_address"], row["point_floor"]) == ("G1", "11.1/99.01000000", "3F")
    assert row["point_registered"] is True
    assert row["opened_at"] == "2026-11-23T03:00:00Z"
    assert row["taken_at"] is None


async def test_pages_neither_repeat_nor_skip_while_incidents_come(database: str, city: City, sign_in: SignIn) -> None:
    """Incidents that open between two pages do not push others out of the next page or into it again."""
    addresses = [seed_point(database, city, f"p{n}") for n in range(6)]
    first = [_at_point(database, city, point, n) for n, point in enumerate(addresses[:4])]
    client = await sign_in("viewer", Role.VIEWER)
    page = (await client.get(URL, params={"limit": 2})).json()
    _at_point(database, city, addresses[4], 50)
    _at_point(database, city, addresses[5], -50)
    rest = await client.get(URL, params={"limit": 2, "cursor": page["next"]})
    seen = [item["id"] for item in (*page["items"], *rest.json()["items"])]
    assert seen == sorted(first, reverse=True)


def _at_point(database: str, city: City, point: int, after_s: float) -> int:
    number = seed_incident(database, city, after_s=after_s, kind="supervise", priority=2, with_point=False)
    run(database, "UPDATE incident SET point_id = %s WHERE id = %s", [point, number])
    return number


async def test_filters_and_history(database: str, city: City, sign_in: SignIn) -> None:
    """Kind, venue and state narrow the list; closed ones come newest first with all that was done."""
    fire = seed_incident(database, city)
    fault = seed_incident(database, city, kind="fault", priority=3, venue=1)
    client = await sign_in("officer", Role.DUTY_OFFICER)
    assert await read_all(client, URL, kind="fault") == [fault]
    assert await read_all(client, URL, venue_id=city.venues[0]) == [fire]
    answer = await client.post(f"{URL}/{fire}/close", json={"class": "false_alarm", "note": "steam"})
    assert answer.status_code == 200, answer.text
    assert [action["action"] for action in answer.json()["actions"]] == ["take", "close"]
    assert answer.json()["incident"]["incident_class"] == "false_alarm"
    assert await read_all(client, URL) == [fault]
    assert await read_all(client, URL, state="closed") == [fire]
    assert set(await read_all(client, URL, state="all", limit=1)) == {fire, fault}
    assert await read_all(client, URL, state="taken") == []


async def test_the_incidents_of_a_stretch_of_time(database: str, city: City, sign_in: SignIn) -> None:
    """From its first moment to before its last, open or closed, page by page; a moment needs a time zone."""
    _, first, second, _ = (
        seed_incident(database, city, venue=n % 3, after_s=n, kind=kind)
        for n, kind in enumerate(("fire", "fire", "fire", "fault"))
    )
    client = await sign_in("viewer", Role.VIEWER)
    since, until = T0 + timedelta(seconds=1), T0 + timedelta(seconds=3)
    within = {"since": since.isoformat(), "until": until.isoformat()}
    assert await read_all(client, URL, **within, state="all", limit=1) == [second, first]
    assert await read_all(client, URL, **within, limit=1) == [second, first]
    assert await read_all(client, URL, state="all", until=since.isoformat()) == [first - 1]
    assert (await client.get(URL, params={"since": "2026-11-23T03:00:00"})).status_code == 422


async def test_of_two_officers_one_takes_it(
    database: str, city: City, sign_in: SignIn, audit_rows: Callable[[], list[tuple[str, str, str, str]]]
) -> None:
    """Of two who take the same fire at once one wins; the other is told who, and both attempts are in the audit."""
    fire = seed_incident(database, city)
    zhang = await sign_in("zhang", Role.DUTY_OFFICER)
    li = await sign_in("li", Role.DUTY_OFFICER)
    answers = await asyncio.gather(*(client.post(f"{URL}/{fire}/take") for client in (zhang, li)))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    won = next(answer for answer in answers if answer.status_code == 200).json()["incident"]
    lost = next(answer for answer in answers if answer.status_code == 409)
    assert lost.headers["content-type"] == "application/problem+json"
    assert lost.json()["type"] == "urn:firewarden:problem:incident-conflict"
    assert lost.json()["holder"] == won["taken_by"]
    assert lost.json()["state"] == "taken"
    acts = [(actor, outcome) for actor, action, _, outcome in audit_rows() if action == "incident.take"]
    loser = ({"zhang", "li"} - {won["taken_by"]}).pop()
    assert sorted(acts) == sorted([(won["taken_by"], "done"), (loser, "refused: incident-conflict")])


async def test_closing_twice_names_who_closed_it(database: str, city: City, sign_in: SignIn) -> None:
    """What is closed stays as it was judged, and the second officer learns by whom."""
    fire = seed_incident(database, city)
    zhang = await sign_in("zhang", Role.DUTY_OFFICER)
    li = await sign_in("li", Role.DUTY_OFFICER)
    assert (await zhang.post(f"{URL}/{fire}/close", json={"class": "real_fire"})).status_code == 200
    again = await li.post(f"{URL}/{fire}/close", json={"class": "false_alarm"})
    assert (again.status_code, again.json()["holder"], again.json()["state"]) == (409, "zhang", "closed")


async def test_refusals_of_acts(database: str, city: City, sign_in: SignIn) -> None:
    """No such incident is 404; a viewer may look and not act; an unknown class is refused and nothing changes."""
    fire = seed_incident(database, city)
    officer = await sign_in("officer", Role.DUTY_OFFICER)
    viewer = await sign_in("viewer", Role.VIEWER)
    assert (await officer.post(f"{URL}/999/take")).status_code == 404
    refused = await viewer.post(f"{URL}/{fire}/take")
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:firewarden:problem:missing-scope")
    wrong = await officer.post(f"{URL}/{fire}/close", json={"class": "boredom"})
    assert (wrong.status_code, wrong.json()["errors"][0]["where"]) == (422, "body.class")
    assert (await officer.get(f"{URL}/{fire}")).json()["incident"]["state"] == "new"
    assert (await officer.get(f"{URL}/999")).status_code == 404


async def test_a_key_acts_under_its_own_name(
    database: str, with_key: Callable[..., Awaitable[httpx.AsyncClient]]
) -> None:
    """A program with the scope takes an incident without any Origin, and is told apart from people."""
    fire = seed_incident(database, seed_city(database))
    program = await with_key(Scope.INCIDENTS_READ, Scope.INCIDENTS_WRITE, name="dispatch")
    answer = await program.post(f"{URL}/{fire}/take")
    assert answer.json()["incident"]["taken_by"] == "key:dispatch"
