"""What does one cell say? Texts, numbers and codes out of what a spreadsheet made of them; pure."""

import ipaddress
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from firewarden.api.register import SOURCE_ADDRESS_MAX
from firewarden.api.sheets.faults import CellError, Why


class DateCell(msgspec.Struct, frozen=True, tag="date"):
    """A cell that the spreadsheet holds for a date or a time."""

    text: str


Cell = str | float | bool | DateCell
"""An empty cell is the empty text."""

Read = Callable[[Cell], Any]

TEXT_MAX = 200
_SHOWN_MAX = 40
_EXPONENT = re.compile(r"[+-]?\d+(\.\d+)?[eE]\+\d+")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_EXCEL_ERRORS = frozenset({"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})
_DIGITS_KEPT = 1e15
"""Larger numbers have lost digits in a spreadsheet."""


def shown(cell: Cell) -> str:
    """A cell in an error message."""
    text = plain(cell)
    return repr(text if len(text) <= _SHOWN_MAX else text[:_SHOWN_MAX] + "…")


def plain(cell: Cell) -> str:
    """What a cell looks like: whole numbers without a decimal point."""
    match cell:
        case bool():
            return "TRUE" if cell else "FALSE"
        case str():
            return cell.strip()
        case DateCell():
            return cell.text
        case _:
            return str(int(cell)) if math.isfinite(cell) and cell == int(cell) else repr(cell)


def unguarded(text: str) -> str:
    """Without the apostrophe that `guarded` put before it."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA_STARTS) else text


def guarded(text: str) -> str:
    """A text that a spreadsheet program will not run as a formula when it opens a CSV file."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def text(cell: Cell) -> str:
    """Any text of at most 200 characters. Raises CellError."""
    if isinstance(cell, DateCell):
        raise CellError(Why.DATE, got=cell.text)
    if isinstance(cell, float) and abs(cell) >= _DIGITS_KEPT:
        raise CellError(Why.EXPONENT, got=f"{cell:g}")
    value = unguarded(plain(cell))
    if value in _EXCEL_ERRORS:
        raise CellError(Why.EXCEL_ERROR, got=value)
    if _EXPONENT.fullmatch(value):
        raise CellError(Why.EXPONENT, got=value)
    if len(value) > TEXT_MAX:
        raise CellError(Why.LONG, most=str(TEXT_MAX), got=str(len(value)))
    if _UNPRINTABLE.search(value):
        raise CellError(Why.UNPRINTABLE)
    return value


def code(marks: str) -> Read:
    """A reader of ids of letters, digits and `marks`."""
    pattern = re.compile(rf"[A-Za-z0-9{re.escape(marks)}]{{1,64}}")

    def read(cell: Cell) -> str:
        value = text(cell)
        if not pattern.fullmatch(value):
            raise CellError(Why.ID, marks=" ".join(marks), got=shown(cell))
        return value

    return read


def number(least: float, most: float, *, above: bool = False) -> Read:
    """A reader of numbers within bounds; `above`: `least` itself is none of them."""

    def read(cell: Cell) -> float:
        value = _number(cell)
        if not least <= value <= most or (above and value == least):
            bound = f"more than {least:g}" if above else f"{least:g}"
            raise CellError(Why.RANGE, least=bound, most=f"{most:g}", got=f"{value:g}")
        return value

    return read


def whole(least: int, most: int) -> Read:
    """A reader of whole numbers within bounds."""

    def read(cell: Cell) -> int:
        value = _number(cell)
        if value != int(value):
            raise CellError(Why.WHOLE, got=shown(cell))
        if not least <= value <= most:
            raise CellError(Why.RANGE, least=str(least), most=str(most), got=f"{value:g}")
        return int(value)

    return read


def _number(cell: Cell) -> float:
    if isinstance(cell, DateCell):
        raise CellError(Why.DATE, got=cell.text)
    if isinstance(cell, bool):
        raise CellError(Why.NUMBER, got=shown(cell))
    if isinstance(cell, str):
        value = unguarded(cell.strip())
        if value in _EXCEL_ERRORS:
            raise CellError(Why.EXCEL_ERROR, got=value)
        if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", value, re.ASCII):
            raise CellError(Why.NUMBER, got=shown(cell))
        cell = float(value)
    if not math.isfinite(cell):
        raise CellError(Why.NUMBER, got=shown(cell))
    return cell


def choice(names: Mapping[str, str]) -> Read:
    """A reader of one of some names; the mapping's keys are what may stand there, in lower case."""
    choices = ", ".join(dict.fromkeys(names.values()))

    def read(cell: Cell) -> str:
        value = text(cell)
        if value.casefold() not in names:
            raise CellError(Why.CHOICE, choices=choices, got=shown(cell))
        return names[value.casefold()]

    return read


_YES_NO = {
    **dict.fromkeys(("yes", "true", "1", "y", "是", "√"), True),
    **dict.fromkeys(("no", "false", "0", "n", "否", "×"), False),
}


def yes_no(cell: Cell) -> bool:
    """Yes or no. Raises CellError."""
    value = text(cell).casefold()
    if value not in _YES_NO:
        raise CellError(Why.CHOICE, choices="yes, no, 是, 否", got=shown(cell))
    return _YES_NO[value]


def hex8(cell: Cell) -> str:
    """The four bytes of a component address in the order of the frame. Raises CellError."""
    if isinstance(cell, float):
        raise CellError(Why.HEX_NUMBER, got=plain(cell))
    value = text(cell).replace(" ", "").lower()
    if value.isascii() and value.isdigit() and len(value) < 8:  # noqa: PLR2004 - 4 bytes
        raise CellError(Why.HEX_NUMBER, got=value)
    if not re.fullmatch(r"[0-9a-f]{8}", value):
        raise CellError(Why.HEX8, got=shown(cell))
    return value


def source_address(cell: Cell) -> int:
    """The source address of a device's frames.

    A number; `0x` and hex digits for a number; or the six bytes as 12 hex digits in the order of the frame, low byte
    first, with or without separators. 12 decimal digits could be both, and are refused. Raises CellError.
    """
    value = text(cell).replace(" ", "").lower()
    compact = value.replace(":", "").replace("-", "")
    if re.fullmatch(r"0x[0-9a-f]{1,12}", value):
        return int(value, 16)
    if re.fullmatch(r"[0-9a-f]{12}", compact):
        if value == compact and value.isdigit() and not value.startswith("0"):
            pairs = ":".join(value[at : at + 2] for at in range(0, 12, 2))
            raise CellError(Why.SOURCE_AMBIGUOUS, got=value, bytes=pairs, hex=f"{int(value):x}")
        return int.from_bytes(bytes.fromhex(compact), "little")
    if re.fullmatch(r"[0-9]{1,15}", value) and int(value) <= SOURCE_ADDRESS_MAX:
        return int(value)
    raise CellError(Why.SOURCE_ADDRESS, got=shown(cell))


def source_bytes(address: int) -> str:
    """A source address as the six bytes of the frame: `01:00:00:00:00:00`."""
    return address.to_bytes(6, "little").hex(":")


def peer(cell: Cell) -> str:
    """A network or an address in CIDR form. Raises CellError."""
    value = text(cell)
    try:
        return str(ipaddress.ip_network(value))
    except ValueError as error:
        raise CellError(Why.PEER, got=shown(cell)) from error
