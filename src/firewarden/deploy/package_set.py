"""Which Debian packages belong together, and what identifies one unpacked set of them?"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Grows when unpacking or patching changes, so that folders made by older code are not used.
UNPACK_FORMAT = 1
DATA = Path(__file__).with_name("packages.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageSet:
    """One section of packages.toml."""

    name: str
    suite: str
    architectures: tuple[str, ...]
    space_mb: int
    closure: bool
    """Let apt's solver add the dependencies; otherwise the list is complete."""
    programs: tuple[str, ...]
    verify: tuple[tuple[str, ...], ...]
    packages: tuple[str, ...]

    def stamp(self, architecture: str) -> str:
        """Name this content: it changes with the list, the suite, the architecture and the way of unpacking."""
        text = "\n".join((str(UNPACK_FORMAT), self.name, self.suite, architecture, *self.packages))
        return f"{self.name}-{architecture}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def load_package_set(name: str) -> PackageSet:
    """Read one section of packages.toml."""
    raw: dict[str, Any] = tomllib.loads(DATA.read_text(encoding="utf-8"))[name]
    return PackageSet(
        name=name,
        suite=raw["suite"],
        architectures=tuple(raw["architectures"]),
        space_mb=raw["space_mb"],
        closure=raw["closure"],
        programs=tuple(raw["programs"]),
        verify=tuple(tuple(command) for command in raw["verify"]),
        packages=tuple(raw["packages"]),
    )
