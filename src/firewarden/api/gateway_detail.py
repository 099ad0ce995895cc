"""All about one gateway: who it is, over what it speaks, how it is connected, and how its day went so far."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from psycopg import AsyncConnection
from pydantic import Field

from firewarden.api import proof, reads
from firewarden.api.fetch import fetch_one, fetch_the_one
from firewarden.api.proof import Counts, Verdict
from firewarden.api.rows import GatewayRow
from firewarden.ingest.day import day_begins, day_of

UNDECODED_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """What the register says of a device that speaks GB/T 26875.3."""

    source_address: Annotated[int, Field(description="the six bytes of its frames, as a number")]
    peer: Annotated[str | None, Field(description="the network from which it may speak; null: from anywhere")]
    profile: Annotated[str, Field(description="the dialect in which its frames are read")]
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLink:
    """How a device is connected, or was last, and why that ended."""

    worker: Annotated[str, Field(description="the process of ingest that it is connected to")]
    transport: Annotated[str, Field(description="tcp or udp")]
    peer: str
    port: int
    since_at: datetime
    ended_at: Annotated[datetime | None, Field(description="null: it still holds")]
    end_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayToday:
    """What came since midnight in Shanghai."""

    counts: Counts
    verdict: Verdict
    quarantined: Annotated[int, Field(description=f"messages or parts in quarantine, up to {proof.QUARANTINED_MAX}")]
    undecoded: Annotated[int, Field(description=f"frames in which something was not understood, up to {UNDECODED_MAX}")]


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayDetail:
    """One gateway. `device` and `link` are null where it speaks MQTT."""

    gateway: GatewayRow
    device: Device | None
    link: Annotated[DeviceLink | None, Field(description="null, too, until the device first connected")]
    today: GatewayToday


@dataclass(frozen=True, slots=True, kw_only=True)
class _Number:
    n: int


async def get_gateway(connection: AsyncConnection, gateway_id: str, *, now: datetime) -> GatewayDetail | None:
    """Everything about one gateway at `now`; None where there is none."""
    page = await reads.list_gateways(connection, gateway_id=gateway_id, limit=1, now=now)
    day = day_of(now)
    counted = await proof.gateway_proof(connection, gateway_id, day)
    if not page.items or counted is None:
        return None
    of_it: dict[str, object] = {"gateway_id": gateway_id}
    since = {**of_it, "since": day_begins(day), "rows": UNDECODED_MAX}
    return GatewayDetail(
        gateway=page.items[0],
        device=await fetch_one(connection, "gateway_device", of_it, Device),
        link=await fetch_one(connection, "gateway_link", of_it, DeviceLink),
        today=GatewayToday(
            counts=counted.gateway.counts,
            verdict=counted.gateway.verdict,
            quarantined=counted.quarantined,
            undecoded=(await fetch_the_one(connection, "gateway_undecoded", since, _Number)).n,
        ),
    )
