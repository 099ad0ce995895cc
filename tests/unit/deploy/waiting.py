"""Waiting for something to become true, without guessing how long it takes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

DEADLINE_S = 30.0


async def until(condition: Callable[[], bool], what: str) -> None:
    """Return once the condition holds; fail with what was waited for if it never does."""
    deadline_s = time.monotonic() + DEADLINE_S
    while not condition():
        if time.monotonic() > deadline_s:
            raise AssertionError(f"waited {DEADLINE_S:g} s in vain until {what}")
        await asyncio.sleep(0.01)
