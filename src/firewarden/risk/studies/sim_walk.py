"""What would the platform have known and scored at the end of each month of the simulated year?

Facts are folded in the order of learning, all venues are scored at each month's end, and what the explanation claims is
tried: every repair, and every venue once more with detectors put out of service.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from firewarden.risk.judging import Yardstick, judge, look
from firewarden.risk.scoring import weights as w
from firewarden.risk.scoring.codes import Repair
from firewarden.risk.scoring.grade import GRADES
from firewarden.risk.scoring.likelihood import Likelihood
from firewarden.risk.scoring.model import Score
from firewarden.risk.scoring.points import scale
from firewarden.risk.scoring.score import DEFAULT_K
from firewarden.risk.state.decay import DAY
from firewarden.risk.state.facts import Group, Micros, Raised, Trouble, VenueFact
from firewarden.risk.state.fold import VenueState, apply, view
from firewarden.risk.state.situation import Situation
from firewarden.risk.state.snapshot import decode, encode

Floats = NDArray[np.float64]

COUNTED = ("fires_1095", "signals_90", "faults_90", "complaints_365", "violations_730")
TENTHS_MAX = 1_001
MONTHS_OF_SCALE = 3
FAULTS = frozenset(
    {Trouble.FAULT, Trouble.LINE_FAULT, *(t for t in Trouble if t.value.endswith("power_fault")), Trouble.BUS_FAULT}
)
FAULTS_PER_POINT, FAULTS_PER_VENUE = 0.012, 3.5
QUALITY_PRIOR = 2.0
"""As if so many faults had been seen where so many are expected."""
SHIELDED_SHARE = 0.05
"""So many detectors of each venue are put out of service, to see whether that lowers its score."""


@dataclass(slots=True)
class Tries:
    """What the explanation claims, tried. `fell`: in whole tenths; `same`: below what a tenth shows, or another cause
    keeps the part at its cap.
    """

    fell: int = 0
    same: int = 0
    rose: int = 0

    def add(self, before: int, after: int) -> None:
        """One more."""
        self.fell += after < before
        self.same += after == before
        self.rose += after > before

    @property
    def n(self) -> int:
        """How many."""
        return self.fell + self.same + self.rose


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthEnd:
    """All venues at one moment, in the order of `codes`.

    `x`: features as they were scored; `events`: decayed counts of everything, added up.
    """

    at: Micros
    codes: tuple[str, ...]
    tenths: Floats
    place: Floats
    """What the ranking goes by: the grade, and within a grade the score."""
    rate: Floats
    uncontrolled: Floats
    consequence: Floats
    events: Floats
    fires_seen: Floats
    x: Floats
    informed: Floats
    """What one concludes from all faults so far who knows the simulator's table of rates, but no quality."""


@dataclass(slots=True)
class Walk:
    """The whole year. Tries of repairs by what is repaired; `shielded`: scores with detectors put out of service."""

    months: list[MonthEnd] = field(default_factory=list[MonthEnd])
    repairs: dict[Repair, Tries] = field(default_factory=dict[Repair, Tries])
    shielded: Tries = field(default_factory=Tries)
    scales: list[float] = field(default_factory=list[float])
    """The scale of each quarter."""
    faults: dict[str, int] = field(default_factory=dict[str, int])
    """Faults of each venue so far."""
    began: Micros = 0
    facts: int = 0
    repeats: int = 0


def walk(facts: Iterable[tuple[str, Micros, VenueFact]], ends: Sequence[Micros], likelihood: Likelihood) -> Walk:
    """Fold and score. A fact learnt after a month's end is unknown at it, whenever it happened."""
    found, states = Walk(), dict[str, VenueState]()
    left = list(ends)
    for code, learnt_at, fact in facts:
        while left and learnt_at >= left[0]:
            found.months.append(_month_end(left.pop(0), states, likelihood, found))
        state = states.setdefault(code, VenueState())
        found.began = found.began or learnt_at
        found.facts += 1
        if isinstance(fact, Raised) and fact.trouble in FAULTS:
            found.faults[code] = found.faults.get(code, 0) + 1
        found.repeats += not apply(state, fact)
    found.months += [_month_end(at, states, likelihood, found) for at in left]
    return found


def _month_end(at: Micros, states: dict[str, VenueState], likelihood: Likelihood, found: Walk) -> MonthEnd:
    codes = tuple(sorted(states))
    venues = [states[code] for code in codes]
    if len(found.months) % MONTHS_OF_SCALE == 0:
        unscaled = Yardstick(likelihood=likelihood, k=DEFAULT_K)
        found.scales.append(scale([look(state, at, unscaled).score.risk for state in venues]))
    rows = list(_scored_all(at, venues, likelihood, found))
    return MonthEnd(
        at=at,
        codes=codes,
        tenths=np.array([result.tenths for _, result in rows], dtype=np.float64),
        place=np.array([GRADES.index(result.grade) * TENTHS_MAX + result.tenths for _, result in rows], np.float64),
        rate=np.array([result.rate for _, result in rows]),
        uncontrolled=np.array([result.uncontrolled for _, result in rows]),
        consequence=np.array([result.consequence for _, result in rows]),
        events=np.array([sum(getattr(situation.counts, name) for name in COUNTED) for situation, _ in rows]),
        fires_seen=np.array([situation.counts.fires_1095 for situation, _ in rows]),
        x=np.array([result.x for _, result in rows]),
        informed=np.array(
            [_informed(found, at, code, situation) for code, (situation, _) in zip(codes, rows, strict=True)]
        ),
    )


def _informed(found: Walk, at: Micros, code: str, situation: Situation) -> float:
    """The usual rate of the use and size, times what the faults say of the quality (a Gamma posterior mean)."""
    register = situation.register
    use = w.USE_UNKNOWN if register.use is None else w.USES[register.use]
    usual = use.fires_per_year * sqrt((register.area_m2 or use.typical_m2) / use.typical_m2)
    years = (at - found.began) / (w.YEAR_DAYS * DAY)
    expected = (FAULTS_PER_POINT * register.points + FAULTS_PER_VENUE) * years
    return usual * (QUALITY_PRIOR + found.faults.get(code, 0)) / (QUALITY_PRIOR + expected)


def _scored_all(
    at: Micros, states: Sequence[VenueState], likelihood: Likelihood, found: Walk
) -> Iterator[tuple[Situation, Score]]:
    by = Yardstick(likelihood=likelihood, k=found.scales[-1])
    for state in states:
        situation, result = view(state, at), judge(state, at, by).score
        for repair in result.counterfactuals:
            found.repairs.setdefault(repair.item, Tries()).add(result.tenths, repair.tenths)
        other = look(_shielded(state, situation, at), at, by).score
        found.shielded.add(other.tenths, result.tenths)
        yield situation, result


def _shielded(state: VenueState, situation: Situation, at: Micros) -> VenueState:
    """The same venue where somebody has just put detectors out of service."""
    other = decode(encode(state))
    gateways = situation.register.gateways
    for place in range(max(1, round(SHIELDED_SHARE * situation.register.detectors))):
        fact = Raised(
            number=situation.last_fact + 1 + place,
            at=at,
            episode=-1 - place,
            trouble=Trouble.SHIELDED,
            group=Group.DETECTOR,
            gateway=gateways[0] if gateways else "",
            point=-1 - place,
        )
        apply(other, fact)
    return other
