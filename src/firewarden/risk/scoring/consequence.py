"""What would a fire do there, in times an ordinary venue? A table by what the venue is; nothing is learnt."""

from math import log, log1p

from firewarden.risk.scoring import weights as w
from firewarden.risk.scoring.codes import Cause
from firewarden.risk.state.facts import Registered


def consequence(register: Registered) -> list[tuple[Cause, float]]:
    """The logarithm of C = 1 + all of it, shared among its parts in proportion."""
    parts = additions(register)
    total = sum(a for _, a in parts)
    if total <= 0:
        return []
    each = log1p(total) / total
    return [(cause, a * each) for cause, a in parts if a > 0]


def additions(register: Registered) -> list[tuple[Cause, float]]:
    """What each property adds to 1; for what nobody entered, the upper quartile of the use."""
    use = w.USE_UNKNOWN if register.use is None else w.USES[register.use]
    area = use.assumed_m2 if register.area_m2 is None else register.area_m2
    height = use.assumed_m if register.height_m is None else register.height_m
    key = w.KEY_UNIT_UNKNOWN if register.key_unit is None else w.KEY_UNIT * register.key_unit
    return [
        (Cause.CROWD, use.crowd),
        (Cause.VULNERABLE, use.vulnerable),
        (Cause.SLEEPING, use.sleeping),
        (Cause.CONTENTS, use.contents),
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
