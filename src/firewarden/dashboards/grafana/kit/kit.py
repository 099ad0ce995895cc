"""What does a board's module get? The words of one language and the board's own statements: no file is read in it."""

from collections.abc import Mapping
from dataclasses import dataclass

from firewarden.dashboards.grafana.kit.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """One board in one language.

    `queries` are the statements of boards/BOARD.sql and of boards/common.sql, by name.
    """

    board: str
    words: Words
    queries: Mapping[str, str]

    @property
    def language(self) -> str:
        """zh or en."""
        return self.words.language

    def text(self, key: str) -> str:
        """A text of this board: `KEY` below its table in words/LANGUAGE.toml."""
        return self.words(f"{self.board}.{key}")
