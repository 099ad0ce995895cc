"""Do devices of GB/T 26875.3 get into the register by hand, and the unknown ones by adoption?"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import httpx
import psycopg
import pytest

from firewarden.api.policy import Role, Scope
from firewarden.ingest.wire.gb26875.frames import encode
from tests.integration.api.conftest import SignIn
from tests.integration.api.seed import City, one, run
from tests.integration.api.test_commands import Run

pytest_plugins = ("tests.integration.api.test_commands",)

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
FIRE = bytes.fromhex("0201" + "01" + "01" + "28" + "0a000200" + "0200") + "3层走道".encode("gb18030").ljust(31, b"\0")


def fire_frame(source: int) -> bytes:
    """A fire of component 1.1/40.0a000200."""
    time = bytes((0, 0, 11, 24, 11, 26))
    return encode(serial=7, source=source, destination=1, command=2, unit=FIRE + time, time=time)


def speaks(database: str, source: int, peer: str = "10.2.0.7", *, frame: bytes | None = None) -> None:
    """Ingest has denied what this device said."""
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO gb_unknown (source_address, peer, transport, first_at, last_at, frames, last_frame)"
            " VALUES (%s, %s, 'tcp', %s, %s, 3, %s)",
            [source, peer, AT, AT, frame or fire_frame(source)],
        )


async def test_unknown_devices_are_listed_with_what_they_said(
    database: str, with_key: Callable[..., Awaitable[httpx.AsyncClient]]
) -> None:
    """The last frame is told in words, and the standard is suggested where it reads all of it."""
    speaks(database, 687)
    client = await with_key(Scope.REGISTER_WRITE)
    (device,) = (await client.get("/api/v1/gateways/unknown")).json()["items"]
    assert device["source_address"] == 687
    assert device["source_bytes"] == "af:02:00:00:00:00"
    assert (device["peer"], device["transport"], device["frames"]) == ("10.2.0.7", "tcp", 3)
    said = device["last_said"]
    assert said["said"] == [{"point": "1.1/40.0a000200", "says": ["fire"], "value": None, "unit": ""}]
    assert said["profiles"][0] == "standard"
    assert said["undecoded"] is None


async def test_pages_of_unknown_devices_cover_each_once(
    database: str, with_key: Callable[..., Awaitable[httpx.AsyncClient]]
) -> None:
    """Two pages have all three, also where all were heard at the same moment."""
    for number in range(3):
        speaks(database, 100, f"10.2.0.{number}")
    client = await with_key(Scope.REGISTER_WRITE)
    first = (await client.get("/api/v1/gateways/unknown?limit=2")).json()
    second = (await client.get("/api/v1/gateways/unknown", params={"limit": 2, "cursor": first["next"]})).json()
    peers = [row["peer"] for row in [*first["items"], *second["items"]]]
    assert sorted(peers) == ["10.2.0.0", "10.2.0.1", "10.2.0.2"]
    assert second["next"] is None


async def test_adoption_makes_a_gateway(
    database: str, city: City, sign_in: SignIn, audit_rows: Callable[[], list[tuple[str, str, str, str]]]
) -> None:
    """One request: gateway and device are there, the device is unknown no more, and the audit says who did it."""
    speaks(database, 687)
    speaks(database, 687, "10.9.0.1")
    client = await sign_in("integrator", Role.INTEGRATOR)
    wanted = {"gateway": "V1-UITD", "venue": "V1", "name": "新装置", "profile": "standard", "peer": "any"}
    answer = await client.post("/api/v1/gateways/unknown/687/10.2.0.7/adopt", json=wanted)
    assert answer.status_code == 201, answer.text
    assert answer.json() == {"gateway": "V1-UITD", "source_address": 687, "peer": None, "profile": "standard"}
    assert one(database, "SELECT count(*) FROM gb_unknown") == 0
    assert one(database, "SELECT source_address FROM gb_device WHERE gateway_id = 'V1-UITD' AND peer IS NULL") == 687
    assert ("integrator", "gateway.adopt", "gateway V1-UITD", "done") in audit_rows()
    listed = (await client.get("/api/v1/gateways")).json()["items"]
    assert [(row["source_address"], row["profile"]) for row in listed if row["id"] == "V1-UITD"] == [(687, "standard")]


async def test_adoption_by_a_gateway_that_exists(database: str, city: City, sign_in: SignIn) -> None:
    """Without a venue, the gateway of that id speaks so from now on, from this address only if so wanted."""
    speaks(database, 687)
    speaks(database, 687, "10.9.0.1")
    client = await sign_in("integrator", Role.INTEGRATOR)
    wanted = {"gateway": "G2", "peer": "this"}
    answer = await client.post("/api/v1/gateways/unknown/687/10.2.0.7/adopt", json=wanted)
    assert answer.json()["peer"] == "10.2.0.7/32"
    assert one(database, "SELECT count(*) FROM gb_unknown") == 1


@pytest.mark.parametrize(
    ("wanted", "refused"),
    [
        ({"gateway": "G1", "venue": "V1"}, (409, "name-taken")),
        ({"gateway": "NEW", "venue": "V9"}, (404, "not-found")),
        ({"gateway": "NONE"}, (404, "not-found")),
        ({"gateway": "NEW", "venue": "V1", "profile": "none-such"}, (422, "unknown-profile")),
        ({"gateway": "NEW", "venue": "V1", "peer": "some"}, (422, "invalid-request")),
        ({"gateway": "a b", "venue": "V1"}, (422, "invalid-request")),
    ],
)
async def test_what_cannot_be_adopted_changes_nothing(
    database: str, city: City, sign_in: SignIn, wanted: dict[str, str], refused: tuple[int, str]
) -> None:
    """Each refusal says why, and the device goes on waiting."""
    speaks(database, 687)
    client = await sign_in("integrator", Role.INTEGRATOR)
    answer = await client.post("/api/v1/gateways/unknown/687/10.2.0.7/adopt", json=wanted)
    assert (answer.status_code, answer.json()["type"].rsplit(":")[-1]) == refused
    assert one(database, "SELECT count(*) FROM gb_unknown") == 1
    assert one(database, "SELECT count(*) FROM gateway") == 3
    assert one(database, "SELECT count(*) FROM gb_device") == 0


async def test_one_source_address_is_one_gateways(database: str, city: City, sign_in: SignIn) -> None:
    """A second gateway cannot have the same source address from the same network."""
    run(database, "INSERT INTO gb_device (gateway_id, source_address) VALUES ('G1', 687)")
    speaks(database, 687)
    client = await sign_in("integrator", Role.INTEGRATOR)
    answer = await client.post("/api/v1/gateways/unknown/687/10.2.0.7/adopt", json={"gateway": "G2"})
    assert (answer.status_code, answer.json()["type"].rsplit(":")[-1]) == (409, "source-address-taken")


async def test_dismissal(database: str, sign_in: SignIn) -> None:
    """A dismissed device is off the list; twice is refused, and so is an address that is none."""
    speaks(database, 687)
    client = await sign_in("integrator", Role.INTEGRATOR)
    for status in (204, 404):
        answer = await client.post("/api/v1/gateways/unknown/687/10.2.0.7/dismiss")
        assert answer.status_code == status
    assert (await client.post("/api/v1/gateways/unknown/687/nowhere/dismiss")).status_code == 422


@pytest.mark.parametrize("role", [Role.VIEWER, Role.DUTY_OFFICER, Role.SUPERVISOR])
async def test_others_neither_see_nor_adopt(database: str, city: City, sign_in: SignIn, role: Role) -> None:
    """Only who writes the register."""
    speaks(database, 687)
    client = await sign_in("somebody", role)
    assert (await client.get("/api/v1/gateways/unknown")).status_code == 403
    answer = await client.post("/api/v1/gateways/unknown/687/10.2.0.7/adopt", json={"gateway": "G1"})
    assert answer.status_code == 403
    assert one(database, "SELECT count(*) FROM gb_device") == 0


def test_a_gateway_is_added_changed_and_listed(cli: Run, city: City, database: str) -> None:
    """By one command: no secret, since the protocol has no sign-in; `set` changes what it is given."""
    status, out, _ = cli(
        "gateway", "add", "--id", "N1", "--venue", "V1", "--profile", "standard", "--source-address", "0x2af"
    )
    assert (status, out) == (
        0,
        "gateway N1: GB/T 26875.3, source address 687 (af:02:00:00:00:00) from anywhere, profile standard\n",
    )
    status, out, _ = cli("gateway", "set", "N1", "--peer", "10.2.0.0/16")
    assert "from 10.2.0.0/16, profile standard" in out
    assert "N1\tV1\tnever_heard\t\t0\tgb26875\t687\t10.2.0.0/16\tstandard" in cli("gateway", "list")[1]
    assert "G1\tV1\tnever_heard\t\t1\tmqtt\tno credential" in cli("gateway", "list")[1]
    assert cli("gateway", "set", "N1", "--mqtt")[1] == "gateway N1: MQTT\n"
    assert one(database, "SELECT count(*) FROM gb_device") == 0


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--profile", "standard"), "--profile and --peer need --source-address"),
        (("--source-address", "soon"), "--source-address: expected a number"),
        (("--source-address", "5", "--peer", "10.2.0.1/16"), "--peer: expected an address or a network"),
        (("--source-address", "5", "--profile", "none-such"), "there is no profile none-such; known are"),
    ],
)
def test_what_is_wrong_with_a_device_is_said(cli: Run, city: City, words: tuple[str, ...], why: str) -> None:
    """In one line, and no gateway is added."""
    status, _, err = cli("gateway", "add", "--id", "N1", "--venue", "V1", *words)
    assert status == 1
    assert why in err
    assert "N1" not in cli("gateway", "list")[1]


def test_adoption_on_the_command_line(cli: Run, city: City, database: str) -> None:
    """List, adopt the one that is meant, dismiss the other."""
    speaks(database, 687)
    speaks(database, 688)
    speaks(database, 688, "10.2.0.8")
    assert "687\taf:02:00:00:00:00\t10.2.0.7\ttcp\t3 frames" in cli("gateway", "unknown")[1]
    status, out, _ = cli("gateway", "adopt", "687", "--id", "N1", "--venue", "V1", "--this-address-only")
    assert (status, "from 10.2.0.7/32, profile standard" in out) == (0, True)
    status, _, err = cli("gateway", "adopt", "688", "--id", "G2", "--existing")
    assert status == 1
    assert "add --from, one of 10.2.0.8, 10.2.0.7" in err
    assert cli("gateway", "dismiss", "688", "--from", "10.2.0.8")[0] == 0
    assert cli("gateway", "adopt", "688", "--id", "G2", "--existing")[0] == 0
    assert cli("gateway", "unknown")[1] == ""
