"""Does the proof of a day say exactly what is known to have happened?"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from random import Random

import httpx
import psycopg
import pytest

from firewarden.api.policy import Role
from firewarden.ingest.batch import Received, read
from firewarden.ingest.day import day_begins, day_of
from firewarden.ingest.facts import Lane
from firewarden.ingest.gaps import GIVE_UP_AFTER
from firewarden.ingest.mqtt_session import Message
from firewarden.ingest.wire.json_v1 import topic
from firewarden.store import database as store
from tests.integration.api.conftest import SignIn
from tests.integration.api.seed import City, run
from tests.integration.api.test_access import problem
from tests.integration.ingest.harness import count_batch

Get = Callable[..., Awaitable[httpx.Response]]
TODAY = day_of(datetime.now(tz=UTC))
NOON = day_begins(TODAY) + timedelta(hours=12)


@pytest.fixture
async def get(city: City, sign_in: SignIn) -> Get:
    """Reads a path as a supervisor."""
    client = await sign_in("reader", Role.SUPERVISOR)

    async def ask(path: str, **params: str | float) -> httpx.Response:
        return await client.get(f"/api/v1{path}", params=params)

    return ask


def received(gateway: str, seq: int, lane: Lane, at: datetime) -> Received:
    """A message without facts, as it came from the broker."""
    payload = f'{{"boot":"b","seq":{seq},"sent_at":"{at.isoformat()}","facts":[]}}'.encode()
    return read(Message(topic(gateway, lane.value), payload, 1, 1), at)


async def write(url: str, batch: list[Received], now: datetime) -> None:
    """Count messages as ingest does, at a moment of the test's choice."""
    async with await store.connect(url, store.Role.INGEST, name="test ingest") as connection:
        await count_batch(connection, batch, now)


async def give_up(url: str, now: datetime) -> None:
    """Let time pass for the gaps."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "UPDATE message_gap SET given_up_at = %s WHERE state = 'open' AND moved_at < %s", [now, now - GIVE_UP_AFTER]
        )


async def test_a_day_without_loss_is_complete(database: str, get: Get) -> None:
    """In order or not, twice or once: all are stored, and the proof says so with first and last number."""
    await write(database, [received("G1", seq, Lane.ALARM, NOON) for seq in (1, 2, 5, 4, 3, 3, 6)], NOON)
    body = (await get("/gateways/G1/proof")).json()
    assert body["gateway"]["verdict"] == "complete"
    assert (body["day"], body["until"], body["gaps"]) == (TODAY.isoformat(), body["until"], [])
    [stream] = body["streams"]
    assert (stream["first_seq"], stream["last_seq"], stream["lane"], stream["boot"]) == (1, 6, "alarm", "b")
    assert stream["counts"] == {
        "numbered": 6,
        "stored": 6,
        "late": 0,
        "repeats": 1,
        "filled_late": 0,
        "open": 0,
        "given_up": 0,
    }
    assert (await get("/proof")).json()["verdict"] == "complete"


async def test_a_loss_is_named_with_its_times(database: str, get: Get) -> None:
    """What never came is given up, what came late is filled, with numbers, start and end; the worst comes first."""
    await write(database, [received("G1", 1, Lane.STATE, NOON)], NOON)
    seen = NOON + timedelta(seconds=5)
    await write(database, [received("G2", 1, Lane.STATE, NOON), received("G1", 10, Lane.STATE, seen)], seen)
    filled = seen + timedelta(seconds=20)
    await write(database, [received("G1", seq, Lane.STATE, filled) for seq in (4, 5)], filled)
    ended = filled + timedelta(minutes=1)
    await give_up(database, ended)
    body = (await get("/gateways/G1/proof", day=TODAY.isoformat())).json()
    assert body["gateway"]["verdict"] == "missing"
    counts = body["gateway"]["counts"]
    assert (counts["numbered"], counts["stored"], counts["filled_late"], counts["given_up"]) == (10, 4, 2, 6)
    gaps = [(g["from_seq"], g["to_seq"], g["state"], moment(g["ended_at"])) for g in body["gaps"]]
    assert gaps == [(2, 3, "given_up", ended), (4, 5, "filled_late", filled), (6, 9, "given_up", ended)]
    assert {(moment(g["after_at"]), moment(g["seen_at"])) for g in body["gaps"]} == {(NOON, seen)}
    whole = (await get("/proof")).json()
    assert [(row["gateway_id"], row["verdict"]) for row in whole["items"]] == [
        ("G1", "missing"),
        ("G2", "complete"),
        ("G3", "nothing"),
    ]
    assert (whole["total"]["numbered"], whole["total"]["given_up"], whole["gateways"]) == (11, 6, 2)
    assert [g["state"] for g in (await get("/gaps", state="filled_late")).json()["items"]] == ["filled_late"]
    assert len((await get("/gaps")).json()["items"]) == 2


def moment(text: str) -> datetime:
    """A moment of the api."""
    return datetime.fromisoformat(text)


async def test_days_end_at_midnight_in_shanghai(database: str, get: Get) -> None:
    """A message belongs to the day on which it was stored; what fills a gap of yesterday is not today's loss."""
    midnight = day_begins(TODAY)
    before, after = midnight - timedelta(seconds=1), midnight + timedelta(seconds=1)
    yesterday = (TODAY - timedelta(days=1)).isoformat()
    await write(database, [received("G1", seq, Lane.ALARM, before) for seq in (1, 4)], before)
    await write(database, [received("G1", seq, Lane.ALARM, after) for seq in (5, 2)], after)
    old = (await get("/gateways/G1/proof", day=yesterday)).json()
    new = (await get("/gateways/G1/proof", day=TODAY.isoformat())).json()
    assert [(s["first_seq"], s["last_seq"]) for s in (*old["streams"], *new["streams"])] == [(1, 4), (5, 5)]
    assert (old["gateway"]["verdict"], old["gateway"]["counts"]["open"]) == ("waiting", 1)
    assert (new["gateway"]["verdict"], new["gateway"]["counts"]["late"], new["gaps"]) == ("complete", 1, [])
    assert (await get("/proof", day="2020-01-01")).json()["verdict"] == "nothing"


async def test_a_chaotic_day_agrees_with_the_truth(database: str, get: Get) -> None:
    """Losses, repeats and disorder at three gateways: the proof's sums are those of what was really sent and lost."""
    dice = Random(11)
    sent: dict[tuple[str, Lane], int] = {}
    came: dict[tuple[str, Lane], set[int]] = {}
    held: list[tuple[str, int, Lane]] = []
    for step in range(60):
        at = NOON + timedelta(seconds=step)
        batch: list[Received] = []
        for _ in range(8):
            key = (dice.choice(["G1", "G2", "G3"]), dice.choice([Lane.ALARM, Lane.READING]))
            sent[key] = sent.get(key, 0) + 1
            held.append((key[0], sent[key], key[1]))
        dice.shuffle(held)
        while len(held) > 5:
            gateway, seq, lane = held.pop()
            if dice.random() < 0.1:
                continue
            came.setdefault((gateway, lane), set()).add(seq)
            batch += [received(gateway, seq, lane, at)] * dice.choice([1, 1, 2])
        await write(database, batch, at)
    await give_up(database, NOON + timedelta(minutes=5))
    total = (await get("/proof")).json()["total"]
    assert total["numbered"] == sum(max(numbers) for numbers in came.values())
    assert total["stored"] == sum(len(numbers) for numbers in came.values())
    assert total["given_up"] == total["numbered"] - total["stored"]
    assert total["repeats"] > 0
    for gateway in ("G1", "G2", "G3"):
        body = (await get(f"/gateways/{gateway}/proof")).json()
        assert body["gateway"]["verdict"] == "missing"
        for stream in body["streams"]:
            numbers = came[gateway, Lane(stream["lane"])]
            assert (stream["first_seq"], stream["last_seq"]) == (1, max(numbers))
            assert stream["counts"]["stored"] == len(numbers)
            assert stream["counts"]["given_up"] == max(numbers) - len(numbers)


async def test_a_record_that_was_tampered_with_is_noticed(database: str, get: Get) -> None:
    """Take a gap off the record, or a stored message out of the count, and the proof is none."""
    await write(database, [received("G1", seq, Lane.ALARM, NOON) for seq in (1, 4)], NOON)
    run(database, "DELETE FROM message_gap")
    assert (await get("/gateways/G1/proof")).json()["gateway"]["verdict"] == "does_not_add_up"
    assert (await get("/proof")).json()["verdict"] == "does_not_add_up"


@pytest.mark.parametrize("day", ["yesterday", "0001-01-01", "9999-12-31", "2026-02-30", "20261124"])
async def test_a_day_that_is_none_is_refused(get: Get, day: str) -> None:
    """No text in the place of a day is an internal error."""
    for path in ("/proof", "/gateways/G1/proof"):
        assert (await get(path, day=day)).status_code == 422


async def test_an_unknown_gateway_is_not_found(get: Get) -> None:
    """There is no proof of what nobody registered."""
    assert problem(await get("/gateways/G9/proof")) == "not-found"
