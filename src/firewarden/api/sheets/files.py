"""Which sheets are in some files? Told by what the files hold, whatever they are called."""

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath

from firewarden.api.sheets.csv_file import read_csv
from firewarden.api.sheets.faults import FileError
from firewarden.api.sheets.tables import Sheet
from firewarden.api.sheets.workbook import check_packed, read_workbook

FILE_BYTES_MAX = 64 * 1024 * 1024
FILES_MAX = 200

_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedFile:
    """A file as somebody gave it."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesRead:
    """All sheets, and for each CSV file the encoding in which it was read."""

    sheets: tuple[Sheet, ...]
    encodings: tuple[tuple[str, str], ...]


def read_files(files: Iterable[NamedFile]) -> FilesRead:
    """Read workbooks, CSV files and zip archives of CSV files. Raises FileError."""
    sheets: list[Sheet] = []
    encodings: list[tuple[str, str]] = []
    for file in files:
        if not file.data.startswith(_ZIP):
            read = read_csv(file.name, _plain(file))
            sheets.append(read.sheet)
            encodings.append((file.name, read.encoding))
            continue
        _bounded(file)
        inner = _csv_members(file)
        if inner is None:
            sheets += read_workbook(file.name, file.data)
        else:
            inside = read_files(inner)
            sheets += inside.sheets
            encodings += inside.encodings
    return FilesRead(sheets=tuple(sheets), encodings=tuple(encodings))


def _bounded(file: NamedFile) -> None:
    if len(file.data) > FILE_BYTES_MAX:
        raise FileError(file.name, "large", f"has {len(file.data)} bytes, at most {FILE_BYTES_MAX} are read")


def _plain(file: NamedFile) -> bytes:
    """The bytes of what may be a CSV file. Raises FileError for what certainly is none."""
    _bounded(file)
    if file.data.startswith(_OLD_EXCEL):
        raise FileError(file.name, "old", "is an old Excel file (.xls) or has a password; save it as .xlsx without one")
    if not file.data.strip():
        raise FileError(file.name, "nothing", "is empty")
    return file.data


def _csv_members(file: NamedFile) -> list[NamedFile] | None:
    """The CSV files of an archive; None where it is a workbook. Raises FileError."""
    check_packed(file.name, file.data)
    with zipfile.ZipFile(io.BytesIO(file.data)) as archive:
        names = [entry.filename for entry in archive.infolist() if not entry.is_dir()]
        if "[Content_Types].xml" in names:
            return None
        tables = [name for name in names if name.lower().endswith(".csv")]
        if not tables or len(tables) > FILES_MAX:
            raise FileError(
                file.name, "archive", f"is an archive with {len(tables)} CSV files, expected 1 to {FILES_MAX}"
            )
        return [NamedFile(name=PurePath(name).name, data=_member(archive, name)) for name in tables]


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    data = archive.read(name)
    if data.startswith(_ZIP):
        raise FileError(name, "archive", "is an archive within an archive")
    return data
