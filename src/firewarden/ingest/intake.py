"""What of one connection may be read, stored, acknowledged and told next? What lies between session and transaction."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from firewarden.ingest.batch import Batcher, Received, read
from firewarden.ingest.flood import FloodGuard
from firewarden.ingest.ledger import Stream
from firewarden.ingest.mqtt_session import Message, MqttSession
from firewarden.ingest.watermark import Watermarks
from firewarden.ingest.wire import json_v1


@dataclass(slots=True)
class Intake:
    """The messages of one connection, from its bytes to the acknowledgement. Whoever moves the bytes asks it."""

    session: MqttSession
    batcher: Batcher
    floods: FloodGuard | None = None
    watermarks: Watermarks = field(default_factory=Watermarks)

    @property
    def may_read(self) -> bool:
        """Whether there is room for more; else the network has to wait, and the broker with it."""
        return not self.batcher.full

    def arrived(self, messages: Iterable[Message], now: datetime, now_s: float) -> None:
        """These came together, in order."""
        for message in messages:
            received = read(message, now)
            self.batcher.add(received if self.floods is None else self.floods.judge(received, now_s), now_s)

    def committed(self, batch: Iterable[Received], through: Iterable[Mapping[Stream, int]]) -> None:
        """The transactions that hold `batch` are committed: now, and not earlier, it is acknowledged."""
        for streams in through:
            for stream, seq in streams.items():
                self.watermarks.stored(stream, seq)
        self.session.settle(received.message for received in batch)

    def tell(self, now_s: float) -> None:
        """Send the stored marks that are due."""
        for gateway, stored in self.watermarks.due(now_s):
            self.session.publish(json_v1.topic(gateway, "stored"), json_v1.encode_stored(stored))
