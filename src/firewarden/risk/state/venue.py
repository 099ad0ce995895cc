"""What is kept of one venue between two facts? Sums and what is open: its size does not grow with its history."""

from firewarden.risk.state import tables
from firewarden.risk.state.facts import Micros, Overridden, Registered
from firewarden.risk.state.situation import Open, OpenFinding, OpenFire


class VenueState:
    """Changed by fold.apply alone, but for `lines` and `hits_seen`, which belong to who scores.

    Whatever has no order in the world has none here: two states of the same facts have the same snapshot.
    """

    __slots__ = (
        "begun",
        "beyond",
        "closed",
        "ended",
        "events",
        "findings",
        "findings_ended",
        "fires",
        "hits_seen",
        "judged",
        "kept",
        "kept_as",
        "lines",
        "open",
        "open_as",
        "ordered",
        "override",
        "prefix",
        "register",
        "running",
        "spent",
        "sums",
    )

    def __init__(self) -> None:
        self.prefix = 0
        """All facts up to this number are in; `beyond` are those in that lie further on."""
        self.beyond: set[int] = set()
        self.register = Registered(number=0, at=0)
        self.override: Overridden | None = None
        self.sums = [0] * len(tables.COUNTS)
        self.events = [0] * len(tables.COUNTS)
        """How often something was added to each sum: what it would be if all of it happened now."""
        self.running = [0] * len(tables.SHARES)
        """How many things of each share are out of order now, and the sum of the weights of their beginnings."""
        self.begun = [0] * len(tables.SHARES)
        self.spent = [0] * len(tables.SHARES)
        """What is over: the sum of weight(end) - weight(beginning)."""
        self.open: dict[int, Open] = {}
        self.ended: set[int] = set()
        """Episodes whose end came before their beginning; as the two like it."""
        self.fires: dict[int, OpenFire] = {}
        self.judged: set[int] = set()
        self.findings: dict[str, OpenFinding] = {}
        self.findings_ended: set[str] = set()
        self.ordered: dict[str, tuple[Micros, int, Micros]] = {}
        """By key: when it was given, the fact, when it is due (0: never). The newest of each key; few in a lifetime."""
        self.closed: dict[str, Micros] = {}
        self.kept: dict[str, list[tuple[Micros, int]]] = {}
        """The newest facts of each kind, oldest first. Of duty checks the number is doubled, plus one if answered."""
        self.lines: dict[str, Micros] = {}
        """When each line of the grades was last reached: scoring's memory."""
        self.hits_seen: dict[str, Micros] = {}
        """When each rule that holds was first seen to hold: the rules' memory."""
        self.open_as: tuple[Open, ...] | None = None
        self.kept_as: dict[str, tuple[int, ...]] = {}
        """As `open` and `kept` are shown; made anew when they change, and no part of a snapshot."""
