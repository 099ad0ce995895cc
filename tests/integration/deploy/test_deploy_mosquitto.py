"""The embedded broker: who is admitted, and to which topics."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import aiomqtt
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from firewarden.deploy.credentials import hash_credential
from firewarden.deploy.errors import DeployError
from firewarden.deploy.external import check_broker
from firewarden.deploy.services import BlockingServices, blocking_services
from firewarden.deploy.state import State

pytestmark = pytest.mark.services
ANSWER_S = 30.0
SECRETS = {"gw-acl-1": "one-secret", "gw-acl-2": "two-secret"}
ENTRIES = [(name, hash_credential(password)) for name, password in SECRETS.items()]


@pytest.fixture(scope="module")
def broker(make_state: Callable[[], State], service_packages: Path) -> object:
    """A broker of its own, so that other tests' gateways and these do not meet."""
    with blocking_services(make_state(), packages=service_packages, durable=False) as running:
        running.set_gateways(ENTRIES)
        yield running


@asynccontextmanager
async def client(
    broker: BlockingServices, name: str | None = None, password: str | None = None, *, lasting: bool = False
) -> AsyncGenerator[aiomqtt.Client, None]:
    """Connect as a gateway, or as the platform."""
    parts = urlsplit(broker.mqtt_url)
    assert parts.hostname is not None
    assert parts.port is not None
    async with aiomqtt.Client(
        parts.hostname,
        parts.port,
        username=name or parts.username,
        password=password or SECRETS.get(name or "", parts.password or ""),
        protocol=aiomqtt.ProtocolVersion.V5,
        identifier="worker-1" if lasting else None,
        clean_start=not lasting,
        properties=_session_of(3600) if lasting else None,
    ) as connected:
        yield connected


async def next_topic(receiver: aiomqtt.Client) -> str:
    """Return the topic of the next message."""
    async with asyncio.timeout(ANSWER_S):
        async for message in receiver.messages:
            return str(message.topic)
    raise AssertionError("the connection ended")


async def test_a_gateway_reaches_the_platform(broker: BlockingServices) -> None:
    """A gateway with its password may write each of its lanes."""
    lanes = ["alarm", "state", "reading", "reply", "status"]
    async with client(broker) as platform, client(broker, "gw-acl-1") as gateway:
        await platform.subscribe("fire/v1/#", qos=1)
        for lane in lanes:
            await gateway.publish(f"fire/v1/gw-acl-1/{lane}", b"{}", qos=1)
        assert [await next_topic(platform) for _ in lanes] == [f"fire/v1/gw-acl-1/{lane}" for lane in lanes]


async def test_a_gateway_cannot_speak_for_another(broker: BlockingServices) -> None:
    """What a gateway writes to another's topic, or to the platform's, reaches nobody."""
    async with client(broker) as platform, client(broker, "gw-acl-1") as gateway:
        await platform.subscribe("fire/v1/#", qos=1)
        for topic in ("fire/v1/gw-acl-2/alarm", "fire/v1/gw-acl-1/cmd", "fire/v1/gw-acl-1/stored", "other"):
            await gateway.publish(topic, b"forged", qos=1)
        await gateway.publish("fire/v1/gw-acl-1/alarm", b"true", qos=1)
        assert await next_topic(platform) == "fire/v1/gw-acl-1/alarm"


async def test_commands_reach_only_their_gateway(broker: BlockingServices) -> None:
    """A gateway that subscribes to everything still hears only its own commands and watermarks."""
    async with client(broker) as platform, client(broker, "gw-acl-2") as gateway:
        await gateway.subscribe("fire/v1/#", qos=1)
        await platform.publish("fire/v1/gw-acl-1/cmd", b"{}", qos=1)
        await platform.publish("fire/v1/gw-acl-2/cmd", b"{}", qos=1)
        await platform.publish("fire/v1/gw-acl-2/stored", b"{}", qos=1)
        assert await next_topic(gateway) == "fire/v1/gw-acl-2/cmd"
        assert await next_topic(gateway) == "fire/v1/gw-acl-2/stored"


@pytest.mark.parametrize(("name", "password"), [("gw-acl-1", "wrong"), ("gw-acl-1", "two-secret"), ("nobody", "x")])
async def test_wrong_credentials_are_refused(broker: BlockingServices, name: str, password: str) -> None:
    """Neither a wrong password, nor another gateway's, nor an unknown name is admitted."""
    with pytest.raises(aiomqtt.MqttError, match=r"(?i)not authori[sz]ed"):
        async with client(broker, name, password):
            raise AssertionError("admitted")


async def test_new_credentials_take_effect_at_once(broker: BlockingServices) -> None:
    """A gateway added while the broker runs is admitted, one that was taken away is not, others stay connected."""
    async with client(broker) as platform:
        await platform.subscribe("fire/v1/+/alarm", qos=1)
        added = ("gw-acl-3", hash_credential("three-secret"))
        await asyncio.to_thread(broker.set_gateways, [*ENTRIES, added])
        await _until_admitted(broker, "gw-acl-3", "three-secret", admitted=True)
        async with client(broker, "gw-acl-3", "three-secret") as gateway:
            await gateway.publish("fire/v1/gw-acl-3/alarm", b"{}", qos=1)
            assert await next_topic(platform) == "fire/v1/gw-acl-3/alarm"
        await asyncio.to_thread(broker.set_gateways, ENTRIES)
        await _until_admitted(broker, "gw-acl-3", "three-secret", admitted=False)


async def _until_admitted(broker: BlockingServices, name: str, password: str, *, admitted: bool) -> None:
    """The broker reads its files when it gets round to the signal."""
    async with asyncio.timeout(ANSWER_S):
        while await _is_admitted(broker, name, password) != admitted:  # noqa: ASYNC110 - the broker raises no event
            await asyncio.sleep(0.02)


async def _is_admitted(broker: BlockingServices, name: str, password: str) -> bool:
    try:
        async with client(broker, name, password):
            return True
    except aiomqtt.MqttError:
        return False


async def test_a_queue_survives_an_orderly_restart(make_state: Callable[[], State], service_packages: Path) -> None:
    """Messages that wait for a subscriber which is away are delivered after the broker was restarted."""
    state = make_state()
    with blocking_services(state, packages=service_packages, durable=False) as first:
        first.set_gateways(ENTRIES)
        async with client(first, lasting=True) as platform:
            await platform.subscribe("fire/v1/#", qos=1)
        async with client(first, "gw-acl-1") as gateway:
            await gateway.publish("fire/v1/gw-acl-1/alarm", b"{}", qos=1)
    with blocking_services(state, packages=service_packages, durable=False) as second:
        async with client(second, lasting=True) as platform:
            assert await next_topic(platform) == "fire/v1/gw-acl-1/alarm"


def _session_of(seconds: int) -> Properties:
    properties = Properties(PacketTypes.CONNECT)
    properties.SessionExpiryInterval = seconds
    return properties


def test_the_stock_client_is_admitted(broker: BlockingServices, service_packages: Path) -> None:
    """`mosquitto_pub` with a gateway's credentials publishes, and with wrong ones says so."""
    port = str(urlsplit(broker.mqtt_url).port)
    base = [service_packages / "usr/bin/mosquitto_pub", "-p", port, "-u", "gw-acl-1", "-q", "1", "-m", "{}"]
    topic = ["-t", "fire/v1/gw-acl-1/alarm"]
    good = subprocess.run([*base, *topic, "-P", SECRETS["gw-acl-1"]], capture_output=True, check=False)
    assert good.returncode == 0
    bad = subprocess.run([*base, *topic, "-P", "wrong"], capture_output=True, text=True, check=False)
    assert "not authorised" in bad.stderr


async def test_an_external_broker_is_examined(broker: BlockingServices) -> None:
    """A broker that admits us passes; one that does not is explained without the password."""
    await check_broker(broker.mqtt_url)
    wrong = broker.mqtt_url.replace("firewarden:", "firewarden:geheim")
    with pytest.raises(DeployError, match="cannot be used") as caught:
        await check_broker(wrong)
    assert "geheim" not in str(caught.value)
    with pytest.raises(DeployError, match="FIREWARDEN_MQTT_URL is"):
        await check_broker("tcp://127.0.0.1")
