"""Can gateways be asked by those who may, is it written down, and is nothing initialised by a slip?"""

from collections.abc import Callable

import httpx
import psycopg
import pytest

from firewarden.api.asking import OPEN_MAX
from firewarden.api.policy import Role, Scope
from firewarden.ingest.command_words import CommandName
from tests.integration.api.conftest import SignIn
from tests.integration.api.seed import City, one, run
from tests.integration.api.test_commands import Run, broker, cli

__all__ = ["broker", "cli"]  # fixtures

ASK = "/api/v1/gateways/G1/commands"
LIST = "/api/v1/commands"

READERS = {Role.SUPERVISOR, Role.INTEGRATOR, Role.ADMINISTRATOR}
MAY = {
    CommandName.DUTY_CHECK: {Role.DUTY_OFFICER, Role.SUPERVISOR, Role.ADMINISTRATOR},
    CommandName.CLOCK_SYNC: READERS,
    CommandName.READ_DEVICE_STATE: READERS,
    CommandName.INITIALISE: {Role.ADMINISTRATOR},
}


async def ask(client: httpx.AsyncClient, command: str = "duty_check", **args: str | int) -> dict[str, object]:
    """Ask G1 for something; the command as it stands."""
    answer = await client.post(ASK, json={"command": command, "args": args})
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.mark.parametrize("role", Role)
async def test_who_may_ask_for_what(city: City, sign_in: SignIn, role: Role) -> None:
    """Duty officers ask for people, integrators read, administrators initialise; viewers see it all and ask nothing."""
    client = await sign_in("li", role)
    for command, roles in MAY.items():
        answer = await client.post(ASK, json={"command": command})
        assert answer.status_code == (201 if role in roles else 403), (command, answer.text)
    listed = (await client.get(LIST)).json()["items"]
    assert [row["command"] for row in reversed(listed)] == [command for command, roles in MAY.items() if role in roles]


async def test_keys_have_scopes_of_their_own(
    city: City, with_key: Callable[..., object], audit_rows: Callable[[], list[tuple[str, str, str, str]]]
) -> None:
    """A key with commands:write checks duty and cannot set a clock; both stand in the audit."""
    client = await with_key(Scope.COMMANDS_WRITE)  # pyright: ignore[reportGeneralTypeIssues]
    row = await ask(client, minutes=5)
    assert (row["asked_by"], row["state"], row["args"]) == ("key:a program", "waiting", {"minutes": 5})
    refused = await client.post(ASK, json={"command": "clock_sync"})
    assert refused.json()["type"].endswith(":missing-scope")
    assert (await client.get(LIST)).status_code == 403
    assert audit_rows() == [
        ("key:a program", "command.ask", "gateway G1", "done"),
        ("key:a program", "command.ask", "gateway G1", "refused: missing-scope"),
    ]


@pytest.mark.parametrize(
    ("wish", "status", "problem"),
    [
        ({"command": "dance"}, 422, "invalid-request"),
        ({"command": "duty_check", "more": 1}, 422, "invalid-request"),
        ({"command": "duty_check", "args": {"minutes": 0}}, 422, "invalid-args"),
        ({"command": "duty_check", "args": {"minutes": "5"}}, 422, "invalid-args"),
        ({"command": "clock_sync", "args": {"time": "now"}}, 422, "invalid-args"),
        ({"command": "read_analog", "args": {"system_type": 1, "system_address": 1}}, 422, "invalid-args"),
        ({"command": "read_operations", "args": {"since": "2026-11-24"}}, 422, "invalid-args"),
        ({"command": "duty_check", "args": {"minutes": True}}, 422, "invalid-request"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    city: City, sign_in: SignIn, wish: dict[str, object], status: int, problem: str
) -> None:
    """In words, and nothing is sent."""
    client = await sign_in("admin")
    answer = await client.post(ASK, json=wish)
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:firewarden:problem:{problem}"), answer.text
    assert (await client.get(LIST)).json()["items"] == []


async def test_unknown_ones_are_not_found(city: City, sign_in: SignIn) -> None:
    """A gateway or command that does not exist is 404, whatever is wanted of it."""
    client = await sign_in("admin")
    assert (await client.post("/api/v1/gateways/nobody/commands", json={"command": "clock_sync"})).status_code == 404
    assert (await client.get(f"{LIST}/7")).status_code == 404
    assert (await client.post(f"{LIST}/7/withdraw")).status_code == 404
    assert (await client.post(f"{LIST}/7/confirm", json={"gateway_id": "G1"})).status_code == 404


async def test_initialising_needs_a_second_word(
    city: City, database: str, sign_in: SignIn, audit_rows: Callable[[], list[tuple[str, str, str, str]]]
) -> None:
    """It waits unconfirmed; another gateway's id does not confirm it, and neither does one word too late."""
    client = await sign_in("admin")
    row = await ask(client, "initialise")
    number = row["id"]
    assert (row["state"], row["confirmed_by"]) == ("unconfirmed", None)
    wrong = await client.post(f"{LIST}/{number}/confirm", json={"gateway_id": "G2"})
    assert (wrong.status_code, wrong.json()["type"].rpartition(":")[2]) == (422, "wrong-gateway")
    officer = await sign_in("wang", Role.SUPERVISOR)
    assert (await officer.post(f"{LIST}/{number}/confirm", json={"gateway_id": "G1"})).status_code == 403
    right = await client.post(f"{LIST}/{number}/confirm", json={"gateway_id": "G1"})
    assert (right.json()["state"], right.json()["confirmed_by"]) == ("waiting", "admin")
    again = await client.post(f"{LIST}/{number}/confirm", json={"gateway_id": "G1"})
    assert (again.status_code, again.json()["state"]) == (409, "waiting")
    late = (await ask(client, "initialise"))["id"]
    run(database, "UPDATE gateway_command SET deadline_at = now() WHERE id = %s", [late])
    answer = await client.post(f"{LIST}/{late}/confirm", json={"gateway_id": "G1"})
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (409, "command-conflict")
    outcomes = [outcome for _, action, _, outcome in audit_rows() if action == "command.confirm"]
    assert outcomes == [
        "refused: wrong-gateway",
        "refused: missing-scope",
        "done",
        "refused: command-conflict",
        "refused: command-conflict",
    ]


async def test_what_was_not_sent_can_be_taken_back(city: City, database: str, sign_in: SignIn) -> None:
    """By whoever may ask for it; what was sent goes its way."""
    officer = await sign_in("wang", Role.DUTY_OFFICER)
    first, second = [(await ask(officer))["id"] for _ in range(2)]
    viewer = await sign_in("li", Role.VIEWER)
    assert (await viewer.post(f"{LIST}/{first}/withdraw")).status_code == 403
    answer = await officer.post(f"{LIST}/{first}/withdraw")
    assert (answer.json()["state"], answer.json()["detail"]) == ("withdrawn", "wang")
    run(database, "UPDATE gateway_command SET state = 'sent', attempts = 1 WHERE id = %s", [second])
    answer = await officer.post(f"{LIST}/{second}/withdraw")
    assert (answer.status_code, answer.json()["state"]) == (409, "sent")


async def test_commands_do_not_pile_up(city: City, sign_in: SignIn) -> None:
    """So many to one gateway, and no more before one of them is over; another gateway has its own."""
    client = await sign_in("wang", Role.DUTY_OFFICER)
    numbers = [(await ask(client))["id"] for _ in range(OPEN_MAX)]
    answer = await client.post(ASK, json={"command": "duty_check"})
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (409, "too-many-commands")
    assert (await client.post("/api/v1/gateways/G2/commands", json={"command": "duty_check"})).status_code == 201
    await client.post(f"{LIST}/{numbers[0]}/withdraw")
    await ask(client)


async def test_the_list_is_filtered_page_by_page(city: City, database: str, sign_in: SignIn) -> None:
    """By gateway, state, command, moment and asker; pages neither repeat nor skip."""
    client = await sign_in("admin")
    numbers = [(await ask(client))["id"] for _ in range(3)]
    await client.post("/api/v1/gateways/G2/commands", json={"command": "clock_sync"})
    own = one(
        database,
        "INSERT INTO gateway_command (gateway_id, command, asked_by, asked_at, due_at, deadline_at)"
        " VALUES ('G3', 'read_device_state', 'platform', now() - interval '1 day', now(), now()) RETURNING id",
    )
    await client.post(f"{LIST}/{numbers[0]}/withdraw")

    async def found(**params: str | int) -> list[int]:
        ids: list[int] = []
        cursor: str | None = ""
        while cursor is not None:
            page = await client.get(LIST, params={**params, **({"cursor": cursor} if cursor else {})})
            assert page.status_code == 200, page.text
            ids += [row["id"] for row in page.json()["items"]]
            cursor = page.json()["next"]
        return ids

    assert await found(limit=1) == [own, own - 1, *reversed(numbers)]
    assert await found(gateway="G1", limit=2) == [*reversed(numbers)]
    assert await found(state="withdrawn") == [numbers[0]]
    assert await found(command="clock_sync") == [own - 1]
    assert await found(own="false", gateway="G3") == []
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT (now() - interval '1 hour')::text").fetchone()
    assert row is not None
    assert own not in await found(since=str(row[0]).replace(" ", "T") + ":00")
    assert (await client.get(LIST, params={"cursor": "x"})).json()["type"].endswith("invalid-cursor")


def test_the_command_line_asks(cli: Run, city: City, database: str) -> None:
    """It prints number and state, refuses what makes no sense in one line, and stands in the audit as cli."""
    status, out, _ = cli("gateway", "command", "G1", "duty_check", "--arg", "minutes=3")
    number = out.split("\t")[0]
    assert (status, out) == (0, f"{number}\twaiting\n")
    assert one(database, "SELECT (args ->> 'minutes')::int FROM gateway_command WHERE id = %s", [number]) == 3
    status, _, err = cli("gateway", "command", "G1", "duty_check", "--arg", "minutes=soon")
    assert (status, err) == (1, "firewarden: duty_check: Expected `int`, got `str` - at `$.minutes`\n")
    status, _, err = cli("gateway", "command", "nobody", "clock_sync")
    assert (status, err) == (1, "firewarden: there is no gateway nobody\n")
    status, out, err = cli("gateway", "command", "G1", "initialise")
    assert "unconfirmed" in out
    assert "confirm" in err
    assert one(database, "SELECT count(*) FROM audit WHERE actor = 'cli' AND action = 'command.ask'") == 2


def test_the_command_line_waits_for_the_end(cli: Run, city: City, database: str) -> None:
    """With --wait it ends when the command does: status 1 unless it was answered."""
    run(
        database,
        "CREATE FUNCTION end_it() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.state := 'missed';"
        " NEW.ended_at := now(); RETURN NEW; END $$",
    )
    run(database, "CREATE TRIGGER t BEFORE INSERT ON gateway_command FOR EACH ROW EXECUTE FUNCTION end_it()")
    status, out, _ = cli("gateway", "command", "G1", "duty_check", "--wait")
    assert (status, out.split("\t")[1]) == (1, "missed\n")
