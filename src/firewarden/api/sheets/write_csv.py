"""How is a register written as CSV? One file a kind, in UTF-8 with a mark by which spreadsheet programs know it."""

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Sequence

from firewarden.api.register import Register
from firewarden.api.sheets.cells import guarded
from firewarden.api.sheets.columns import COLUMNS, Kind
from firewarden.api.sheets.export import Value, columns_of, rows_of
from firewarden.api.sheets.faults import Fault


def write_csv(register: Register, *, chinese: bool) -> dict[str, bytes]:
    """The files by name."""
    return {f"{kind}.csv": _file(_headings(kind, chinese=chinese), rows_of(register, kind)) for kind in Kind}


def write_zip(files: dict[str, bytes]) -> bytes:
    """The files in one archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def _in_english(fault: Fault) -> str:
    return fault.reason


def write_faults(faults: Iterable[Fault], reason: Callable[[Fault], str] = _in_english) -> bytes:
    """A list of what is wrong, with reasons in whichever language."""
    rows = ((each.file, each.sheet, each.line or None, each.column, reason(each)) for each in faults)
    return _file(("file", "sheet", "line", "column", "reason"), rows)


def _headings(kind: Kind, *, chinese: bool) -> Sequence[str]:
    names = columns_of(kind)
    return [column.zh if chinese else column.name for column in COLUMNS[kind] if column.name in names]


def _file(headings: Sequence[str], rows: Iterable[Sequence[Value]]) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(headings)
    writer.writerows([guarded(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return stream.getvalue().encode("utf-8-sig")
