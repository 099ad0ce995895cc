"""The register as files: export and template. What goes in goes through the console or the command line."""

from enum import StrEnum
from typing import Annotated, Literal

import anyio.to_thread
import msgspec
from fastapi import APIRouter, Query, Response

from firewarden.api.auth import RegisterWrite
from firewarden.api.context import Connection
from firewarden.api.errors import not_found
from firewarden.api.register import Register
from firewarden.api.register_read import read_register
from firewarden.api.routes.params import problems
from firewarden.api.sheets.write_csv import write_csv, write_zip
from firewarden.api.sheets.write_xlsx import write_register, write_template

router = APIRouter(prefix="/register", tags=["register"])

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Format(StrEnum):
    """How the register is written: a spreadsheet, a zip of CSV files, or the JSON of the import."""

    XLSX = "xlsx"
    CSV = "csv"
    JSON = "json"


_TYPES = {
    Format.XLSX: (XLSX, "xlsx"),
    Format.CSV: ("application/zip", "zip"),
    Format.JSON: ("application/json", "json"),
}
_FILE = {200: {"description": "a file", "content": {kind: {} for kind, _ in _TYPES.values()}}, **problems(404)}


@router.get("/export", response_class=Response, responses=_FILE)
async def export_register(
    _: RegisterWrite,
    connection: Connection,
    *,
    form: Annotated[Format, Query(alias="format")] = Format.XLSX,
    venue: Annotated[str | None, Query(pattern=r"^[A-Za-z0-9_.-]{1,64}$", description="only this venue's code")] = None,
    language: Annotated[Literal["zh", "en"], Query(description="of the column names")] = "en",
) -> Response:
    """Write the whole register, or one venue, to a file that the import reads."""
    register = await read_register(connection, venue=venue)
    if venue is not None and not register.venues:
        raise not_found(f"venue with the code {venue}")
    data = await anyio.to_thread.run_sync(_encode, register, form, language)
    media_type, suffix = _TYPES[form]
    return _file(data, media_type, f"register.{suffix}")


def _encode(register: Register, form: Format, language: str) -> bytes:
    match form:
        case Format.XLSX:
            return write_register(register, chinese=language == "zh")
        case Format.CSV:
            return write_zip(write_csv(register, chinese=language == "zh"))
        case Format.JSON:
            return msgspec.json.encode(register)


@router.get("/template", response_class=Response, responses={200: {"content": {XLSX: {}}}, **problems()})
async def register_template(_: RegisterWrite) -> Response:
    """Write an empty spreadsheet with every column and what it is for."""
    return _file(await anyio.to_thread.run_sync(write_template), XLSX, "register-template.xlsx")


def _file(data: bytes, media_type: str, name: str) -> Response:
    return Response(data, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
