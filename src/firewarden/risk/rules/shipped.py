"""Which rules ship? Those of rules.toml, read once."""

from functools import cache
from importlib import resources

from firewarden.risk.rules.book import RuleBook, parse_rules


@cache
def shipped_rules() -> RuleBook:
    """The rules that ship with the platform."""
    return parse_rules(resources.files("firewarden.risk.rules").joinpath("rules.toml").read_text(encoding="utf-8"))
