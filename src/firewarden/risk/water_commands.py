"""Which commands tell how well the water detectors work?"""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

water = typer.Typer(help="How well are faults of the water supply found?", no_args_is_help=True)


class Format(StrEnum):
    """Which public data set."""

    BATADAL = "batadal"
    SKAB = "skab"


def register(risk: typer.Typer) -> None:
    """Add `water` to the commands of risk."""
    risk.add_typer(water, name="water")


@water.callback()
def about() -> None:
    """Keep `evaluate` a word of its own."""


@water.command()
def evaluate(
    *,
    data_format: Annotated[Format, typer.Option("--format", help="batadal: train, tune, test; skab: data.")],
    report: Annotated[Path, typer.Option("--json", help="Where the report goes.", dir_okay=False, writable=True)],
    train: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="BATADAL dataset 03: without attacks.")
    ] = None,
    tune: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="BATADAL dataset 04: with known attacks.")
    ] = None,
    test: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="BATADAL test dataset, with or without labels.")
    ] = None,
    data: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="SKAB, all files in one.")] = None,
) -> None:
    """Measure the water detectors on public data; the report says how every figure was made. No database is used."""
    # scikit-learn must not load when the command line starts
    from firewarden.risk.studies import water_batadal, water_skab  # noqa: PLC0415
    from firewarden.risk.studies.water_files import WaterFileError, batadal, skab  # noqa: PLC0415
    from firewarden.risk.studies.water_network import learn  # noqa: PLC0415

    try:
        if data_format is Format.SKAB:
            result = water_skab.study(skab(_needed(data, "--data")))
        else:
            clean, known = batadal(_needed(train, "--train")), batadal(_needed(tune, "--tune"))
            unknown = None if test is None else batadal(test)
            typer.echo("learning the laws of the network: some minutes", err=True)
            result = water_batadal.study(learn(clean), known, unknown)
    except (WaterFileError, ValueError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    report.write_bytes(msgspec.json.format(msgspec.json.encode(result), indent=2) + b"\n")
    typer.echo("\n".join(summary(result)))


def _needed(path: Path | None, name: str) -> Path:
    if path is None:
        raise typer.BadParameter(f"{name} is needed for this format")
    return path


def summary(result: dict[str, Any]) -> list[str]:
    """The report in a few lines for a terminal."""
    if result["format"] == Format.SKAB:
        parts = {"leave one file out": result["leave_one_file_out"], "one setting": result["with_that_setting"]}
        return [
            f"{name}: F1 {p['f1']:.3f}  FAR {p['far']:.3f}  MAR {p['mar']:.3f}  "
            f"seen {p['seen']} of {p['anomalies']}, after {p['delay_median_s']} s (median)"
            for name, p in parts.items()
        ]
    lines = [f"clean record, held out: {result['fpr_train_held_out']:.3f} of hours with an alarm"]
    lines.append(_line("tuning record", result["tune"]["score"]))
    lines.append(_line("each attack left out", result["tune_leave_one_attack_out"]))
    if "test" in result:
        test = result["test"]
        unknown = f"test: {test['alarm_hours']} of {test['hours']} hours with an alarm; no labels, no score"
        lines.append(unknown if test["score"] is None else _line("test", test["score"]))
    return lines


def _line(name: str, score: dict[str, Any]) -> str:
    seen = sum(event["seen_after"] is not None for event in score["events"])
    return (
        f"{name}: S {score['s']:.3f} (S_TTD {score['s_ttd']:.3f}, S_CLF {score['s_clf']:.3f})  TPR {score['tpr']:.3f}  "
        f"FPR {score['fpr']:.3f}  seen {seen} of {len(score['events'])}  n {score['n']}, attacked {score['positives']}"
    )
