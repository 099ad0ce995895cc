"""Which commands work on a city's own files? Evaluate models on them, and convert public data sets into the format."""

# ruff: noqa: PLC0415 - scikit-learn and pyarrow are heavy: only the command that needs them loads them

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

if TYPE_CHECKING:
    from firewarden.risk.records.city import City

Venues = Annotated[Path, typer.Option("--venues", help="The venue file: CSV, CSV.gz or Parquet.")]
Events = Annotated[Path, typer.Option("--events", help="The event file: CSV, CSV.gz or Parquet.")]
Zone = Annotated[str, typer.Option("--timezone", help="Of times without a zone.")]

convert = typer.Typer(help="Write a public data set in the format of records (docs/risk/records.md).")
study = typer.Typer(help="What do our methods reach on public and on generated data?", no_args_is_help=True)


def register(risk: typer.Typer) -> None:
    """Add the commands to `firewarden risk`."""
    risk.command()(evaluate)
    risk.add_typer(convert, name="convert")
    risk.add_typer(study, name="study")


def evaluate(
    *,
    venues: Annotated[Path | None, typer.Option("--venues", help="The venue file: CSV, CSV.gz or Parquet.")] = None,
    events: Annotated[Path | None, typer.Option("--events", help="The event file: CSV, CSV.gz or Parquet.")] = None,
    cutoff: Annotated[
        list[str] | None, typer.Option("--cutoff", help="Known until then, judged after it. May be repeated.")
    ] = None,
    horizon_days: Annotated[int | None, typer.Option("--horizon-days", min=1, max=3660, help="How far ahead.")] = None,
    label: Annotated[str, typer.Option("--label", help="Kinds of events to foresee, joined by commas.")] = "fire",
    report: Annotated[
        Path | None, typer.Option("--json", dir_okay=False, writable=True, help="Where the report goes as JSON.")
    ] = None,
    timezone: Zone = "Asia/Shanghai",
    held_out: Annotated[
        bool, typer.Option("--held-out", help="Also rank a fifth of the venues, never learnt from.")
    ] = False,
    split: Annotated[str, typer.Option("--split", help="rolling; a random split is refused.")] = "rolling",
    city_of: Annotated[
        str | None, typer.Option("--city", metavar="sim", help="A simulated city, of which the truth is known.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Of the simulated city.")] = 1,
    size: Annotated[int, typer.Option("--size", min=50, max=9_999, help="Venues of the simulated city.")] = 1_222,
    days: Annotated[float, typer.Option("--days", min=62, max=3_660, help="How long it is simulated.")] = 365,
) -> None:
    """Learn what was known before each cutoff, foresee the horizon after it, and say how good that was.

    With `--city sim` the year is simulated, and the score is compared with what is true.
    """
    if city_of is not None:
        _simulated(city_of, seed=seed, size=size, days=days, report=report)
        return
    if venues is None or events is None or not cutoff or horizon_days is None:
        raise typer.BadParameter("--venues, --events, --cutoff and --horizon-days are needed, or --city sim")
    from firewarden.risk.records.city import RecordsError
    from firewarden.risk.records.run import evaluated
    from firewarden.risk.records.show import tables

    try:
        if split != "rolling":
            _refuse(split)
        zone = _zone(timezone)
        city = _city(venues, events, zone)
        found = evaluated(city, _cutoffs(cutoff, zone), horizon_days, _label(label), timezone, held_out=held_out)
    except (RecordsError, ValueError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    if report is not None:
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text(json.dumps(found, indent=1, allow_nan=False, ensure_ascii=False) + "\n", encoding="utf-8")
    tables(found)


def _simulated(city: str, *, seed: int, size: int, days: float, report: Path | None) -> None:
    """The study of docs/risk/simulated.md."""
    from firewarden.risk.studies.sim_city import lines
    from firewarden.risk.studies.sim_files import SimulatorError
    from firewarden.risk.studies.sim_run import study as sim_study

    if city != "sim":
        raise typer.BadParameter("the only city of which the truth is known is sim", param_hint="--city")
    try:
        found = sim_study(seed=seed, venues=size, days=days)
    except (SimulatorError, ValueError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    if report is not None:
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text(json.dumps(found, indent=1, allow_nan=False) + "\n")
    typer.echo("\n".join(lines(found)))


@convert.command("sf")
def convert_sf(source: Annotated[Path, typer.Option("--source")], out: Annotated[Path, typer.Option("--out")]) -> None:
    """San Francisco: fires by address and date, and permit addresses (use --timezone America/Los_Angeles)."""
    from firewarden.risk.records import sf

    _converted(sf.convert, source, out)


@convert.command("montco")
def convert_montco(
    source: Annotated[Path, typer.Option("--source")], out: Annotated[Path, typer.Option("--out")]
) -> None:
    """Montgomery County: 911 calls by place, time and title (use --timezone America/New_York)."""
    from firewarden.risk.records import montco

    _converted(montco.convert, source, out)


@study.command("cold-start")
def study_cold_start(
    *,
    venues: Venues,
    events: Events,
    train: Annotated[str, typer.Option("--train", help="The horizon after it is learnt from.")],
    test: Annotated[str, typer.Option("--test", help="The horizon after it is judged.")],
    horizon_days: Annotated[int, typer.Option("--horizon-days", min=1)] = 365,
    sizes: Annotated[str, typer.Option("--sizes", help="How many venues are learnt from.")] = "300,1000,3000,10000",
    repeats: Annotated[int, typer.Option("--repeats", min=2)] = 12,
    timezone: Zone = "Asia/Shanghai",
    report: Annotated[Path | None, typer.Option("--json")] = None,
) -> None:
    """How good is the expert's prior, and the update of it by the records of a few venues?"""
    from firewarden.risk.records.city import RecordsError
    from firewarden.risk.records.studies import cold_start

    try:
        zone = _zone(timezone)
        moments = _cutoffs([train, test], zone)
        wanted = [int(size) for size in sizes.split(",")]
        found = cold_start(
            _city(venues, events, zone), moments[0], moments[1], horizon_days, sizes=wanted, repeats=repeats
        )
    except (RecordsError, ValueError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    _told(found, report)


@study.command("alarms")
def study_alarms(
    *,
    venues: Venues,
    events: Events,
    cutoff: Annotated[str, typer.Option("--cutoff")],
    horizon_days: Annotated[int, typer.Option("--horizon-days", min=1)],
    timezone: Zone = "Asia/Shanghai",
    report: Annotated[Path | None, typer.Option("--json")] = None,
) -> None:
    """What does the history of alarms add to what activity alone says?"""
    from firewarden.risk.records.city import RecordsError
    from firewarden.risk.records.studies import alarms

    try:
        zone = _zone(timezone)
        found = alarms(_city(venues, events, zone), _cutoffs([cutoff], zone)[0], horizon_days)
    except (RecordsError, ValueError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    _told(found, report)


def _told(found: dict[str, object], report: Path | None) -> None:
    text = json.dumps(found, indent=1, allow_nan=False)
    if report is not None:
        report.write_text(text + "\n")
    typer.echo(text)


def _converted(run: Any, source: Path, out: Path) -> None:
    from firewarden.risk.records.city import RecordsError

    try:
        done = run(source, out)
    except RecordsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
    typer.echo(f"{done.venues} venues and {done.events} events in {out}")
    for what, count in done.left.items():
        typer.echo(f"  {count} {what}")


def _city(venues: Path, events: Path, zone: ZoneInfo) -> "City":
    from firewarden.risk.records.reading import read_city

    return read_city(venues, events, zone)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"--timezone {name}: there is no such zone") from error


def _cutoffs(texts: list[str], zone: ZoneInfo) -> list[int]:
    from firewarden.risk.records.times import moment

    return [moment(text, zone) for text in texts]


def _label(text: str) -> list[str]:
    from firewarden.risk.records.city import KINDS

    kinds = [kind.strip().lower() for kind in text.split(",") if kind.strip()]
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown or not kinds:
        raise ValueError(f"--label {text}: kinds are {', '.join(KINDS)}")
    return list(dict.fromkeys(kinds))


def _refuse(split: str) -> None:
    from firewarden.risk.learn.splits import refuse_random

    if split == "random":
        refuse_random()
    raise ValueError(f"--split {split}: rolling is the only one")
