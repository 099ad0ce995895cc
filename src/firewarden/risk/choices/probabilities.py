"""With which probability is each venue chosen? In proportion to its risk, and never less than a fair share.

`pi = min(1, n * ((1 - e) * r / sum(r) + e / N))`: the share `e` of the draw asks nobody's opinion, so that what is
found there says what the city is like, and venues that the ranking is wrong about are seen too. Who reaches 1 is
certain; the rest shares what is left by the same formula. Everything is in whole billionths: their sum is the size of
the draw exactly, and no machine rounds otherwise than another.
"""

import math
from collections.abc import Sequence
from fractions import Fraction

BILLION = 10**9
EXPLORATION_MIN = 0.1
"""Below this the weights of the few that were drawn by chance make every estimate unstable."""
EXPLORATION_DEFAULT = 0.2
_WEIGHT_UNIT = 10**6


def weight_of_score(tenths: int) -> int:
    """The risk behind a score of 0 to 1000 tenths, up to a factor that all share: S = 100 (1 - exp(-k R)) backwards.

    A score says nothing above 99.9, and a venue without any risk does not exist.
    """
    if not 0 <= tenths <= 1000:  # noqa: PLR2004 - a score is 0 to 100.0
        raise ValueError(f"a score is 0 to 1000 tenths, not {tenths}")
    return max(1, round(-_WEIGHT_UNIT * math.log1p(-min(tenths, 999) / 1000)))


def probabilities(weights: Sequence[int], size: int, exploration: float = EXPLORATION_DEFAULT) -> list[int]:
    """The probability of each unit in billionths; they add up to `size` billions exactly.

    `exploration` counts in thousandths. Raises ValueError where the draw is no draw.
    """
    share = Fraction(round(exploration * 1000), 1000)
    if not Fraction(1, 10) <= share <= 1:
        raise ValueError(f"the exploration share must be from {EXPLORATION_MIN} to 1, not {exploration}")
    if not 1 <= size <= len(weights):
        raise ValueError(f"of {len(weights)} venues, {size} cannot be chosen")
    if any(weight < 0 for weight in weights):
        raise ValueError("a risk is not negative")
    certain: set[int] = set()
    while True:
        free = [unit for unit in range(len(weights)) if unit not in certain]
        exact = _shares([weights[unit] for unit in free], size - len(certain), share)
        over = {unit for unit, value in zip(free, exact, strict=True) if value >= 1}
        if not over:
            break
        certain |= over
    result = [BILLION] * len(weights)
    for unit, value in zip(free, _whole(exact), strict=True):
        result[unit] = value
    return result


def _shares(weights: Sequence[int], size: int, exploration: Fraction) -> list[Fraction]:
    total = sum(weights)
    fair = Fraction(size, len(weights)) if weights else Fraction(0)
    if total == 0:
        return [fair] * len(weights)
    by_risk = size * (1 - exploration) / total
    return [weight * by_risk + exploration * fair for weight in weights]


def _whole(exact: Sequence[Fraction]) -> list[int]:
    """Whole billionths with the same sum: what was cut off goes to the largest remainders, the first among equals."""
    scaled = [value * BILLION for value in exact]
    floors = [int(value) for value in scaled]
    missing = int(sum(scaled)) - sum(floors)
    by_remainder = sorted(range(len(exact)), key=lambda unit: (floors[unit] - scaled[unit], unit))
    for unit in by_remainder[:missing]:
        floors[unit] += 1
    return floors
