"""What does `risk evaluate` report? Data, versions, and the figures of every model, by cutoff and in the mean."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import version
from math import fsum
from platform import python_version

import numpy as np

from firewarden import __version__
from firewarden.risk.learn.metrics import Figures, figures
from firewarden.risk.records.city import KINDS, VERSION, City
from firewarden.risk.records.columns import Columns
from firewarden.risk.records.features import Floats
from firewarden.risk.records.learning import DAY_S, MODELS, Outcome

REPORT_VERSION = 1
_PACKAGES = ("numpy", "scipy", "scikit-learn", "pyarrow")
Json = dict[str, object]


def report(city: City, columns: Columns, horizon_days: int, zone: str, cutoffs: Sequence[Json]) -> Json:
    """The whole report."""
    return {
        "report": {"name": "firewarden risk evaluate", "version": REPORT_VERSION},
        "versions": _versions(),
        "data": _data(city),
        "label": list(columns.label),
        "horizon_days": horizon_days,
        "timezone": zone,
        "features": [feature.name for feature in columns.features()],
        "cutoffs": list(cutoffs),
        "mean": mean(cutoffs),
    }


def _versions() -> Json:
    return {"firewarden": __version__, "python": python_version(), **{name: version(name) for name in _PACKAGES}}


def _data(city: City) -> Json:
    times, kinds = city.events.time, np.bincount(city.events.kind, minlength=len(KINDS))
    return {
        "format_version": VERSION,
        "sha256": dict(city.digests),
        "venues": len(city.venues),
        "events": len(times),
        "events_by_kind": {kind: int(count) for kind, count in zip(KINDS, kinds, strict=True) if count},
        "first_event": moment(int(times[0])) if len(times) else None,
        "last_event": moment(int(times[-1])) if len(times) else None,
        "repeats_dropped": city.repeats,
        "events_at_unknown_venues": len(city.strangers.time),
        "notices": list(city.notices),
    }


def moment(seconds: int) -> str:
    """A time as ISO text in UTC."""
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def at_cutoff(
    city: City, outcome: Outcome, horizon_days: int, held: tuple[Floats, Mapping[str, Floats]] | None
) -> Json:
    """The figures of one cutoff."""
    events = outcome.within + outcome.outside
    models = {name: _model(figures(outcome.y, said.scores, said.probabilities)) for name, said in outcome.said.items()}
    return {
        "cutoff": moment(outcome.cutoff),
        "n": len(outcome.y),
        "positives": int(outcome.y.sum()),
        "base_rate": float(outcome.y.mean()) if len(outcome.y) else None,
        "base_rate_known_before": outcome.base_rate_before,
        "events_in_horizon": events,
        "share_of_events_outside_population": outcome.outside / events if events else None,
        "training": {
            "origins": [moment(int(origin.astype(np.int64))) for origin in outcome.plan.origins],
            "horizon_days": outcome.plan.days,
            "rows": outcome.train_rows,
            "positives": outcome.train_positives,
        },
        "notes": [*outcome.notes, *_unfinished(city, outcome.cutoff, horizon_days)],
        "models": models,
        "unseen_venues": None if held is None else _unseen(*held),
        "map_weights": _weights(outcome),
    }


def _unfinished(city: City, cutoff: int, horizon_days: int) -> list[str]:
    last = max((int(events.time[-1]) for events in (city.events, city.strangers) if len(events.time)), default=cutoff)
    seen = (last - cutoff) / DAY_S
    if seen < 0:
        return ["the records end before the cutoff: what happened after it is not known"]
    if seen < horizon_days * 0.98 - 1:
        return [
            f"the records end {seen:.0f} days after the cutoff: the horizon of {horizon_days} days is not seen whole"
        ]
    return []


def _model(found: Figures) -> Json:
    told = asdict(found)
    told["at"] = [asdict(at) for at in found.at]
    told["bins"] = [asdict(part) for part in found.bins]
    return told


def _unseen(y: Floats, said: Mapping[str, Floats]) -> Json:
    """Of venues that training never had: their ranking (no probabilities are told)."""
    return {name: _model(figures(y, scores)) for name, scores in said.items()}


def _weights(outcome: Outcome) -> Json | None:
    said = outcome.said.get("map")
    if said is None or said.model is None:
        return None
    names, weights = said.model["features"], said.model["weights"]
    assert isinstance(names, list)
    assert isinstance(weights, list)
    return dict(zip(names, weights, strict=True))


def mean(cutoffs: Sequence[Json]) -> Json:
    """Each model's figures averaged over the cutoffs that have them; null where none has."""
    return {name: _mean([row for row in (_flat(cutoff, name) for cutoff in cutoffs) if row]) for name in MODELS}


def _mean(rows: Sequence[Mapping[str, float | None]]) -> Json:
    names = list(dict.fromkeys(name for row in rows for name in row))
    return {**{name: _average([row.get(name) for row in rows]) for name in names}, "cutoffs": len(rows)}


def _average(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fsum(known) / len(known) if known else None


def _flat(cutoff: Json, name: str) -> dict[str, float | None]:
    models = cutoff["models"]
    assert isinstance(models, dict)
    model = models.get(name)
    if model is None:
        return {}
    row: dict[str, float | None] = {key: (model[key] or {}).get("value") for key in ("auc", "ap")}
    row["ece"] = model["ece"]
    for at in model["at"]:
        share = f"{at['share']:.0%}"
        row |= {
            f"precision@{share}": at["precision"]["value"],
            f"recall@{share}": at["recall"],
            f"lift@{share}": at["lift"],
        }
    return row
