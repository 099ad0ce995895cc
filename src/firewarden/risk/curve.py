"""How many tenths of a point does an amount of something bad cost? Never fewer for more of it."""

from dataclasses import dataclass
from math import floor


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Straight lines between `knots` (amount, tenths), level outside them. More is never cheaper.

    Raises ValueError for knots that are not in order, that fall, or that are negative.
    """

    name: str
    unit: str
    knots: tuple[tuple[float, int], ...]

    def __post_init__(self) -> None:
        amounts = [amount for amount, _ in self.knots]
        costs = [cost for _, cost in self.knots]
        if not self.knots or amounts != sorted(set(amounts)) or costs != sorted(costs) or costs[0] < 0:
            raise ValueError(f"curve {self.name}: amounts must rise, and tenths must not fall nor be negative")

    @property
    def cap(self) -> int:
        """The most it can cost, in tenths."""
        return self.knots[-1][1]

    def at(self, amount: float) -> int:
        """The cost of `amount`, in whole tenths, rounded half up."""
        below = self.knots[0]
        for knot in self.knots:
            if amount < knot[0]:
                return _between(below, knot, amount)
            below = knot
        return below[1]

    def where(self, amount: float | None) -> int:
        """The cost of `amount`, or nothing where the bad thing is absent (None)."""
        return 0 if amount is None else self.at(amount)


def _between(below: tuple[float, int], above: tuple[float, int], amount: float) -> int:
    if amount <= below[0]:
        return below[1]
    part = (amount - below[0]) / (above[0] - below[0])
    return floor(below[1] + part * (above[1] - below[1]) + 0.5)
