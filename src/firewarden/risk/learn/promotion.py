"""May this model replace the one that scores? A rule, asked of its card; there is no way around it.

A challenger (boosted) must beat the incumbent in average precision and in precision at 5 %, each with p < .05 in a
paired bootstrap, on the last two quarters at least, one after the other, with 300 positives to learn from. A MAP model
is the prior moved by events, so less is asked: 30 positives, and over the same quarters together a better average
precision with p < .05, no worse precision at 5 %, and a calibration that the count of fires does not contradict.
"""

from collections.abc import Mapping, Sequence
from typing import Any

P_MAX = 0.05
QUARTERS_MIN = 2
CHALLENGER_POSITIVES_MIN = 300
MAP_POSITIVES_MIN = 30
CALIBRATION = (0.8, 1.25)


def refusal(kind: str, card: Mapping[str, Any], *, incumbent: str) -> str | None:
    """Why not; None: it may."""
    if kind == "prior":
        return "the prior is what rollback leads to; it is not promoted"
    if card["incumbent"] != incumbent:
        return f"it was compared with {card['incumbent']}, and {incumbent} scores now: train again"
    if not card["check_of_the_future"]["passed"]:
        return "its features changed when what happened later was permuted"
    needed = CHALLENGER_POSITIVES_MIN if kind == "boosted" else MAP_POSITIVES_MIN
    if card["positives"] < needed:
        return f"{card['positives']} positives to learn from, {needed} are asked for"
    quarters: Sequence[Mapping[str, Any]] = card["quarters"]
    told = [quarter for quarter in quarters[-QUARTERS_MIN:] if quarter["against_incumbent"] is not None]
    if len(told) < QUARTERS_MIN:
        return f"{len(told)} of the last quarters can be judged, {QUARTERS_MIN} are asked for"
    return _challenger(told) if kind == "boosted" else _map(card)


def _challenger(quarters: Sequence[Mapping[str, Any]]) -> str | None:
    for quarter in quarters:
        for name in ("ap", "precision_at_5"):
            compared = quarter["against_incumbent"][name]
            if not (compared["better_by"] > 0 and compared["p"] < P_MAX):
                return (
                    f"{name} in {quarter['quarter']}: better by {compared['better_by']:.4f}, p = {compared['p']:.3f};"
                    f" p < {P_MAX} is asked for"
                )
    return None


def _map(card: Mapping[str, Any]) -> str | None:
    together = card["together"]
    if together is None:
        return "its quarters together cannot be judged"
    ap, top = together["ap"], together["precision_at_5"]
    if not (ap["better_by"] > 0 and ap["p"] < P_MAX):
        return f"average precision better by {ap['better_by']:.4f}, p = {ap['p']:.3f}; p < {P_MAX} is asked for"
    if top["better_by"] < 0:
        return f"precision at 5 % is worse by {-top['better_by']:.4f}"
    low, high = together["predicted_over_observed"]["low"], together["predicted_over_observed"]["high"]
    if high < CALIBRATION[0] or low > CALIBRATION[1]:
        return f"predicted over observed is {low:.2f} to {high:.2f}, not within {CALIBRATION[0]} to {CALIBRATION[1]}"
    return None
