"""How do spreadsheets get into the register? Read, compared with what is there, and written as one transaction."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn

from psycopg import AsyncConnection, Rollback

from firewarden.api.register import Register, RegisterError, check
from firewarden.api.register_import import SQL, Issue, Keep, import_register
from firewarden.api.register_read import read_known
from firewarden.api.sheets.columns import Kind
from firewarden.api.sheets.compose import compose
from firewarden.api.sheets.faults import Fault, SheetError, Why
from firewarden.api.sheets.files import FilesRead, NamedFile, read_files
from firewarden.api.sheets.known import Names
from firewarden.api.sheets.plan import Plan
from firewarden.api.sheets.rows import Rows, read_rows


class Phase(StrEnum):
    """How far an import is."""

    READING = "reading"
    CHECKING = "checking"
    COMPARING = "comparing"
    WRITING = "writing"


OnProgress = Callable[[Phase, int, int], None]
"""Told how much of how much of a phase is done; may be called from another thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetImport:
    """What an import did, or would do."""

    plan: Plan
    encodings: tuple[tuple[str, str], ...]
    not_read: tuple[str, ...]
    secrets_issued: int


def nobody(phase: Phase, done: int, total: int) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetsRead:
    """The rows of some files, and how these were read."""

    files: FilesRead
    rows: Rows


async def read_sheets(files: Sequence[NamedFile], on_progress: OnProgress = nobody) -> SheetsRead:
    """The rows of some files, sound in themselves; done in a thread. Raises FileError, SheetError."""

    def read() -> SheetsRead:
        on_progress(Phase.READING, 0, len(files))
        found = read_files(files)
        rows = read_rows(found.sheets, lambda done, total: on_progress(Phase.CHECKING, done, total))
        if not rows.faults.total and not rows.total:
            name = files[0].name if files else ""
            rows.faults.add(Fault(file=name, sheet="", line=0, column="", why=Why.NO_ROWS))
        return SheetsRead(files=found, rows=rows)

    return await asyncio.to_thread(read)


async def import_sheets(
    connection: AsyncConnection,
    read: SheetsRead,
    *,
    names: Names,
    issue: Issue,
    keep: Keep | None,
    on_progress: OnProgress = nobody,
) -> SheetImport:
    """Write what was read; run it in a transaction, and roll that back to have only looked.

    Raises SheetError with every row that is wrong: then nothing of the file is imported.
    """
    await connection.execute(SQL["one_import_at_a_time"])
    on_progress(Phase.COMPARING, 0, read.rows.total)
    addresses = {row.values.get("source_address") for row in read.rows.by_kind[Kind.GATEWAYS]}
    known = await read_known(
        connection,
        venues=read.rows.venues,
        gateways=read.rows.gateways,
        source_addresses=[address for address in addresses if address is not None],
    )
    plan = await asyncio.to_thread(compose, read.rows, known, names, read.rows.faults)
    read.rows.faults.raise_any()
    issued = await _write(connection, plan, issue=issue, keep=keep, on_progress=on_progress)
    return SheetImport(
        plan=plan,
        encodings=read.files.encodings,
        not_read=tuple(read.rows.not_read),
        secrets_issued=issued,
    )


def undo() -> NoReturn:
    """Leave the transaction around it without what was done in it, silently: somebody only wanted to look."""
    raise Rollback


async def _write(
    connection: AsyncConnection, plan: Plan, *, issue: Issue, keep: Keep | None, on_progress: OnProgress
) -> int:
    total = points_in(plan.register)
    on_progress(Phase.WRITING, 0, total)
    try:
        check(plan.register)
        imported = await import_register(
            connection,
            plan.register,
            issue=issue,
            keep=keep,
            only=plan.touched,
            on_points=lambda done: on_progress(Phase.WRITING, done, total),
        )
    except RegisterError as error:
        # Foreseen for rows that are sound alone and not together; compose() names the others by their lines.
        raise SheetError(
            [
                Fault(file="", sheet="", line=0, column="", why=Why.REGISTER, values={"got": each})
                for each in error.problems
            ]
        ) from error
    on_progress(Phase.WRITING, total, total)
    return imported.secrets_issued


def points_in(register: Register) -> int:
    """How many points a register has."""
    return sum(len(gateway.points) for venue in register.venues for gateway in venue.gateways)
