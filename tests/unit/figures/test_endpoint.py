"""Does a process know that it stands still, or that it no longer reaches the database?"""

import time

from firewarden.figures.basics import Basics
from firewarden.figures.endpoint import STILL_MAX_S, Health


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now_s = time.monotonic()

    def __call__(self) -> float:
        """The moment."""
        return self.now_s


def test_an_event_loop_that_stands_still_is_not_alive() -> None:
    """Whoever supervises it may end it: it will not come back by itself."""
    basics, clock = Basics("ingest", "1"), Clock()
    health = Health(basics, every_s=5.0, steady=clock)
    basics.turned(0.0)
    assert health.alive() == {}
    clock.now_s += STILL_MAX_S + 5
    assert list(health.alive()) == ["loop"]
    assert "loop" in health.ready()


def test_a_database_that_was_lost_is_told() -> None:
    """Three reports that did not arrive are one too many."""
    basics, clock = Basics("ingest", "1"), Clock()
    health = Health(basics, every_s=5.0, steady=clock)
    basics.reported()
    assert health.ready() == {}
    clock.now_s += 16
    assert health.ready()["database"].startswith("not reached for ")
