"""How is a batch stored although one of its messages cannot be? Halved until the refused message stands alone."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from firewarden.ingest.batch import Received

T = TypeVar("T")


async def store_halving(
    batch: list[Received],
    *,
    write: Callable[[list[Received]], Awaitable[T]],
    refuse: Callable[[Received, str], Awaitable[T]],
    poison: tuple[type[Exception], ...],
) -> list[T]:
    """Store `batch` in as few transactions as it takes, in order.

    `write` is one transaction, and raises one of `poison` where the content of a message was refused; `refuse` puts
    that message aside. What else they raise goes through: then earlier parts are stored, and this one is not.
    """
    try:
        return [await write(batch)]
    except poison as error:
        if len(batch) == 1:
            return [await refuse(batch[0], str(error))]
    middle = len(batch) // 2
    parts: list[T] = []
    for part in (batch[:middle], batch[middle:]):
        parts += await store_halving(part, write=write, refuse=refuse, poison=poison)
    return parts
