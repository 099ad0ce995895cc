"""What goes wrong in a schedule, and how often? Probabilities with names, drawn from the seed."""

from dataclasses import dataclass, fields, replace
from random import Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """How likely each trouble is. `…_s`: in each second of the bad time; the others: each time it could happen."""

    # Network and broker.
    link_cut_s: float = 0.0  # ingest's connection breaks
    cut_mid_packet: float = 0.0  # a connection breaks in the middle of what the broker sends
    slow_network: float = 0.0  # a piece of bytes takes seconds
    broker_restart_s: float = 0.0  # with what it has
    broker_rollback_s: float = 0.0  # with what it had when it last saved
    broker_amnesia_s: float = 0.0  # with nothing
    queue_overflow: float = 0.0  # decided once: the broker keeps few messages a session and drops the rest
    overtaking: float = 0.0  # a message of one topic overtakes those of others
    # Gateways.
    gateway_cut_s: float = 0.0
    gateway_restart_s: float = 0.0  # with its flash memory
    gateway_amnesia_s: float = 0.0  # without it: what it had not been confirmed is gone, and it knows
    published_twice: float = 0.0
    garbage: float = 0.0  # beside a message comes one that nobody can read
    mark_lost: float = 0.0  # a stored mark does not reach its gateway
    # Ingest.
    worker_crash_s: float = 0.0
    worker_gone: float = 0.0  # a crashed worker comes back after its broker session has ended
    worker_stop_s: float = 0.0  # stands still for a while and goes on
    # Store.
    store_away_s: float = 0.0  # for a while
    store_slow: float = 0.0  # a transaction takes seconds
    transaction_refused: float = 0.0  # a deadlock, a serialization error: nothing is stored
    commit_unheard: float = 0.0  # committed, but the connection breaks before the answer
    poison: float = 0.0  # a message makes the database refuse its transaction


WORST = Faults(
    link_cut_s=0.05,
    cut_mid_packet=0.02,
    slow_network=0.05,
    broker_restart_s=0.02,
    broker_rollback_s=0.02,
    broker_amnesia_s=0.02,
    queue_overflow=1.0,
    overtaking=0.3,
    gateway_cut_s=0.05,
    gateway_restart_s=0.02,
    gateway_amnesia_s=0.01,
    published_twice=0.2,
    garbage=0.1,
    mark_lost=0.5,
    worker_crash_s=0.04,
    worker_gone=0.3,
    worker_stop_s=0.02,
    store_away_s=0.02,
    store_slow=0.1,
    transaction_refused=0.2,
    commit_unheard=0.1,
    poison=0.05,
)


def draw(rng: Random) -> Faults:
    """Some of the worst, each at some strength: a run with everything at once hides what two faults do together."""
    drawn = {name.name: getattr(WORST, name.name) * rng.choice((0.0, 0.0, 0.3, 1.0)) for name in fields(Faults)}
    return replace(Faults(), **drawn)
