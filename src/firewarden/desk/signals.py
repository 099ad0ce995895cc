"""What does the desk tell about its own work? One fact for each step; figures.py makes figures of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from firewarden.desk.book import Opened
from firewarden.desk.episodes import Step
from firewarden.desk.incidents import Condition
from firewarden.figures import signals


@dataclass(frozen=True, slots=True, kw_only=True)
class Ages:
    """How long before the end of a step its newest and its oldest fact were committed, in seconds."""

    newest_s: float
    oldest_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A reader read all that was new and committed what follows from it. `ages` is None where nothing was new."""

    reader: str
    facts: int
    seconds: float
    ages: Ages | None
    taken: Mapping[Step, int]
    opened: Sequence[Opened] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The silence of gateways was judged."""

    seconds: float
    changes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """How many incidents nobody has closed, by kind."""

    incidents: Mapping[Condition, int]


Signal = Followed | Judged | Open | signals.Signal
Tell = Callable[[Signal], None]
