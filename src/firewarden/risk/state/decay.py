"""How much does what happened at `t` still count at `T`? Half after each half-life, in integers that add in any order.

Forward decay: a weight is fixed when a fact comes in, 2^((t - LANDMARK) / half-life), and what is read at T is divided
by the weight of T. Integers have no rounding that depends on the order of a sum, so late facts, repeats and replays
give the same bits. Only multiplication and division of doubles are used, never the machine's own exp: IEEE 754 says
every bit of those, so that another machine makes the same state.
"""

from math import isqrt, log

from firewarden.risk.state.facts import Micros

DAY: Micros = 86_400_000_000
LANDMARK: Micros = 946_684_800_000_000
"""2000-01-01T00:00Z: where every weight is one."""

LATEST: Micros = 4_102_444_800_000_000
"""2100-01-01T00:00Z. Times outside the century count as its edge: a broken clock makes no sum too large to read."""

BITS = 52
"""A weight of one is 2^BITS."""

ONE = 1 << BITS
_ONE_AS_FLOAT = float(ONE)
_READABLE = 900  # bits that a double can hold, with some to spare
_STEP = 1024
_LOW_LOG = log(2.0) / (_STEP * _STEP)


def _roots(count: int) -> list[int]:
    """2^(1/2), 2^(1/4), …: `count` of them, with 120 bits after the point."""
    one = 1 << 120
    found = [isqrt(2 * one * one)]
    while len(found) < count:
        found.append(isqrt(found[-1] * one))
    return found


def _table(roots: list[int]) -> tuple[float, ...]:
    """The products of every choice of the given ten roots, the first root being the highest bit of the index."""
    products = [1 << 120]
    for root in roots:
        products = [p for product in products for p in (product, product * root >> 120)]
    return tuple(product / (1 << 120) for product in products)


_ROOTS = _roots(20)
_HIGH = _table(_ROOTS[:10])  # 2^(i / 1024)
_LOW = _table(_ROOTS[10:])  # 2^(i / 1024^2)


def clamp(at: Micros) -> Micros:
    """`at`, or the nearer end of the century."""
    return at if LANDMARK <= at <= LATEST else min(max(at, LANDMARK), LATEST)


def split(at: Micros, half_life: Micros) -> tuple[int, float]:
    """(n, m) with 2^((at - LANDMARK) / half_life) = m * 2^n and 1 <= m < 2; `at` lies within the century."""
    whole, rest = divmod(at - LANDMARK, half_life)
    place = rest / half_life * _STEP
    high = int(place)
    place = (place - high) * _STEP
    low = int(place)
    left = (place - low) * _LOW_LOG  # below 7e-7: the third term of its exponential is under 1e-19
    return whole, _HIGH[high] * _LOW[low] * (1.0 + left + left * left * 0.5)


def weight(at: Micros, half_life: Micros) -> int:
    """What something at `at` adds, in 1/ONE; outside the century as at its edge."""
    whole, part = split(clamp(at), half_life)
    return int(part * _ONE_AS_FLOAT) << whole


def read(total: int, now: tuple[int, float], limit: int) -> float:
    """A sum of weights, as of now = split(T, half-life). Facts may lie after T: it is at most `limit`, as if at T."""
    scaled = total >> now[0]
    if scaled.bit_length() > _READABLE:
        return float(limit if scaled > 0 else -limit)
    value = scaled / (now[1] * _ONE_AS_FLOAT)
    return float(limit) if value > limit else max(value, float(-limit))
