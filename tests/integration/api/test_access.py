"""Who gets in, how far, and what is written down about those who do not?"""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from firewarden.api import accounts
from firewarden.api.context import ApiContext, clock
from firewarden.api.policy import Role, Scope
from firewarden.api.throttle import LoginThrottle
from tests.integration.api.conftest import BASE, PASSWORD, SignIn

AuditRows = Callable[[], list[tuple[str, str, str, str]]]
WithKey = Callable[..., Awaitable[httpx.AsyncClient]]
AddUser = Callable[..., Awaitable[accounts.UserRow]]
SESSION = "/api/v1/session"


def problem(answer: httpx.Response) -> str:
    """The last part of the problem's type."""
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert {"type", "title", "status", "detail", "instance"} <= body.keys()
    assert body["status"] == answer.status_code
    return str(body["type"]).removeprefix("urn:firewarden:problem:")


async def test_signing_in_and_out(sign_in: SignIn) -> None:
    """The cookie is out of reach of scripts and other sites, opens what the role may do, and is void after sign-out."""
    client = await sign_in("officer", Role.DUTY_OFFICER)
    me = (await client.get("/api/v1/me")).json()
    assert (me["name"], me["role"], "incidents:write" in me["scopes"]) == ("officer", "duty_officer", True)
    token = client.cookies["fw_session"]
    assert (await client.delete(SESSION)).status_code == 204
    client.cookies.set("fw_session", token)
    assert problem(await client.get("/api/v1/me")) == "not-signed-in"


async def test_cookie_attributes(anybody: httpx.AsyncClient, add_user: AddUser) -> None:
    """HttpOnly and SameSite always; Secure when the page came over TLS."""
    await add_user("officer", Role.DUTY_OFFICER)
    body = {"name": "officer", "password": PASSWORD}
    plain = (await anybody.post(SESSION, json=body)).headers["set-cookie"]
    assert "HttpOnly" in plain
    assert "samesite=lax" in plain.lower()
    assert "Secure" not in plain
    safe = await anybody.post(BASE.replace("http", "https") + SESSION, json=body)
    assert "Secure" in safe.headers["set-cookie"]


async def test_wrong_name_and_wrong_password_look_alike(
    anybody: httpx.AsyncClient, add_user: AddUser, audit_rows: AuditRows
) -> None:
    """Nothing in the answer tells whether the name exists, also for a disabled user; each attempt is in the audit."""
    await add_user("officer", Role.DUTY_OFFICER)
    nobody = await anybody.post(SESSION, json={"name": "nobody", "password": PASSWORD})
    wrong = await anybody.post(SESSION, json={"name": "officer", "password": "wrong"})
    assert nobody.json() == wrong.json()
    assert problem(wrong) == "wrong-login"
    assert [row[3] for row in audit_rows()] == ["refused: wrong-login"] * 2


async def test_failed_logins_are_slowed_down(anybody: httpx.AsyncClient, add_user: AddUser) -> None:
    """After too many failures even the right password has to wait, and the answer says how long."""
    await add_user("officer", Role.DUTY_OFFICER)
    for _ in range(LoginThrottle.BY_NAME.tries):
        await anybody.post(SESSION, json={"name": "officer", "password": "wrong"})
    answer = await anybody.post(SESSION, json={"name": "officer", "password": PASSWORD})
    assert problem(answer) == "too-many-logins"
    assert 0 < int(answer.headers["retry-after"]) <= LoginThrottle.BY_NAME.window_s


async def test_a_one_time_password_must_be_changed_first(sign_in: SignIn) -> None:
    """Until then every other request is refused with the reason; afterwards the old password opens nothing."""
    client = await sign_in("admin", must_change=True)
    refused = await client.get("/api/v1/incidents")
    assert (refused.status_code, problem(refused)) == (403, "password-change-required")
    assert (
        problem(await client.post("/api/v1/users", json={"name": "x", "role": "viewer"})) == "password-change-required"
    )
    same = {"current": PASSWORD, "new": PASSWORD}
    assert problem(await client.post("/api/v1/me/password", json=same)) == "weak-password"
    short = {"current": PASSWORD, "new": "short"}
    assert problem(await client.post("/api/v1/me/password", json=short)) == "weak-password"
    wrong = {"current": "wrong", "new": "a better password"}
    assert problem(await client.post("/api/v1/me/password", json=wrong)) == "wrong-password"
    good = {"current": PASSWORD, "new": "a better password"}
    assert (await client.post("/api/v1/me/password", json=good)).status_code == 204
    assert (await client.get("/api/v1/incidents")).status_code == 200
    assert problem(await client.post(SESSION, json={"name": "admin", "password": PASSWORD})) == "wrong-login"


async def test_changing_the_password_ends_other_sessions(
    sign_in: SignIn, new_client: Callable[[], httpx.AsyncClient]
) -> None:
    """Whoever has stolen a session loses it when the password changes; the one that changed it stays."""
    client = await sign_in("officer", Role.DUTY_OFFICER)
    thief = new_client()
    await thief.post(SESSION, json={"name": "officer", "password": PASSWORD})
    await client.post("/api/v1/me/password", json={"current": PASSWORD, "new": "a better password"})
    assert (await client.get("/api/v1/me")).status_code == 200
    assert (await thief.get("/api/v1/me")).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="says nothing"),
        pytest.param({"Origin": "https://evil.example"}, id="another origin"),
        pytest.param({"Origin": "null"}, id="a sandboxed frame"),
        pytest.param({"Sec-Fetch-Site": "cross-site", "Origin": BASE}, id="cross-site"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, id="a sibling site"),
    ],
)
async def test_writes_from_other_sites_are_refused(
    sign_in: SignIn, audit_rows: AuditRows, headers: dict[str, str]
) -> None:
    """A cookie alone does not write: the browser must say that our own page asked."""
    client = await sign_in("officer", Role.DUTY_OFFICER)
    del client.headers["Origin"]
    answer = await client.post("/api/v1/incidents/1/take", headers=headers)
    assert (answer.status_code, problem(answer)) == (403, "cross-origin")
    expected = ("officer", "take_incident", "/api/v1/incidents/1/take", "refused: cross-origin")
    assert audit_rows()[-1] == expected


async def test_login_from_another_site_is_refused(anybody: httpx.AsyncClient, add_user: AddUser) -> None:
    """No other site can sign a browser in as somebody of its choice."""
    await add_user("officer", Role.DUTY_OFFICER)
    body = {"name": "officer", "password": PASSWORD}
    answer = await anybody.post(SESSION, json=body, headers={"Origin": "https://evil.example"})
    assert problem(answer) == "cross-origin"


async def test_keys_open_what_their_scopes_say(with_key: WithKey) -> None:
    """A key reads what it may and nothing else, and has no password to change."""
    program = await with_key(Scope.RISK_READ)
    assert (await program.get("/api/v1/risk/ranking")).status_code == 200
    assert problem(await program.get("/api/v1/incidents")) == "missing-scope"
    body = {"current": "x", "new": "a better password"}
    assert problem(await program.post("/api/v1/me/password", json=body)) == "only-people"


@pytest.mark.parametrize("value", ["fwk_unknown", "nonsense", "fwk_" + "x" * 5000, ""])
async def test_unknown_keys_open_nothing(anybody: httpx.AsyncClient, value: str) -> None:
    """A key that nobody made is refused, however long."""
    answer = await anybody.get("/api/v1/incidents", headers={"Authorization": f"Bearer {value}"})
    assert (answer.status_code, problem(answer)) == (401, "not-signed-in")


async def test_revoked_and_expired_keys_open_nothing(
    with_key: WithKey, sign_in: SignIn, anybody: httpx.AsyncClient
) -> None:
    """An administrator makes a key that is shown once, and revokes it; one that has expired is refused as well."""
    admin = await sign_in("admin")
    made = await admin.post("/api/v1/api-keys", json={"name": "k", "scopes": ["risk:read"]})
    assert made.status_code == 201
    key = made.json()["key"]
    headers = {"Authorization": f"Bearer {key}"}
    assert (await anybody.get("/api/v1/risk/ranking", headers=headers)).status_code == 200
    assert key not in (await admin.get("/api/v1/api-keys")).text
    revoked = await admin.delete(f"/api/v1/api-keys/{made.json()['row']['id']}")
    assert revoked.json()["revoked_at"] is not None
    assert (await anybody.get("/api/v1/risk/ranking", headers=headers)).status_code == 401
    past = (clock() - timedelta(seconds=1)).isoformat()
    old = await admin.post("/api/v1/api-keys", json={"name": "old", "scopes": ["risk:read"], "expires_at": past})
    headers = {"Authorization": f"Bearer {old.json()['key']}"}
    assert (await anybody.get("/api/v1/risk/ranking", headers=headers)).status_code == 401
    assert problem(await admin.delete("/api/v1/api-keys/999")) == "not-found"
    again = await admin.post("/api/v1/api-keys", json={"name": "k", "scopes": ["risk:read"]})
    assert problem(again) == "name-taken"


async def test_sessions_expire_and_live_on_when_used(app: FastAPI, context: ApiContext, add_user: AddUser) -> None:
    """Twelve hours without use end a session; use within them begins the twelve hours anew."""
    user = await add_user("officer", Role.DUTY_OFFICER)
    now = clock()
    async with context.pool.connection() as connection:
        token = await accounts.open_session(connection, user.id, now=now)
        later = now + timedelta(hours=11)
        assert await accounts.session_principal(connection, token, now=later) is not None
        later += timedelta(hours=11)
        assert await accounts.session_principal(connection, token, now=later) is not None
        later += timedelta(hours=12)
        assert await accounts.session_principal(connection, token, now=later) is None


async def test_sessions_of_one_user_are_bounded(
    app: FastAPI, context: ApiContext, add_user: AddUser, database: str
) -> None:
    """The oldest session ends when a user opens one too many."""
    user = await add_user("officer", Role.DUTY_OFFICER)
    now = clock()
    async with context.pool.connection() as connection:
        first = await accounts.open_session(connection, user.id, now=now)
        for step in range(accounts.SESSIONS_MAX):
            await accounts.open_session(connection, user.id, now=now + timedelta(seconds=step + 1))
        assert await accounts.session_principal(connection, first, now=now) is None
    with psycopg.connect(database) as connection:
        count = connection.execute("SELECT count(*) FROM user_session").fetchone()
    assert count == (accounts.SESSIONS_MAX,)


async def test_users_are_administered(sign_in: SignIn, anybody: httpx.AsyncClient, audit_rows: AuditRows) -> None:
    """An administrator adds, changes, resets and disables users; each step is in the audit, without a password."""
    admin = await sign_in("admin")
    added = await admin.post("/api/v1/users", json={"name": "wang", "role": "viewer"})
    assert added.status_code == 201
    first = {"name": "wang", "password": added.json()["one_time_password"]}
    assert (await anybody.post(SESSION, json=first)).json()["must_change_password"] is True
    changed = await admin.patch("/api/v1/users/wang", json={"role": "supervisor"})
    assert changed.json()["role"] == "supervisor"
    reset = await admin.post("/api/v1/users/wang/password")
    assert (await anybody.get("/api/v1/me")).status_code == 401
    second = {"name": "wang", "password": reset.json()["one_time_password"]}
    assert (await anybody.post(SESSION, json=second)).status_code == 200
    assert (await admin.patch("/api/v1/users/wang", json={"disabled": True})).json()["disabled"] is True
    assert (await anybody.get("/api/v1/me")).status_code == 401
    assert problem(await anybody.post(SESSION, json=second)) == "wrong-login"
    assert problem(await admin.post("/api/v1/users", json={"name": "wang", "role": "viewer"})) == "name-taken"
    assert problem(await admin.patch("/api/v1/users/nobody", json={})) == "not-found"
    assert [user["name"] for user in (await admin.get("/api/v1/users")).json()["items"]] == ["admin", "wang"]
    listed = (await admin.get("/api/v1/audit")).text
    assert reset.json()["one_time_password"] not in listed
    done = [action for _, action, target, outcome in audit_rows() if outcome == "done" and target == "user wang"]
    assert done == ["user.add", "user.change", "user.reset_password", "user.change"]


async def test_somebody_can_always_administer(sign_in: SignIn) -> None:
    """The last administrator can neither be disabled nor become something else."""
    admin = await sign_in("admin")
    assert problem(await admin.patch("/api/v1/users/admin", json={"disabled": True})) == "last-administrator"
    assert problem(await admin.patch("/api/v1/users/admin", json={"role": "viewer"})) == "last-administrator"
    assert (await admin.get("/api/v1/users")).status_code == 200


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
async def test_administration_is_for_administrators(sign_in: SignIn, role: Role) -> None:
    """Nobody else sees users, keys or the audit, or makes any."""
    client = await sign_in("somebody", role)
    for path in ("users", "api-keys", "audit"):
        assert problem(await client.get(f"/api/v1/{path}")) == "missing-scope"
    new = {"name": "me", "role": "administrator"}
    assert problem(await client.post("/api/v1/users", json=new)) == "missing-scope"


async def test_refused_writes_of_nobody_fill_no_table(anybody: httpx.AsyncClient, audit_rows: AuditRows) -> None:
    """Refusals without a name are recorded up to a limit for each address, and the last row says so."""
    for _ in range(40):
        assert (await anybody.post("/api/v1/incidents/1/take")).status_code == 401
    assert len(audit_rows()) == 30
    assert {row[0] for row in audit_rows()} == {"anonymous"}


async def test_language_is_kept(sign_in: SignIn) -> None:
    """A user who chooses a language finds it again."""
    client = await sign_in("officer", Role.DUTY_OFFICER)
    assert (await client.patch("/api/v1/me", json={"language": "en"})).json()["language"] == "en"
    assert (await client.get("/api/v1/me")).json()["language"] == "en"
