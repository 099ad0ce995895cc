"""What began and what ended between two looks at a sensor, as facts of its venue?"""

from collections.abc import Iterable
from dataclasses import dataclass

from firewarden.risk.state.facts import Micros, WaterBegan, WaterEnded
from firewarden.risk.water.reading import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Findings that are new, and those that are over; each in the order of its beginning."""

    began: tuple[Finding, ...]
    ended: tuple[Finding, ...]


NOTHING = Changes(began=(), ended=())


def changes(before: Iterable[Finding], after: Iterable[Finding]) -> Changes:
    """The difference by id. What explains a finding may come and go without its beginning anew."""
    old = {finding.finding: finding for finding in before}
    new = {finding.finding: finding for finding in after}
    return Changes(
        began=_in_order(new[name] for name in new.keys() - old.keys()),
        ended=_in_order(old[name] for name in old.keys() - new.keys()),
    )


def began(finding: Finding, number: int) -> WaterBegan:
    """The fact that it began, as the venue's fact `number`."""
    return WaterBegan(
        number=number,
        at=finding.since,
        finding=finding.finding,
        point=finding.point,
        what=finding.what,
        quantity=finding.quantity,
        value=finding.value,
        expected=finding.expected,
    )


def ended(finding: Finding, number: int, at: Micros) -> WaterEnded:
    """The fact that it is over since `at`, which is never before it began."""
    return WaterEnded(
        number=number,
        at=max(at, finding.since),
        finding=finding.finding,
        point=finding.point,
        what=finding.what,
        quantity=finding.quantity,
        began_at=finding.since,
    )


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: (finding.since, finding.point, finding.what)))
