"""Does a broker do what ingest's session relies on? The same for Mosquitto and for the simulation's broker."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
import pytest_asyncio

from firewarden.deploy.services import BlockingServices
from firewarden.ingest.mqtt_session import TakenOverError
from tests.contract.brokers import (
    READING,
    STATE,
    BrokerUnderTest,
    MemoryBrokerUnderTest,
    MosquittoUnderTest,
    Subscriber,
)


@pytest_asyncio.fixture(params=["memory", pytest.param("mosquitto", marks=pytest.mark.services)])
async def broker(request: pytest.FixtureRequest) -> AsyncGenerator[BrokerUnderTest]:
    """Each broker in turn."""
    if request.param == "memory":
        yield MemoryBrokerUnderTest()
        return
    services: BlockingServices = request.getfixturevalue("services")
    mosquitto = MosquittoUnderTest(services)
    await mosquitto.open()
    yield mosquitto
    await mosquitto.close()


async def publish(broker: BrokerUnderTest, numbers: range, topic: str = READING) -> None:
    """Messages that only count."""
    for number in numbers:
        await broker.publish(topic, b"%d" % number)


def numbers(subscriber: Subscriber) -> list[int]:
    """The counts that came over this connection."""
    return [int(payload) for payload in subscriber.payloads]


async def test_receive_maximum_is_respected(broker: BrokerUnderTest) -> None:
    """No more messages are unacknowledged than were asked for, and each acknowledgement lets one more come."""
    subscriber = await Subscriber(broker, receive_max=3).connect()
    await publish(broker, range(6))
    await subscriber.hear()
    assert numbers(subscriber) == [0, 1, 2]
    await subscriber.settle(subscriber.messages[0])
    assert numbers(subscriber) == [0, 1, 2, 3]
    await subscriber.settle(*subscriber.messages[1:3])
    assert numbers(subscriber) == [0, 1, 2, 3, 4, 5]


async def test_messages_of_one_gateway_come_in_order(broker: BrokerUnderTest) -> None:
    """Also over several topics, as long as the connection lasts."""
    subscriber = await Subscriber(broker).connect()
    for number in range(20):
        await broker.publish(READING if number % 3 else STATE, b"%d" % number)
    await subscriber.hear()
    assert numbers(subscriber) == list(range(20))


async def test_a_session_is_new_once_and_then_resumed(broker: BrokerUnderTest) -> None:
    """The broker says whether it still had the session, and keeps what comes while the subscriber is away."""
    subscriber = await Subscriber(broker).connect()
    assert subscriber.resumed is False
    subscriber.cut()
    await publish(broker, range(4))
    await subscriber.connect()
    assert subscriber.resumed is True
    assert numbers(subscriber) == [0, 1, 2, 3]


async def test_what_was_not_acknowledged_comes_again_first(broker: BrokerUnderTest) -> None:
    """After a break: the unacknowledged in their order, then what is new; what was acknowledged never."""
    subscriber = await Subscriber(broker, receive_max=4).connect()
    await publish(broker, range(6))
    await subscriber.hear()
    await subscriber.settle(*subscriber.messages[:2])
    assert numbers(subscriber) == [0, 1, 2, 3, 4, 5]
    subscriber.cut()
    await publish(broker, range(6, 8))
    await subscriber.connect()
    assert numbers(subscriber) == [2, 3, 4, 5]
    await subscriber.settle(*subscriber.messages)
    assert numbers(subscriber) == [2, 3, 4, 5, 6, 7]


async def test_a_session_ends_after_its_time(broker: BrokerUnderTest) -> None:
    """A subscriber that stays away for too long finds nothing: neither its session nor what came meanwhile."""
    subscriber = await Subscriber(broker, expiry_s=1).connect()
    subscriber.cut()
    await publish(broker, range(3))
    await broker.pass_time(2)
    await subscriber.connect()
    assert subscriber.resumed is False
    assert numbers(subscriber) == []


async def test_a_session_has_one_connection(broker: BrokerUnderTest) -> None:
    """Who connects under the same name takes the session over, with what is unacknowledged; the other is sent away."""
    first = await Subscriber(broker).connect()
    await publish(broker, range(2))
    await first.hear()
    second = Subscriber(broker)
    second.session = type(first.session)(first.session.config)
    await second.connect()
    assert second.resumed is True
    assert numbers(second) == [0, 1]
    with pytest.raises(TakenOverError):
        await first.ended()


async def test_each_message_goes_to_one_of_a_group(broker: BrokerUnderTest) -> None:
    """Members of a shared group get each message once among them, and everybody else gets all."""
    group = f"g{id(broker)}"
    members = [await Subscriber(broker, group=group).connect() for _ in range(2)]
    alone = await Subscriber(broker).connect()
    await publish(broker, range(10))
    for subscriber in (*members, alone):
        await subscriber.hear()
    assert sorted(numbers(members[0]) + numbers(members[1])) == list(range(10))
    assert all(numbers(member) for member in members)
    assert numbers(alone) == list(range(10))


async def test_a_member_that_is_away_keeps_its_share(broker: BrokerUnderTest) -> None:
    """Its messages wait for it and for nobody else: a worker that will not return has to be drained."""
    group = f"g{id(broker)}"
    members = [await Subscriber(broker, group=group).connect() for _ in range(2)]
    members[1].cut()
    await publish(broker, range(10))
    await members[0].hear()
    share = set(range(10)) - set(numbers(members[0]))
    assert share
    await members[1].connect()
    assert set(numbers(members[1])) == share


async def test_packets_in_any_pieces(broker: BrokerUnderTest) -> None:
    """The broker takes our bytes one by one as well as together."""
    subscriber = await Subscriber(broker).connect()
    await publish(broker, range(3))
    await subscriber.hear()
    subscriber.session.settle(subscriber.messages)
    assert subscriber._line is not None  # pyright: ignore[reportPrivateUsage]
    for byte in subscriber.session.data_to_send():
        subscriber._line.send(bytes([byte]))  # pyright: ignore[reportPrivateUsage]
        await asyncio.sleep(0)
    await subscriber.hear()
    subscriber.cut()
    await subscriber.connect()
    assert numbers(subscriber) == []
