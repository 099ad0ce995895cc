"""Which commands measure our methods on public or generated data? One command for each figure."""

import json
from pathlib import Path
from typing import Annotated

import msgspec
import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Source = Annotated[Path, typer.Option("--source", help="The folder of the data files.", exists=True, file_okay=False)]


def register(study: typer.Typer) -> None:
    """Add them to `firewarden risk study`, which has those on a city's own files too."""
    study.command("draw")(draw)
    study.command("feedback")(feedback)
    study.command("chicago")(chicago)


def draw(
    *,
    venues: Annotated[int, typer.Option("--venues", min=1)] = 3_000,
    size: Annotated[int, typer.Option("--size", min=1)] = 60,
    repeats: Annotated[int, typer.Option("--repeats", min=1)] = 20_000,
    as_json: Json = False,
) -> None:
    """Whether the draw gives each venue its own probability and comes out the same again."""
    from firewarden.risk.studies import draws  # noqa: PLC0415

    _print(draws.study(venues=venues, size=size, repeats=repeats), as_json=as_json)


def feedback(*, source: Source, as_json: Json = False) -> None:
    """What exploration costs and what it saves, when labels are seen only where somebody looked."""
    from firewarden.risk.studies import feedback as study  # noqa: PLC0415

    _print(study.study(source), as_json=as_json)


def chicago(*, source: Source, as_json: Json = False) -> None:
    """How much of a published gain is the venue's, and how much the inspector's."""
    from firewarden.risk.studies import chicago as study  # noqa: PLC0415

    _print(study.study(source), as_json=as_json)


def convert_chicago(source: Source, out: Annotated[Path, typer.Option("--out")]) -> None:
    """Chicago: inspections of licences, and those that found a critical violation (use --timezone America/Chicago)."""
    from firewarden.risk.studies.chicago_data import convert  # noqa: PLC0415

    done = convert(source, out)
    typer.echo(f"{done.venues} venues and {done.events} events in {out}")


def _print(result: object, *, as_json: bool) -> None:
    told = msgspec.to_builtins(result)
    typer.echo(json.dumps(told) if as_json else json.dumps(told, indent=2))
