"""Reading the machine's package sources, and writing a private one."""

from __future__ import annotations

from firewarden.deploy.apt import explain_failure
from firewarden.deploy.apt_sources import (
    Source,
    debian_mirrors,
    parse_deb822,
    parse_list,
    render,
    security_mirrors,
)

DEB822 = """\
# the archive
Types: deb deb-src
URIs: http://mirror.example/debian http://second.example/debian/
Suites: bookworm bookworm-updates
Components: main non-free-firmware
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
# a comment inside
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc
 -----END PGP PUBLIC KEY BLOCK-----

Enabled: no
Types: deb
URIs: http://disabled.example/debian
Suites: bookworm
Components: main

Types: deb-src
URIs: http://sources.example/debian
Suites: bookworm
Components: main
"""
ONE_LINE = """\
# deb http://commented.example/debian bookworm main
deb [arch=amd64 signed-by=/etc/key.gpg trusted=yes] http://mirror.example/debian bookworm main contrib # inline
deb-src http://mirror.example/debian bookworm main
deb http://mirror.example/debian-security bookworm-security main
deb cdrom:[Debian]/ bookworm main
deb http://flat.example/ ./
deb https://other.example/repo stable main
"""


def test_deb822_sources_are_read() -> None:
    """Every address of an enabled binary stanza is found, with suites, components and key."""
    found = parse_deb822(DEB822)
    assert [one.uri for one in found] == [
        "http://mirror.example/debian",
        "http://second.example/debian/",
        "http://mirror.example/debian-security",
    ]
    assert found[0].suites == ("bookworm", "bookworm-updates")
    assert found[0].components == ("main", "non-free-firmware")
    assert found[0].trust == {"Signed-By": "/usr/share/keyrings/debian-archive-keyring.gpg"}


def test_one_line_sources_are_read() -> None:
    """Comments, source packages and flat repositories are passed over; options about trust are kept."""
    found = parse_list(ONE_LINE)
    assert [one.uri for one in found] == [
        "http://mirror.example/debian",
        "http://mirror.example/debian-security",
        "cdrom:[Debian]/",
        "https://other.example/repo",
    ]
    assert found[0].trust == {"Signed-By": "/etc/key.gpg", "Trusted": "yes"}
    assert found[0].components == ("main", "contrib")


def test_debian_comes_before_others() -> None:
    """An archive of somebody else that also publishes `stable main` is asked last, a disc never."""
    mirrors = debian_mirrors(reversed(parse_list(ONE_LINE)))
    assert [one.uri for one in mirrors] == ["http://mirror.example/debian", "https://other.example/repo"]


def test_security_archive_is_recognised() -> None:
    """The security archive is told from the main one by its suite."""
    assert [one.uri for one in security_mirrors(parse_deb822(DEB822))] == ["http://mirror.example/debian-security"]
    assert all("security" not in one.uri for one in debian_mirrors(parse_deb822(DEB822)))


def test_private_source_keeps_the_trust() -> None:
    """The stanza for another suite has the same address and key, an inline key included, and can be read again."""
    original = parse_deb822(DEB822)[2]
    again = parse_deb822(render(original, suite="trixie-security", architecture="arm64"))
    assert again == [Source(uri=original.uri, suites=("trixie-security",), components=("main",), trust=original.trust)]
    assert "BEGIN PGP" in again[0].trust["Signed-By"]


def test_apt_failures_are_explained() -> None:
    """What apt says about network, disk and keys becomes what the user can do about it."""
    network = explain_failure("E: Failed to fetch http://x  Temporary failure resolving 'x'")
    assert "Check the network" in network.hint
    assert "FIREWARDEN_DATABASE_URL" in network.hint
    assert "full" in explain_failure("E: write error - write (28: No space left on device)").message
    assert "debian-archive-keyring" in explain_failure("The following signatures: NO_PUBKEY 6ED0E7B82643E131").hint
    assert "odd" in explain_failure("E: something odd").message
