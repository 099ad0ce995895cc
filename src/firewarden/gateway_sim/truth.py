"""How does the truth get into its file before anything is published, and how does the file stay small?"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from firewarden.gateway_sim.journal import Memory, Record, decode_lines, encode, remember

MAX_BYTES = 64 * 1024 * 1024


def read_memory(path: Path) -> Memory:
    """What the gateways remember; nothing where there is no file. Raises TruthError."""
    if not path.exists():
        return Memory()
    with path.open("rb") as lines:
        return remember(decode_lines(lines))


class Truth:
    """An append-only journal. The kernel has every line before `write` returns: a SIGKILL loses none.

    A file that grows beyond `max_bytes` becomes FILE.1, replacing the one before, and a new one begins with
    what `still_true` says: the unconfirmed messages and the standing states.
    """

    def __init__(self, path: Path, *, max_bytes: int | None = None) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._max_bytes = max_bytes
        _cut_torn_line(path)
        self._file = path.open("ab", buffering=0)
        self._size = path.stat().st_size
        self.still_true: Callable[[], Iterable[Record]] = tuple

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, record: Record) -> None:
        """Append one line."""
        line = encode(record)
        self._file.write(line)
        self._size += len(line)
        if self._max_bytes is not None and self._size > self._max_bytes:
            self._begin_anew()

    def _begin_anew(self) -> None:
        """Replace the file in steps of which each leaves a complete one behind."""
        fresh = self._path.with_name(self._path.name + ".new")
        older = self._path.with_name(self._path.name + ".1")
        with fresh.open("wb") as file:
            file.writelines(encode(record) for record in self.still_true())
            file.flush()
            os.fsync(file.fileno())
        older.unlink(missing_ok=True)
        older.hardlink_to(self._path)
        fresh.replace(self._path)
        self._file.close()
        self._file = self._path.open("ab", buffering=0)
        self._size = self._path.stat().st_size
        # What must be kept may itself be large; wait until as much again has been added.
        self._max_bytes = max(self._max_bytes or 0, 2 * self._size)


def _cut_torn_line(path: Path) -> None:
    """A line that a crash cut off was never acted upon; what is appended must not continue it."""
    if not path.exists():
        return
    content_end = path.stat().st_size
    with path.open("rb+") as file:
        while content_end > 0:
            file.seek(max(0, content_end - 65_536))
            block = file.read(content_end - file.tell())
            newline = block.rfind(b"\n")
            if newline >= 0:
                content_end -= len(block) - newline - 1
                break
            content_end -= len(block)
        file.truncate(content_end)
