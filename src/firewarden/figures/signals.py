"""What does a process of any room tell about itself? Facts only; who makes figures of them is another matter."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """A connection to the database was made, after so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Another process of the kind works and this one waits (`by`), or it works itself."""

    by: bool


Signal = Connected | Standing
Tell = Callable[[Signal], None]


Told = TypeVar("Told")


def all_of(*tells: Callable[[Told], None]) -> Callable[[Told], None]:
    """Whoever is told tells each of them."""

    def tell(signal: Told) -> None:
        for each in tells:
            each(signal)

    return tell


def nobody(_: object) -> None:
    """Hear everything and do nothing with it."""
