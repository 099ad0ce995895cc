"""Which gateways speak GB/T 26875.3, and by what are their frames known?"""

from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

from firewarden.api.errors import not_found, refuse
from firewarden.api.gateways import gateway_exists
from firewarden.store.queries import Queries

SQL = Queries("firewarden.api", "device_queries.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A source address, the network from where it may speak (None: anywhere), and the profile of its dialect."""

    source_address: int
    peer: str | None
    profile: str


async def bind(connection: AsyncConnection, gateway_id: str, device: Device, *, profiles: Collection[str]) -> None:
    """The gateway speaks GB/T 26875.3 as `device` from now on; whatever it spoke before.

    Raises ProblemError: not-found, unknown-profile, source-address-taken.
    """
    if device.profile not in profiles:
        known = ", ".join(sorted(profiles))
        detail = f"there is no profile {device.profile}; known are {known}"
        raise refuse(HTTPStatus.UNPROCESSABLE_ENTITY, "unknown-profile", detail)
    if not await gateway_exists(connection, gateway_id):
        raise not_found(f"gateway {gateway_id}")
    params = {
        "gateway_id": gateway_id,
        "source_address": device.source_address,
        "peer": device.peer,
        "profile": device.profile,
    }
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["device_holder"], params)
        holder = await cursor.fetchone()
    if holder is not None:
        where = device.peer or "anywhere"
        detail = f"gateway {holder} has the source address {device.source_address} from {where} already"
        raise refuse(HTTPStatus.CONFLICT, "source-address-taken", detail)
    await connection.execute(SQL["bind_device"], params)
    await connection.execute(SQL["forget_unknown"], params)


async def release(connection: AsyncConnection, gateway_id: str) -> None:
    """The gateway speaks MQTT from now on. Raises ProblemError (not-found) where it did already."""
    if not (await connection.execute(SQL["release_device"], {"gateway_id": gateway_id})).rowcount:
        raise not_found(f"gateway {gateway_id} that speaks GB/T 26875.3")


async def device_of(connection: AsyncConnection, gateway_id: str) -> Device | None:
    """By what the gateway's frames are known; None where it speaks MQTT."""
    async with connection.cursor(row_factory=class_row(Device)) as cursor:
        await cursor.execute(SQL["device"], {"gateway_id": gateway_id})
        return await cursor.fetchone()
