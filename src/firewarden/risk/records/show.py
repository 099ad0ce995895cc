"""How is a report shown to people? One table a cutoff, one for the mean, notes below."""

from typing import Any

from rich.console import Console
from rich.table import Table

_SHARES = ("1%", "5%", "10%", "20%")


def tables(report: dict[str, Any], console: Console | None = None) -> None:
    """Print the whole report."""
    out = console or Console()
    data = report["data"]
    out.print(f"{data['venues']} venues, {data['events']} events from {data['first_event']} to {data['last_event']}")
    for notice in data["notices"]:
        out.print(f"  {notice}", highlight=False, markup=False)
    for cutoff in report["cutoffs"]:
        out.print(_of_cutoff(cutoff, report))
        for note in cutoff["notes"]:
            out.print(f"  {note}", highlight=False, markup=False)
        for name, model in (cutoff["unseen_venues"] or {}).items():
            out.print(f"  venues never learnt from, {name}: n {model['n']}, AUC {_interval(model['auc'])}")
    if len(report["cutoffs"]) > 1:
        out.print(_mean(report))


def _of_cutoff(cutoff: dict[str, Any], report: dict[str, Any]) -> Table:
    outside = cutoff["share_of_events_outside_population"]
    title = (
        f"{'+'.join(report['label'])} within {report['horizon_days']} days of {cutoff['cutoff']}: n {cutoff['n']},"
        f" positives {cutoff['positives']}, base rate {_number(cutoff['base_rate'], 4)};"
        f" {_number(outside, 2)} of the events elsewhere"
    )
    table = _table(title)
    for name, model in cutoff["models"].items():
        at = {f"{entry['share']:.0%}": entry for entry in model["at"]}
        cells = [
            _number(at.get(share, {}).get("precision", {}).get("value"), 3)
            + " / "
            + _number(at.get(share, {}).get("recall"), 2)
            + " / "
            + _number(at.get(share, {}).get("lift"), 1)
            for share in _SHARES
        ]
        table.add_row(name, _interval(model["auc"]), _interval(model["ap"]), *cells, _number(model["ece"], 5))
    return table


def _mean(report: dict[str, Any]) -> Table:
    table = _table(f"mean of {len(report['cutoffs'])} cutoffs")
    for name, model in report["mean"].items():
        cells = [
            " / ".join(
                _number(model.get(f"{what}@{share}"), digits)
                for what, digits in (("precision", 3), ("recall", 2), ("lift", 1))
            )
            for share in _SHARES
        ]
        table.add_row(
            name, _number(model.get("auc"), 3), _number(model.get("ap"), 3), *cells, _number(model.get("ece"), 5)
        )
    return table


def _table(title: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="")
    for heading in ("model", "AUC", "AP", *(f"P / R / lift at {share}" for share in _SHARES), "ECE"):
        table.add_column(heading)
    return table


def _interval(estimate: dict[str, float] | None) -> str:
    return "–" if estimate is None else f"{estimate['value']:.3f} [{estimate['low']:.3f}–{estimate['high']:.3f}]"


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
