"""Devices that speak GB/T 26875.3 and are not in the register: see them, adopt them, dismiss them."""

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from firewarden.api import unknown_devices
from firewarden.api.auth import RegisterWrite
from firewarden.api.context import Connection, Context
from firewarden.api.device_profiles import profiles
from firewarden.api.integrator import adopt_device, dismiss_device
from firewarden.api.register import SOURCE_ADDRESS_MAX, STANDARD_PROFILE
from firewarden.api.routes.params import Cursor, Limit, Line, problems
from firewarden.api.rows import Page
from firewarden.api.unknown_devices import Adoption, From, UnknownDevice, checked_address

router = APIRouter(prefix="/gateways/unknown", tags=["register"])

Source = Annotated[int, Path(ge=0, le=SOURCE_ADDRESS_MAX, description="its source address")]
SeenFrom = Annotated[str, Path(max_length=45, description="the network address it spoke from", examples=["10.2.0.7"])]


class Adopt(BaseModel):
    """What the device becomes. With `venue` a new gateway; without, the gateway of that id speaks so from now on."""

    model_config = ConfigDict(extra="forbid")

    gateway: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    venue: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$", description="code of the venue")] = None
    name: Line = ""
    profile: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,64}$")] = STANDARD_PROFILE
    peer: Annotated[From, Field(description="from where it may speak: this address, or any")] = From.ANY


class Adopted(BaseModel):
    """By what the gateway's frames are known now."""

    gateway: str
    source_address: int
    peer: str | None
    profile: str


@router.get("", responses=problems(400))
async def list_unknown_devices(
    _: RegisterWrite, connection: Connection, cursor: Cursor = None, limit: Limit = 50
) -> Page[UnknownDevice]:
    """List devices whose frames are denied because no gateway has their source address, the last heard first."""
    return await unknown_devices.list_unknown(connection, profiles=profiles(), cursor=cursor, limit=limit)


@router.post("/{source_address}/{seen_from}/adopt", status_code=201, responses=problems(404, 409))
async def adopt_unknown_device(
    principal: RegisterWrite, context: Context, source_address: Source, seen_from: SeenFrom, wanted: Adopt
) -> Adopted:
    """Make the device a gateway. What it says is accepted within seconds."""
    adoption = Adoption(
        source_address=source_address,
        seen_from=checked_address(seen_from),
        gateway_id=wanted.gateway,
        venue_code=wanted.venue,
        name=wanted.name,
        profile=wanted.profile,
        peer=wanted.peer,
    )
    device = await adopt_device(context, principal, adoption)
    return Adopted(
        gateway=wanted.gateway, source_address=device.source_address, peer=device.peer, profile=device.profile
    )


@router.post("/{source_address}/{seen_from}/dismiss", status_code=204, responses=problems(404))
async def dismiss_unknown_device(
    principal: RegisterWrite, context: Context, source_address: Source, seen_from: SeenFrom
) -> None:
    """Take the device off the list, until it speaks again."""
    await dismiss_device(context, principal, source_address, checked_address(seen_from))
