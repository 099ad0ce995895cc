"""How is a state word told, to programs and to people?"""

from collections.abc import Mapping

from firewarden.ingest.facts import State
from firewarden.ingest.wire.gb26875.profiles import Bit0, Profile
from firewarden.ingest.wire.gb26875.tables import COMPONENT_BITS, DEVICE_BITS, SYSTEM_BITS, Name, StateBit
from firewarden.ingest.wire.gb26875.words import Of, said

_WORD_BITS = {Of.SYSTEM: 16, Of.COMPONENT: 16, Of.DEVICE: 8}
_TABLES: Mapping[Of, Mapping[int, StateBit]] = {
    Of.SYSTEM: SYSTEM_BITS,
    Of.COMPONENT: COMPONENT_BITS,
    Of.DEVICE: DEVICE_BITS,
}
_TEST = Name("测试", "test")


def word_states(of: Of, word: int, profile: Profile, component_type: int | None = None) -> list[str]:
    """Names of `State`, `normal` or `normal_watch` for bit 0, and `bit_9` for a set bit without a meaning."""
    told = said(of, word, profile, component_type)
    if _private(word, profile, component_type):
        return [state.value for state in told.set]
    known = _known(of, profile)
    unknown = (f"bit_{bit}" for bit in range(1, _WORD_BITS[of]) if word >> bit & 1 and bit not in known)
    return [*told.names, *unknown]


def word_name(of: Of, word: int, profile: Profile, component_type: int | None = None) -> Name:
    """Every set bit by its name, or the whole word where the vendor means something by it."""
    digits = f"{word:0{_WORD_BITS[of] // 4}x}"
    private = profile.component_words.get((component_type, word)) if component_type is not None else None
    if private is not None:
        names = [private.name]
    else:
        bits = (bit for bit in range(_WORD_BITS[of]) if word >> bit & 1)
        names = [_bit_name(of, bit, profile) for bit in bits]
        if not word & 1 and of is not Of.DEVICE and profile.bit0 is Bit0.TEST_WHEN_CLEAR:
            names.append(_TEST)
    if not names:
        return Name(f"{digits} 无", f"{digits} none")
    return Name(f"{digits} {'、'.join(name.zh for name in names)}", f"{digits} {', '.join(name.en for name in names)}")


def _private(word: int, profile: Profile, component_type: int | None) -> bool:
    return component_type is not None and (component_type, word) in profile.component_words


def _known(of: Of, profile: Profile) -> Mapping[int, State]:
    return {Of.SYSTEM: profile.system_bits, Of.COMPONENT: profile.component_bits, Of.DEVICE: profile.device_bits}[of]


def _bit_name(of: Of, bit: int, profile: Profile) -> Name:
    if bit == 0 and of is not Of.DEVICE and profile.bit0 is Bit0.TEST_WHEN_SET:
        return _TEST
    private = profile.bit_names.get((of.value, bit))
    if private is not None:
        return private
    standard = _TABLES[of].get(bit)
    return standard.name if standard is not None else Name(f"预留位 {bit}", f"reserved bit {bit}")
