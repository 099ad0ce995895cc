"""Do proposals wait for a person, is every decision written down, and does an override end in time?"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import httpx
import psycopg
import pytest

from firewarden.api.policy import Role
from tests.integration.api.conftest import SignIn
from tests.integration.api.seed import T0, City, one

PROPOSALS = "/api/v1/risk/proposals"
Audit = Callable[[], list[tuple[str, str, str, str]]]


def seed_proposal(
    url: str, venue: int, kind: str = "visit", *, grade: str = "D", due_days: int | None = 3, state: str = "open"
) -> int:
    """What the worker would have proposed; its id."""
    due = None if due_days is None else T0 + timedelta(days=due_days)
    decided = None if state == "open" else T0
    return one(
        url,
        "INSERT INTO risk_proposal (venue_id, kind, grade, because, proposed_at, due_at, state, decided_at)"
        """ VALUES (%s, %s, %s, '{"about": "grade", "score": 81.0}', %s, %s, %s, %s) RETURNING id""",
        [venue, kind, grade, T0, due, state, decided],
    )


async def ids(client: httpx.AsyncClient, **params: str | int | bool) -> list[int]:
    """The proposals of a list."""
    answer = await client.get(PROPOSALS, params=params)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


async def test_open_proposals_come_by_grade_and_by_when_they_are_due(
    database: str, city: City, sign_in: SignIn
) -> None:
    """D before C, the soonest first, those without a day last; lapsed ones are in the history only; pages join."""
    first, second, third = city.venues
    late = seed_proposal(database, first, due_days=9)
    soon = seed_proposal(database, second, due_days=1)
    never = seed_proposal(database, first, "duty_checks", due_days=None)
    c = seed_proposal(database, third, "interview", grade="C", due_days=None)
    gone = seed_proposal(database, third, "visit", grade="C", state="lapsed")
    client = await sign_in("li", Role.VIEWER)
    assert await ids(client) == [soon, late, never, c]
    assert await ids(client, all=True) == [gone, c, never, soon, late]
    assert await ids(client, state="lapsed") == [gone]
    assert await ids(client, grade="C") == [c]
    assert await ids(client, venue_id=first) == [late, never]
    assert await ids(client, kind="visit", district="岳塘区", all=True) == [gone]
    for params in ({}, {"all": True}):
        whole, found, cursor = await ids(client, **params), list[int](), None
        while cursor is not None or not found:
            more = {} if cursor is None else {"cursor": cursor}
            page = (await client.get(PROPOSALS, params={**params, "limit": 2, **more})).json()
            found += [item["id"] for item in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert found == whole


async def test_a_proposal_is_decided_once(database: str, city: City, sign_in: SignIn, audit_rows: Audit) -> None:
    """By one of two; the other is told who was faster; both stand in the audit."""
    proposal = seed_proposal(database, city.venues[0])
    client = await sign_in("li", Role.SUPERVISOR)
    accepted = await client.post(f"{PROPOSALS}/{proposal}/accept", json={"note": "on Thursday"})
    row = accepted.json()
    assert (row["state"], row["decided_by"], row["reason"]) == ("accepted", "li", "on Thursday")
    assert row["because"]["score"] == 81.0
    refused = await client.post(f"{PROPOSALS}/{proposal}/decline", json={"reason": "no"})
    assert (refused.status_code, refused.json()["holder"], refused.json()["state"]) == (409, "li", "accepted")
    assert [row[1:] for row in audit_rows() if row[1].startswith("proposal")] == [
        ("proposal.accept", f"proposal {proposal}", "done"),
        ("proposal.decline", f"proposal {proposal}", "refused: proposal-conflict"),
    ]


async def test_declining_needs_a_reason(database: str, city: City, sign_in: SignIn) -> None:
    """Accepting needs none, not even a body."""
    first = seed_proposal(database, city.venues[0])
    second = seed_proposal(database, city.venues[1])
    client = await sign_in("li", Role.SUPERVISOR)
    for body in ({}, {"reason": ""}, {"reason": "  "}, {"reason": "x" * 2_001}, {"reason": "a\0b"}):
        assert (await client.post(f"{PROPOSALS}/{first}/decline", json=body)).status_code == 422
    declined = await client.post(f"{PROPOSALS}/{first}/decline", json={"reason": "closed"})
    assert (declined.json()["state"], declined.json()["reason"]) == ("declined", "closed")
    assert (await client.post(f"{PROPOSALS}/{second}/accept")).json()["state"] == "accepted"
    assert (await client.post(f"{PROPOSALS}/9999/accept")).status_code == 404


@pytest.mark.parametrize("role", Role)
async def test_who_decides(database: str, city: City, sign_in: SignIn, role: Role) -> None:
    """Supervisors and administrators; others may look, and integrators not even that."""
    proposal = seed_proposal(database, city.venues[0])
    client = await sign_in("li", role)
    may = role in {Role.SUPERVISOR, Role.ADMINISTRATOR}
    until = (datetime.now(tz=UTC) + timedelta(days=1)).isoformat()
    acts = [
        (f"{PROPOSALS}/{proposal}/accept", {}, 200),
        ("/api/v1/risk/code:V1/override", {"grade": "B", "reason": "guards", "until": until}, 201),
        ("/api/v1/risk/code:V1/override/end", {"reason": "gone"}, 200),
    ]
    for path, body, status in acts:
        assert (await client.post(path, json=body)).status_code == (status if may else 403), path
    assert (await client.get(PROPOSALS)).status_code == (403 if role is Role.INTEGRATOR else 200)


async def test_an_override_ends_after_thirty_days_at_most(
    database: str, city: City, sign_in: SignIn, audit_rows: Audit
) -> None:
    """Not in the past, not later, not without a zone, not without a reason."""
    client = await sign_in("li", Role.SUPERVISOR)
    now = datetime.now(tz=UTC)
    path = f"/api/v1/risk/{city.venues[0]}/override"
    for until in (now - timedelta(minutes=1), now + timedelta(days=30, minutes=5)):
        answer = await client.post(path, json={"grade": "A", "reason": "x", "until": until.isoformat()})
        assert answer.json()["type"].endswith(":invalid-until")
    naive = now.replace(tzinfo=None).isoformat()
    for body in (
        {"grade": "A", "reason": "x", "until": naive},
        {"grade": "E", "reason": "x", "until": now.isoformat()},
        {"grade": "A", "until": (now + timedelta(days=1)).isoformat()},
        {"grade": "A", "reason": " ", "until": (now + timedelta(days=1)).isoformat()},
    ):
        assert (await client.post(path, json=body)).status_code == 422
    until = (now + timedelta(days=29)).isoformat()
    made = await client.post(path, json={"grade": "A", "reason": "rebuilt", "until": until})
    assert (made.status_code, made.json()[0]["grade"], made.json()[0]["actor"]) == (201, "A", "li")
    assert ("li", "risk.override", f"venue {city.venues[0]}", "done") in audit_rows()
    assert (await client.post("/api/v1/risk/code:NONE/override", json={})).status_code == 422


async def test_an_override_is_ended_once(database: str, city: City, sign_in: SignIn) -> None:
    """Its end is a row of its own; where nothing is set there is nothing to end."""
    client = await sign_in("li", Role.SUPERVISOR)
    path = "/api/v1/risk/code:V1/override"
    assert (await client.post(f"{path}/end", json={"reason": "x"})).json()["type"].endswith(":no-override")
    until = (datetime.now(tz=UTC) + timedelta(days=2)).isoformat()
    await client.post(path, json={"grade": "D", "reason": "x", "until": until})
    ended = await client.post(f"{path}/end", json={"reason": "as it was"})
    assert [(row["grade"], row["reason"]) for row in ended.json()] == [(None, "as it was"), ("D", "x")]
    assert (await client.post(f"{path}/end", json={"reason": "x"})).status_code == 409
    assert (await client.get("/api/v1/risk/code:V1/overrides")).json() == ended.json()
    with psycopg.connect(database) as connection, pytest.raises(psycopg.Error):
        connection.execute("DELETE FROM risk_override")
