"""Which Debian mirrors does this machine use, and how does a private source list for another suite look?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

DEBIAN_SUITES = frozenset(
    {
        *("stable", "oldstable", "oldoldstable", "testing", "unstable", "sid"),  # names that move
        *("buster", "bullseye", "bookworm", "trixie", "forky", "duke"),  # names that stay
    }
)
# `deb ADDRESS SUITE COMPONENT...`, without the options
LIST_WORDS_MIN = 3
# One-line options and deb822 fields that say how far the archive is trusted; they go with its address.
TRUST_OPTIONS = {
    "signed-by": "Signed-By",
    "trusted": "Trusted",
    "check-valid-until": "Check-Valid-Until",
    "check-date": "Check-Date",
    "allow-insecure": "Allow-Insecure",
    "allow-weak": "Allow-Weak",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One archive address with its suites, whatever format it was written in."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    trust: Mapping[str, str] = field(default_factory=dict[str, str])


def parse_list(text: str) -> list[Source]:
    """Read a one-line style sources.list; source packages, comments and unreadable lines are passed over."""
    found: list[Source] = []
    for line in text.splitlines():
        match = re.match(r"^\s*deb\s+(?:\[(?P<options>[^\]]*)\]\s*)?(?P<rest>[^#]+)", line)
        words = match["rest"].split() if match else []
        if match is None or len(words) < LIST_WORDS_MIN:
            continue
        trust: dict[str, str] = {}
        for option in (match["options"] or "").split():
            name, _, value = option.partition("=")
            if name.lower() in TRUST_OPTIONS:
                trust[TRUST_OPTIONS[name.lower()]] = value
        found.append(Source(uri=words[0], suites=(words[1],), components=tuple(words[2:]), trust=trust))
    return found


def parse_deb822(text: str) -> list[Source]:
    """Read a deb822 style *.sources file; disabled stanzas and source packages are passed over."""
    found: list[Source] = []
    for stanza in re.split(r"\n\s*\n", text):
        fields = _fields(stanza)
        enabled = fields.get("enabled", "yes").lower() not in {"no", "false", "0", "off"}
        if not enabled or "deb" not in fields.get("types", "").split():
            continue
        trust = {name: fields[key] for key, name in TRUST_OPTIONS.items() if key in fields}
        found.extend(
            Source(
                uri=uri,
                suites=tuple(fields.get("suites", "").split()),
                components=tuple(fields.get("components", "").split()),
                trust=trust,
            )
            for uri in fields.get("uris", "").split()
        )
    return found


def _fields(stanza: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    current = ""
    for line in stanza.splitlines():
        if line.startswith("#"):
            continue
        if line[:1] in {" ", "\t"} and current:
            fields[current] += "\n" + line
            continue
        name, colon, value = line.partition(":")
        if colon:
            current = name.strip().lower()
            fields[current] = value.strip()
    return fields


def debian_mirrors(sources: Iterable[Source]) -> list[Source]:
    """Return the archives that look like Debian's own main archive, likeliest first."""
    fitting = [one for one in sources if "main" in one.components and DEBIAN_SUITES.intersection(one.suites)]
    return sorted(_distinct(fitting), key=_doubt)


def security_mirrors(sources: Iterable[Source]) -> list[Source]:
    """Return the archives that look like Debian's security archive, likeliest first."""
    names = {f"{suite}-security" for suite in DEBIAN_SUITES} | {f"{suite}/updates" for suite in DEBIAN_SUITES}
    fitting = [one for one in sources if "main" in one.components and names.intersection(one.suites)]
    return sorted(_distinct(fitting), key=_doubt)


def _distinct(sources: Iterable[Source]) -> list[Source]:
    return list({one.uri.rstrip("/"): one for one in sources if not one.uri.startswith("cdrom:")}.values())


def _doubt(source: Source) -> tuple[bool, bool]:
    """Others publish `stable main` too: Debian's mirrors are called debian and signed with Debian's key."""
    last = source.uri.rstrip("/").rsplit("/", 1)[-1]
    signed = source.trust.get("Signed-By", "debian-archive")
    return (not last.startswith("debian"), "debian-archive" not in signed)


def render(source: Source, *, suite: str, architecture: str) -> str:
    """Write the archive as a deb822 stanza for another suite; only the package index is fetched."""
    lines = [
        "Types: deb",
        f"URIs: {source.uri}",
        f"Suites: {suite}",
        "Components: main",
        f"Architectures: {architecture}",
        "Targets: Packages",
        *(f"{name}:{value if value.startswith(chr(10)) else ' ' + value}" for name, value in source.trust.items()),
    ]
    return "\n".join(lines) + "\n"
