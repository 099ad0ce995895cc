"""What does the api tell about its own work? Facts only; figures.py makes figures of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from firewarden.figures import signals


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A request was answered. `route` is a template, so that there are few; `seconds` is None for a stream's start."""

    method: str
    route: str
    status: int
    seconds: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """An event that follows from one message."""

    event_id: int
    kind: str
    at: datetime
    trace_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """New events were handed to whoever watches; `age_s` is how long ago the newest happened, None without any."""

    events: int
    age_s: float | None
    traced: Sequence[Traced] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamEnded:
    """An event stream ended: `reason` is what its client was told, or "gone" for a client that left."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """So many pages of the console are open."""

    open: int


Signal = Answered | Handed | StreamEnded | Pages | signals.Signal
Tell = Callable[[Signal], None]
