"""What will an import do? Counts of what is new, what changes, and what is as it was."""

from dataclasses import dataclass

from firewarden.api.register import Register
from firewarden.api.register_import import Touched


@dataclass(slots=True, kw_only=True)
class Count:
    """Of one kind of thing."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0

    @property
    def total(self) -> int:
        """All that the file names."""
        return self.added + self.changed + self.unchanged

    def note(self, before: object, after: object) -> bool:
        """Count one thing; whether it has to be written."""
        if before is None:
            self.added += 1
        elif before != after:
            self.changed += 1
        else:
            self.unchanged += 1
            return False
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The counts of a file, and the register that is to be written."""

    venues: Count
    systems: Count
    gateways: Count
    points: Count
    register: Register
    touched: Touched

    @property
    def counts(self) -> dict[str, Count]:
        """The counts by kind."""
        return {"venues": self.venues, "systems": self.systems, "gateways": self.gateways, "points": self.points}

    def in_short(self) -> dict[str, str]:
        """For the audit."""
        return {kind: f"{count.added} added, {count.changed} changed" for kind, count in self.counts.items()}

    @property
    def changes(self) -> int:
        """How much would be written."""
        return sum(count.added + count.changed for count in self.counts.values())
