"""What do alert rules say, and in which language?"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The words of one rule. `summary` and `description` are templates that Grafana fills in."""

    title: str
    summary: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The words of all rules in one language."""

    language: str
    folder: str
    rules: Mapping[str, Said]


def words(language: str) -> Words:
    """The words of a language. Raises FileNotFoundError where there is none of it."""
    text = (
        files("firewarden.dashboards.grafana.alerts").joinpath("words", f"{language}.toml").read_text(encoding="utf-8")
    )
    table = tomllib.loads(text)
    folder = table.pop("folder")
    return Words(language=language, folder=folder, rules={name: Said(**said) for name, said in table.items()})
