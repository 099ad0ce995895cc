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
    troubles: tuple[type[Exception], ...],
    blames_message: Callable[[Exception], bool],
) -> list[T]:
    """Store `batch` in as few transactions as it takes, in order.

    `write` is one transaction, and raises one of `troubles`. Where `blames_message` says that the content of a message
    was refused, the batch is halved, and `refuse` stores of a message that stands alone what can be stored. What else
    they raise goes through: then earlier parts are stored, and this one is not.
    """
    try:
        return [await write(batch)]
    except troubles as error:
        if not blames_message(error):
            raise
        if len(batch) == 1:
            return [await refuse(batch[0], str(error))]
    middle = len(batch) // 2
    parts: list[T] = []
    for part in (batch[:middle], batch[middle:]):
        parts += await store_halving(part, write=write, refuse=refuse, troubles=troubles, blames_message=blames_message)
    return parts
