"""What is looked at in a city's records, and what does an expert expect of it before anything happened here?

The expert's weights are round numbers, most from the literature (the weight of the surroundings and how columns share
their spread were set after seeing San Francisco: docs/risk/records.md): a confirmed fire weighs 1.2 per log1p
in all (spread over its half-lives), alarms .5, complaints and violations less, ignitions go with the root of the area.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from firewarden.risk.learn.design import Feature
from firewarden.risk.records.city import KINDS

USES_MAX = 20
"""So many uses have a column of their own, the most frequent ones."""
NEAR, WIDE = 12, 64
"""How many nearest venues are the near and the wide neighbourhood."""
YEAR_DAYS = 365.25

LABEL_HALF_LIVES = {"q": 90.0, "1y": YEAR_DAYS, "3y": 3 * YEAR_DAYS, "10y": 10 * YEAR_DAYS}
KIND_HALF_LIVES = {"q": 90.0, "3y": 3 * YEAR_DAYS}
AREA_HALF_LIVES = {"1y": YEAR_DAYS, "10y": 10 * YEAR_DAYS}
OTHERS_HALF_LIFE = 3 * YEAR_DAYS

_SD = 0.25
_HISTORY = {"q": 0.1, "1y": 0.3, "3y": 0.5, "10y": 0.3}
_OTHER_KINDS = {
    "fire": (0.4, 0.8, 1),
    "alarm": (0.3, 0.2, 1),
    "false_alarm": (0.3, 0.2, 1),
    "fault": (0.2, 0.2, 1),
    "violation": (0.2, 0.3, 1),
    "complaint": (0.2, 0.2, 1),
    "inspection": (0.0, 0.0, 0),
    "other": (0.2, 0.3, 1),
}
_SURROUNDINGS = 13
_AREAS = {"1y": 0.1, "10y": 0.2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which columns there are for a label and the uses of a city; the same for training and for scoring."""

    label: tuple[str, ...]
    uses: tuple[str, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds that have columns of their own: all but the label when it is one kind."""
        return tuple(kind for kind in KINDS if self.label != (kind,))

    def features(self) -> tuple[Feature, ...]:
        """All columns in their order, with what is expected of them."""
        return (*_history(), *_kinds(self.kinds), *_areas(), *_attributes(), *(_use(use) for use in self.uses))


def _feature(name: str, prior: float, sign: int, source: str, of: int = 1) -> Feature:
    """`of`: how many columns tell nearly the same; together they may move as far as one that stands alone."""
    return Feature(name=name, sign=sign, prior=prior, prior_sd=_SD / of**0.5, source=source)


def _history() -> list[Feature]:
    source = "a confirmed fire: 1.2 per log1p over all half-lives"
    own = [_feature(f"label_{name}", _HISTORY[name], 1, source, len(_HISTORY)) for name in LABEL_HALF_LIVES]
    return [*own, _feature("label_since", -0.2, -1, "recent events weigh more than old ones", 4)]


def _kinds(kinds: Sequence[str]) -> list[Feature]:
    return [
        _feature(f"{kind}_{name}", weight, _OTHER_KINDS[kind][2], f"decayed counts of {kind}", len(KIND_HALF_LIVES))
        for kind in kinds
        for name, weight in zip(KIND_HALF_LIVES, _OTHER_KINDS[kind], strict=False)
    ]


def _areas() -> list[Feature]:
    source = "the shrunk rate around a venue, .6 in all: venues of a street differ more than streets do"
    rates = [
        _feature(f"{where}_{name}", weight * share, 1, source, _SURROUNDINGS)
        for where, share in (("street", 1.0), ("near", 0.5), ("wide", 0.5))
        for name, weight in _AREAS.items()
    ]
    others = "activity around a venue that is not the label"
    rates += [_feature(f"{where}_others", 0.1, 0, others, _SURROUNDINGS) for where in ("street", "near", "wide")]
    return [
        *rates,
        _feature("street_unknown", 0.0, 0, "a flag", _SURROUNDINGS),
        _feature("place_unknown", 0.0, 0, "a flag", _SURROUNDINGS),
    ]


def _attributes() -> list[Feature]:
    return [
        _feature("area", 0.5, 1, "ignitions go with the root of the floor area"),
        _feature("area_unknown", 0.0, 0, "a flag"),
        _feature("height", 0.1, 0, "log of the height"),
        _feature("height_unknown", 0.0, 0, "a flag"),
        _feature("age", 0.1, 0, "log of the age"),
        _feature("age_unknown", 0.0, 0, "a flag"),
        _feature("street_size", 0.0, 0, "log of the venues of the street", _SURROUNDINGS),
        _feature("density", 0.0, 0, "log of how many venues there are around", _SURROUNDINGS),
    ]


def _use(use: str) -> Feature:
    return _feature(f"use={use}", 0.0, 0, "an unknown city's uses: nothing is expected, little is believed")
