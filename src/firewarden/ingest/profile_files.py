"""Which profiles of GB/T 26875.3 dialects are there? Those that ship, and those in a folder of the user's.

A file that cannot be used is told of and left out, the others count: a process that would not start over it would lose
the fires of every device. A device whose profile is missing is read by the standard, for the same reason.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from firewarden.ingest.wire.gb26875.profile_text import ProfileError, parse_profile
from firewarden.ingest.wire.gb26875.profiles import STANDARD, Profile

FILE_BYTES_MAX = 256 * 1024
FILES_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """Every profile by its name, and what is wrong with files that could not be used, a line each."""

    by_name: Mapping[str, Profile]
    problems: tuple[str, ...] = field(default=())

    def of(self, name: str) -> Profile:
        """The profile of that name; the standard where there is none."""
        return self.by_name.get(name, STANDARD)


def load_profiles(folder: Path | None = None) -> Profiles:
    """What ships, with a folder's `NAME.toml` added to it or in the place of what ships under the same name."""
    found = dict(shipped_profiles())
    problems: list[str] = []
    for path in _files(folder, problems):
        try:
            profile = read_profile(path)
        except ProfileError as error:
            problems += [f"{path}: {problem}" for problem in error.problems]
        else:
            found[profile.name] = profile
    return Profiles(by_name=found, problems=tuple(problems))


def shipped_profiles() -> Mapping[str, Profile]:
    """The standard, and the dialects that ship."""
    folder = resources.files("firewarden.ingest.wire.gb26875").joinpath("profiles")
    files = {file.name.removesuffix(".toml"): file for file in folder.iterdir() if file.name.endswith(".toml")}
    shipped = [parse_profile(name, files[name].read_text(encoding="utf-8")) for name in sorted(files)]
    return {profile.name: profile for profile in (STANDARD, *shipped)}


def read_profile(path: Path) -> Profile:
    """The profile in a file, under the file's name. Raises ProfileError, also for a file that cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(FILE_BYTES_MAX + 1)
        if len(data) > FILE_BYTES_MAX:
            raise ProfileError(path.stem, (f"over {FILE_BYTES_MAX} bytes",))
        return parse_profile(path.stem, data.decode("utf-8"))
    except OSError as error:
        raise ProfileError(path.stem, (error.strerror or type(error).__name__,)) from error
    except UnicodeDecodeError as error:
        raise ProfileError(path.stem, (f"not UTF-8: {error.reason} at byte {error.start}",)) from error


def _files(folder: Path | None, problems: list[str]) -> Iterable[Path]:
    if folder is None:
        return ()
    try:
        files = sorted(folder.glob("*.toml")) if folder.is_dir() else None
    except OSError as error:
        problems.append(f"{folder}: {error.strerror}")
        return ()
    if files is None:
        problems.append(f"{folder}: not a folder that can be read")
        return ()
    if len(files) > FILES_MAX:
        problems.append(f"{folder}: only {FILES_MAX} of {len(files)} files are read")
    return files[:FILES_MAX]
