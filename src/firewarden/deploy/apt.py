"""apt-get on a private folder: needs no root, and changes nothing of the machine's own package state."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from firewarden.deploy.apt_sources import (
    Source,
    debian_mirrors,
    parse_deb822,
    parse_list,
    render,
    security_mirrors,
)
from firewarden.deploy.errors import USE_OTHER_SERVICES, DeployError

APT_TIMEOUT_S = 900
NETWORK_WORDS = (
    "Temporary failure resolving",
    "Could not resolve",
    "Could not connect",
    "Connection failed",
    "Connection timed out",
    "Unable to connect",
    "Network is unreachable",
    "Failed to fetch",
)

# The machine's own configuration (proxies, certificates) stays in force, except for what would reach outside the
# folder: its hooks (Docker images delete /var/cache/apt after an update), pins and default release.
CONFIG = """\
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Invoke;
#clear DPkg::Post-Invoke;
#clear DPkg::Pre-Install-Pkgs;
#clear APT::Default-Release;
Dir::Etc::SourceList "{root}/firewarden.sources";
Dir::Etc::SourceParts "/dev/null";
Dir::Etc::Preferences "/dev/null";
Dir::Etc::PreferencesParts "/dev/null";
Dir::State "{root}/state";
Dir::State::Lists "{root}/lists";
Dir::State::status "{root}/status";
Dir::Cache "{root}/cache";
Dir::Cache::archives "{root}/archives";
Dir::Log "{root}/log";
APT::Architecture "{architecture}";
APT::Architectures {{ "{architecture}"; }};
APT::Install-Recommends "0";
APT::Sandbox::User "";
APT::Keep-Downloaded-Packages "1";
Acquire::Languages "none";
Acquire::Retries "3";
Debug::NoLocking "1";
"""


def explain_failure(output: str) -> DeployError:
    """Turn apt's last words into what happened and what to do."""
    tail = "\n    ".join(output.strip().splitlines()[-4:])
    if "No space left" in output or "enough free space" in output:
        return DeployError("The disk is full.", "Free some space, then run the command again; it goes on from here.")
    if "NO_PUBKEY" in output or "is not signed" in output:
        return DeployError(
            f"apt does not trust the archive:\n    {tail}",
            "Bring the keys up to date with `apt-get install --only-upgrade debian-archive-keyring`.",
        )
    if any(word in output for word in NETWORK_WORDS):
        return DeployError(
            f"The Debian packages could not be fetched:\n    {tail}",
            f"Check the network (and apt's proxy), then run the command again. {USE_OTHER_SERVICES}",
        )
    return DeployError(f"apt-get failed:\n    {tail}", f"Run the command again. {USE_OTHER_SERVICES}")


def require_tools() -> None:
    """Refuse a machine without Debian's package tools."""
    missing = [name for name in ("apt-get", "dpkg", "dpkg-deb") if shutil.which(name) is None]
    if missing:
        raise DeployError(
            f"{', '.join(missing)} not found: the embedded services come from Debian's packages.",
            USE_OTHER_SERVICES,
        )


def machine_architecture() -> str:
    """Return Debian's name of this machine's architecture, such as amd64."""
    require_tools()
    answer = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True)
    return answer.stdout.strip()


def machine_sources(etc_apt: Path = Path("/etc/apt")) -> list[Source]:
    """Read every package source of this machine, in both formats."""
    found: list[Source] = []
    for path in (etc_apt / "sources.list", *sorted((etc_apt / "sources.list.d").glob("*"))):
        if path.suffix in {".list", ".sources"} and path.is_file() and os.access(path, os.R_OK):
            text = path.read_text(encoding="utf-8", errors="replace")
            found.extend(parse_deb822(text) if path.suffix == ".sources" else parse_list(text))
    if mirror := os.environ.get("FIREWARDEN_DEBIAN_MIRROR"):
        found.insert(0, Source(uri=mirror, suites=("stable",), components=("main",)))
    return found


@dataclass(frozen=True, slots=True)
class PrivateApt:
    """apt-get with all its folders below `root`."""

    root: Path
    architecture: str

    @property
    def archives(self) -> Path:
        """Where fetched packages stay until they are unpacked, so that an interrupted fetch goes on."""
        return self.root / "archives"

    def prepare(self) -> None:
        """Make the folders and the configuration."""
        for name in ("state", "lists/partial", "cache", "archives/partial", "log"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        (self.root / "status").touch()
        text = CONFIG.format(root=self.root, architecture=self.architecture)
        (self.root / "apt.conf").write_text(text, encoding="utf-8")

    def update(self, suite: str) -> None:
        """Fetch the suite's package index from the first of this machine's mirrors that has it."""
        sources = machine_sources()
        mains, securities = debian_mirrors(sources), security_mirrors(sources)
        if not mains:
            raise DeployError(
                "No Debian mirror is named in /etc/apt (sources.list, sources.list.d).",
                f"Name one with FIREWARDEN_DEBIAN_MIRROR=<address of a Debian mirror>. {USE_OTHER_SERVICES}",
            )
        first_failure: DeployError | None = None
        for main in mains[:3]:
            stanza = render(main, suite=suite, architecture=self.architecture)
            extra = [render(one, suite=f"{suite}-security", architecture=self.architecture) for one in securities[:1]]
            for text in ("\n".join([stanza, *extra]), stanza):
                (self.root / "firewarden.sources").write_text(text, encoding="utf-8")
                try:
                    self.run("update", "--error-on=any")
                except DeployError as failure:
                    first_failure = first_failure or failure
                else:
                    return
        assert first_failure is not None
        raise first_failure

    def download(self, packages: tuple[str, ...]) -> list[Path]:
        """Fetch exactly these packages; what is there already is kept."""
        before = self.run("download", "--print-uris", *packages)
        names = [line.split()[1] for line in before.splitlines() if line.startswith("'")]
        self.run("download", *packages)
        return [self.archives / name for name in names]

    def closure(self, packages: tuple[str, ...]) -> tuple[str, ...]:
        """Name these packages and everything they depend on, as apt would install them on an empty machine."""
        answer = self.run("install", "--yes", "--print-uris", *packages)
        lines = [line.split()[1] for line in answer.splitlines() if line.startswith("'")]
        return tuple(sorted({name.split("_", 1)[0] for name in lines}))

    def run(self, *arguments: str) -> str:
        """Run apt-get here; its failure becomes an explanation."""
        command = ["apt-get", "-c", str(self.root / "apt.conf"), "-q", *arguments]
        try:
            answer = subprocess.run(
                command,
                cwd=self.archives,
                env={**os.environ, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=APT_TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise explain_failure("Connection timed out") from error
        if answer.returncode != 0:
            raise explain_failure(answer.stdout[-2000:] + answer.stderr)
        return answer.stdout
