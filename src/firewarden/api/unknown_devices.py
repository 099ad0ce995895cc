"""Who speaks GB/T 26875.3 to us without being in the register, and how does somebody adopt them?"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row
from pydantic import Field

from firewarden.api import cursors, gateways
from firewarden.api.device_guess import LastFrame, read_last
from firewarden.api.devices import SQL, Device, bind
from firewarden.api.errors import not_found, refuse
from firewarden.api.fetch import page_of, rows_wanted
from firewarden.api.rows import Page
from firewarden.api.sheets.cells import source_bytes
from firewarden.ingest.wire.gb26875.profiles import Profile


class From(StrEnum):
    """From where an adopted device may speak."""

    THIS = "this"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownDevice:
    """One source address at one network address. Its frames are in quarantine and were denied."""

    source_address: int
    source_bytes: Annotated[str, Field(description="the six bytes in the order of the frame")]
    peer: Annotated[str, Field(description="from where it spoke")]
    transport: str
    first_at: datetime
    last_at: datetime
    frames: int
    last_frame: Annotated[str, Field(description="hex")]
    last_said: Annotated[LastFrame, Field(description="by the first of the suggested profiles")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """What an unknown device becomes: a new gateway at `venue_code`, or (None) one that the register has."""

    source_address: int
    seen_from: str
    gateway_id: str
    venue_code: str | None
    name: str
    profile: str
    peer: From


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    source_address: int
    peer: str
    transport: str
    first_at: datetime
    last_at: datetime
    frames: int
    last_frame: bytes


async def list_unknown(
    connection: AsyncConnection,
    *,
    profiles: Mapping[str, Profile],
    source_address: int | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[UnknownDevice]:
    """Unknown devices, the last heard first; only those with one source address, where it is given."""
    place = None if cursor is None else cursors.decode(cursor, cursors.UnknownDevices)
    params = {
        "source_address": source_address,
        "before_at": place.at if place else None,
        "before_source": place.source if place else None,
        "before_peer": place.peer if place else None,
        "rows": rows_wanted(limit),
    }
    async with connection.cursor(row_factory=class_row(_Row)) as found:
        await found.execute(SQL["unknown_devices"], params)
        rows = await found.fetchall()
    devices = [_device(row, profiles) for row in rows]
    return page_of(
        devices, limit, lambda row: cursors.UnknownDevices(at=row.last_at, source=row.source_address, peer=row.peer)
    )


def _device(row: _Row, profiles: Mapping[str, Profile]) -> UnknownDevice:
    return UnknownDevice(
        source_address=row.source_address,
        source_bytes=source_bytes(row.source_address),
        peer=row.peer,
        transport=row.transport,
        first_at=row.first_at,
        last_at=row.last_at,
        frames=row.frames,
        last_frame=row.last_frame.hex(),
        last_said=read_last(row.last_frame, row.last_at, profiles),
    )


async def count_unknown(connection: AsyncConnection) -> int:
    """How many there are."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["unknown_count"])
        return int(await cursor.fetchone() or 0)


async def adopt(connection: AsyncConnection, wanted: Adoption, *, profiles: Mapping[str, Profile]) -> Device:
    """Make the device a gateway's. Run it in a transaction.

    Raises ProblemError: not-found (the device, the venue, the gateway), name-taken, source-address-taken,
    unknown-profile.
    """
    await dismiss(connection, wanted.source_address, wanted.seen_from)
    if wanted.venue_code is not None:
        await gateways.add_gateway(
            connection, wanted.gateway_id, venue_code=wanted.venue_code, name=wanted.name, credential=None
        )
    peer = str(ipaddress.ip_network(wanted.seen_from)) if wanted.peer is From.THIS else None
    device = Device(source_address=wanted.source_address, peer=peer, profile=wanted.profile)
    await bind(connection, wanted.gateway_id, device, profiles=profiles.keys())
    return device


async def dismiss(connection: AsyncConnection, source_address: int, seen_from: str) -> None:
    """Take a device off the list until it speaks again. Raises ProblemError (not-found)."""
    params = {"source_address": source_address, "peer": seen_from}
    if not (await connection.execute(SQL["dismiss_unknown"], params)).rowcount:
        raise not_found(f"unknown device {source_address} at {seen_from}")


def checked_address(text: str) -> str:
    """An IP address in its usual form. Raises ProblemError (invalid-request)."""
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as error:
        raise refuse(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-request", f"{text!r} is no IP address") from error
