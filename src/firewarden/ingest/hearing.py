"""Which gateways spoke since it was last written down, and what does the newest word of each say of it?"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from firewarden.ingest.batch import Received
from firewarden.ingest.facts import Envelope, Heartbeat, Lane


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What is known of one gateway. `boot` and `skew_s` are None where nothing was said of them."""

    heard_at: datetime
    boot: str | None
    online: bool
    skew_s: float | None


@dataclass(slots=True)
class Hearing:
    """Who spoke, until somebody takes it. Holds one entry a gateway."""

    _spoke: dict[str, Heard] = field(default_factory=dict[str, Heard])

    def __bool__(self) -> bool:
        return bool(self._spoke)

    def add(self, batch: Iterable[Received]) -> None:
        """These messages came, in this order."""
        newest: dict[str, tuple[Envelope, datetime]] = {}
        for received in batch:
            if received.envelope is not None:
                newest[received.envelope.gateway] = (received.envelope, received.received_at)
        for gateway, (envelope, received_at) in newest.items():
            self.said(gateway, _heard(envelope, received_at))

    def said(self, gateway: str, heard: Heard) -> None:
        """This is the newest word of a gateway."""
        before = self._spoke.get(gateway)
        self._spoke[gateway] = heard if before is None else _both(before, heard)

    def take(self) -> dict[str, Heard]:
        """Who spoke since this was last asked."""
        spoke, self._spoke = self._spoke, {}
        return spoke


def _heard(envelope: Envelope, received_at: datetime) -> Heard:
    online = all(fact.online for fact in envelope.facts if isinstance(fact, Heartbeat))
    live = online and envelope.lane is Lane.STATUS  # other messages may have waited in a buffer
    skew_s = (envelope.sent_at - received_at).total_seconds() if live else None
    return Heard(heard_at=received_at, boot=envelope.boot if online else None, online=online, skew_s=skew_s)


def _both(before: Heard, after: Heard) -> Heard:
    """The newer word, and of the older one what the newer does not speak of."""
    return Heard(
        heard_at=after.heard_at,
        boot=after.boot if after.boot is not None else before.boot,
        online=after.online,
        skew_s=after.skew_s if after.skew_s is not None else before.skew_s,
    )
