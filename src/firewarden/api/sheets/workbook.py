"""How is a spreadsheet (.xlsx) read, although it may have been made to do harm?

Reading happens in a process of its own, with limits on memory and time: a few kilobytes of a hostile file can stand for
a table larger than any machine's memory, and the library, written in Rust, ends its process where memory does. Run as
`python -m firewarden.api.sheets.workbook` this module is that process.
"""

import datetime as dt
import io
import os
import resource
import subprocess
import sys
import zipfile
import zlib
from typing import IO, Any

import msgspec
import python_calamine

from firewarden.api.sheets.cells import Cell, DateCell
from firewarden.api.sheets.faults import FileError
from firewarden.api.sheets.tables import ROWS_MAX, Sheet

UNPACKED_MAX = 512 * 1024 * 1024
MEMORY_MAX = 2 * 1024 * 1024 * 1024
TIME_MAX_S = 60
SHEETS_MAX = 50
COLUMNS_MAX = 200
_CHUNK = 1 << 20


class _Read(msgspec.Struct, frozen=True):
    """One sheet on its way from the process that reads to the one that asked."""

    name: str
    rows: list[list[Cell]]
    merged: list[tuple[int, int, int, int]]


class _Answer(msgspec.Struct, frozen=True):
    sheets: list[_Read] = []
    code: str = ""
    message: str = ""


def read_workbook(name: str, data: bytes) -> list[Sheet]:
    """The visible sheets of a workbook. Raises FileError."""
    check_packed(name, data)
    output = _read_apart(name, data)
    answer = msgspec.msgpack.decode(output, type=_Answer)
    if answer.code:
        raise FileError(name, answer.code, answer.message)
    return [Sheet(file=name, name=each.name, rows=each.rows, merged=each.merged) for each in answer.sheets]


def _read_apart(name: str, data: bytes) -> bytes:
    """What the other process wrote. Raises FileError where a limit ended it."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-m", __spec__.name]
    try:
        done = subprocess.run(  # noqa: S603 - this module itself
            command, input=data, capture_output=True, timeout=TIME_MAX_S, check=False, env=environment
        )
    except subprocess.TimeoutExpired as error:
        raise FileError(name, "time", f"could not be read in {TIME_MAX_S} s") from error
    if done.returncode < 0 or b"MemoryError" in done.stderr:
        why = "needs more memory than may be used: it has far too many cells, or some far outside its table"
        raise FileError(name, "memory", why)
    if done.returncode:
        raise RuntimeError(
            f"the process that reads spreadsheets failed: {done.stderr[-2_000:].decode(errors='replace')}"
        )
    return done.stdout


def check_packed(name: str, data: bytes) -> None:
    """Raise FileError where a zip archive is damaged, encrypted, or unpacks to more than may be."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if any(entry.flag_bits & 1 for entry in entries):
                raise FileError(name, "password", "is protected by a password")
            if sum(entry.file_size for entry in entries) > UNPACKED_MAX:
                raise FileError(name, "packed", f"unpacks to more than {UNPACKED_MAX // 2**20} MiB")
            for entry in entries:
                _unpack(archive, entry)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError, OSError, zlib.error) as error:
        raise FileError(name, "damaged", f"is damaged: {error}") from error


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """Unpack once, to nowhere: an entry that is longer than it says fails here, not in the process that reads."""
    with archive.open(entry) as stream:
        while stream.read(_CHUNK):
            pass


def _serve(data: bytes) -> _Answer:
    try:
        return _Answer(sheets=_sheets(data))
    except _TooLargeError as error:
        return _Answer(code="rows", message=str(error))
    except Exception as error:  # noqa: BLE001 - whatever the library meets in a damaged file
        return _Answer(code="damaged", message=f"cannot be read as a spreadsheet: {error}")


class _TooLargeError(Exception):
    pass


def _sheets(data: bytes) -> list[_Read]:
    workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    visible = [
        each.name
        for each in workbook.sheets_metadata
        if each.typ == python_calamine.SheetTypeEnum.WorkSheet
        and each.visible == python_calamine.SheetVisibleEnum.Visible
    ]
    if len(visible) > SHEETS_MAX:
        raise _TooLargeError(f"has {len(visible)} sheets, at most {SHEETS_MAX} are read")
    return [_sheet(workbook.get_sheet_by_name(name)) for name in visible]


def _sheet(sheet: python_calamine.CalamineSheet) -> _Read:
    if sheet.height > ROWS_MAX + 100:
        raise _TooLargeError(f"sheet {sheet.name}: {sheet.height} rows, at most {ROWS_MAX} are read")
    if sheet.width > COLUMNS_MAX:
        raise _TooLargeError(f"sheet {sheet.name}: {sheet.width} columns, at most {COLUMNS_MAX} are read")
    rows = [[_cell(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
    merged = [(*first, *last) for first, last in sheet.merged_cell_ranges or ()]
    return _Read(sheet.name, rows, merged)


def _cell(value: Any) -> Cell:
    match value:
        case bool() | str():
            return value
        case int() | float():
            return float(value)
        case dt.datetime() | dt.date() | dt.time() | dt.timedelta():
            return DateCell(str(value))
        case _:
            return str(value)


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (TIME_MAX_S, TIME_MAX_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(stdin: IO[bytes], stdout: IO[bytes]) -> None:
    """Read a workbook from one stream and write its cells to another, within limits."""
    _limit()
    stdout.write(msgspec.msgpack.encode(_serve(stdin.read())))


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
