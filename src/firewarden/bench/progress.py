"""What the person who typed the command sees while a bench runs."""

import contextlib
from collections.abc import Callable, Generator

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

OnDone = Callable[[int], None]


class Bars:
    """One bar for each part of each round."""

    def __init__(self, console: Console, *, before: Callable[[], None] = lambda: None) -> None:
        """`before` is called when the bars appear: a terminal shows one moving thing at a time."""
        self._before = before
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=console,
        )

    @contextlib.contextmanager
    def bar(self, name: str, total: int) -> Generator[OnDone]:
        """Show a bar; the function that it yields is told how much is done in all."""
        task = self._progress.add_task(name, total=total)
        try:
            yield lambda done: self._progress.update(task, completed=min(done, total))
        finally:
            self._progress.stop_task(task)

    def __enter__(self) -> "Bars":
        self._before()
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()
