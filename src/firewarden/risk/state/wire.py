"""How does a fact travel? As one JSON object: `kind`, `number`, `at` and what the kind has to say."""

import msgspec

from firewarden.risk.state.facts import VenueFact

BYTES_MAX = 64 * 1024


class FactError(Exception):
    """This is no fact; says what was expected and what came."""


_ENCODER = msgspec.json.Encoder()
_DECODER: msgspec.json.Decoder[VenueFact] = msgspec.json.Decoder(VenueFact)


def to_json(fact: VenueFact) -> bytes:
    """The fact as JSON, whole."""
    return _ENCODER.encode(fact)


def from_json(text: str | bytes) -> VenueFact:
    """What to_json wrote. Raises FactError."""
    if len(text) > BYTES_MAX:
        raise FactError(f"a fact of more than {BYTES_MAX} bytes")
    try:
        return _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise FactError(str(error)) from error
