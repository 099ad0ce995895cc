"""What does ingest tell about its own work? One fact a batch, never one a message; figures.py makes figures of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from firewarden.figures import signals
from firewarden.ingest.batch import Received
from firewarden.ingest.writer import Written


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A batch was committed, in one part unless a message was refused, and acknowledged at `at`.

    `read_s` was spent on reading it, `store_s` on storing it: attempts that failed and the waits between included.
    """

    connection: str
    batch: list[Received]
    parts: list[Written]
    read_s: float
    store_s: float
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenUp:
    """Gaps were given up: what is missing there will not come any more."""

    gaps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerConnected:
    """The subscriptions of a connection stand again; `resumed`: the broker had kept its session."""

    connection: str
    resumed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits in one connection at a moment. `oldest_s`: how long ago the oldest message came that is not stored."""

    connected: bool
    messages: int
    payload_bytes: int
    unacknowledged: int
    oldest_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """Whoever wants to know what waits in a connection may look at any time, from any thread."""

    connection: str
    look: Callable[[], Waiting]


@dataclass(frozen=True, slots=True, kw_only=True)
class GbTold:
    """What devices sent since this was last told, and what became of it: how often, by kind and detail.

    `answered_s`: from the arrival of each frame to its confirm.
    """

    counts: Mapping[tuple[str, str], int]
    answered_s: Sequence[float]
    connections: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateSeen:
    """Whom a connection with TLS reached showed a certificate that holds until `expires_s`, in seconds since 1970."""

    of: str
    expires_s: float


Signal = CertificateSeen | GbTold | Stored | GivenUp | BrokerConnected | Watched | signals.Signal
Tell = Callable[[Signal], None]
