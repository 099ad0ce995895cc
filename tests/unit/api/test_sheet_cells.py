"""Does a cell say what its column needs, or in so many words why not, whatever a spreadsheet made of it?"""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.api.sheets import cells
from firewarden.api.sheets.cells import Cell, DateCell
from firewarden.api.sheets.columns import COLUMNS, Kind
from firewarden.api.sheets.faults import TEXTS, CellError, Why

ANY_CELL: st.SearchStrategy[Cell] = st.one_of(
    st.text(max_size=300),
    st.floats(),
    st.booleans(),
    st.builds(DateCell, st.text(max_size=40)),
    st.sampled_from(["1E+03", "0a000200", "#N/A", "NaN", "inf", "１２", "-0", "0x", "二", " 1 ", "1e999", "٣"]),
)


@given(ANY_CELL)
def test_every_reader_gives_a_value_or_a_reason(cell: Cell) -> None:
    """No cell makes any column fail in another way, and each reason has a text for its values."""
    for kind in Kind:
        for column in COLUMNS[kind]:
            try:
                value = column.read(cell)
            except CellError as error:
                TEXTS[error.why].format(**error.values)
                continue
            assert value is not None
            assert not isinstance(value, float) or math.isfinite(value)


def refused(read: cells.Read, cell: Cell) -> Why:
    """Why a reader refuses a cell."""
    with pytest.raises(CellError) as error:
        read(cell)
    return error.value.why


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        (200.0, Why.HEX_NUMBER),  # 00000200 in a cell that is no text
        ("200", Why.HEX_NUMBER),
        ("1E+03", Why.EXPONENT),  # 1e030000 was one
        ("1.00E+30", Why.EXPONENT),
        (DateCell("2024-03-01"), Why.DATE),
        ("0a00020", Why.HEX8),
        ("0a0002000", Why.HEX8),
        ("0a00020g", Why.HEX8),
        ("#REF!", Why.EXCEL_ERROR),
    ],
)
def test_hex_that_a_spreadsheet_has_spoilt_is_said_so(cell: Cell, why: Why) -> None:
    """A number is never taken for four bytes: its zeros and letters may be gone."""
    assert refused(cells.hex8, cell) is why


def test_hex_is_taken_in_either_case_and_with_spaces() -> None:
    """As people copy it from a capture."""
    assert cells.hex8("0A 00 02 00") == "0a000200"
    assert cells.hex8("12345678") == "12345678"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("687", 687),
        (687.0, 687),
        ("0x2AF", 687),
        ("0x0000000002af", 687),
        ("af0200000000", 687),
        ("af:02:00:00:00:00", 687),
        ("AF-02-00-00-00-00", 687),
        ("010203040506", 0x060504030201),
        ("281474976710655", 2**48 - 1),
    ],
)
def test_source_addresses(text: Cell, address: int) -> None:
    """A number in either base, or the six bytes as they stand in the frame."""
    assert cells.source_address(text) == address


@pytest.mark.parametrize("text", ["", "-1", "281474976710656", "0x1000000000000", "0x", "af02", "1.5", "一"])
def test_what_is_no_source_address(text: str) -> None:
    """Nothing that does not fit into six bytes."""
    assert refused(cells.source_address, text) is Why.SOURCE_ADDRESS


def test_twelve_decimal_digits_could_be_both() -> None:
    """The message shows how to write either."""
    with pytest.raises(CellError) as error:
        cells.source_address("123456789012")
    assert error.value.why is Why.SOURCE_AMBIGUOUS
    assert error.value.values["bytes"] == "12:34:56:78:90:12"
    assert int(error.value.values["hex"], 16) == 123456789012


@given(st.integers(0, 2**48 - 1))
def test_source_addresses_come_back_in_every_form(address: int) -> None:
    """What an export and the console write, an import reads."""
    assert cells.source_address(f"0x{address:012x}") == address
    assert cells.source_address(cells.source_bytes(address)) == address


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60))
def test_guarded_texts_are_no_formulas_and_come_back(text: str) -> None:
    """A name that begins with = runs in no spreadsheet program, and is the same name when read again."""
    guarded = cells.guarded(text)
    assert not guarded.startswith(("=", "+", "-", "@"))
    assert cells.unguarded(guarded) == text or text.startswith("'")


@pytest.mark.parametrize(
    ("read", "cell", "why"),
    [
        (cells.whole(0, 255), 1.5, Why.WHOLE),
        (cells.whole(0, 255), 256.0, Why.RANGE),
        (cells.whole(0, 255), bool(1), Why.NUMBER),
        (cells.number(0, 10, above=True), 0.0, Why.RANGE),
        (cells.number(0, 10), "1_0", Why.NUMBER),
        (cells.number(0, 10), math.inf, Why.NUMBER),
        (cells.number(-1e9, 1e9), "1e400", Why.NUMBER),
        (cells.text, "a\x00b", Why.UNPRINTABLE),
        (cells.text, "x" * 201, Why.LONG),
        (cells.text, 12345678901234567.0, Why.EXPONENT),
        (cells.code("_-"), "a b", Why.ID),
        (cells.yes_no, "maybe", Why.CHOICE),
        (cells.peer, "10.2.0.1/16", Why.PEER),
        (cells.peer, "anywhere", Why.PEER),
    ],
)
def test_what_is_refused(read: cells.Read, cell: Cell, why: Why) -> None:
    """With the reason that a person can act on."""
    assert refused(read, cell) is why


def test_whole_numbers_in_text_columns_look_like_themselves() -> None:
    """Floor 3 is "3", not "3.0"."""
    assert cells.text(3.0) == "3"
    assert cells.text(0.5) == "0.5"
    assert [cells.yes_no(cell) for cell in ("是", "no", 1.0)] == [True, False, True]
