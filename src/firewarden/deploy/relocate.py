"""How do programs built for / run from a folder of their own, with that folder's C library?"""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from firewarden.deploy.errors import DeployError

ELF_MAGIC = b"\x7fELF"
# The loader and the C library find nothing through a library path, and patching them would break them.
UNTOUCHED = ("ld-linux", "libc.so.")
MULTIARCH = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}
LOADER = {"amd64": "ld-linux-x86-64.so.2", "arm64": "ld-linux-aarch64.so.1"}
# Libraries that Debian keeps out of the common folder and finds by a RUNPATH, which we replace.
PRIVATE_FOLDERS = ("pulseaudio", "nss", "blas", "lapack", "samba")


@dataclass(frozen=True, slots=True)
class Relocation:
    """The two values patched into every ELF file of a folder."""

    interpreter: Path
    library_path: str


def relocation(final: Path, unpacked: Path, architecture: str, programs: tuple[str, ...]) -> Relocation:
    """Work out, from what is unpacked, the values that hold once the folder has its final name."""
    triplet = MULTIARCH[architecture]
    candidates = [f"usr/lib/{triplet}", f"lib/{triplet}", "usr/lib", "usr/lib64"]
    candidates += [f"usr/lib/{triplet}/{private}" for private in PRIVATE_FOLDERS]
    candidates += [str(Path(program).parent) for program in programs if program.startswith("usr/lib/")]
    folders = [final / name for name in dict.fromkeys(candidates) if (unpacked / name).is_dir()]
    for name in (
        f"usr/lib64/{LOADER[architecture]}",
        f"usr/lib/{LOADER[architecture]}",
        f"lib/{LOADER[architecture]}",
        f"usr/lib/{triplet}/{LOADER[architecture]}",
    ):
        if (unpacked / name).exists():
            return Relocation(final / name, ":".join(str(folder) for folder in folders))
    raise AssertionError(f"libc6 was unpacked but holds no {LOADER[architecture]}")


def relocate(unpacked: Path, values: Relocation) -> int:
    """Patch interpreter and library path of every dynamic ELF file; return how many were patched."""
    tool = patchelf()
    files = [path for path in unpacked.rglob("*") if _is_patchable(path)]
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 2) as pool:
        return sum(pool.map(partial(_patch, tool, values), files))


def patchelf() -> str:
    """Find the patchelf program that came with the virtual environment."""
    beside = Path(sysconfig.get_path("scripts")) / "patchelf"
    found = str(beside) if beside.exists() else shutil.which("patchelf")
    if found is None:
        raise DeployError("The program patchelf is missing.", "Start through ./firewarden, which installs it.")
    return found


def _is_patchable(path: Path) -> bool:
    if path.is_symlink() or not path.is_file() or path.name.startswith(UNTOUCHED):
        return False
    with path.open("rb") as stream:
        return stream.read(4) == ELF_MAGIC


def _patch(tool: str, values: Relocation, path: Path) -> bool:
    """DT_RPATH (not RUNPATH) also serves what the file's libraries load in turn."""
    path.chmod(path.stat().st_mode | 0o200)
    asked = subprocess.run([tool, "--print-interpreter", path], capture_output=True, check=False)
    options = ["--set-interpreter", str(values.interpreter)] if asked.returncode == 0 else []
    # One call for each value: patchelf 0.18 and earlier corrupt some files when asked for both at once.
    for arguments in (options, ["--force-rpath", "--set-rpath", values.library_path]):
        if arguments:
            answer = subprocess.run([tool, *arguments, path], capture_output=True, text=True, check=False)
            if answer.returncode != 0:
                # Statically linked and relocatable object files have no dynamic section: nothing to patch.
                return False
    return True
