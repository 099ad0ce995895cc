"""What does a number that was measured several times say? Medians with their spread; nothing is averaged."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measured quantity: the median of its rounds, the least, the most, and each of them."""

    name: str
    unit: str
    median: float
    least: float
    most: float
    rounds: tuple[float, ...]


def figure(name: str, unit: str, values: Sequence[float]) -> Figure:
    """Sum up one quantity over its rounds. Raises ValueError where there is none."""
    if not values:
        raise ValueError(f"{name} was never measured")
    rounds = tuple(rounded(value) for value in values)
    return Figure(
        name=name, unit=unit, median=rounded(median(rounds)), least=min(rounds), most=max(rounds), rounds=rounds
    )


def ratio(name: str, reached: Sequence[float], limits: Sequence[float]) -> Figure:
    """Which share of the limit was reached, each round compared with the limit measured beside it."""
    return figure(name, "", [value / limit for value, limit in zip(reached, limits, strict=True)])


def rounded(value: float) -> float:
    """Four digits: more would claim a precision that no shared machine has. Whole numbers above that stay whole."""
    return round(value) if abs(value) >= 1_000 else float(f"{value:.4g}")  # noqa: PLR2004 - four digits
