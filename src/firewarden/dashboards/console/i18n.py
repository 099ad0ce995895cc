"""How does the console say it in Chinese and in English? Every text a person reads stands in a catalogue."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from typing import Literal, cast

from firewarden.api.risk_words import WORDS


class Language(StrEnum):
    """The languages of the console; the value is what app_user.language holds."""

    ZH = "zh"
    EN = "en"

    @property
    def html(self) -> Literal["zh-CN", "en-US"]:
        """The `lang` attribute of a page."""
        return "zh-CN" if self is Language.ZH else "en-US"

    @property
    def other(self) -> "Language":
        """The language that the switch leads to."""
        return Language.EN if self is Language.ZH else Language.ZH


DEFAULT = Language.ZH


@dataclass(frozen=True, slots=True)
class Texts:
    """The catalogue of one language: texts by dotted key."""

    language: Language
    by_key: Mapping[str, str]

    def __call__(self, key: str, **values: str | float) -> str:
        """The text of `key` with `values` put in. Raises KeyError for a key that the catalogue does not have."""
        return self.by_key[key].format(**values) if values else self.by_key[key]

    def name(self, group: str, code: str) -> str:
        """The name of a value that data brings (a kind, a use, a factor); the code itself where it is newer than us."""
        return self.by_key.get(f"{group}.{code}", code)

    def under(self, group: str) -> dict[str, str]:
        """Every text below `group`, by the rest of its key: what a browser component gets."""
        prefix = f"{group}."
        return {key.removeprefix(prefix): text for key, text in self.by_key.items() if key.startswith(prefix)}

    def either(self, chinese: str, english: str) -> str:
        """The name of this language where the register has both; an empty English name falls back to the Chinese."""
        return english if self.language is Language.EN and english else chinese


def parse_language(text: str | None) -> Language | None:
    """The language that a cookie or a user's row names; None for anything else."""
    return Language(text) if text in {language.value for language in Language} else None


def _flatten(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, str):
            yield f"{prefix}{key}", value
        else:
            yield from _flatten(cast("Mapping[str, object]", value), f"{prefix}{key}.")


def _load(language: Language) -> Texts:
    folder = files("firewarden.dashboards.console").joinpath("catalogue")
    text = folder.joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return Texts(language, {**dict(_flatten(tomllib.loads(text))), **dict(_flatten(WORDS[language.value]))})


CATALOGUES: Mapping[Language, Texts] = {language: _load(language) for language in Language}
