"""What can be read in a model's card? Figures for a page, as far as they are there; pure.

A card is data of the learning part; one of another version may lack anything, and the page then says less.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from firewarden.api.risk_models import GuardRow
from firewarden.dashboards.console.formats import NOTHING
from firewarden.dashboards.console.i18n import Texts

Json = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The figures of one stretch of time, as texts."""

    name: str
    n: str
    positives: str
    base_rate: str
    auc: str
    ap: str
    ece: str
    ratio: str
    reason: str


def table(value: object) -> Json:
    """`value` where it is an object, else one without anything."""
    return cast("Json", value) if isinstance(value, dict) else {}


def rows(value: object) -> Sequence[Json]:
    """The objects of a list."""
    return [table(each) for each in cast("list[object]", value)] if isinstance(value, list) else []


def number(value: object) -> float | None:
    """`value` where it is a number."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def shown(value: object, form: str = ".3f") -> str:
    """A number as a page shows it."""
    known = number(value)
    return NOTHING if known is None else format(known, form)


def estimate(value: object, form: str = ".3f") -> str:
    """A figure with its interval; a dash where it could not be told."""
    found = table(value)
    if number(found.get("value")) is None:
        return NOTHING
    between = f" ({shown(found.get('low'), form)}–{shown(found.get('high'), form)})" if "low" in found else ""
    return f"{shown(found.get('value'), form)}{between}"


def told(name: str, value: object) -> Told:
    """The figures of a quarter, or of all together."""
    found = table(value)
    return Told(
        name=name,
        n=shown(found.get("n"), ",.0f"),
        positives=shown(found.get("positives"), ",.0f"),
        base_rate=shown(found.get("base_rate"), ".2%"),
        auc=estimate(found.get("auc")),
        ap=estimate(found.get("ap")),
        ece=shown(found.get("ece"), ".4f"),
        ratio=shown(found.get("predicted_over_observed"), ".2f"),
        reason=str(found.get("reason") or ""),
    )


def quarters(card: Json) -> tuple[Told, ...]:
    """The figures of every quarter that judged the model, the newest first."""
    found = [told(str(each.get("quarter", "")), each.get("figures")) for each in rows(card.get("quarters"))]
    return tuple(reversed(found))


def calibration(card: Json) -> tuple[tuple[float, float], ...]:
    """Predicted and observed shares of equal parts of the venues."""
    bins = rows(table(card.get("pooled")).get("bins"))
    pairs = [(number(each.get("predicted")), number(each.get("observed"))) for each in bins]
    return tuple((a, b) for a, b in pairs if a is not None and b is not None)


def gain(card: Json) -> tuple[tuple[float, float], ...]:
    """What share of all that happened the first share of the ranking holds."""
    pairs = [(number(each.get("share")), number(each.get("recall"))) for each in rows(card.get("gain"))]
    found = [(a, b) for a, b in pairs if a is not None and b is not None]
    return ((0.0, 0.0), *found) if found else ()


def useless(guards: Sequence[GuardRow]) -> tuple[GuardRow, ...]:
    """The guards that have found the ranking no better than chance."""
    return tuple(guard for guard in guards if guard.fired and guard.name.startswith("lift."))


def worth_showing(guards: Sequence[GuardRow]) -> tuple[GuardRow, ...]:
    """All, but of the drifts of the features, of which there are many, only those that fired and the largest."""
    drifts = [guard for guard in guards if guard.name.startswith("psi.")]
    largest = max(drifts, key=lambda guard: guard.value if guard.value is not None else -1.0, default=None)
    shown = [guard for guard in guards if guard not in drifts or guard.fired or guard is largest]
    return tuple(sorted(shown, key=lambda guard: (not guard.fired, guard.name)))


def guard_name(name: str, texts: Texts) -> str:
    """What a guard is called; of some there is one for each feature, outcome or use."""
    kind, _, of = name.partition(".")
    if not of:
        return texts.name("guard", kind)
    groups = {"lift": "outcome", "false_positives": "use"}
    return f"{texts.name('guard', kind)} · {texts.name(groups.get(kind, 'feature'), of)}"


HELPED_COLUMNS = ("group", "outcome", "verdict", "top", "everybody", "by_chance", "lift")
GROUPS_SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpedLine:
    """One cut through the draws and one kind of outcome, as texts; `useless`: no better than chance."""

    cells: tuple[str, ...]
    useless: bool


def helped_lines(report: Json, texts: Texts) -> tuple[HelpedLine, ...]:
    """The proof that following the ranking helps; nothing where nobody has drawn yet."""
    if not number(report.get("rounds")):
        return ()
    return tuple(
        _helped_line(group, outcome, texts)
        for group in rows(report.get("groups"))[:GROUPS_SHOWN]
        for outcome in ("fire", "violation")
    )


def _helped_line(group: Json, outcome: str, texts: Texts) -> HelpedLine:
    found = table(group.get(outcome))
    quarter, stratum = group.get("quarter"), group.get("stratum")
    name = str(quarter) if quarter else texts.name("use", str(stratum)) if stratum else texts("model.pooled")
    verdict = str(found.get("verdict", ""))
    shares = [_share(found.get(each)) for each in ("top", "everybody", "by_chance")]
    cells = (name, texts.name("outcome", outcome), texts.name("helped_verdict", verdict), *shares)
    return HelpedLine(cells=(*cells, estimate(found.get("lift"), ".2f")), useless=verdict == "no_better_than_chance")


def _share(value: object) -> str:
    found = table(value)
    of = f" · {shown(found.get('positives'), '.0f')}/{shown(found.get('n'), '.0f')}"
    return estimate(value, ".1%") + (of if number(found.get("n")) else "")
