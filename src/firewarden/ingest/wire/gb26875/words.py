"""What does a state word say? Bits or whole words, as the profile reads them."""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache

import msgspec

from firewarden.ingest.facts import State
from firewarden.ingest.wire.gb26875.profiles import Bit0, Profile
from firewarden.ingest.wire.gb26875.tables import NORMAL, NORMAL_WATCH

_WORD_BITS = 16
_CACHED_MAX = 4_096


class Of(StrEnum):
    """Whose state word it is."""

    SYSTEM = "system"
    COMPONENT = "component"
    DEVICE = "device"


class Said(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A state word, read."""

    set: tuple[State, ...]
    clear: tuple[State, ...]
    """Every other state that a word of this kind could set."""
    names: tuple[str, ...]
    """What is set, bit 0 included, in the words of the tables."""
    note: str | None = None
    """What was set and has no meaning."""


@lru_cache(maxsize=_CACHED_MAX)
def said(of: Of, word: int, profile: Profile, component_type: int | None = None) -> Said:
    """Read a state word of a system, a component of that type, or the device."""
    bits = _bits(of, profile)
    words = profile.component_words if of is Of.COMPONENT else {}
    every = dict.fromkeys([*bits.values(), *(state for private in words.values() for state in private.states)])
    if profile.bit0 is not Bit0.NOTHING and of is not Of.DEVICE:
        every[State.TEST] = None
    private = words.get((component_type, word)) if component_type is not None else None
    if private is not None:
        states, names, note = private.states, (private.name.en,), None
    else:
        states, names, note = _read_bits(of, word, bits, profile)
    return Said(set=states, clear=tuple(state for state in every if state not in states), names=names, note=note)


def _bits(of: Of, profile: Profile) -> Mapping[int, State]:
    match of:
        case Of.SYSTEM:
            return profile.system_bits
        case Of.COMPONENT:
            return profile.component_bits
        case Of.DEVICE:
            return profile.device_bits


def _read_bits(
    of: Of, word: int, bits: Mapping[int, State], profile: Profile
) -> tuple[tuple[State, ...], tuple[str, ...], str | None]:
    first = bool(word & 1)
    bit0 = profile.bit0 if of is not Of.DEVICE else Bit0.NOTHING
    numbers = [bit for bit in range(1, _WORD_BITS) if word >> bit & 1]
    states = tuple(dict.fromkeys(bits[bit] for bit in numbers if bit in bits))
    names = tuple(state.value for state in states)
    if first and bit0 is not Bit0.TEST_WHEN_SET:
        names = (NORMAL_WATCH if of is Of.DEVICE else NORMAL, *names)
    if bit0 is (Bit0.TEST_WHEN_SET if first else Bit0.TEST_WHEN_CLEAR):
        states, names = (*states, State.TEST), (*names, State.TEST.value)
    reserved = ", ".join(str(bit) for bit in numbers if bit not in bits)
    return states, names, f"reserved bits of a {of.value}'s state: {reserved}" if reserved else None
