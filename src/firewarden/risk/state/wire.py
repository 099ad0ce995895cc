"""How does a fact travel? As one JSON object: `kind`, `number`, `at` and what the kind has to say."""

from math import isfinite

import msgspec

from firewarden.risk.state.facts import VenueFact

BYTES_MAX = 64 * 1024


class FactError(Exception):
    """This is no fact; says what was expected and what came."""


_ENCODER = msgspec.json.Encoder()
_DECODER: msgspec.json.Decoder[VenueFact] = msgspec.json.Decoder(VenueFact)
_WHOLE_MAX = 1 << 62


def to_json(fact: VenueFact) -> bytes:
    """The fact as JSON, whole."""
    return _ENCODER.encode(fact)


def from_json(text: str | bytes) -> VenueFact:
    """What to_json wrote. Raises FactError."""
    if len(text) > BYTES_MAX:
        raise FactError(f"a fact of more than {BYTES_MAX} bytes")
    try:
        fact = _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise FactError(str(error)) from error
    if fact.number < 1:
        raise FactError(f"facts are numbered from 1, this is number {fact.number}")
    for name in fact.__struct_fields__:
        value = getattr(fact, name)
        if isinstance(value, int) and not -_WHOLE_MAX < value < _WHOLE_MAX:
            raise FactError(f"{name} is out of all bounds")
        if isinstance(value, float) and not isfinite(value):
            raise FactError(f"{name} is not a finite number")
    return fact
