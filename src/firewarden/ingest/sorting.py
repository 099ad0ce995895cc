"""Which messages of a batch are counted, and by what? One look at each, before the database is asked anything."""

from dataclasses import dataclass, field

from firewarden.ingest.batch import Received
from firewarden.ingest.facts import Lane
from firewarden.ingest.ledger import Stream


@dataclass(slots=True)
class Sorted:
    """A batch by streams, each in order of arrival."""

    streams: dict[Stream, list[Received]] = field(default_factory=dict[Stream, list[Received]])
    gateways: set[str] = field(default_factory=set[str])
    flawed: bool = False  # whether any message could not be read, or not wholly
    uncounted: bool = False  # whether any message has no stream


def sort_out(batch: list[Received]) -> Sorted:
    """Group the messages of a batch by what they are counted by."""
    found = Sorted()
    streams: dict[tuple[str, str, Lane], list[Received]] = {}
    for received in batch:
        envelope = received.envelope
        if envelope is None or received.rejections:
            found.flawed = True
        if envelope is None:
            found.uncounted = True
        elif envelope.lane is Lane.STATUS:
            found.uncounted = True
            found.gateways.add(envelope.gateway)
        else:
            key = (envelope.gateway, envelope.boot, envelope.lane)
            messages = streams.get(key)
            if messages is None:
                streams[key] = [received]
            else:
                messages.append(received)
    found.streams = {Stream(*key): messages for key, messages in streams.items()}
    found.gateways.update(stream.gateway for stream in found.streams)
    return found


def is_counted(received: Received) -> bool:
    """Whether the ledger counts the message: it could be read, and says more than that its gateway lives."""
    return received.envelope is not None and received.envelope.lane is not Lane.STATUS


def gateway_of(received: Received) -> str:
    """Who sent a message that could be read."""
    assert received.envelope is not None
    return received.envelope.gateway
