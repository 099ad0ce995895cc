"""What does a profile's TOML text say? The profile, or everything that is wrong with it."""

import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal

from pydantic import ValidationError

from firewarden.ingest.facts import QUANTITY_NAMES, State
from firewarden.ingest.wire.gb26875.profile_form import BitForm, Named, ProfileForm
from firewarden.ingest.wire.gb26875.profiles import STANDARD, PrivateField, Profile, Scale, Word
from firewarden.ingest.wire.gb26875.tables import Name

_NAME = re.compile(r"[a-z0-9-]{1,64}")


class ProfileError(ValueError):
    """A profile's text cannot be used. `problems` has a line for each thing that is wrong, with its key."""

    def __init__(self, name: str, problems: tuple[str, ...]) -> None:
        super().__init__(f"profile {name}: " + "; ".join(problems))
        self.problems = problems


def parse_profile(name: str, text: str) -> Profile:
    """The profile that a TOML text describes. Raises ProfileError with every problem there is."""
    problems: list[str] = []
    if not _NAME.fullmatch(name):
        problems.append(f"name {name!r}: expected 1 to 64 of a-z, 0-9 and -")
    if name == STANDARD.name:
        problems.append(f"name {name!r}: that is the standard itself")
    try:
        form = ProfileForm.model_validate(tomllib.loads(text, parse_float=Decimal))
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(name, (*problems, f"not TOML: {error}")) from error
    except RecursionError as error:
        raise ProfileError(name, (*problems, "not TOML that a profile could need: nested too deep")) from error
    except ValidationError as error:
        found = [f"{_key(problem['loc'])}: {_said(problem['msg'])}" for problem in error.errors()]
        raise ProfileError(name, (*problems, *dict.fromkeys(found))) from error
    if problems:
        raise ProfileError(name, tuple(problems))
    return _profile(name, form)


def _key(path: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in path if part != "[key]")


def _said(message: str) -> str:
    message = message.removeprefix("Value error, ")
    return message[:1].lower() + message[1:]


def _profile(name: str, form: ProfileForm) -> Profile:
    beat = form.heartbeat
    return Profile(
        name=name,
        title=Name(form.zh, form.en),
        about=Name(form.about_zh, form.about_en),
        versions=frozenset(form.versions),
        time_coding=form.time,
        unit_max=form.unit_max,
        state_order=form.state_order,
        bit0=form.bit0,
        component_text=form.component_text,
        analogs={**STANDARD.analogs, **_scales(form)},
        system_bits=_bits(STANDARD.system_bits, form.bits.system),
        component_bits=_bits(STANDARD.component_bits, form.bits.component),
        device_bits=_bits(STANDARD.device_bits, form.bits.device),
        bit_names={
            (table, number): _name(bit)
            for table, bits in (
                ("system", form.bits.system),
                ("component", form.bits.component),
                ("device", form.bits.device),
            )
            for number, bit in bits.items()
        },
        component_words={
            (component, word.value): Word(states=word.means, name=_name(word))
            for word in form.word
            for component in word.components
        },
        private_types={code: _name(private) for code, private in form.types.items()},
        private_fields={
            code: tuple(PrivateField(name=_name(one), bytes=one.bytes, kind=one.kind) for one in private.fields)
            for code, private in form.types.items()
            if private.fields
        },
        systems={**STANDARD.systems, **{code: _name(one) for code, one in form.systems.items()}},
        components={**STANDARD.components, **{code: _name(one) for code, one in form.components.items()}},
        heartbeat_units=STANDARD.heartbeat_units | frozenset(beat.units) | frozenset(beat.answers),
        heartbeat_commands=frozenset(beat.commands),
        heartbeat_answers={**STANDARD.heartbeat_answers, **beat.answers},
        heartbeat_types=frozenset(beat.types),
        registration_commands=frozenset(form.registration),
        address_label=form.address,
        confirm_style=form.confirm,
    )


def _name(named: Named) -> Name:
    return Name(named.zh, named.en)


def _scales(form: ProfileForm) -> Mapping[int, Scale]:
    return {
        code: Scale(quantity=QUANTITY_NAMES[analog.quantity], unit=analog.unit, step=analog.step)
        for code, analog in form.analog.items()
    }


def _bits(standard: Mapping[int, State], private: Mapping[int, BitForm]) -> Mapping[int, State]:
    kept = {number: state for number, state in standard.items() if number not in private}
    return {**kept, **{number: bit.means for number, bit in private.items() if bit.means is not None}}
