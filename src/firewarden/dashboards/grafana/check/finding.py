"""What can be wrong with a board, and what is to be done about it?"""

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """Kinds of findings."""

    UID_MISSING = "uid_missing"
    UID_TWICE = "uid_twice"
    ID_TWICE = "id_twice"
    LINK = "link"
    VARIABLE_UNKNOWN = "variable_unknown"
    VARIABLE_ORDER = "variable_order"
    VARIABLE_UNUSED = "variable_unused"
    SOURCE = "source"
    QUERIES = "queries"
    SHARED = "shared"
    OVERLAP = "overlap"
    UNBOUNDED = "unbounded"
    STALE = "stale"
    RULE = "rule"
    EXPANSION = "expansion"
    ERROR = "error"
    FORBIDDEN = "forbidden"
    EMPTY = "empty"
    ROWS = "rows"
    COLUMNS = "columns"
    FIELD = "field"
    SLOW = "slow"


ADVICE: dict[Code, str] = {
    Code.UID_MISSING: "Give the board a fixed uid: links and a second push find it by that alone.",
    Code.UID_TWICE: "Two boards with one uid replace each other: rename one.",
    Code.ID_TWICE: "Panels are found by their ids: number them anew.",
    Code.LINK: "Correct the address, or the name of the board, page or variable in it.",
    Code.VARIABLE_UNKNOWN: "Define the variable, or correct its name; Grafana would leave the text as it stands.",
    Code.VARIABLE_ORDER: "Put the variable behind those that its list depends on.",
    Code.VARIABLE_UNUSED: "Use it in a query or a link, or take it away.",
    Code.SOURCE: "Refer to the variable ${ds} (in alert rules: to fw-timescale), or nothing works in another Grafana.",
    Code.QUERIES: "Let panels share one query (`-- Dashboard --`): every open board repeats them all.",
    Code.SHARED: "Name a panel of this board that has a query of its own.",
    Code.OVERLAP: "Move a panel: Grafana would push one of them away.",
    Code.UNBOUNDED: "Bound the history with $__timeFilter(time): it grows for years.",
    Code.STALE: "Run `firewarden grafana build` and commit what it wrote.",
    Code.RULE: "Correct what the rule refers to.",
    Code.EXPANSION: "Correct the variable or macro; docs/grafana.md says what Grafana makes of each.",
    Code.ERROR: "Correct the statement: the message is the database's.",
    Code.FORBIDDEN: "Read a view of the schema board: nothing else may be read. What is missing belongs into a view.",
    Code.EMPTY: "The simulated month has such rows: look for a condition that never holds.",
    Code.ROWS: "Group or limit: a page cannot show so many rows.",
    Code.COLUMNS: "Select what this kind of panel needs.",
    Code.FIELD: "Name a column that the query has.",
    Code.SLOW: "Look at EXPLAIN (ANALYZE): read a rollup or a state view, or add an index in a migration.",
}
"""What to do about each kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong: where, and what."""

    code: Code
    board: str
    place: str
    problem: str

    @property
    def advice(self) -> str:
        """What to do about it."""
        return ADVICE[self.code]
