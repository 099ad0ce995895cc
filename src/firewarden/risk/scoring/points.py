"""How do logarithms become points that add up exactly?

S = 100 (1 - exp(-k R)) is read along log R. Between a typical venue and this one the curve has a mean slope; with it
every term becomes points, with the right sign and in proportion, and all of them are the difference of the two scores.
"""

from collections.abc import Sequence
from math import exp, floor, log

TENTHS = 1000.0
_FLAT = 1e-9


def raw_score(log_r: float, log_k: float) -> float:
    """The score in tenths, not rounded. Whatever R is, it lies within 0 and 1,000."""
    return -TENTHS * _expm1_neg(min(7.0, log_r + log_k))


def _expm1_neg(log_kr: float) -> float:
    return exp(-exp(log_kr)) - 1


def tenths(raw: float) -> int:
    """Rounded half up."""
    return floor(raw + 0.5)


def slope(log_r: float, log_r_typical: float, log_k: float) -> float:
    """Tenths per unit of the logarithm, the mean between both; at one point the derivative."""
    apart = log_r - log_r_typical
    if abs(apart) > _FLAT:
        return (raw_score(log_r, log_k) - raw_score(log_r_typical, log_k)) / apart
    kr = exp(min(7.0, log_r + log_k))
    return TENTHS * kr * exp(-kr)


def whole(exact: Sequence[float], total: int) -> list[int]:
    """`exact` rounded to whole numbers that add up to `total`: down, then up where the remainder is largest.

    `total` is the sum of `exact` rounded down or up. A zero stays zero, and no sign changes.
    """
    down = [floor(value) for value in exact]
    left = total - sum(down)
    order = sorted(range(len(exact)), key=lambda i: (down[i] - exact[i], i))
    for i in order:
        if left <= 0:
            break
        if exact[i] != down[i]:
            down[i] += 1
            left -= 1
    if left and exact:  # the last bits of a float: the largest takes it
        down[max(range(len(exact)), key=lambda i: abs(exact[i]))] += left
    return down


def scale(risks: Sequence[float], at: float = 0.95, tenths_there: float = 800.0) -> float:
    """The k with which the venue at the 95th percentile of R scores 80. Raises ValueError where there is none."""
    ordered = sorted(risk for risk in risks if risk > 0)
    if not ordered:
        raise ValueError("a scale needs venues")
    return -log(1 - tenths_there / TENTHS) / ordered[min(len(ordered) - 1, floor(at * len(ordered)))]
