"""How does a card read? As Markdown, for people."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def markdown(version: str, card: Mapping[str, Any]) -> str:
    """The card of a model as Markdown."""
    return "\n".join(_lines(version, card))


def _lines(version: str, card: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"# {version}", "", card["how"], "")
    if "data_version" not in card:
        yield from _features(card["features"])
        yield from _limits(card["limits"])
        return
    yield f"- made at {card['made_at']} from {card['venues']} venues and {card['positives']} fires"
    yield f"- data {card['data_version']}"
    yield f"- compared with {card['incumbent']}"
    check = card["check_of_the_future"]
    outcome = "features stayed the same" if check["passed"] else "FEATURES CHANGED"
    yield f"- what happened later was permuted at {check['venues']} venues: {outcome}"
    yield from ("", "## Quarters that it had not seen", "")
    yield from _figures(card)
    yield from ("", "## Gain", "", "| first of the ranking | fires found |", "| --- | --- |")
    yield from (f"| {row['share']:.0%} | {row['recall']:.1%} |" for row in card["gain"])
    if not card["gain"]:
        yield "Too few fires to tell."
    yield from ("", "## Calibration", "", "| predicted | observed | venues |", "| --- | --- | --- |")
    for row in (card["pooled"] or {}).get("bins", ()):
        yield f"| {row['predicted']:.5f} | {row['observed']:.5f} | {row['venues']} |"
    yield ""
    yield from _features(card["features"])
    yield from _limits(card["limits"])


def _figures(card: Mapping[str, Any]) -> Iterator[str]:
    yield "| quarter | n | fires | base rate | AUC | AP | incumbent's AP | AP better by | p | P@5 % better by | p |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for quarter in card["quarters"]:
        told = quarter["figures"]
        cells = [quarter["quarter"], told["n"], told["positives"], f"{told['base_rate']:.5f}"]
        cells += [_interval(told["auc"]), _interval(told["ap"]), _interval(quarter["incumbent"]["ap"])]
        against = quarter["against_incumbent"]
        for name in ("ap", "precision_at_5"):
            cells += (
                ["-", "-"] if against is None else [_interval(against[name], "better_by"), f"{against[name]['p']:.3f}"]
            )
        yield f"| {' | '.join(str(cell) for cell in cells)} |"
    for title, told in (("All of them", card["pooled"]), ("Venues that it never saw", card["strangers"])):
        if told is not None:
            yield ""
            auc, ap = _interval(told["auc"]), _interval(told["ap"])
            yield f"{title}: n {told['n']}, fires {told['positives']}, AUC {auc}, AP {ap}"
            if told["reason"]:
                yield f"({told['reason']})"


def _interval(told: Mapping[str, Any] | None, name: str = "value") -> str:
    return "-" if told is None else f"{told[name]:.4f} ({told['low']:.4f} to {told['high']:.4f})"


def _features(features: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    yield from ("## Features", "", "| feature | prior | learnt | source |", "| --- | --- | --- | --- |")
    for row in features:
        if "steps" in row:
            learnt = f"{row['least']:.3f} to {row['most']:.3f} in {row['steps']} steps"
        else:
            learnt = f"{row['weight']:.3f}" + (f" ± {row['sd']:.3f}" if "sd" in row else "")
        yield f"| {row['name']} | {row['prior']:g} | {learnt} | {row['source']} |"


def _limits(limits: Sequence[str]) -> Iterator[str]:
    yield from ("", "## Limits", "")
    yield from (f"- {limit}" for limit in limits)
