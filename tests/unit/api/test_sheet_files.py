"""Are files read whatever program wrote them, and refused with a clear reason where they cannot be?"""

import contextlib
import io
import struct
import zipfile
from datetime import datetime

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.api.sheets_made import POINTS, csv_file, filled, read, told, workbook
from xlsxwriter.worksheet import Worksheet

from firewarden.api.sheets import workbook as workbook_module
from firewarden.api.sheets.columns import Kind
from firewarden.api.sheets.faults import FileError
from firewarden.api.sheets.files import NamedFile, read_files
from firewarden.api.sheets.write_xlsx import write_template

ZH = ("装置编号", "点位地址", "点位名称", "楼层")
ROW = ("G1", "1.1/40.0a000200", "3层走道感烟", "3F")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_csv_in_every_encoding_and_with_every_separator(encoding: str, separator: str) -> None:
    """As Excel writes it in China and elsewhere; the encoding is said."""
    file = csv_file(ZH, ROW, encoding=encoding, separator=separator)
    (point,) = read(file).by_kind[Kind.POINTS]
    assert point.values == dict(zip(("gateway", "address", "name", "floor"), ROW, strict=True))
    assert read_files([file]).encodings == (("points.csv", encoding.removesuffix("-sig")),)


def test_headings_in_any_order_in_either_language_below_a_title() -> None:
    """With stars, spaces and capitals, as people leave them."""
    rows = read(csv_file(("某某大厦点表",), (), ("楼层", " Address* ", "GATEWAY", "名称"), ("3F", "x", "G1", "n")))
    (point,) = rows.by_kind[Kind.POINTS]
    assert (point.line, point.values["address"], point.values["name"]) == (4, "x", "n")


def test_unknown_doubled_and_missing_columns_are_named() -> None:
    """A misspelt column is never passed over in silence."""
    faults = told(read(csv_file(("gatway", "address", "name", "name"), ROW)).faults)
    assert [line.split(":")[0] for line in faults] == [
        "points.csv, line 1, gatway",
        "points.csv, line 1, name",
        "points.csv, line 1",
    ]
    assert "known are gateway (装置编号)" in faults[0]
    assert "lacks the column gateway" in faults[2]


def test_a_sheet_without_headings_says_what_was_expected() -> None:
    """Also where its name says what it is."""
    assert "no row of column names" in told(read(csv_file(("a", "b"), ("c", "d"))).faults)[0]
    assert "no row of column names" in told(read(workbook(("points", filled(("a", "b"))))).faults)[0]


def test_each_sheet_by_its_name_or_its_headings() -> None:
    """Sheets that are none of ours are not read, and that is said."""
    rows = read(
        workbook(
            (
                "单位",
                filled(("编号", "x"), ("单位编号", "单位名称", "使用性质", "区县"), ("V1", "甲", "商场市场", "雨湖区")),
            ),
            ("Sheet2", filled(("gateway", "address"), ("G1", "x"))),
            ("notes", filled(("whatever",))),
        )
    )
    assert told(rows.faults) == []
    assert rows.by_kind[Kind.VENUES][0].values["use"] == "mall"
    assert len(rows.by_kind[Kind.POINTS]) == 1
    assert rows.not_read == ["notes"]


def test_numbers_dates_formulas_and_merged_cells() -> None:
    """A number in a text column is its digits; a formula counts by its value; dates and merged cells are said."""

    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream) as book:
        sheet = book.add_worksheet("points")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, ("gateway", "address", "name", "floor", "component_address"))
        sheet.write_row(1, 0, ("G1", "a", "n", 3))
        sheet.write_row(2, 0, ("G1", "b", "n"))
        sheet.write_datetime(2, 3, datetime(2024, 3, 1), day)  # noqa: DTZ001 - a cell has no zone
        sheet.write_row(3, 0, ("G1", "c"))
        sheet.write_formula(3, 2, '="n"&1', None, "n1")
        sheet.write_row(4, 0, ("G1", "d", "#DIV/0!"))
        sheet.write_row(5, 0, ("G1", "e", "n", "1F", 200))
        sheet.merge_range(6, 0, 7, 0, "G1")
        sheet.write_row(6, 1, ("f", "n"))
        sheet.write_row(7, 1, ("g", "n"))

    rows = read(NamedFile(name="register.xlsx", data=stream.getvalue()))
    values = {point.values["address"]: point.values for point in rows.by_kind[Kind.POINTS]}
    assert values["a"]["floor"] == "3"
    assert values["c"]["name"] == "n1"
    assert values["f"]["gateway"] == "G1"
    assert [line.split(", ", 2)[2].split("(")[0].strip() for line in told(rows.faults)] == [
        "line 3, floor: the spreadsheet turned this into a date",
        "line 5, name: the formula of this cell failed",
        "line 6, component_address: is a number",
        "line 8, gateway: must not be empty: this cell is merged with another; give every row a value of its own",
    ]


def why_not(name: str, data: bytes) -> str:
    """The code of the reason why a file is refused."""
    with pytest.raises(FileError) as error:
        read_files([NamedFile(name=name, data=data)])
    return error.value.code


def archive(**files: bytes) -> bytes:
    """A zip archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "nothing"),
        (b" \r\n ", "nothing"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR", "binary"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "old"),
        (b"%PDF-1.7\n\xff\xff\xff", "encoding"),
        (b"PK\x03\x04 and no more", "damaged"),
        (archive(**{"a.txt": b"x"}), "archive"),
        (archive(**{"[Content_Types].xml": b"<Types/>"}), "damaged"),
        (archive(**{"a.csv": archive(**{"b.csv": b"x"})}), "archive"),
        (b'gateway,address\r\n"G1,x\r\n', "csv"),
        (b"gateway,address\r\nG1," + b"x" * 20_000, "csv"),
    ],
)
def test_files_of_another_kind(data: bytes, code: str) -> None:
    """Whatever they are called."""
    assert why_not("register.xlsx", data) == code


def test_an_archive_of_csv_files() -> None:
    """As the export makes it."""
    data = archive(**{"export/points.csv": csv_file(POINTS, ROW).data, "readme.txt": b"x"})
    assert len(read(NamedFile(name="register.zip", data=data)).by_kind[Kind.POINTS]) == 1


def test_a_bomb_is_not_unpacked() -> None:
    """Neither one that says how large it is, nor one that lies."""
    entry = "xl/worksheets/sheet1.xml"
    bomb = archive(**{"[Content_Types].xml": b"<Types/>", entry: bytes(workbook_module.UNPACKED_MAX + 1)})
    assert why_not("bomb.xlsx", bomb) == "packed"
    lying = bytearray(bomb)
    size = struct.pack("<I", workbook_module.UNPACKED_MAX + 1)
    while (at := lying.find(size)) >= 0:
        lying[at : at + 4] = struct.pack("<I", 1_000)
    assert why_not("bomb.xlsx", bytes(lying)) == "damaged"


def test_a_table_that_would_fill_any_memory() -> None:
    """One cell in the last corner of the sheet makes it 17 thousand million cells: reading ends, and only that."""

    def corner(sheet: Worksheet) -> None:
        sheet.write_row(0, 0, POINTS)
        sheet.write(1_048_575, 16_383, "x")

    assert why_not("corner.xlsx", workbook(("points", corner)).data) in {"memory", "rows"}


def test_the_template_is_empty_and_has_every_column() -> None:
    """Filled in or not, it is read without a fault."""
    rows = read(NamedFile(name="template.xlsx", data=write_template()))
    assert told(rows.faults) == []
    assert rows.total == 0
    assert rows.not_read == ["说明 Help"]


@settings(max_examples=300)
@given(st.binary(max_size=400))
def test_no_bytes_do_harm(data: bytes) -> None:
    """Rows, faults or a clear refusal: never another error."""
    with contextlib.suppress(FileError):
        read(NamedFile(name="x.csv", data=data))


@given(st.lists(st.lists(st.text(max_size=12), max_size=6), max_size=8))
def test_no_table_does_harm(rows: list[list[str]]) -> None:
    """Below sound headings, any cells give rows or faults, each with its line."""
    try:
        found = read(csv_file(("gateway", "address", "system_type", "loop", "point", "low"), *rows, encoding="utf-8"))
    except (FileError, UnicodeEncodeError):
        return
    assert all(fault.line > 1 for fault in found.faults.kept)
