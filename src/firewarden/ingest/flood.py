"""Does one gateway send more than a gateway can mean? A bucket of tokens for each; alarms are never asked for one.

What exceeds the bucket is put aside: counted as stored and kept in quarantine as it came, without effect. The room
for that is bounded as well; beyond it a message is counted and no more, so that the ledger shows it as missing and a
gateway that keeps its messages sends it again.
"""

from dataclasses import dataclass, field

from msgspec.structs import replace

from firewarden.ingest.batch import PAYLOAD_KEPT_BYTES, Received
from firewarden.ingest.facts import Envelope, Fact, Lane, OperatorAction, Reason, Rejection, State, StateChange
from firewarden.ingest.gb_received import GbReceived
from firewarden.ingest.wire.json_v1 import gateway_of

EXEMPT_LANES = (Lane.ALARM, Lane.STATUS)
"""Alarms are what all this is for; of status only the newest is written, however many come."""
TOKEN_BYTES = 1_024
"""A message costs a token, and one more for each of these that it is long."""
ASIDE_ROW_BYTES = 512  # what a row of quarantine takes beside its payload
DAY_S = 86_400.0
TELL_EVERY_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodLimits:
    """Of one gateway. A message a second for five days fits into the burst; the rate is a hundredth of a worker's."""

    rate_per_s: float = 200.0  # tokens
    burst: float = 500_000.0  # tokens
    aside_bytes_a_day: float = 16.0 * 1024 * 1024
    gateways_max: int = 100_000  # remembered at once; the broker admits far fewer

    def __post_init__(self) -> None:
        assert self.rate_per_s > 0
        assert self.burst >= 1
        assert self.aside_bytes_a_day >= 0
        assert self.gateways_max >= 1


@dataclass(slots=True)
class Bucket:
    """Tokens that come back at a steady rate."""

    rate_per_s: float
    burst: float
    tokens: float
    at_s: float

    def take(self, cost: float, now_s: float) -> bool:
        """Whether there were `cost` tokens; they are gone then. More than the burst can never be had."""
        self.tokens = min(self.burst, self.tokens + (now_s - self.at_s) * self.rate_per_s)
        self.at_s = now_s
        if cost > self.tokens:
            return False
        self.tokens -= cost
        return True

    def is_full(self, now_s: float) -> bool:
        """Whether it is as good as a new one."""
        return self.tokens + (now_s - self.at_s) * self.rate_per_s >= self.burst


@dataclass(slots=True)
class _Gateway:
    bucket: Bucket
    aside: Bucket
    only_counted: int = 0
    told_at_s: float | None = None


@dataclass(slots=True)
class FloodGuard:
    """What each gateway may still send. Holds an entry for every gateway that sent lately, at most `gateways_max`."""

    limits: FloodLimits
    _gateways: dict[str, _Gateway] = field(default_factory=dict[str, _Gateway])

    def __len__(self) -> int:
        return len(self._gateways)

    def judge(self, received: Received, now_s: float) -> Received:
        """The message as it is to be stored: as it came, put aside, or only counted."""
        envelope = received.envelope
        if envelope is not None and envelope.lane in EXEMPT_LANES:
            return received
        name = envelope.gateway if envelope is not None else gateway_of(received.message.topic) or ""
        gateway = self._gateways.get(name) or self._new(name, now_s)
        if gateway.bucket.take(1 + received.size // TOKEN_BYTES, now_s):
            return received
        whole = isinstance(received, GbReceived)
        if envelope is not None and any(_is_urgent(fact, whole=whole) for fact in envelope.facts):
            return received
        if gateway.aside.take(ASIDE_ROW_BYTES + min(received.size, PAYLOAD_KEPT_BYTES), now_s):
            return self._put_aside(received, envelope)
        return self._count(received, gateway, now_s)

    def _put_aside(self, received: Received, envelope: Envelope | None) -> Received:
        if envelope is None:  # it goes to quarantine for a reason of its own
            return received
        detail = (
            f"over {self.limits.rate_per_s:g} messages or KiB a second for too long: kept as it came, without effect"
        )
        rejection = Rejection(reason=Reason.FLOOD, detail=detail)
        without_facts = replace(envelope, facts=(), readings=None)
        return replace(received, envelope=without_facts, rejections=(*received.rejections, rejection))

    def _count(self, received: Received, gateway: _Gateway, now_s: float) -> Received:
        gateway.only_counted += 1
        if gateway.told_at_s is not None and now_s - gateway.told_at_s < TELL_EVERY_S:
            received.message.payload = b""
            return replace(received, envelope=None, rejections=())
        gateway.told_at_s = now_s
        detail = (
            f"{gateway.only_counted} messages were not stored since this process began, this is the last of them: over"
            " the limit, and what is kept of a day is full; a gateway that keeps them until stored sends them again"
        )
        received.message.payload = received.message.payload[:PAYLOAD_KEPT_BYTES]
        return replace(received, envelope=None, rejections=(Rejection(reason=Reason.FLOOD, detail=detail),))

    def _new(self, name: str, now_s: float) -> _Gateway:
        if len(self._gateways) >= self.limits.gateways_max:
            busy = {key: kept for key, kept in self._gateways.items() if not kept.bucket.is_full(now_s)}
            self._gateways = busy if len(busy) < self.limits.gateways_max else {}
        limits = self.limits
        gateway = _Gateway(
            bucket=Bucket(limits.rate_per_s, limits.burst, limits.burst, now_s),
            aside=Bucket(limits.aside_bytes_a_day / DAY_S, limits.aside_bytes_a_day, limits.aside_bytes_a_day, now_s),
        )
        self._gateways[name] = gateway
        return gateway


def _is_urgent(fact: Fact, *, whole: bool) -> bool:
    """Whether a person may have to act on it at once, in whatever lane it came.

    A `whole` word tells of every state that it is not there; one that ends a fire travels as an alarm.
    """
    if isinstance(fact, StateChange):
        return State.FIRE in fact.set or (State.FIRE in fact.clear and not whole)
    return isinstance(fact, OperatorAction)
