"""Which situations can be scored? Histories of facts, folded and viewed, and ready-made ones."""

from collections.abc import Sequence

from hypothesis import strategies as st
from tests.unit.risk.venue_facts import NOW, histories, numbered

from firewarden.risk.facts import Use
from firewarden.risk.rules.hits import RuleHit, hits
from firewarden.risk.rules.shipped import shipped_rules
from firewarden.risk.scoring.grade import GradeMemory
from firewarden.risk.scoring.likelihood import prior_likelihood
from firewarden.risk.scoring.model import Score
from firewarden.risk.scoring.score import DEFAULT_K, score
from firewarden.risk.state.decay import DAY
from firewarden.risk.state.facts import Micros, Registered, VenueFact
from firewarden.risk.state.fold import apply
from firewarden.risk.state.situation import Situation
from firewarden.risk.state.venue import VenueState
from firewarden.risk.state.view import view

PRIOR = prior_likelihood()
HOTEL = Registered(
    number=1,
    at=NOW - 99 * DAY,
    use=Use.HOTEL,
    area_m2=6_500.0,
    height_m=24.0,
    built_year=2011,
    key_unit=False,
    points=100,
    detectors=50,
    sensors=4,
    gateways=("g1", "g2"),
)


def situation_of(facts: Sequence[VenueFact], now: Micros = NOW) -> Situation:
    """What these facts say, in the order in which they stand."""
    state = VenueState()
    for fact in numbered(list(facts)):
        apply(state, fact)
    return view(state, now)


def hotel(*facts: VenueFact, register: Registered = HOTEL, now: Micros = NOW) -> Situation:
    """A hotel of which all is known, and these facts."""
    return situation_of([register, *facts], now)


def by_the_book(situation: Situation) -> tuple[RuleHit, ...]:
    """The rules that ship, at a venue never looked at before."""
    return hits(situation, {}, shipped_rules())


def scored(situation: Situation, k: float = DEFAULT_K, memory: GradeMemory | None = None) -> Score:
    """The score by the prior and the rules that ship."""
    return score(situation, by_the_book, PRIOR, k, memory or GradeMemory())


def _of_hotel(facts: list[VenueFact]) -> Situation:
    return situation_of([HOTEL, *facts])


situations = st.builds(situation_of, histories()) | st.builds(_of_hotel, histories())
