"""What are the codes of risk called? One table in Chinese and English, for exported files and for the console."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Literal, cast

from firewarden.risk.rules.shipped import shipped_rules

Language = Literal["zh", "en"]

_TEXT = files("firewarden.api").joinpath("risk_words.toml").read_text(encoding="utf-8")
WORDS = cast("Mapping[Language, Mapping[str, Mapping[str, str]]]", tomllib.loads(_TEXT))
"""Names by language, group and code."""


def word(group: str, code: str, language: Language) -> str:
    """The name of a code; the code itself where it is newer than us."""
    return WORDS[language].get(group, {}).get(code, code)


def rule_name(code: str, language: Language) -> str:
    """What a rule or a trigger is called; those of older scores are among the factors."""
    title = shipped_rules().title(code, language)
    return word("factor", code, language) if title == code else title
