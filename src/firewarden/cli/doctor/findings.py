"""What is a finding, how are findings shown, and which exit status do they make?"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at: what holds, in one sentence, and what mends it where it should not."""

    check: str
    severity: Severity
    said: str
    mend: str = ""


def ok(check: str, said: str) -> Finding:
    """It is as it should be."""
    return Finding(check=check, severity=Severity.OK, said=said)


def note(check: str, said: str, mend: str = "") -> Finding:
    """It is no fault, and whoever looks for one should know."""
    return Finding(check=check, severity=Severity.NOTE, said=said, mend=mend)


def warning(check: str, said: str, mend: str) -> Finding:
    """It works, and will not for long, or not wholly."""
    return Finding(check=check, severity=Severity.WARNING, said=said, mend=mend)


def error(check: str, said: str, mend: str) -> Finding:
    """It does not work."""
    return Finding(check=check, severity=Severity.ERROR, said=said, mend=mend)


def exit_status(findings: Iterable[Finding]) -> int:
    """0: nothing is wrong; 1: warnings; 2: errors."""
    found = {finding.severity for finding in findings}
    return 2 if Severity.ERROR in found else int(Severity.WARNING in found)


def as_text(findings: Sequence[Finding], *, verbose: bool) -> str:
    """For people: what is wrong, worst first; with `verbose` also what is right."""
    order = [Severity.ERROR, Severity.WARNING, Severity.NOTE, *([Severity.OK] if verbose else [])]
    lines: list[str] = []
    for severity in order:
        for finding in findings:
            if finding.severity is severity:
                lines.append(f"{severity.value.upper():<8} {finding.check}: {finding.said}")
                if finding.mend:
                    lines.append(f"{'':<8} -> {finding.mend}")
    right = sum(finding.severity is Severity.OK for finding in findings)
    wrong = sum(finding.severity in {Severity.ERROR, Severity.WARNING} for finding in findings)
    lines.append(f"{len(findings)} findings: {right} well, {wrong} to mend")
    return "\n".join(lines)


def as_json(findings: Sequence[Finding]) -> str:
    """For programs."""
    told = {"status": exit_status(findings), "findings": [asdict(finding) for finding in findings]}
    return json.dumps(told, ensure_ascii=False, indent=2)
