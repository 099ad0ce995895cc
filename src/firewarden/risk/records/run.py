"""How is a city evaluated? Every cutoff alone: learnt before it, judged after it."""

from collections.abc import Sequence

from firewarden.risk.records.city import City, RecordsError
from firewarden.risk.records.features import columns_of, maker
from firewarden.risk.records.learning import outcome, unseen
from firewarden.risk.records.report import Json, at_cutoff, report


def evaluated(
    city: City, cutoffs: Sequence[int], horizon_days: int, label: Sequence[str], zone: str, *, held_out: bool = False
) -> Json:
    """The report for these cutoffs."""
    found = list[Json]()
    for cutoff in sorted(set(cutoffs)):
        if not len(city.population(cutoff)):
            raise RecordsError("no venue was known before the cutoff: look at known_from in the venue file")
        own = maker(city, label, cutoff)
        held = unseen(own, cutoff, horizon_days) if held_out else None
        found.append(at_cutoff(city, outcome(own, cutoff, horizon_days), horizon_days, held))
    return report(city, columns_of(city.venues, label, max(cutoffs)), horizon_days, zone, found)
