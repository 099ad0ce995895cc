"""How is a venue scored at one moment? The one way that the worker, a replay and a person at a terminal all go."""

from dataclasses import dataclass

from firewarden.risk.proposals import Standing
from firewarden.risk.rules.hits import hits, remember
from firewarden.risk.rules.shipped import shipped_rules
from firewarden.risk.scoring.grade import GradeMemory
from firewarden.risk.scoring.likelihood import Likelihood
from firewarden.risk.scoring.model import Score
from firewarden.risk.scoring.score import DEFAULT_K, score
from firewarden.risk.state.facts import Micros
from firewarden.risk.state.situation import Open, Posterior
from firewarden.risk.state.venue import VenueState
from firewarden.risk.state.view import view

MAJOR_HAZARD = frozenset({"direct", "comprehensive"})
"""Effects of rules of GB 35181; other rules and triggers call for a grade, not for a determination."""


_MEASURED = "measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardstick:
    """What a sweep fixes until the next one."""

    likelihood: Likelihood
    k: float

    @property
    def is_measured(self) -> bool:
        """Whether the scale was measured in this city; until then the shipped one holds."""
        return self.k != DEFAULT_K


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A score, how sure is what it knows of duty checks (for ranks), and what holds there (for proposals)."""

    score: Score
    duty: Posterior
    troubles: tuple[Open, ...]


def look(state: VenueState, at: Micros, by: Yardstick) -> Judgement:
    """The score at `at`; the state stays as it is."""
    book, seen = shipped_rules(), state.hits_seen
    memory, situation = _memory(state, by), view(state, at)
    found = score(situation, lambda other: hits(other, seen, book), by.likelihood, by.k, memory)
    return Judgement(score=found, duty=situation.duty, troubles=situation.troubles)


def _memory(state: VenueState, by: Yardstick) -> GradeMemory:
    """What grading remembers. Lines crossed by the shipped scale mean nothing once the city has a scale of its own."""
    return GradeMemory.of(state.lines if not by.is_measured or state.lines.get(_MEASURED) else {})


def judge(state: VenueState, at: Micros, by: Yardstick) -> Judgement:
    """The score at `at`, and what grading and rules must remember of it goes into the state."""
    result = look(state, at, by)
    state.hits_seen = remember(result.score.hits)
    state.lines = result.score.memory.lines() | {_MEASURED: int(by.is_measured)}
    return result


def standing(venue: int, found: Judgement) -> Standing:
    """What a judgement means for what the grade calls for."""
    score = found.score
    return Standing(
        venue_id=venue,
        at=score.at,
        troubles=found.troubles,
        score=float(score.points),
        grade=score.grade,
        grade_since=score.grade_since,
        hits=tuple(hit.rule for hit in score.hits if hit.effect in MAJOR_HAZARD),
    )
