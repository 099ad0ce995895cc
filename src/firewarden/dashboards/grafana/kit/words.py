"""How is it said? The texts of the boards in one language, and the names that the console gives to coded values."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The texts of one language.

    `texts` are those of words/LANGUAGE.toml by dotted key; `names` those of coded values: group, code, name.
    """

    language: str
    texts: Mapping[str, str]
    names: Mapping[str, Mapping[str, str]]

    def __call__(self, key: str) -> str:
        """The text of `key`. Raises KeyError where the words file has none."""
        return self.texts[key]

    def column(self, board: str, name: str) -> str:
        """What a column is called: on this board, else on all. Raises KeyError where neither is said."""
        own = self.texts.get(f"{board}.column.{name}")
        return own if own is not None else self.texts[f"column.{name}"]

    def codes(self, group: str) -> Mapping[str, str]:
        """Every name of a group of coded values. Raises KeyError for a group that nobody has."""
        return self.names[group]
