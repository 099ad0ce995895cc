"""How is a register written as a spreadsheet? And the empty one that explains each column."""

import io
from collections.abc import Iterable, Sequence

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from firewarden.api.register import Register
from firewarden.api.sheets.columns import COLUMNS, QUANTITIES, SHEET_NAMES, USES, Column, Kind
from firewarden.api.sheets.export import Value, columns_of, rows_of

_NUMBERS = frozenset(
    {"lat", "lon", "area_m2", "height_m", "built_year", "kind", "heartbeat_s", "silence_deadline_s", "system_type"}
    | {"system_address", "component_type", "loop", "point", "low", "high"}
)
_LISTS = {"use": USES, "quantity": QUANTITIES}
_LISTED_ROWS = 5_000
_WIDTH_MIN = 10
_HELP = "说明 Help"
_HELP_HEADINGS = ("sheet", "column", "列名", "required 必填", "explanation", "说明", "example 示例")
_NOTES = (
    "The file needs only the sheets and columns that you have; column names in either language, in any order."
    " The columns marked * are required.",
    "文件只需包含要导入的工作表和列；列名可用中文或英文，顺序不限。带 * 的列必填。",
    "Nothing is removed by an import, and importing the same file again changes nothing.",
    "导入不会删除任何内容；同一文件再次导入不会产生变化。",
)


def write_register(register: Register, *, chinese: bool) -> bytes:
    """The whole register as a workbook."""
    stream = io.BytesIO()
    # Written row by row to a temporary file: a city's points need not fit into memory twice.
    with xlsxwriter.Workbook(stream, {"constant_memory": True}) as book:
        bold, plain = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        for kind in Kind:
            names = columns_of(kind)
            columns = [column for column in COLUMNS[kind] if column.name in names]
            sheet = _sheet(book, kind, columns, bold, plain, chinese=chinese)
            _fill(sheet, rows_of(register, kind))
    return stream.getvalue()


def write_template() -> bytes:
    """The empty workbook: a sheet that explains every column, and the four sheets with their headings."""
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        bold, plain = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        _help(book.add_worksheet(_HELP), bold, wrapped)
        for kind in Kind:
            sheet = _sheet(book, kind, COLUMNS[kind], bold, plain, chinese=True, stars=True)
            for place, column in enumerate(COLUMNS[kind]):
                sheet.write_comment(0, place, f"{column.name}\n{column.about_zh}\n{column.about}\n{column.example}")
                _offer(sheet, place, column)
    return stream.getvalue()


def _sheet(
    book: xlsxwriter.Workbook,
    kind: Kind,
    columns: Sequence[Column],
    bold: Format,
    plain: Format,
    *,
    chinese: bool,
    stars: bool = False,
) -> Worksheet:
    sheet = book.add_worksheet(SHEET_NAMES[kind][2] if chinese else kind.value)
    sheet.freeze_panes(1, 0)
    for place, column in enumerate(columns):
        heading = (column.zh if chinese else column.name) + ("*" if stars and column.required else "")
        # Text, so that a spreadsheet program makes neither a number of 0a000200 nor a date of 3-1.
        width = max(_WIDTH_MIN, len(column.example) + 2, 2 * len(heading))
        sheet.set_column(place, place, width, None if column.name in _NUMBERS else plain)
        sheet.write_string(0, place, heading, bold)
    return sheet


def _fill(sheet: Worksheet, rows: Iterable[Sequence[Value]]) -> None:
    for line, row in enumerate(rows, start=1):
        for place, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(line, place, value)
            elif value is not None:
                sheet.write_number(line, place, value)


def _offer(sheet: Worksheet, place: int, column: Column) -> None:
    """A list to choose from."""
    names = _LISTS.get(column.name)
    if names is not None:
        sheet.data_validation(1, place, _LISTED_ROWS, place, {"validate": "list", "source": list(names.values())})


def _help(sheet: Worksheet, bold: Format, wrapped: Format) -> None:
    for line, note in enumerate(_NOTES):
        sheet.write_string(line, 0, note)
    top = len(_NOTES) + 1
    for place, (heading, width) in enumerate(zip(_HELP_HEADINGS, (12, 22, 16, 14, 60, 50, 20), strict=True)):
        sheet.set_column(place, place, width)
        sheet.write_string(top, place, heading, bold)
    lines = [(kind, column) for kind in Kind for column in COLUMNS[kind]]
    for line, (kind, column) in enumerate(lines, start=top + 1):
        star = "*" if column.required else ""
        name = f"{kind} {SHEET_NAMES[kind][2]}"
        cells = (name, column.name, column.zh, star, column.about, column.about_zh, column.example)
        for place, cell in enumerate(cells):
            sheet.write_string(line, place, cell, wrapped)
