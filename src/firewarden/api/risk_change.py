"""Why is a score another than it was? The difference of two explanations, factor by factor; pure.

A score is a monotone function of a sum of terms, so a factor's share of the change is what its own term moved, times
the mean slope between the two scores: a factor that did not move has no share, whatever the others did. What no term
explains is another model, another scale, or the rounding of what was stored; small remainders go to `rest`.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from firewarden.api.risk_rows import ChangedFactor, Factor, RiskScore

REST = "rest"
RECALIBRATED = "recalibrated"
_ROUNDING_POINTS = 0.3
"""More than what rounding of ratios and points can do."""
_STILL = 1e-3
"""Sums of log terms below this have no usable mean slope."""
_SLOPE_MAX = 40.0
"""No score can move faster: the steepest slope is 100/e points for each factor of e."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Move:
    code: str
    log: float
    before: Factor | None
    after: Factor | None


def changes(before: RiskScore, after: RiskScore) -> tuple[ChangedFactor, ...]:
    """What moved, the greatest first; the points add up to the difference of the scores exactly."""
    total = round(after.score * 10) - round(before.score * 10)
    moves = [move for move in _moves(before, after) if move.log]
    slope = _slope(sum(move.log for move in moves), total / 10, after.score)
    points = {move.code: move.log * slope for move in moves}
    left = total / 10 - sum(points.values())
    other = RECALIBRATED if before.version != after.version or abs(left) > _ROUNDING_POINTS else REST
    points[other] = points.get(other, 0.0) + left
    tenths = _in_tenths(points, total)
    by_code = {move.code: move for move in moves}
    shown = [_changed(code, tenths[code], by_code.get(code)) for code in tenths if tenths[code]]
    return tuple(sorted(shown, key=lambda each: (-abs(each.points), each.code)))


def appeared(before: Iterable[str], after: Iterable[str]) -> tuple[str, ...]:
    """Codes that are there now and were not, in the order in which they stand."""
    known = set(before)
    return tuple(code for code in after if code not in known)


def _moves(before: RiskScore, after: RiskScore) -> Iterable[_Move]:
    old = {factor.code: factor for factor in before.factors}
    new = {factor.code: factor for factor in after.factors}
    unlisted_before, unlisted_after = _unlisted(before), _unlisted(after)
    rest = 0.0
    for code in dict.fromkeys([*new, *old]):
        was, now = old.get(code), new.get(code)
        log = _log(now) - _log(was)
        hidden = (now is None and abs(log) <= unlisted_after) or (was is None and abs(log) <= unlisted_before)
        if code == REST or hidden:
            rest += log
        else:
            yield _Move(code=code, log=log, before=was, after=now)
    yield _Move(code=REST, log=rest, before=old.get(REST), after=new.get(REST))


def _unlisted(risk: RiskScore) -> float:
    """How large a term may be that this score has not listed but joined in its rest."""
    listed = [abs(_log(factor)) for factor in risk.factors if factor.code != REST]
    return min(listed, default=0.0) if len(listed) < len(risk.factors) else 0.0


def _log(factor: Factor | None) -> float:
    """The term; a factor that is not there is as in a typical venue."""
    ratio = None if factor is None else factor.ratio
    return math.log(ratio) if ratio is not None and ratio > 0 else 0.0


def _slope(moved: float, change: float, score: float) -> float:
    """Points for each unit of log; that of the curve at `score` where the two scores give no sensible one."""
    if abs(moved) > _STILL and 0 < change / moved < _SLOPE_MAX:
        return change / moved
    kept = 1 - min(max(score, 0.0), 99.9) / 100
    return -100 * kept * math.log(kept)


def _in_tenths(points: Mapping[str, float], total: int) -> dict[str, int]:
    """Rounded so that the sum stays `total`, by the largest remainders."""
    floors = {code: math.floor(value * 10) for code, value in points.items()}
    missing = total - sum(floors.values())
    order = sorted(points, key=lambda code: (floors[code] - points[code] * 10, code))
    return {code: floors[code] + (order.index(code) < missing) for code in points}


def _changed(code: str, tenths: int, move: _Move | None) -> ChangedFactor:
    was, now = (None, None) if move is None else (move.before, move.after)
    shown = now or was
    return ChangedFactor(
        code=code,
        points=tenths / 10,
        part="" if shown is None else shown.part,
        ratio_before=None if was is None else was.ratio,
        ratio=None if now is None else now.ratio,
        evidence_before=None if was is None else was.evidence,
        evidence=None if now is None else now.evidence,
        facts=() if now is None else now.facts,
    )
