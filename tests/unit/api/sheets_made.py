"""Files as people make them, for tests of the import."""

import csv
import io
from collections.abc import Callable, Sequence

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from firewarden.api.sheets.faults import Faults
from firewarden.api.sheets.files import NamedFile, read_files
from firewarden.api.sheets.rows import Rows, read_rows

Line = Sequence[object]
POINTS = ("gateway", "address", "name", "floor")


def csv_file(*rows: Line, name: str = "points.csv", encoding: str = "utf-8", separator: str = ",") -> NamedFile:
    """A CSV file."""
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=separator).writerows(rows)
    return NamedFile(name=name, data=stream.getvalue().encode(encoding))


def workbook(*fill: tuple[str, Callable[[Worksheet], object]], name: str = "register.xlsx") -> NamedFile:
    """A spreadsheet whose sheets are filled by functions."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"strings_to_numbers": False}) as book:
        for title, work in fill:
            work(book.add_worksheet(title))
    return NamedFile(name=name, data=stream.getvalue())


def filled(*rows: Line) -> Callable[[Worksheet], object]:
    """Writes rows from the top."""

    def work(sheet: Worksheet) -> None:
        for line, row in enumerate(rows):
            sheet.write_row(line, 0, row)

    return work


def read(*files: NamedFile) -> Rows:
    """What the files say, row by row."""
    return read_rows(read_files(files).sheets)


def told(faults: Faults) -> list[str]:
    """Every fault as the command line prints it."""
    return [str(fault) for fault in faults.kept]
