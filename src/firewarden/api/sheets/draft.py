"""What of a file's register stands so far? Where rows are laid over what is known, one after the other; pure."""

from collections.abc import Hashable
from dataclasses import dataclass, field

import msgspec

from firewarden.api.register import Gateway, Point, System, Venue
from firewarden.api.sheets.faults import Faults, Why
from firewarden.api.sheets.known import Known, Names
from firewarden.api.sheets.rows import Row


@dataclass(slots=True, kw_only=True)
class DraftGateway:
    """A gateway of the draft. `row`: that which describes it; None where only points of it are named."""

    venue: str
    gateway: Gateway
    row: Row | None = None
    points: dict[str, Point] = field(default_factory=dict[str, Point])
    write: dict[str, Point] = field(default_factory=dict[str, Point])
    """Those of the points that are new or changed."""


@dataclass(slots=True, kw_only=True)
class Draft:
    """The register as the rows so far make it."""

    known: Known
    names: Names
    faults: Faults
    venues: dict[str, Venue] = field(default_factory=dict[str, Venue])
    systems: dict[str, list[System]] = field(default_factory=dict[str, list[System]])
    gateways: dict[str, DraftGateway] = field(default_factory=dict[str, DraftGateway])
    _seen: dict[Hashable, Row] = field(default_factory=dict[Hashable, Row])

    def stands_twice(self, row: Row, column: str, key: Hashable) -> bool:
        """Whether an earlier row is about the same thing; says so."""
        first = self._seen.setdefault(key, row)
        if first is row:
            return False
        self.faults.add(row.fault(column, Why.TWICE, where=first.place))
        return True

    def has_venue(self, code: str) -> bool:
        """Whether the register or the file has this venue."""
        return code in self.venues or code in self.known.venues

    def put_venue(self, code: str, venue: Venue) -> None:
        """A venue as the file wants it."""
        self.venues[code] = venue

    def need_system(self, code: str, system: System) -> None:
        """A system that the file names, or of which it has points."""
        listed = self.systems.setdefault(code, [])
        if system not in listed:
            listed.append(system)

    def has_kind(self, code: str, kind: int) -> bool:
        """Whether the venue lists a system of this kind."""
        known = self.known.venues.get(code)
        listed = [*self.systems.get(code, []), *(known.systems if known else [])]
        return any(system.kind == kind for system in listed)

    def gateway(self, gateway_id: str) -> DraftGateway | None:
        """A gateway of the file or of the register; None where there is none."""
        found = self.gateways.get(gateway_id)
        known = self.known.gateways.get(gateway_id)
        if found is None and known is not None:
            found = self.gateways[gateway_id] = DraftGateway(venue=known.venue, gateway=known.gateway)
        return found

    def whole_venues(self) -> list[Venue]:
        """The nouns to import: every venue that anything of the file belongs to."""
        codes = dict.fromkeys([*self.venues, *self.systems, *(each.venue for each in self.gateways.values())])
        return [self._whole_venue(code) for code in codes if self.has_venue(code)]

    def _whole_venue(self, code: str) -> Venue:
        venue = self.venues.get(code) or self.known.venues[code]
        systems = [*venue.systems, *(each for each in self.systems.get(code, []) if each not in venue.systems)]
        gateways = [
            msgspec.structs.replace(each.gateway, points=list(each.write.values()))
            for each in self.gateways.values()
            if each.venue == code
        ]
        return msgspec.structs.replace(venue, systems=systems, gateways=gateways, buildings=[])
