"""Is what a device sent reachable from what became of it, by those who may, and by nobody else?"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from firewarden.api.policy import Role, Scope
from firewarden.ingest.wire.gb26875.frames import encode
from firewarden.ingest.wire.gb26875.objects import ComponentState
from firewarden.ingest.wire.gb26875.profiles import STANDARD
from firewarden.ingest.wire.gb26875.units import SEND, encode_unit
from tests.integration.api.conftest import SignIn
from tests.integration.api.seed import T0, City, run, seed_incident
from tests.integration.api.test_access import problem

Get = Callable[..., Awaitable[httpx.Response]]
PRIVATE = bytes((150, 1, 7, 7))


def fire(at: datetime) -> bytes:
    """An application unit: a fire of a smoke detector."""
    state = ComponentState(
        system_type=1,
        system_address=1,
        component_type=40,
        component_address=bytes.fromhex("0a000100"),
        word=0b10,
        text="三层走道",
        at=at,
    )
    return encode_unit(2, [state], STANDARD)


def seed_device(url: str, gateway: str = "G1", *, profile: str = "standard") -> None:
    """A gateway speaks GB/T 26875.3 and is connected."""
    run(
        url,
        "INSERT INTO gb_device (gateway_id, source_address, peer, profile) VALUES (%s, 7, '10.0.0.0/8', %s)",
        [gateway, profile],
    )
    run(
        url,
        "INSERT INTO device_link (gateway_id, worker, transport, peer, port, since_at) VALUES (%s, '1', 'tcp',"
        " '10.0.0.9', 4711, %s)",
        [gateway, T0],
    )


def seed_frame(
    url: str,
    seq: int,
    at: datetime,
    unit: bytes,
    *,
    gateway: str = "G1",
    lane: str = "alarm",
    undecoded: str | None = None,
) -> None:
    """A stored frame."""
    raw = encode(serial=seq, source=7, destination=1, command=SEND, unit=unit, time=at)
    run(
        url,
        "INSERT INTO raw_frame (gateway_id, boot, lane, seq, received_at, transport, peer, serial, command, type,"
        " digest, undecoded, frame) VALUES (%s, 'gb26875', %s, %s, %s, 'tcp', '10.0.0.9', %s, 2, %s, 7, %s, %s)",
        [gateway, lane, seq, at, seq, unit[0], undecoded, raw],
    )


def seed_state(
    url: str, city: City, at: datetime, *, boot: str = "gb26875", seq: int = 1, raised: bool = True, state: str = "fire"
) -> None:
    """A state change of the first venue's point."""
    run(
        url,
        "INSERT INTO state_change (gateway_id, venue_id, point_id, state, raised, at, device_at, sent_at, received_at,"
        " boot, lane, seq) VALUES ('G1', %s, %s, %s, %s, %s, %s, %s, %s, %s, 'alarm', %s)",
        [city.venues[0], city.points[0], state, raised, at, at, at, at, boot, seq],
    )


def seed_act(url: str, city: City, at: datetime, action: str, *, seq: int = 1) -> None:
    """An act of an operator of the first venue."""
    run(
        url,
        "INSERT INTO operator_action (gateway_id, venue_id, action, operator, at, device_at, sent_at, received_at,"
        " boot, lane, seq) VALUES ('G1', %s, %s, '3', %s, %s, %s, %s, 'gb26875', 'alarm', %s)",
        [city.venues[0], action, at, at, at, at, seq],
    )


@pytest.fixture
async def get(city: City, sign_in: SignIn) -> Get:
    """Reads a path as a supervisor."""
    client = await sign_in("reader", Role.SUPERVISOR)

    async def ask(path: str, **params: str | float) -> httpx.Response:
        return await client.get(path if path.startswith("/api") else f"/api/v1{path}", params=params or None)

    return ask


async def test_from_an_incident_to_its_frame(database: str, city: City, get: Get) -> None:
    """Incident, its facts, their frame: bytes, fields in both languages, and the facts again."""
    seed_device(database)
    seed_frame(database, 1, T0, fire(T0))
    seed_state(database, city, T0)
    incident = seed_incident(database, city)
    (fact,) = (await get(f"/incidents/{incident}/facts")).json()["items"]
    assert (fact["kind"], fact["what"], fact["raised"]) == ("state", "fire", True)
    frame = (await get(fact["frame"])).json()
    assert bytes.fromhex(frame["hex"])[:2] == b"@@"
    assert (frame["profile"], frame["profile_missing"], frame["row"]["type"]) == ("standard", False, 2)
    by_offset = {field["offset"]: field for field in frame["fields"]}
    assert (by_offset[26]["name_en"], by_offset[26]["value"]) == ("command", "2 发送数据")
    assert [field["value"] for field in frame["fields"] if field["name"] == "说明"] == ["三层走道"]
    assert [(field["value"], field["value_en"]) for field in frame["fields"] if field["name"] == "状态"] == [
        ("0002 火警", "0002 fire")
    ]
    assert "".join(field["hex"] for field in frame["fields"]).replace(" ", "") == frame["hex"], "every byte, in order"
    assert [each["id"] for each in frame["facts"]] == [fact["id"]]


async def test_facts_of_mqtt_and_forgotten_frames_have_no_link(database: str, city: City, get: Get) -> None:
    """A link that leads nowhere is worse than none."""
    seed_device(database)
    seed_frame(database, 2, T0, fire(T0))
    seed_state(database, city, T0, boot="b")
    seed_state(database, city, T0 + timedelta(seconds=1), seq=1)
    seed_state(database, city, T0, seq=2)
    facts = (await get(f"/venues/{city.venues[0]}/facts")).json()["items"]
    assert sorted((fact["boot"], fact["seq"], fact["frame"] is not None) for fact in facts) == [
        ("b", 1, False),
        ("gb26875", 1, False),
        ("gb26875", 2, True),
    ]
    link = urlsplit(next(fact["frame"] for fact in facts if fact["frame"]))
    gone = {"at": parse_qs(link.query)["at"][0].replace(":00Z", ":01Z")}
    assert problem(await get(link.path, **gone)) == "not-found"


async def test_facts_come_page_by_page(database: str, city: City, get: Get) -> None:
    """Newest first, states and acts together, each once, between two moments."""
    for second in range(5):
        at = T0 + timedelta(seconds=second)
        seed_state(database, city, at, state="fault", raised=second % 2 == 0)
        seed_act(database, city, at, "mute")
    path = "/venues/code:V1/facts"
    whole = (await get(path)).json()["items"]
    assert [fact["received_at"] for fact in whole] == sorted((fact["received_at"] for fact in whole), reverse=True)
    seen: list[tuple[str, int]] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await get(path, limit=3, **cursor)).json()
        seen += [(fact["kind"], fact["id"]) for fact in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert seen == [(fact["kind"], fact["id"]) for fact in whole]
    assert len(set(seen)) == 10
    until = (T0 + timedelta(seconds=2)).isoformat()
    assert len((await get(path, since=T0.isoformat(), until=until)).json()["items"]) == 4


async def test_only_the_facts_of_an_incident_are_its_evidence(database: str, city: City, get: Get) -> None:
    """Of its point and condition, from the one that opened it until it was closed; acts for a manual alarm."""
    seed_state(database, city, T0 - timedelta(seconds=1))
    seed_state(database, city, T0)
    seed_state(database, city, T0, state="fault")
    seed_state(database, city, T0 + timedelta(seconds=5), raised=False)
    seed_state(database, city, T0 + timedelta(seconds=50))
    fire_incident = seed_incident(database, city)
    run(
        database,
        "UPDATE incident SET state = 'closed', closed_at = %s, closed_by = 'x', class = 'test' WHERE id = %s",
        [T0 + timedelta(seconds=40), fire_incident],
    )
    facts = (await get(f"/incidents/{fire_incident}/facts")).json()["items"]
    assert [(fact["what"], fact["raised"]) for fact in facts] == [("fire", False), ("fire", True)]
    for action in ("manual_alarm", "mute", "reset"):
        seed_act(database, city, T0, action)
    manual = seed_incident(database, city, kind="manual_alarm", with_point=False)
    facts = (await get(f"/incidents/{manual}/facts")).json()["items"]
    assert {fact["what"] for fact in facts} == {"manual_alarm", "reset"}
    offline = seed_incident(database, city, kind="offline", priority=4, with_point=False)
    assert (await get(f"/incidents/{offline}/facts")).json()["items"] == []


async def test_frames_of_a_gateway(database: str, get: Get) -> None:
    """Newest first, by type, by time, only those that were not understood; page by page."""
    seed_device(database)
    for seq in range(1, 8):
        at = T0 + timedelta(seconds=seq // 2)
        odd = seq % 3 == 0
        seed_frame(database, seq, at, PRIVATE if odd else fire(at), undecoded="private" if odd else None)
    seed_frame(database, 1, T0, fire(T0), gateway="G2")
    assert [row["seq"] for row in (await get("/gateways/G1/frames")).json()["items"]] == [7, 6, 5, 4, 3, 2, 1]
    assert [row["seq"] for row in (await get("/gateways/G1/frames", type=150)).json()["items"]] == [6, 3]
    odd = (await get("/gateways/G1/frames", undecoded=True)).json()["items"]
    assert [(row["seq"], row["undecoded"]) for row in odd] == [(6, "private"), (3, "private")]
    since = (T0 + timedelta(seconds=2)).isoformat()
    assert [row["seq"] for row in (await get("/gateways/G1/frames", since=since)).json()["items"]] == [7, 6, 5, 4]
    first = (await get("/gateways/G1/frames", limit=4)).json()
    rest = (await get("/gateways/G1/frames", limit=4, cursor=first["next"])).json()
    assert [row["seq"] for row in (*first["items"], *rest["items"])] == [7, 6, 5, 4, 3, 2, 1]
    assert rest["next"] is None
    assert (await get("/gateways/G3/frames")).json() == {"items": [], "next": None}
    assert problem(await get("/gateways/nobody/frames")) == "not-found"


async def test_what_was_not_understood_is_listed_for_all_gateways(database: str, get: Get) -> None:
    """One list for whoever looks after gateways, page by page."""
    for gateway in ("G1", "G2", "G3"):
        seed_frame(database, 1, T0, PRIVATE, gateway=gateway, lane="state", undecoded="type 150 is private to a vendor")
        seed_frame(database, 2, T0, fire(T0), gateway=gateway)
    first = (await get("/frames/undecoded", limit=2)).json()
    rest = (await get("/frames/undecoded", limit=2, cursor=first["next"])).json()
    assert [row["gateway_id"] for row in (*first["items"], *rest["items"])] == ["G3", "G2", "G1"]
    frame = (await get(first["items"][0]["frame"])).json()
    assert frame["row"]["undecoded"] == "type 150 is private to a vendor"
    assert [field["hex"] for field in frame["fields"] if field["name"] == "未解析"] == ["07 07"]


async def test_a_gateway_in_all_detail(database: str, city: City, get: Get) -> None:
    """What it speaks, how it is connected, and its day; one that speaks MQTT has no device and no link."""
    now = datetime.now(tz=UTC)
    seed_device(database)
    seed_frame(database, 1, now, PRIVATE, undecoded="odd")
    detail = (await get("/gateways/G1")).json()
    assert detail["gateway"]["protocol"] == "gb26875"
    assert (detail["device"]["source_address"], detail["device"]["peer"]) == (7, "10.0.0.0/8")
    assert (detail["link"]["peer"], detail["link"]["port"], detail["link"]["ended_at"]) == ("10.0.0.9", 4711, None)
    assert (detail["today"]["verdict"], detail["today"]["undecoded"]) == ("nothing", 1)
    other = (await get("/gateways/G2")).json()
    assert (other["gateway"]["protocol"], other["device"], other["link"]) == ("mqtt", None, None)
    assert other["gateway"]["venue_id"] == city.venues[1]
    listed = (await get("/gateways")).json()["items"]
    assert [(row["id"], row["protocol"]) for row in listed] == [("G1", "gb26875"), ("G2", "mqtt"), ("G3", "mqtt")]
    assert problem(await get("/gateways/nobody")) == "not-found"


async def test_a_profile_that_is_missing_here_is_said(database: str, get: Get) -> None:
    """The frame is read as the standard says, and nobody takes that for the vendor's word."""
    seed_device(database, profile="no-such-profile")
    seed_frame(database, 1, T0, fire(T0))
    frame = (await get("/gateways/G1/frames/alarm/1", at=T0.isoformat())).json()
    assert (frame["profile"], frame["profile_missing"]) == ("no-such-profile", True)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.DUTY_OFFICER])
async def test_whoever_reads_facts_reads_their_frames_but_no_lists(
    database: str, city: City, sign_in: SignIn, role: Role
) -> None:
    """A frame shows no more than its facts do; lists of all that came are for those who look after gateways."""
    seed_device(database)
    seed_frame(database, 1, T0, fire(T0))
    seed_state(database, city, T0)
    client = await sign_in("somebody", role)
    (fact,) = (await client.get(f"/api/v1/venues/{city.venues[0]}/facts")).json()["items"]
    assert (await client.get(fact["frame"])).status_code == 200
    for path in ("/api/v1/gateways/G1/frames", "/api/v1/frames/undecoded"):
        assert problem(await client.get(path)) == "missing-scope"


@pytest.mark.parametrize("path", ["/gateways/G1", "/gateways/G1/frames/alarm/1?at=2026-11-23T03:00:00Z"])
async def test_a_key_needs_the_scope(
    city: City, with_key: Callable[..., Awaitable[httpx.AsyncClient]], path: str
) -> None:
    """Without `venues:read` nothing of a gateway is shown."""
    client = await with_key("k", Scope.RISK_READ)
    assert problem(await client.get(f"/api/v1{path}")) == "missing-scope"
