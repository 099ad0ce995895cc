"""By which id is a message followed, from its gateway to the screen? One that everybody can compute who knows it."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

TRACE_BYTES = 16
SPAN_BYTES = 8


@dataclass(frozen=True, kw_only=True)
class MessageId:
    """Which message of all: who sent it, in which life and lane, the how-manieth."""

    gateway: str
    boot: str
    lane: str
    seq: int

    @cached_property
    def trace_id(self) -> str:
        """The W3C trace id: 32 lower-case hexadecimal digits, never all zero."""
        return _some(self._digest[:TRACE_BYTES]).hex()

    @cached_property
    def root_span_id(self) -> str:
        """The id of the first span of its trace, below which every process puts its own without asking another."""
        return _some(self._digest[TRACE_BYTES : TRACE_BYTES + SPAN_BYTES]).hex()

    @cached_property
    def _digest(self) -> bytes:
        # The boot, which may hold any character, comes last: no two messages have the same text.
        return sha256(f"fire/v1/{self.gateway}/{self.lane}/{self.seq}/{self.boot}".encode()).digest()


def message_fields(message: MessageId) -> dict[str, str | int]:
    """What every line of the log says that concerns one message."""
    return {
        "gateway": message.gateway,
        "boot": message.boot,
        "lane": message.lane,
        "seq": message.seq,
        "trace_id": message.trace_id,
    }


def _some(digest: bytes) -> bytes:
    """W3C forbids ids that are all zero."""
    return digest if any(digest) else bytes(len(digest) - 1) + b"\x01"
