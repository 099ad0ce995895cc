"""What is not known of a venue, and how much confidence does that take?"""

from firewarden.risk.scoring import weights as w
from firewarden.risk.scoring.codes import DoubtCode, MissingEvidence, OfEvidence
from firewarden.risk.scoring.model import Doubt
from firewarden.risk.state.situation import Coverage

_NOTHING = OfEvidence(count=0, of=0)


def doubts(coverage: Coverage) -> tuple[Doubt, ...]:
    """Every gap that takes confidence."""
    found: list[Doubt] = []
    missing = len(coverage.register_missing)
    if missing:
        evidence = MissingEvidence(missing=missing)
        found.append(Doubt(code=DoubtCode.STATIC_MISSING, lost=missing * w.LOST_STATIC_EACH, evidence=evidence))
    if not coverage.gateways:
        found.append(Doubt(code=DoubtCode.NO_GATEWAY, lost=w.LOST_NO_GATEWAY, evidence=_NOTHING))
    elif coverage.gateways_silent:
        counts = (coverage.gateways_silent, coverage.gateways)
        found.append(_share(DoubtCode.GATEWAYS_SILENT, counts, w.LOST_GATEWAYS_SILENT))
    if not coverage.points:
        found.append(Doubt(code=DoubtCode.NO_POINTS, lost=w.LOST_NO_POINTS, evidence=_NOTHING))
    if not coverage.sensors:
        found.append(Doubt(code=DoubtCode.NO_SENSORS, lost=w.LOST_NO_SENSORS, evidence=_NOTHING))
    elif coverage.sensors_silent:
        counts = (min(coverage.sensors, coverage.sensors_silent), coverage.sensors)
        found.append(_share(DoubtCode.SENSORS_SILENT, counts, w.LOST_SENSORS_SILENT))
    return tuple(found)


def _share(code: DoubtCode, counts: tuple[int, int], lost_all: int) -> Doubt:
    count, of = counts
    return Doubt(code=code, lost=-(-count * lost_all // of), evidence=OfEvidence(count=count, of=of))
