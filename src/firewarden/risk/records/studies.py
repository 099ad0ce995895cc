"""What can be expected with few records, and what do alarms add? Two studies that can be repeated on any city."""

from collections.abc import Sequence

import numpy as np

from firewarden.risk.learn import boosted, hazard, metrics
from firewarden.risk.learn.design import Feature, Rows
from firewarden.risk.records.city import City, RecordsError
from firewarden.risk.records.features import Floats, maker
from firewarden.risk.records.learning import DAY_S, Plan, happened, origins_of, rows_of, scheme
from firewarden.risk.records.report import Json

_TOP = 0.05


def cold_start(city: City, train: int, test: int, horizon_days: int, *, sizes: Sequence[int], repeats: int) -> Json:
    """The prior, its update and the challenger: learnt from n venues drawn at random, judged on the whole city."""
    own = maker(city, ["fire"], train)
    features = own.columns.features()
    then, now = city.population(train), city.population(test)
    if test < train + horizon_days * DAY_S:
        raise RecordsError("the test would begin before the horizon of the training ended")
    x, y = own.at(train, then), happened(own, train, horizon_days, then)
    later, outcome = own.at(test, now), happened(own, test, horizon_days, now)
    prior = _judged(outcome, hazard.prior_only(features, x, 0.01).logit(later))
    found: list[Json] = []
    for size in sizes:
        if size > len(then):
            continue
        draws = [_draw(x, y, size, np.random.default_rng([size, k])) for k in range(repeats)]
        models = {
            "map": [_judged(outcome, hazard.fit(rows, features).logit(later)) for rows in draws],
            "boosted": [_judged(outcome, boosted.fit(rows, features).logit(later)) for rows in draws],
        }
        found.append(
            {
                "venues": size,
                "positives_mean": float(np.mean([rows.y.sum() for rows in draws])),
                "models": {name: _spread(runs, prior) for name, runs in models.items()},
            }
        )
    return {
        "n": len(outcome),
        "positives": int(outcome.sum()),
        "prior": dict(prior),
        "sizes": found,
        "repeats": repeats,
    }


def _draw(x: Floats, y: Floats, size: int, rng: np.random.Generator) -> Rows:
    chosen = np.sort(rng.choice(len(y), size, replace=False))
    ones = np.ones(size)
    return Rows(
        x=x[chosen], y=y[chosen], exposure=ones, origin=np.zeros(size, "datetime64[s]"), venue=chosen, weight=ones
    )


def _judged(y: Floats, scores: Floats) -> dict[str, float]:
    return {"auc": metrics.auc(y, scores), "precision@5%": metrics.at_share(y, scores, _TOP).precision.value}


def _spread(runs: Sequence[dict[str, float]], prior: dict[str, float]) -> Json:
    told: Json = {}
    for figure in ("auc", "precision@5%"):
        values = np.array([run[figure] for run in runs])
        sd = float(values.std(ddof=1))
        told[figure] = {"mean": float(values.mean()), "sd": sd, "least": float(values.min())}
        told[f"{figure}_over_prior"] = {
            "mean": float(values.mean() - prior[figure]),
            "standard_error": sd / len(values) ** 0.5,
        }
    return told


SETS = {
    "activity": ("other",),
    "alarms": ("alarm", "false_alarm"),
    "activity and alarms": ("other", "alarm", "false_alarm"),
    "all": None,
}
"""Which kinds' own history a model of the ablation sees; None: every column there is."""


def alarms(city: City, cutoff: int, horizon_days: int) -> Json:
    """The MAP model with activity alone, with alarms alone, with both, with everything; paired differences."""
    own = maker(city, ["fire"], cutoff)
    features, plan = own.columns.features(), scheme(city, own.columns.label, cutoff, horizon_days)
    if not plan.origins:
        raise RecordsError(plan.note or "the history is too short to learn from")
    origins = origins_of(own, plan)
    exposure = plan.days / horizon_days
    rows = rows_of(origins, exposure, np.random.default_rng(boosted.SEED))
    population = city.population(cutoff)
    x, y = own.at(cutoff, population), happened(own, cutoff, horizon_days, population)
    scores = {name: _scores(features, rows, x, kinds) for name, kinds in SETS.items()}
    return {
        "cutoff": cutoff,
        "n": len(y),
        "positives": int(y.sum()),
        "base_rate": float(y.mean()),
        "training": _training(plan, rows),
        "models": {name: _figures(y, said) for name, said in scores.items()},
        "alarms_over_activity": _difference(y, scores["activity and alarms"], scores["activity"]),
        "all_over_activity": _difference(y, scores["all"], scores["activity"]),
    }


def _training(plan: Plan, rows: Rows) -> Json:
    return {"origins": len(plan.origins), "horizon_days": plan.days, "positives": int(rows.y.sum()), "note": plan.note}


def _scores(features: Sequence[Feature], rows: Rows, x: Floats, kinds: Sequence[str] | None) -> Floats:
    kept = [k for k, feature in enumerate(features) if kinds is None or feature.name.rpartition("_")[0] in kinds]
    own = Rows(
        x=rows.x[:, kept], y=rows.y, exposure=rows.exposure, origin=rows.origin, venue=rows.venue, weight=rows.weight
    )
    return hazard.fit(own, [features[k] for k in kept]).logit(x[:, kept])


def _figures(y: Floats, scores: Floats) -> Json:
    if y.sum() < metrics.POSITIVES_MIN:
        return {"reason": f"{int(y.sum())} positives are too few"}
    auc, ap = metrics.auc_interval(y, scores), metrics.ap_interval(y, scores)
    told = {name: {"value": e.value, "low": e.low, "high": e.high} for name, e in (("auc", auc), ("ap", ap))}
    return {**told, **{f"precision@{s:.0%}": metrics.at_share(y, scores, s).precision.value for s in metrics.SHARES}}


def _difference(y: Floats, better: Floats, plain: Floats) -> Json:
    """Paired over the same resampled venues."""
    if y.sum() < metrics.POSITIVES_MIN:
        return {}
    both = {"better": better, "plain": plain}
    told: Json = {}
    for name, statistic in (("auc", metrics.RESAMPLED_AUC), ("ap", metrics.RESAMPLED_AP)):
        drawn = metrics.bootstrap(y, both, statistic, draws=400)
        low, high = np.percentile(drawn["better"] - drawn["plain"], [2.5, 97.5])
        told[name] = {"low": float(low), "high": float(high)}
    told["auc"] = {"value": metrics.auc(y, better) - metrics.auc(y, plain), **told["auc"]}  # pyright: ignore[reportGeneralTypeIssues]
    value = metrics.average_precision(y, better) - metrics.average_precision(y, plain)
    told["ap"] = {"value": value, **told["ap"]}  # pyright: ignore[reportGeneralTypeIssues]
    return told
