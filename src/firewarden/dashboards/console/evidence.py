"""Why does a factor have its points? The scorecard's numbers, put into a sentence of the reader's language."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from firewarden.dashboards.console.formats import grouped, moment, percent
from firewarden.dashboards.console.i18n import Texts
from firewarden.risk import catalogue as risk


def sentence(code: str, evidence: object, texts: Texts) -> str:
    """The evidence of one factor, trigger or doubt; empty where this version cannot read it."""
    kind = _KINDS.get(code)
    if kind is None:
        return ""
    try:
        numbers = msgspec.convert(evidence, kind, strict=False)
    except msgspec.ValidationError:
        # A newer scorecard states other numbers: the points are still right, only the sentence is missing.
        return ""
    return texts("list.separator").join(part for part in _parts(numbers, texts) if part)


_KINDS: Mapping[str, type[risk.Evidence]] = {
    **{code.value: kind for code, kind in risk.FACTOR_EVIDENCE.items()},
    **{code.value: kind for code, kind in risk.TRIGGER_EVIDENCE.items()},
    **{code.value: kind for code, kind in risk.DOUBT_EVIDENCE.items()},
}


def _parts(numbers: risk.Evidence, texts: Texts) -> list[str]:
    match numbers:
        case risk.UseEvidence() | risk.SizeEvidence() | risk.HeightEvidence():
            return _measure(numbers, texts)
        case risk.AgeEvidence() | risk.KeyUnitEvidence() | risk.StaticMissingEvidence() | risk.CountEvidence():
            return _register(numbers, texts)
        case risk.OpenFireEvidence() | risk.ShareEvidence() | risk.FaultsEvidence() | risk.OfflineEvidence():
            return [*_counted(numbers, texts), _since(numbers.since, texts)]
        case risk.SuppressionEvidence():
            return _suppression(numbers, texts)
        case risk.WaterEvidence():
            return _water(numbers, texts)
        case risk.PowerEvidence() | risk.OtherEvidence() | risk.AlarmHabitEvidence():
            return _various(numbers, texts)


def _measure(numbers: risk.UseEvidence | risk.SizeEvidence | risk.HeightEvidence, texts: Texts) -> list[str]:
    match numbers:
        case risk.UseEvidence():
            use = texts.name("use", numbers.use) if numbers.use else texts("evidence.use_unknown")
            text = texts("evidence.use", use=use, rate=f"{numbers.fires_per_year:g}")
        case risk.SizeEvidence():
            text = f"{grouped(numbers.area_m2)} {texts('unit.m2')}"
        case risk.HeightEvidence():
            text = f"{numbers.height_m:g} {texts('unit.m')}"
    return [text, _assumed(texts, assumed=numbers.assumed)]


def _register(
    numbers: risk.AgeEvidence | risk.KeyUnitEvidence | risk.StaticMissingEvidence | risk.CountEvidence, texts: Texts
) -> list[str]:
    match numbers:
        case risk.AgeEvidence(built_year=None):
            return [texts("evidence.age", years=numbers.age_years), texts("evidence.assumed")]
        case risk.AgeEvidence():
            built = texts("evidence.built", year=numbers.built_year or "")
            return [texts("evidence.age", years=numbers.age_years), built]
        case risk.KeyUnitEvidence():
            return [texts("venue.key_unit") if numbers.key_unit else "", _assumed(texts, assumed=numbers.assumed)]
        case risk.StaticMissingEvidence():
            return [texts("evidence.missing", missing=numbers.missing)]
        case risk.CountEvidence():
            return [texts("evidence.count", count=numbers.count, of=numbers.of)] if numbers.of else []


def _counted(
    numbers: risk.OpenFireEvidence | risk.ShareEvidence | risk.FaultsEvidence | risk.OfflineEvidence,
    texts: Texts,
) -> list[str]:
    match numbers:
        case risk.OpenFireEvidence():
            return [texts("evidence.open_fire", incidents=numbers.incidents, signals=numbers.signals)]
        case risk.ShareEvidence():
            share = percent(numbers.share)
            return [texts("evidence.share", points=numbers.points, registered=numbers.registered, share=share)]
        case risk.FaultsEvidence():
            return [
                texts(
                    "evidence.faults",
                    faulty=numbers.faulty,
                    shielded=numbers.shielded,
                    registered=numbers.registered,
                    share=percent(numbers.share),
                )
            ]
        case risk.OfflineEvidence():
            return [
                texts("evidence.offline", silent=numbers.silent, gateways=numbers.gateways),
                _several("evidence.never_heard", numbers.never_heard, texts),
            ]


def _suppression(numbers: risk.SuppressionEvidence, texts: Texts) -> list[str]:
    since = [at for at in (numbers.pumps_since, numbers.panels_since, numbers.valves_since) if at is not None]
    return [
        _several("evidence.pumps", numbers.pumps, texts),
        _several("evidence.panels", numbers.panels, texts),
        _several("evidence.valves", numbers.valves, texts),
        _since(min(since, default=None), texts),
    ]


def _water(numbers: risk.WaterEvidence, texts: Texts) -> list[str]:
    parts = [texts("evidence.water", outside=numbers.outside, sensors=numbers.sensors)]
    if numbers.value is not None:
        low = "…" if numbers.low is None else f"{numbers.low:g}"
        high = "…" if numbers.high is None else f"{numbers.high:g}"
        parts.append(texts("evidence.water_value", value=f"{numbers.value:.3g}", low=low, high=high))
    return [*parts, _since(numbers.since, texts)]


def _various(numbers: risk.PowerEvidence | risk.OtherEvidence | risk.AlarmHabitEvidence, texts: Texts) -> list[str]:
    match numbers:
        case risk.PowerEvidence():
            return _power(numbers, texts)
        case risk.OtherEvidence():
            return _other(numbers, texts)
        case risk.AlarmHabitEvidence():
            return _habit(numbers, texts)


def _power(numbers: risk.PowerEvidence, texts: Texts) -> list[str]:
    return [
        _several("evidence.power_main", numbers.main, texts),
        _several("evidence.power_backup", numbers.backup, texts),
        _several("evidence.power_bus", numbers.bus, texts),
        _several("evidence.power_other", numbers.other, texts),
        _since(numbers.since, texts),
    ]


def _habit(numbers: risk.AlarmHabitEvidence, texts: Texts) -> list[str]:
    return [
        texts(
            "evidence.habit",
            days=numbers.window_days,
            signals=numbers.signals,
            false=f"{numbers.false_alarms:.1f}",
            real=f"{numbers.real_fires:.1f}",
        ),
        texts("evidence.unseen") if numbers.unseen else "",
    ]


def _other(numbers: risk.OtherEvidence, texts: Texts) -> list[str]:
    return [
        _several("evidence.test", numbers.test, texts),
        _several("evidence.delayed", numbers.delayed, texts),
        _several("evidence.supervise", numbers.supervise, texts),
        _since(numbers.since, texts),
    ]


def _several(key: str, count: int, texts: Texts) -> str:
    return texts(key, n=count) if count else ""


def _since(at: datetime | None, texts: Texts) -> str:
    return texts("evidence.since", at=moment(at)) if at is not None else ""


def _assumed(texts: Texts, *, assumed: bool) -> str:
    return texts("evidence.assumed") if assumed else ""
