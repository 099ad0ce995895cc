"""Where do the lines that supervised processes write go?"""

from __future__ import annotations

import logging
import logging.handlers
import sys
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FILE_BYTES_MAX = 10_000_000
FILES_KEPT = 3
LINE_CHARACTERS_MAX = 16_000
LINES_REMEMBERED = 20


def format_line(now: datetime, name: str, text: str) -> str:
    """The one line format: local ISO time, process, what it wrote."""
    return f"{now.isoformat(timespec='milliseconds')} {name:<9} | {text[:LINE_CHARACTERS_MAX]}"


class _Handler(logging.handlers.RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        # A full disk must not end the supervisor: the processes report it through their own errors.
        del record


class ProcessLog:
    """The log of one process: a rotating file, the last lines in memory, and the terminal if wanted."""

    def __init__(self, folder: Path, name: str, *, verbose: bool) -> None:
        self._name = name
        self._verbose = verbose
        self._last: deque[str] = deque(maxlen=LINES_REMEMBERED)
        self.path = folder / f"{name}.log"
        self._handler = _Handler(
            self.path, maxBytes=FILE_BYTES_MAX, backupCount=FILES_KEPT, encoding="utf-8", errors="replace"
        )

    def write(self, text: str) -> None:
        """Keep one line that the process wrote."""
        self._last.append(text)
        line = format_line(datetime.now(tz=UTC).astimezone(), self._name, text)
        self._handler.emit(logging.LogRecord(self._name, logging.INFO, "", 0, line, None, None))
        if self._verbose:
            print(line, file=sys.stderr, flush=True)

    def last_lines(self, count: int) -> list[str]:
        """Return the newest lines, for an error message."""
        return list(self._last)[-count:]

    def close(self) -> None:
        """Close the file."""
        self._handler.close()
