"""By which id is a message followed, from its gateway to the screen? One that everybody can compute who knows it."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

TRACE_BYTES = 16


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
        # The boot, which may hold any character, comes last: no two messages have the same text.
        text = f"fire/v1/{self.gateway}/{self.lane}/{self.seq}/{self.boot}"
        digest = sha256(text.encode(errors="surrogatepass")).digest()[:TRACE_BYTES]
        return (digest if any(digest) else b"\x01".rjust(TRACE_BYTES, b"\0")).hex()


def message_fields(message: MessageId) -> dict[str, str | int]:
    """What every line of the log says that concerns one message."""
    return {
        "gateway": message.gateway,
        "boot": message.boot,
        "lane": message.lane,
        "seq": message.seq,
        "trace_id": message.trace_id,
    }
