"""How is a CSV file read? In whichever encoding and with whichever separator spreadsheet programs wrote it; pure."""

import csv
import io
from dataclasses import dataclass

from firewarden.api.sheets.cells import Cell
from firewarden.api.sheets.columns import HEADINGS_MIN, Kind, column_of
from firewarden.api.sheets.faults import FileError
from firewarden.api.sheets.tables import ROWS_MAX, Sheet

_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SEPARATORS = (",", "\t", ";")
_FIELD_MAX = 10_000
_SAMPLE_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvRead:
    """A CSV file and the encoding it turned out to have."""

    sheet: Sheet
    encoding: str


def read_csv(name: str, data: bytes) -> CsvRead:
    """The rows of a CSV file. Raises FileError."""
    text, encoding = _decode(name, data)
    if "\0" in text:
        raise FileError(name, "binary", "is neither a spreadsheet (.xlsx) nor a CSV file")
    rows: list[list[Cell]] = []
    try:
        csv.field_size_limit(_FIELD_MAX)
        # Strict, since else a quotation mark that is never closed swallows the rest of the file.
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text), strict=True):
            rows.append(list(row))
            if len(rows) > ROWS_MAX + 1:
                raise FileError(name, "rows", f"more than {ROWS_MAX} rows")
    except csv.Error as error:
        raise FileError(name, "csv", f"line {len(rows) + 1}: {error}") from error
    return CsvRead(sheet=Sheet(file=name, name="", rows=rows), encoding=encoding)


def _decode(name: str, data: bytes) -> tuple[str, str]:
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            candidates: tuple[str, ...] = (encoding,)
            break
    else:
        candidates = ("utf-8", "gb18030")
    for encoding in candidates:
        try:
            return data.decode(encoding), encoding.removesuffix("-sig")
        except UnicodeDecodeError:
            continue
    raise FileError(name, "encoding", f"is text in none of the encodings {', '.join(candidates)}")


def _separator(text: str) -> str:
    """That which makes most known headings of one of the first lines; else the comma."""
    lines = text[:_SAMPLE_CHARACTERS].splitlines()[:20]

    def headings(separator: str) -> int:
        return max(
            (
                sum(column_of(kind, part.strip(' "')) is not None for part in line.split(separator))
                for line in lines
                for kind in Kind
            ),
            default=0,
        )

    best = max(_SEPARATORS, key=headings)
    return best if headings(best) >= HEADINGS_MIN else ","
