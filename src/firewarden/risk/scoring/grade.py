"""Which grade does a venue have? Up at once, down only after a month below the line; an officer may know better."""

from collections.abc import Mapping
from dataclasses import dataclass

from firewarden.risk.catalogue import Grade
from firewarden.risk.scoring import weights as w
from firewarden.risk.state.decay import DAY
from firewarden.risk.state.facts import Micros

GRADES = (Grade.A, Grade.B, Grade.C, Grade.D)
_NAMES = ("B", "C", "D")
_HELD = -1


@dataclass(frozen=True, slots=True)
class GradeMemory:
    """What grading remembers; it changes only when a line is crossed or given up.

    `below_since`: for the lines of B, C and D, since when the venue has been below; None: it is not. `since`: since
    when it has had `grade`.
    """

    below_since: tuple[Micros | None, Micros | None, Micros | None] = (0, 0, 0)
    grade: Grade | None = None
    since: Micros = 0

    def lines(self) -> dict[str, Micros]:
        """As the state keeps it."""
        if self.grade is None:
            return {}
        kept = {name: _HELD if t is None else t for name, t in zip(_NAMES, self.below_since, strict=True)}
        return kept | {"grade": GRADES.index(self.grade), "since": self.since}

    @classmethod
    def of(cls, lines: Mapping[str, Micros]) -> "GradeMemory":
        """What `lines` said; nothing kept: nothing remembered."""
        if not lines:
            return cls()
        b, c, d = (None if lines[name] == _HELD else lines[name] for name in _NAMES)
        return cls((b, c, d), GRADES[lines["grade"]], lines["since"])


def band(tenths: int) -> Grade:
    """The grade of a score alone."""
    return GRADES[sum(tenths >= line for line in w.LINES)]


def worse(one: Grade, other: Grade | str | None) -> Grade:
    """The graver of two."""
    return one if other is None else max(one, Grade(other), key=GRADES.index)


def remember(memory: GradeMemory, reached: Grade, now: Micros) -> GradeMemory:
    """The grade that holds when `reached` is what score and rules call for at `now`, and what to remember of it.

    `now` never goes back: a venue is scored in order of time.
    """
    place = GRADES.index(reached)
    below = tuple(
        None if place > i else (now if since is None else since) for i, since in enumerate(memory.below_since)
    )
    held = [i for i, since in enumerate(below) if since is None or now - since < w.WAIT_DAYS[i] * DAY]
    grade = GRADES[held[-1] + 1] if held else Grade.A
    if grade is memory.grade and below == memory.below_since:
        return memory
    return GradeMemory(below, grade, memory.since if grade is memory.grade else now)  # pyright: ignore[reportArgumentType]


def falls_at(memory: GradeMemory) -> Micros | None:
    """When the grade falls if the venue stays below its line; None: it is not below, or has grade A."""
    if memory.grade is None or memory.grade is Grade.A:
        return None
    line = GRADES.index(memory.grade) - 1
    since = memory.below_since[line]
    return None if since is None else since + w.WAIT_DAYS[line] * DAY
