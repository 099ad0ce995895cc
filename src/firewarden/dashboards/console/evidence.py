"""Why does a factor have its points? The numbers of its evidence, put into a sentence of the reader's language.

Which number is worth words, and which words, stands in the catalogues: `evidence.CODE.NUMBER`, else
`evidence.NUMBER`. A number without words says nothing by itself: it stands in the words of another one. So a newer
model whose numbers this version does not know still has its points, and the words of all numbers that are known.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from firewarden.dashboards.console.formats import NOTHING, brief, grouped, moment, percent
from firewarden.dashboards.console.i18n import CATALOGUES, DEFAULT, Texts

_EVEN_ZERO = frozenset({"count", "miss_share", "fires_per_year", "recent_missed"})
"""Numbers of which none is a reason too."""

_WORTH_SAYING = 0.05
"""A smaller share of the last weeks says nothing that `since` does not."""

_ORDER = {key: place for place, key in enumerate(CATALOGUES[DEFAULT].by_key)}


def sentence(code: str, evidence: Mapping[str, object], texts: Texts) -> str:
    """The evidence of one factor, trigger, doubt, rule or repair; empty where there is nothing to say."""
    values = {name: _written(name, value, texts) for name, value in evidence.items()}
    keys = [_key(code, name, texts) for name, value in evidence.items() if _counts(name, value)]
    parts: list[str] = []
    # A database keeps the numbers of an object in an order of its own; words come in that of the catalogue.
    for key in sorted((key for key in keys if key), key=_place):
        try:
            parts.append(texts.by_key[key].format_map(values))
        except (KeyError, ValueError, IndexError):
            continue  # another model, whose numbers are not those that the words speak of
    return texts("list.separator").join(parts)


def _key(code: str, name: str, texts: Texts) -> str | None:
    return next((key for key in (f"evidence.{code}.{name}", f"evidence.{name}") if key in texts.by_key), None)


def _place(key: str) -> int:
    return _ORDER.get(key, len(_ORDER))


def _counts(name: str, value: object) -> bool:
    if value is None or value is False or value == "":
        return False
    if name == "remembered":
        return isinstance(value, float) and value >= _WORTH_SAYING
    return value != 0 or name in _EVEN_ZERO


def _written(name: str, value: object, texts: Texts) -> str:
    if value is None:
        return NOTHING
    try:
        return _HOW[name](value, texts) if name in _HOW else _plain(value)
    except (ValueError, TypeError, OverflowError):
        return str(value)


def _plain(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _moment(value: object, _: Texts) -> str:
    return moment(datetime.fromisoformat(str(value)))


def _percent(value: object, _: Texts) -> str:
    return percent(float(str(value)))


def _grouped(value: object, _: Texts) -> str:
    return grouped(float(str(value)))


def _brief(value: object, texts: Texts) -> str:
    return brief(float(str(value)), texts.under("unit"))


def _named(group: str) -> Callable[[object, Texts], str]:
    return lambda value, texts: texts.name(group, str(value))


_HOW: Mapping[str, Callable[[object, Texts], str]] = {
    **dict.fromkeys(("since", "due", "violation", "order", "grade_since", "oldest_since"), _moment),
    **dict.fromkeys(("share", "remembered", "miss_share", "pump", "valve", "panel", "power", "detectors"), _percent),
    **dict.fromkeys(("area_m2", "typical_m2"), _grouped),
    **dict.fromkeys(("seconds", "typical_s"), _brief),
    "use": _named("use"),
    "quantity": _named("quantity"),
    "what": _named("water_kind"),
    "group": _named("equipment"),
    "trouble": _named("condition"),
    "step": _named("follow_up"),
}
