"""Which profiles are there, and what has the platform names for?"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pydantic_settings import BaseSettings, SettingsConfigDict

from firewarden.api.sheets.addresses import Labelling
from firewarden.api.sheets.known import Names
from firewarden.ingest.profile_files import load_profiles
from firewarden.ingest.wire.gb26875.profiles import AddressLabel, Profile
from firewarden.ingest.wire.gb26875.tables import SYSTEMS

_LABELLINGS = {
    AddressLabel.HEX: None,
    AddressLabel.LOOP_POINT: Labelling.LOOP_POINT,
    AddressLabel.POINT_LOOP: Labelling.POINT_LOOP,
}


class _Folder(BaseSettings):
    """Where the user's own profiles are: the one setting that this needs, and a test has no others."""

    model_config = SettingsConfigDict(env_prefix="FIREWARDEN_")

    gb26875_profiles: Path | None = None


@cache
def profiles() -> Mapping[str, Profile]:
    """The profiles by name, as ingest has them; read once in a process."""
    return load_profiles(_Folder().gb26875_profiles).by_name


def names() -> Names:
    """The names that an import may use."""
    return Names(
        labellings={name: _LABELLINGS[profile.address_label] for name, profile in profiles().items()},
        systems={code: name.zh for code, name in SYSTEMS.items()},
    )
