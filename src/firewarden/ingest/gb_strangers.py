"""How much is kept of those who are not in the register? Enough to adopt them, and so much a day at most."""

from dataclasses import dataclass, field

from firewarden.ingest.flood import ASIDE_ROW_BYTES, DAY_S, Bucket


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangerLimits:
    """Frames that are kept in quarantine; all are denied."""

    rate_per_s: float = 0.5  # of one address
    burst: float = 200.0
    bytes_a_day: float = 16.0 * 1024 * 1024  # of all together
    answers_per_s: float = 100.0  # denials to datagrams of all together, whose senders anybody can forge
    peers_max: int = 10_000

    def __post_init__(self) -> None:
        assert self.burst >= 1
        assert self.peers_max >= 1


@dataclass(slots=True)
class Strangers:
    """What is left for them. Holds an entry for each address that spoke lately, at most `peers_max`."""

    limits: StrangerLimits
    now_s: float
    _peers: dict[str, Bucket] = field(default_factory=dict[str, Bucket])
    _bytes: Bucket = field(init=False)
    _answers: Bucket = field(init=False)

    def __post_init__(self) -> None:
        limits = self.limits
        self._bytes = Bucket(limits.bytes_a_day / DAY_S, limits.bytes_a_day, limits.bytes_a_day, self.now_s)
        self._answers = Bucket(limits.answers_per_s, limits.answers_per_s, limits.answers_per_s, self.now_s)

    def may_keep(self, peer: str, size: int, now_s: float) -> bool:
        """Whether a frame of this address goes to quarantine."""
        bucket = self._peers.get(peer)
        if bucket is None:
            if len(self._peers) >= self.limits.peers_max:
                busy = {known: kept for known, kept in self._peers.items() if not kept.is_full(now_s)}
                self._peers = busy if len(busy) < self.limits.peers_max else {}
            bucket = Bucket(self.limits.rate_per_s, self.limits.burst, self.limits.burst, now_s)
            self._peers[peer] = bucket
        return bucket.take(1, now_s) and self._bytes.take(ASIDE_ROW_BYTES + size, now_s)

    def may_answer(self, now_s: float) -> bool:
        """Whether a datagram of nobody we know is answered."""
        return self._answers.take(1, now_s)
