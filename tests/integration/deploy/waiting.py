"""Waiting, in tests without an event loop, for something to become true."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

DEADLINE_S = 60.0
T = TypeVar("T")


def eventually(ask: Callable[[], T | None], what: str) -> T:
    """Return the first answer that is not None; fail with what was waited for if none comes."""
    deadline_s = time.monotonic() + DEADLINE_S
    pause = threading.Event()
    while (answer := ask()) is None:
        if time.monotonic() > deadline_s:
            raise AssertionError(f"waited {DEADLINE_S:g} s in vain until {what}")
        pause.wait(0.02)
    return answer
