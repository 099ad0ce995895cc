"""Is a process well, and if not, what is wrong? Judged by its own figures, and by how long it has said nothing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from firewarden.figures.names import LAG, RETRIES, STANDBY
from firewarden.figures.series import label_of, named
from firewarden.figures.spans import Span

SILENT_AFTER_REPORTS = 3
"""A process that missed so many reports in a row is silent: it ended, hangs, or cannot reach the database."""

LAG_MAX_S = {"alarm": 2.0, "desk.alarm": 2.0, "events": 5.0}
LAG_MAX_OTHERS_S = 10.0
"""From here on a process is behind. Alarms are late sooner than anything else."""

COLLISIONS = frozenset({"SerializationFailure", "DeadlockDetected", "UniqueViolation"})
"""Two transactions wanted the same rows and one is done again: the normal way of things, not trouble."""


class Condition(StrEnum):
    """How a process is doing."""

    WELL = "well"
    BEHIND = "behind"
    TROUBLED = "troubled"
    STANDBY = "standby"
    SILENT = "silent"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How a process is doing, and what that rests on.

    `since` is known for silence and an end, `lag_s` with `of` for who is behind, `errors` for who has trouble.
    """

    condition: Condition
    since: datetime | None = None
    lag_s: float | None = None
    of: str | None = None
    errors: tuple[str, ...] = ()


def judge(*, at: datetime, every_s: float, ended_at: datetime | None, span: Span, now: datetime) -> Verdict:
    """What is to be said of a process whose last report is of `at`."""
    if ended_at is not None:
        return Verdict(condition=Condition.STOPPED, since=ended_at)
    if now - at > timedelta(seconds=SILENT_AFTER_REPORTS * every_s):
        return Verdict(condition=Condition.SILENT, since=at)
    if span.value(STANDBY):
        return Verdict(condition=Condition.STANDBY)
    late = lags(span)
    if late:
        of, lag_s = max(late.items(), key=lambda item: item[1])
        return Verdict(condition=Condition.BEHIND, lag_s=lag_s, of=of)
    errors = troubles(span)
    return Verdict(condition=Condition.TROUBLED if errors else Condition.WELL, errors=errors)


def lags(span: Span) -> dict[str, float]:
    """What the process is too far behind with, and by how many seconds."""
    found = {label_of(key, "of") or "": value for key, value in named(span.after, LAG)}
    return {of: lag_s for of, lag_s in found.items() if lag_s > LAG_MAX_S.get(of, LAG_MAX_OTHERS_S)}


def troubles(span: Span) -> tuple[str, ...]:
    """The errors after which something was tried again in the span, the commonest first; without mere collisions."""
    counted = {error: span.grown(RETRIES, {"error": error}) for error in _errors(span)}
    return tuple(sorted((error for error, times in counted.items() if times), key=lambda error: -counted[error]))


def _errors(span: Span) -> set[str]:
    return {label_of(key, "error") or "" for key, _ in named(span.after, RETRIES)} - COLLISIONS
