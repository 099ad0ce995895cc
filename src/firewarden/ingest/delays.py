"""How late were the messages of a batch? Counted by when they came: thousands of messages come at a few moments."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter

import numpy as np
from numpy.typing import NDArray

from firewarden.ingest.batch import Received
from firewarden.ingest.facts import Lane

SAMPLED_MAX = 32
"""Messages of a batch whose own times are looked at; of a larger one, so many at equal distances."""

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

_ARRIVAL = attrgetter("received_at")


def since_arrival(batch: Iterable[Received], at: datetime) -> tuple[Floats, Counts]:
    """How long before `at` messages came, in seconds, and how many each time. What came together is one number."""
    came = [(moment, sum(1 for _ in messages)) for moment, messages in groupby(batch, key=_ARRIVAL)]
    ages_s = np.array([(at - moment).total_seconds() for moment, _ in came], dtype=np.float64)
    return ages_s, np.array([count for _, count in came], dtype=np.int64)


def sampled(batch: Sequence[Received]) -> dict[Lane, list[Received]]:
    """Some messages of the batch, evenly spread, by lane; only such as could be read."""
    found: dict[Lane, list[Received]] = {}
    for received in batch[:: max(1, -(-len(batch) // SAMPLED_MAX))]:
        if received.envelope is not None:
            found.setdefault(received.envelope.lane, []).append(received)
    return found


def since_sent(messages: Iterable[Received]) -> Floats:
    """How long messages were under way until we had them, by the gateways' clocks."""
    ways = [(each.received_at - each.envelope.sent_at).total_seconds() for each in messages if each.envelope]
    return np.array(ways, dtype=np.float64)
