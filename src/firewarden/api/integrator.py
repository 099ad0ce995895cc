"""What does an integrator do to the register, through the api or the console? Permission, act and audit together."""

from collections.abc import Sequence

from firewarden.api import device_profiles, sheet_import, unknown_devices
from firewarden.api.audit import Entry, audited
from firewarden.api.auth import demand
from firewarden.api.context import ApiContext
from firewarden.api.devices import Device
from firewarden.api.policy import Principal, Scope
from firewarden.api.sheet_import import OnProgress, SheetImport, import_sheets, nobody, undo
from firewarden.api.sheets.files import NamedFile
from firewarden.api.unknown_devices import Adoption


async def adopt_device(context: ApiContext, principal: Principal, wanted: Adoption) -> Device:
    """Make an unknown device a gateway's. Raises ProblemError."""
    detail = {
        "source_address": str(wanted.source_address),
        "seen_from": wanted.seen_from,
        "venue": wanted.venue_code or "",
        "profile": wanted.profile,
        "peer": wanted.peer.value,
    }
    entry = Entry(actor=principal.actor, action="gateway.adopt", target=f"gateway {wanted.gateway_id}", detail=detail)
    async with audited(context.pool, entry) as connection:
        demand(principal, Scope.REGISTER_WRITE)
        return await unknown_devices.adopt(connection, wanted, profiles=device_profiles.profiles())


async def dismiss_device(context: ApiContext, principal: Principal, source_address: int, seen_from: str) -> None:
    """Take an unknown device off the list. Raises ProblemError."""
    target = f"device {source_address} at {seen_from}"
    entry = Entry(actor=principal.actor, action="gateway.dismiss", target=target)
    async with audited(context.pool, entry) as connection:
        demand(principal, Scope.REGISTER_WRITE)
        await unknown_devices.dismiss(connection, source_address, seen_from)


async def import_files(
    context: ApiContext,
    principal: Principal,
    files: Sequence[NamedFile],
    *,
    dry_run: bool,
    on_progress: OnProgress = nobody,
) -> SheetImport:
    """Put spreadsheets or CSV files into the register; gateways get no secrets by this.

    Raises ProblemError, FileError, SheetError with every bad row: then nothing is imported.
    """
    demand(principal, Scope.REGISTER_WRITE)
    read = await sheet_import.read_sheets(files, on_progress)
    detail = {"files": ", ".join(file.name for file in files)[:200]}
    entry = Entry(actor=principal.actor, action="register.import", target="register", detail=detail)
    async with audited(context.pool, entry) as connection:
        found = await import_sheets(
            connection, read, names=device_profiles.names(), issue=_no_secret, keep=None, on_progress=on_progress
        )
        detail |= found.plan.in_short()
        if dry_run:
            undo()
    return found


def _no_secret() -> tuple[str, str]:
    raise AssertionError("unreachable: without a place to keep secrets none is made")
