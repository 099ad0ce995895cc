"""How are measured values fetched, whatever the range? One statement, written once, for each kind of quantity."""

from collections.abc import Mapping

STATEMENT = "readings"
PLACE = ":quantities"
QUANTITIES: Mapping[str, tuple[str, ...]] = {"pressure": ("pressure",), "level": ("level",)}
"""What one plot can hold: quantities of one unit."""


def statements(template: str) -> Mapping[str, str]:
    """`readings_pressure` and the others, made from the statement `readings` of common.sql."""
    return {f"{STATEMENT}_{name}": template.replace(PLACE, _listed(codes)) for name, codes in QUANTITIES.items()}


def _listed(codes: tuple[str, ...]) -> str:
    return ", ".join(f"'{code}'" for code in codes)
