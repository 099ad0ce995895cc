"""Run schedules from the command line: `python -m tests.simulation --schedules 3000`."""

import secrets
import time
from collections import Counter
from typing import Annotated

import typer

from tests.simulation.bugs import Bug
from tests.simulation.checker import Violation
from tests.simulation.schedule import simulate

COUNTED = ("messages", "stored", "duplicates", "given_up", "acknowledgements")


def main(
    schedules: Annotated[int, typer.Option(min=1, help="how many to run")] = 1_000,
    seed: Annotated[
        int | None, typer.Option(min=0, help="the first one's; the others follow it [default: random]")
    ] = None,
    bug: Annotated[Bug | None, typer.Option(help="plant a mistake, to see it found")] = None,
) -> None:
    """Simulate ingest under faults; exit with 1 and the seed where a promise is broken."""
    first = secrets.randbelow(2**32) if seed is None else seed
    typer.echo(f"seeds {first} to {first + schedules - 1}")
    begun_s, totals = time.monotonic(), Counter[str]()
    for number in range(first, first + schedules):
        try:
            result = simulate(number, bug)
        except Violation as violation:
            typer.echo(f"seed {number}: {violation}")
            raise typer.Exit(1) from violation
        totals.update({name: getattr(result, name) for name in COUNTED})
    typer.echo(", ".join(f"{name} {totals[name]}" for name in COUNTED))
    took_s = time.monotonic() - begun_s
    typer.echo(f"{schedules} schedules in {took_s:.1f} s, {schedules / took_s * 60:.0f} a minute", err=True)


if __name__ == "__main__":
    typer.run(main)
