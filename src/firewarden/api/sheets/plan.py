"""What will an import do? Counts of what is new, what changes, and what is as it was."""

import math
from dataclasses import dataclass, field

import msgspec

from firewarden.api.register import Register
from firewarden.api.register_import import Touched

_DIGITS_KEPT = 1e-14
"""Spreadsheets keep no more of a number than this share of it."""


def _alike(before: object, after: object) -> bool:
    """Whether two nouns are equal, as far as a spreadsheet can hold them."""
    if isinstance(before, float) and isinstance(after, float):
        return math.isclose(before, after, rel_tol=_DIGITS_KEPT)
    if before == after or not isinstance(before, msgspec.Struct) or not isinstance(after, msgspec.Struct):
        return before == after
    return all(_alike(getattr(before, name), getattr(after, name)) for name in before.__struct_fields__)


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
        elif not _alike(before, after):
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
    register: Register = field(repr=False)
    touched: Touched = field(repr=False)

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
