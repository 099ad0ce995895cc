"""What would a fire do there, in times an ordinary venue? A table by what the venue is; nothing is learnt."""

from functools import lru_cache
from math import log, log1p

from firewarden.risk.facts import Use
from firewarden.risk.scoring import weights as w
from firewarden.risk.scoring.codes import Cause
from firewarden.risk.state.facts import Registered


def consequence(register: Registered) -> tuple[tuple[Cause, float], ...]:
    """The logarithm of C = 1 + all of it, shared among its parts in proportion."""
    return _shared(register.use, register.area_m2, register.height_m, register.key_unit)


@lru_cache(maxsize=8192)
def _shared(
    use: Use | None,
    area_m2: float | None,
    height_m: float | None,
    key_unit: bool | None,  # noqa: FBT001  # as entered
) -> tuple[tuple[Cause, float], ...]:
    parts = _additions(use, area_m2, height_m, key_unit)
    total = sum(a for _, a in parts)
    each = log1p(total) / total
    return tuple((cause, a * each) for cause, a in parts if a > 0)


def _additions(
    use: Use | None,
    area_m2: float | None,
    height_m: float | None,
    key_unit: bool | None,  # noqa: FBT001  # as entered
) -> list[tuple[Cause, float]]:
    """What each property adds to 1, the crowd always something; what nobody entered, the upper quartile of the use."""
    row = w.USE_UNKNOWN if use is None else w.USES[use]
    area = row.assumed_m2 if area_m2 is None else area_m2
    height = row.assumed_m if height_m is None else height_m
    key = w.KEY_UNIT_UNKNOWN if key_unit is None else w.KEY_UNIT * key_unit
    return [
        (Cause.CROWD, row.crowd),
        (Cause.VULNERABLE, row.vulnerable),
        (Cause.SLEEPING, row.sleeping),
        (Cause.CONTENTS, row.contents),
        (Cause.TALL, _tall(height)),
        (Cause.LARGE, w.LARGE_PER_LOG * log(max(area, w.LARGE_FROM_M2) / w.LARGE_FROM_M2)),
        (Cause.KEY_UNIT, key),
    ]


def _tall(height_m: float) -> float:
    low = w.HEIGHTS[0]
    for high in w.HEIGHTS:
        if height_m < high[0]:
            if height_m <= low[0]:
                return low[1]
            return low[1] + (height_m - low[0]) / (high[0] - low[0]) * (high[1] - low[1])
        low = high
    return low[1]
