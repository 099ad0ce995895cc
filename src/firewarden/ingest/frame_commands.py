"""Captured frames and profiles on the command line: `firewarden frames`. Needs no database and no platform."""

import re
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from io import TextIOWrapper
from pathlib import Path
from typing import Annotated, BinaryIO, NoReturn

import msgspec
import typer

from firewarden.ingest.capture import HexError, Item, bytes_of_line, frames_in, frames_of_line
from firewarden.ingest.frame_text import item_json, item_text
from firewarden.ingest.profile_files import Profiles, load_profiles, read_profile
from firewarden.ingest.wire.gb26875.frame_json import Plain
from firewarden.ingest.wire.gb26875.frames import Flaw
from firewarden.ingest.wire.gb26875.profile_text import ProfileError
from firewarden.ingest.wire.gb26875.profiles import STANDARD, Profile

CHUNK_BYTES = 64 * 1024
_LOOKED_AT_BYTES = 256
_HEX_TEXT = re.compile(rb"[0-9a-fA-F\s]{8,}")

File = Annotated[str, typer.Argument(help="what was captured; - for standard input")]
Hex = Annotated[bool, typer.Option("--hex", help="one hex string a line, each judged by itself; # begins a comment")]
ProfileName = Annotated[str, typer.Option("--profile", help="the dialect; `frames profiles` lists them")]
AsJson = Annotated[bool, typer.Option("--json", help="one object a line")]
Folder = Annotated[
    Path | None,
    typer.Option("--profiles", envvar="FIREWARDEN_GB26875_PROFILES", help="a folder with more profiles"),
]


def register(app: typer.Typer) -> None:
    """Add `firewarden frames`."""
    frames = typer.Typer(no_args_is_help=True, help="Frames of GB/T 26875.3: decode captures, see and check profiles.")
    app.add_typer(frames, name="frames", rich_help_panel="Administration")
    frames.command("decode")(decode)
    frames.command("profiles")(list_profiles)
    frames.command("check-profile")(check_profile)


def decode(
    file: File,
    *,
    as_hex: Hex = False,
    profile: ProfileName = STANDARD.name,
    as_json: AsJson = False,
    profiles: Folder = None,
) -> None:
    """Write captured frames field by field. What is no frame is told of in its place, nothing is left out."""
    dialect = _chosen(profile, _loaded(profiles))
    try:
        with _opened(file) as source:
            if as_hex:
                sound = _decode_lines(source, file, dialect, as_json=as_json)
            else:
                sound = True
                for item in frames_in(_chunks(source, file), unit_max=dialect.unit_max):
                    _write(item, dialect, None, as_json=as_json)
    except BrokenPipeError:
        raise  # whoever reads has enough
    except OSError as error:
        _fail(f"{file}: {error.strerror or error}")
    sys.stdout.flush()
    if not sound:
        raise typer.Exit(1)


def list_profiles(profiles: Folder = None) -> None:
    """List the dialects that ship and those of a folder: names, version bytes by which one may be guessed, about."""
    loaded = _loaded(profiles)
    for each in loaded.by_name.values():
        versions = ", ".join(f"{major}.{minor}" for major, minor in sorted(each.versions))
        typer.echo(f"{each.name}\t{each.title.zh}\t{each.title.en}" + (f"\t[{versions}]" if versions else ""))
        typer.echo(f"\t{each.about.zh}\n\t{each.about.en}")
    if loaded.problems:
        raise typer.Exit(1)


def check_profile(file: Annotated[Path, typer.Argument(help="NAME.toml; the profile has the file's name")]) -> None:
    """Say whether a profile's file can be used, and if not, everything that is wrong with it."""
    try:
        profile = read_profile(file)
    except ProfileError as error:
        for problem in error.problems:
            typer.echo(f"{file}: {problem}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{profile.name}: sound ({profile.title.zh}, {profile.title.en})")


def _loaded(folder: Path | None) -> Profiles:
    loaded = load_profiles(folder)
    for problem in loaded.problems:
        typer.echo(f"firewarden: {problem}", err=True)
    return loaded


def _chosen(name: str, profiles: Profiles) -> Profile:
    found = profiles.by_name.get(name)
    if found is None:
        _fail(f"there is no profile {name!r}; there are {', '.join(profiles.by_name)}")
    return found


def _opened(file: str) -> AbstractContextManager[BinaryIO]:
    return nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb")


def _chunks(source: BinaryIO, file: str) -> Iterator[bytes]:
    chunk = source.read(CHUNK_BYTES)
    if _HEX_TEXT.fullmatch(chunk[:_LOOKED_AT_BYTES]):
        typer.echo(f"firewarden: {file}: that looks like hex text; --hex reads it", err=True)
    while chunk:
        yield chunk
        chunk = source.read(CHUNK_BYTES)


def _decode_lines(source: BinaryIO, file: str, profile: Profile, *, as_json: bool) -> bool:
    """Whether every line was hex text. One that is not is told of in its place, too."""
    sound = True
    text = TextIOWrapper(source, encoding="utf-8-sig", errors="replace")
    for number, line in enumerate(text, start=1):
        try:
            data = bytes_of_line(line)
        except HexError as error:
            typer.echo(f"firewarden: {file}, line {number}: {error}", err=True)
            sound = False
            if as_json:
                _write_json({"verdict": Flaw.MALFORMED, "reason": f"no hex text: {error}", "line": number})
            continue
        for item in frames_of_line(data, unit_max=profile.unit_max) if data else ():
            _write(item, profile, number, as_json=as_json)
    text.detach()  # whoever opened the source closes it
    return sound


def _write(item: Item, profile: Profile, line: int | None, *, as_json: bool) -> None:
    if as_json:
        told = item_json(item, profile)
        _write_json(told if line is None else {**told, "line": line})
    else:
        where = "" if line is None else f"line {line}, "
        sys.stdout.buffer.write(item_text(item, profile, where).encode() + b"\n")


def _write_json(told: Plain) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")


def _fail(message: str) -> NoReturn:
    typer.echo(f"firewarden: {message}", err=True)
    raise typer.Exit(1)
