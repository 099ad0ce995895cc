"""Is the broker there, does it let us in, does it let us hear what we must, and does it keep strangers out?"""

import asyncio
import ssl
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast
from urllib.parse import unquote, urlsplit

import aiomqtt

from firewarden.cli.doctor.database import address_of
from firewarden.cli.doctor.findings import Finding, error, ok
from firewarden.ingest.facts import Lane
from firewarden.ingest.mqtt import BrokerUrlError, parse_url
from firewarden.ingest.wire.json_v1 import topic

ASK_WITHIN_S = 5.0
ECHO_WITHIN_S = 3.0
REFUSED = 0x80
"""From here on a reason code of MQTT is a refusal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerFacts:
    """What came of asking. `problem`: why we could not, and then the rest is not known."""

    address: str
    problem: str | None = None
    refused_lanes: tuple[str, ...] = ()
    """Lanes to which we may not subscribe."""
    echoed: bool = True
    """Whether we may write what gateways are told, and read it: brokers grant a subscription and send nothing."""
    open_to_all: bool = False
    """Whether somebody without a name gets in."""


async def look(url: str, *, within_s: float = ASK_WITHIN_S) -> BrokerFacts:
    """Ask, under a name of our own and without a session: ingest keeps its connections."""
    address = address_of(url)
    try:
        broker = parse_url(url)
    except BrokerUrlError as problem:
        return BrokerFacts(address=address, problem=str(problem))
    parts = urlsplit(url)
    username = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    try:
        async with (
            asyncio.timeout(within_s),
            _client(broker.host, broker.port, broker.tls, username, password) as client,
        ):
            refused = [lane.value for lane in Lane if not await _may_hear(client, lane)]
            echoed = await _is_echoed(client, within_s)
    except (aiomqtt.MqttError, OSError, TimeoutError) as problem:
        return BrokerFacts(address=address, problem=str(problem) or "no answer")
    anybody = await _lets_in(_client(broker.host, broker.port, broker.tls, None, None), within_s)
    return BrokerFacts(address=address, refused_lanes=tuple(refused), echoed=echoed, open_to_all=anybody)


def _client(host: str, port: int, tls: bool, username: str | None, password: str | None) -> aiomqtt.Client:  # noqa: FBT001
    return aiomqtt.Client(
        host,
        port,
        identifier=f"firewarden-doctor-{uuid.uuid4().hex[:8]}",
        username=username,
        password=password,
        protocol=aiomqtt.ProtocolVersion.V5,
        tls_context=ssl.create_default_context() if tls else None,
        timeout=ASK_WITHIN_S,
    )


async def _may_hear(client: aiomqtt.Client, lane: Lane) -> bool:
    codes = await client.subscribe(topic("+", lane.value), qos=0)
    return all(cast("int", getattr(code, "value", code)) < REFUSED for code in codes)


async def _is_echoed(client: aiomqtt.Client, within_s: float) -> bool:
    """Tell a gateway that there is not that nothing new is stored, and hear it."""
    nobody = topic(f"doctor-{uuid.uuid4().hex[:12]}", "stored")
    await client.subscribe(nobody, qos=0)
    await client.publish(nobody, b"{}", qos=0)
    try:
        async with asyncio.timeout(min(within_s, ECHO_WITHIN_S)):
            async for message in client.messages:
                if message.topic.value == nobody:
                    return True
    except TimeoutError:
        return False
    return False


async def _lets_in(client: aiomqtt.Client, within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s), client:
            return True
    except (aiomqtt.MqttError, OSError, TimeoutError):
        return False


def judge(facts: BrokerFacts) -> Iterator[Finding]:
    """What it means."""
    if facts.problem is not None:
        mend = "start it, or correct FIREWARDEN_MQTT_URL (mqtt://user:password@host:1883) and the account at the broker"
        yield error("broker", f"{facts.address} cannot be used: {facts.problem}.", mend)
        return
    yield ok("broker", f"{facts.address} lets us in.")
    if facts.refused_lanes:
        lanes = ", ".join(facts.refused_lanes)
        yield error("broker rights", f"We may not hear {lanes}.", "let our account read fire/v1/# (deploy/broker/acl)")
    elif not facts.echoed:
        mend = "let our account read fire/v1/#, and write fire/v1/+/cmd and fire/v1/+/stored (deploy/broker/acl)"
        yield error("broker rights", "What we tell gateways does not come through.", mend)
    else:
        yield ok("broker rights", "We may hear every lane, and tell gateways what is stored.")
    if facts.open_to_all:
        mend = "allow_anonymous false    # in mosquitto.conf, with a password_file and our acl"
        yield error("broker access", "Anybody may connect without a name, and raise alarms.", mend)
    else:
        yield ok("broker access", "Nobody gets in without a name.")


def judge_sessions(lost: float, connects: float) -> Iterator[Finding]:
    """Whether the broker keeps the sessions of ingest, by the figures of ingest: `lost` of so many `connects`."""
    if lost and connects > lost:
        mend = "persistence true    # in mosquitto.conf, and leave sessions their 7 days; see docs/architecture.md"
        yield error("broker sessions", f"The broker had forgotten ingest's session {lost:.0f} times.", mend)
    else:
        yield ok("broker sessions", "The broker keeps what it has for ingest.")
