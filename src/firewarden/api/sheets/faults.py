"""What can be wrong in a spreadsheet of the register? Each kind of fault, in the words that a person reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

FAULTS_MAX = 10_000
"""Faults that are kept with their places; more are counted only."""


class Why(StrEnum):
    """The kinds of faults. The console has a text for each in both languages, by the same name."""

    EMPTY = "empty"
    MERGED = "merged"
    DATE = "date"
    EXPONENT = "exponent"
    HEX_NUMBER = "hex_number"
    EXCEL_ERROR = "excel_error"
    LONG = "long"
    UNPRINTABLE = "unprintable"
    ID = "id"
    CHOICE = "choice"
    NUMBER = "number"
    WHOLE = "whole"
    RANGE = "range"
    HEX8 = "hex8"
    ADDRESS = "address"
    ADDRESS_PARTS = "address_parts"
    ADDRESS_DIFFERS = "address_differs"
    SOURCE_ADDRESS = "source_address"
    SOURCE_AMBIGUOUS = "source_ambiguous"
    SOURCE_NEEDED = "source_needed"
    PEER = "peer"
    PROFILE = "profile"
    VENUE = "venue"
    GATEWAY = "gateway"
    MOVED = "moved"
    TAKEN = "taken"
    TWICE = "twice"
    LOW_HIGH = "low_high"
    UNIT = "unit"
    UNIT_ALONE = "unit_alone"
    LAT_LON = "lat_lon"
    SILENCE = "silence"
    CONTROLLER_FULL = "controller_full"
    LOOP_FULL = "loop_full"
    GATEWAY_FULL = "gateway_full"
    COLUMN_UNKNOWN = "column_unknown"
    COLUMN_TWICE = "column_twice"
    COLUMN_MISSING = "column_missing"
    HEADER = "header"
    ROWS = "rows"
    NO_ROWS = "no_rows"
    REGISTER = "register"


TEXTS: Mapping[Why, str] = {
    Why.EMPTY: "must not be empty",
    Why.MERGED: "must not be empty: this cell is merged with another; give every row a value of its own",
    Why.DATE: "the spreadsheet turned this into a date ({got}); format the column as text and enter it again",
    Why.EXPONENT: "the spreadsheet turned this into a number ({got}); format the column as text and enter it again",
    Why.HEX_NUMBER: "is a number ({got}), so leading zeros or letters may be lost; format the column as text and enter"
    " all 8 hex digits",
    Why.EXCEL_ERROR: "the formula of this cell failed ({got})",
    Why.LONG: "at most {most} characters, got {got}",
    Why.UNPRINTABLE: "holds a character that cannot be printed",
    Why.ID: "at most 64 letters, digits and {marks}, got {got}",
    Why.CHOICE: "expected one of {choices}; got {got}",
    Why.NUMBER: "expected a number, got {got}",
    Why.WHOLE: "expected a whole number, got {got}",
    Why.RANGE: "expected {least} to {most}, got {got}",
    Why.HEX8: "expected 8 hex digits, the 4 bytes in the order of the frame, got {got}",
    Why.ADDRESS: "expected system.address/component.xxxxxxxx (such as 1.1/40.0a000200), system.address or `device`,"
    " got {got}",
    Why.ADDRESS_PARTS: "needs address, or system_type and system_address with component_type and either"
    " component_address or loop and point",
    Why.ADDRESS_DIFFERS: "says {got}, the other columns say {other}",
    Why.SOURCE_ADDRESS: "expected a number, 0x and hex digits, or the 6 bytes as 12 hex digits in the order of the"
    " frame; got {got}",
    Why.SOURCE_AMBIGUOUS: "{got} may be a number or 6 bytes; write bytes as {bytes}, a number as 0x{hex}",
    Why.SOURCE_NEEDED: "peer and profile need a source_address",
    Why.PEER: "expected an address or a network such as 10.2.0.0/16, got {got}",
    Why.PROFILE: "there is no profile {got}; known are {choices}",
    Why.VENUE: "there is no venue {got}, neither in the register nor in the file",
    Why.GATEWAY: "there is no gateway {got}, neither in the register nor in the file",
    Why.MOVED: "gateway {got} is at venue {other} already",
    Why.TAKEN: "gateway {other} has this source address already",
    Why.TWICE: "stands at {where} already",
    Why.LOW_HIGH: "low must be less than high, got {low} and {high}",
    Why.UNIT: "expected one of {choices}, got {got}",
    Why.UNIT_ALONE: "low, high and unit need a quantity",
    Why.LAT_LON: "lat and lon come together",
    Why.SILENCE: "must be longer than the heartbeat of {beat} s",
    Why.CONTROLLER_FULL: "controller {controller} would have more than {most} addresses (GB 50116)",
    Why.LOOP_FULL: "loop {loop} of controller {controller} would have more than {most} addresses (GB 50116)",
    Why.GATEWAY_FULL: "gateway {gateway} would have more than {most} points",
    Why.COLUMN_UNKNOWN: "there is no such column for {kind}; known are {choices}",
    Why.COLUMN_TWICE: "the column stands twice",
    Why.COLUMN_MISSING: "the sheet lacks the column {got}",
    Why.HEADER: "no row of column names within the first {most} lines: expected some of {choices}",
    Why.ROWS: "more than {most} rows",
    Why.NO_ROWS: "holds no row of the register",
    Why.REGISTER: "{got}",
}


class CellError(Exception):
    """A cell does not say what its column needs."""

    def __init__(self, why: Why, **values: str) -> None:
        super().__init__(why)
        self.why = why
        self.values = values


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong, and where. `line` counts from 1 as a spreadsheet does; 0: the sheet as a whole."""

    file: str
    sheet: str
    line: int
    column: str
    why: Why
    values: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def reason(self) -> str:
        """Why, in English."""
        return TEXTS[self.why].format(**self.values)

    @property
    def place(self) -> str:
        """Where, in English."""
        parts = [self.file, f"sheet {self.sheet}" if self.sheet else "", f"line {self.line}" if self.line else ""]
        return ", ".join(part for part in [*parts, self.column] if part)

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


class SheetError(Exception):
    """Nothing is imported: these are the faults, in their order; `total` counts also those that were not kept."""

    def __init__(self, faults: Sequence[Fault], total: int | None = None) -> None:
        self.faults = tuple(faults)
        self.total = len(self.faults) if total is None else total
        super().__init__("\n".join(str(fault) for fault in self.faults[:20]))


class FileError(Exception):
    """The file as a whole cannot be read; the message says why. `code` names the reason for the console's catalogue."""

    def __init__(self, name: str, code: str, message: str) -> None:
        super().__init__(f"{name}: {message}")
        self.name = name
        self.code = code


@dataclass(slots=True)
class Faults:
    """Collects what is wrong, within bounds."""

    kept: list[Fault] = field(default_factory=list[Fault])
    total: int = 0

    def add(self, fault: Fault) -> None:
        """Note one."""
        self.total += 1
        if len(self.kept) < FAULTS_MAX:
            self.kept.append(fault)

    def raise_any(self) -> None:
        """Raise SheetError where anything is wrong."""
        if self.total:
            in_order = sorted(self.kept, key=lambda fault: (fault.file, fault.sheet, fault.line))
            raise SheetError(in_order, self.total)
