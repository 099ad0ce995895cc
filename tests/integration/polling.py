"""Waiting for what must come, with a deadline instead of a guess."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

DEADLINE_S = 30.0
PAUSE_S = 0.02


async def until(look: Callable[[], T], what: str, *, deadline_s: float = DEADLINE_S) -> T:
    """The first true value that `look` returns. Raises AssertionError, naming `what`, at the deadline."""
    value = look()
    try:
        async with asyncio.timeout(deadline_s):
            while not value:
                await asyncio.sleep(PAUSE_S)
                value = look()
    except TimeoutError:
        raise AssertionError(f"{what} did not come within {deadline_s} s; last seen: {value!r}") from None
    return value
