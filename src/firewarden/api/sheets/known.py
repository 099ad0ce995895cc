"""What does the register say already about what a file names? Nouns by their keys."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from firewarden.api.register import Gateway, Point, Venue
from firewarden.api.sheets.addresses import Labelling


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownGateway:
    """A gateway of the register, the venue it is at, and its registered points by address."""

    venue: str
    gateway: Gateway
    points: Mapping[str, Point]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The part of the register that matters. `devices`: who has a source address from a network."""

    venues: Mapping[str, Venue] = field(default_factory=dict[str, Venue])
    gateways: Mapping[str, KnownGateway] = field(default_factory=dict[str, KnownGateway])
    devices: Mapping[tuple[int, str | None], str] = field(default_factory=dict[tuple[int, str | None], str])


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the platform has names for: the profiles, each with how it labels addresses, and the system types."""

    labellings: Mapping[str, Labelling | None]
    systems: Mapping[int, str]

    @property
    def profiles(self) -> Collection[str]:
        """The profiles' names."""
        return self.labellings.keys()
