"""Does a store do what ingest relies on? The same for the real writer on PostgreSQL and for the simulation's store."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
import pytest_asyncio

from firewarden.ingest.batch import Received
from firewarden.ingest.facts import Lane
from firewarden.ingest.gaps import GIVE_UP_AFTER
from firewarden.ingest.ledger import Span, Stream
from tests.contract.stores import (
    REFUSED,
    MemoryStoreUnderTest,
    PostgresUnderTest,
    StoreUnderTest,
    message,
    unreadable,
)
from tests.integration.city import GATEWAY
from tests.simulation.store import MessageKey

STREAM = Stream(GATEWAY, "b", Lane.STATE)
LANES = (Lane.STATE, Lane.READING)
SOON = timedelta(seconds=3)
LATER = GIVE_UP_AFTER + SOON


@pytest_asyncio.fixture
async def postgres(database: str) -> AsyncGenerator[PostgresUnderTest]:
    """The real one."""
    under_test = PostgresUnderTest(database)
    yield under_test
    await under_test.close()


@pytest_asyncio.fixture(params=["memory", pytest.param("postgres", marks=pytest.mark.services)])
async def store(request: pytest.FixtureRequest) -> AsyncGenerator[StoreUnderTest]:
    """Each store in turn."""
    if request.param == "memory":
        yield MemoryStoreUnderTest()
        return
    under_test = PostgresUnderTest(request.getfixturevalue("database"))
    yield under_test
    await under_test.close()


def seqs(store: StoreUnderTest, stream: Stream = STREAM) -> dict[int, int]:
    """By number, how many effects the messages of a stream had."""
    return {key.seq: count for key, count in sorted(store.effects().items()) if key[:3] == tuple(stream)}


async def test_a_message_has_one_effect(store: StoreUnderTest) -> None:
    """However often it comes, in one batch or in several; each repeat is counted, and confirmed like the first."""
    writer = await store.writer()
    [written] = await writer.write([message(1), message(2), message(1)])
    assert written.through == {STREAM: 2}
    assert (written.messages, written.duplicates) == (2, 1)
    [again] = await (await store.writer()).write([message(2)])
    assert again.through == {STREAM: 2}
    assert (again.messages, again.duplicates) == (0, 1)
    assert seqs(store) == {1: 1, 2: 1}
    assert store.duplicates(STREAM) == 2


async def test_a_gap_holds_the_mark(store: StoreUnderTest) -> None:
    """A missing number is on record as missing until it comes, also where only a part of the gap comes."""
    writer = await store.writer()
    [written] = await writer.write([message(1), message(6)])
    assert written.through == {STREAM: 1}
    assert store.missing(STREAM) == [Span(2, 5)]
    [written] = await writer.write([message(3)])
    assert written.through == {STREAM: 1}
    assert store.missing(STREAM) == [Span(2, 2), Span(4, 5)]
    [written] = await writer.write([message(5), message(2), message(4)])
    assert written.through == {STREAM: 6}
    assert store.missing(STREAM) == []
    assert seqs(store) == dict.fromkeys(range(1, 7), 1)


async def test_what_does_not_come_is_given_up(store: StoreUnderTest) -> None:
    """A gap that has not moved for long no longer holds the mark; its message is stored all the same if it comes."""
    writer = await store.writer()
    await writer.write([message(1), message(3)])
    now = datetime.now(tz=UTC)
    assert await writer.give_up(LANES, now + SOON) == {}
    assert await writer.give_up((Lane.ALARM,), now + LATER) == {}
    assert await writer.give_up(LANES, now + LATER) == {STREAM: 3}
    assert store.missing(STREAM) == []
    assert await writer.give_up(LANES, now + LATER) == {}
    [written] = await writer.write([message(2)])
    assert (written.through, written.messages) == ({STREAM: 3}, 1)
    assert seqs(store) == {1: 1, 2: 1, 3: 1}


async def test_a_gateway_is_asked_by_one_worker(store: StoreUnderTest) -> None:
    """Whoever asks first about a gap that lasts is the only one, until the pause is over."""
    first, second = await store.writer(), await store.writer()
    await first.write([message(2)])
    now = datetime.now(tz=UTC)
    assert await first.claim_resends(now) == []
    assert await first.claim_resends(now + SOON) == [GATEWAY]
    assert await second.claim_resends(now + SOON) == []
    assert await second.claim_resends(now + SOON * 5) == [GATEWAY]


async def test_lanes_and_boots_are_counted_apart(store: StoreUnderTest) -> None:
    """The same number in another lane or another life of the gateway is another message."""
    writer = await store.writer()
    [written] = await writer.write(
        [message(1), message(1, lane=Lane.REPLY), message(1, boot="c"), message(3, boot="c")]
    )
    assert written.through == {STREAM: 1, Stream(GATEWAY, "b", Lane.REPLY): 1, Stream(GATEWAY, "c", Lane.STATE): 1}
    assert set(store.effects().values()) == {1}
    assert len(store.effects()) == 4


async def test_a_refused_message_stands_alone(store: StoreUnderTest) -> None:
    """The others of its batch are stored; it goes to quarantine, is counted, and its number is no gap."""
    writer = await store.writer()
    written = await writer.write([message(n, who=REFUSED if n == 5 else "3") for n in range(1, 9)])
    assert written[-1].through == {STREAM: 8}
    assert seqs(store) == dict.fromkeys((1, 2, 3, 4, 6, 7, 8), 1)
    assert store.quarantined().total() == 1
    [again] = await writer.write([message(5, who=REFUSED)])
    assert (again.messages, again.duplicates) == (0, 1)
    assert store.quarantined().total() == 1


async def test_what_cannot_be_read_is_kept(store: StoreUnderTest) -> None:
    """It goes to quarantine each time it comes, and holds up nothing."""
    writer = await store.writer()
    [written] = await writer.write([unreadable(b"{"), message(1), unreadable(b"\xff")])
    assert written.quarantined == 2
    assert seqs(store) == {1: 1}
    assert store.quarantined().total() == 2


async def test_a_stranger_has_no_effect(store: StoreUnderTest) -> None:
    """A message of a gateway that is not in the register is kept in quarantine and confirmed to nobody."""
    writer = await store.writer()
    [written] = await writer.write([message(1, gateway="STRANGER"), message(1)])
    assert written.through == {STREAM: 1}
    assert store.quarantined() == {"fire/v1/STRANGER/state": 1}
    assert store.effects().keys() == {MessageKey(*STREAM, 1)}


async def test_many_writers_have_one_effect(store: StoreUnderTest) -> None:
    """Workers that store the same messages at the same time, in any order, store each once."""
    writers = [await store.writer() for _ in range(4)]

    async def write(number: int) -> None:
        order = list(range(1, 41))
        Random(number).shuffle(order)
        for start in range(0, 40, 8):
            await writers[number].write([message(seq) for seq in order[start : start + 8]])

    await asyncio.gather(*(write(number) for number in range(4)))
    assert seqs(store) == dict.fromkeys(range(1, 41), 1)
    assert store.duplicates(STREAM) == 120
    assert store.missing(STREAM) == []


def some_batches(rng: Random) -> list[list[Received]]:
    """Batches with repeats, gaps, strangers, and messages that nobody can read or store."""
    batches: list[list[Received]] = []
    for _ in range(12):
        batch: list[Received] = []
        for _ in range(rng.randint(1, 6)):
            what = rng.random()
            if what < 0.05:
                batch.append(unreadable(b"no JSON"))
            elif what < 0.1:
                batch.append(message(rng.randint(1, 5), gateway="STRANGER"))
            else:
                who = REFUSED if rng.random() < 0.05 else "3"
                batch.append(message(rng.randint(1, 40), lane=rng.choice(LANES), boot=rng.choice("bc"), who=who))
        batches.append(batch)
    return batches


@pytest.mark.services
@pytest.mark.parametrize("seed", range(4))
async def test_memory_answers_as_postgres_does(postgres: PostgresUnderTest, seed: int) -> None:
    """Any batches: the same marks, counts and gaps after each, so what the simulation shows is true of the real one."""
    memory = MemoryStoreUnderTest()
    writers = (await memory.writer(), await postgres.writer())
    streams = [Stream(GATEWAY, boot, lane) for boot in "bc" for lane in (Lane.STATE, Lane.READING)]
    rng = Random(seed)
    for batch in some_batches(rng):
        answers = [await writer.write(batch) for writer in writers]
        assert [_seen(part) for part in answers[0]] == [_seen(part) for part in answers[1]]
        for stream in streams:
            assert memory.missing(stream) == postgres.missing(stream)
            assert memory.duplicates(stream) == postgres.duplicates(stream)
        if rng.random() < 0.2:
            then = datetime.now(tz=UTC) + LATER
            assert await writers[0].give_up(LANES, then) == await writers[1].give_up(LANES, then)
    assert memory.effects() == postgres.effects()
    assert memory.quarantined() == postgres.quarantined()


def _seen(written: object) -> tuple[object, ...]:
    return tuple(getattr(written, name) for name in ("through", "messages", "duplicates", "facts", "quarantined"))
