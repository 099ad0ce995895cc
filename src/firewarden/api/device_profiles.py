"""Which profiles are there, and what has the platform names for?"""

from functools import cache

from firewarden.api.sheets.addresses import Labelling
from firewarden.api.sheets.known import Names
from firewarden.ingest.wire.gb26875.profiles import STANDARD, AddressLabel, Profile
from firewarden.ingest.wire.gb26875.tables import SYSTEMS

_LABELLINGS = {
    AddressLabel.HEX: None,
    AddressLabel.LOOP_POINT: Labelling.LOOP_POINT,
    AddressLabel.POINT_LOOP: Labelling.POINT_LOOP,
}


@cache
def profiles() -> dict[str, Profile]:
    """The profiles by name."""
    return {STANDARD.name: STANDARD}


def names() -> Names:
    """The names that an import may use."""
    return Names(
        labellings={name: _LABELLINGS[profile.address_label] for name, profile in profiles().items()},
        systems={code: name.zh for code, name in SYSTEMS.items()},
    )
