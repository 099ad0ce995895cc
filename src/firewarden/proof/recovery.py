"""How long after a fault had the platform caught up: was all that was said until then known to be stored?"""

from __future__ import annotations

from datetime import datetime, timedelta

from firewarden.proof.truth_file import Fate, Quiet, Sent, Truth

WINDOW_MIN = timedelta(seconds=1)
"""A fault that is over at once is felt by what is said in the moment after it."""


def recovered_s(truth: Truth, at: datetime, until: datetime) -> float | None:
    """Seconds from the beginning of a fault until everything said up to its end was confirmed to its gateway.

    None: nothing was said, or not all of it was ever confirmed. What a gateway kept to itself in a silence of its
    own does not count.
    """
    end = max(until, at + WINDOW_MIN)
    silences: dict[str, list[Quiet]] = {}
    for quiet in truth.quiet:
        silences.setdefault(quiet.gateway, []).append(quiet)
    said = [
        sent
        for sent in truth.messages.values()
        if sent.fate is Fate.KEPT and at <= sent.created_at <= end and not _kept_back(sent, silences)
    ]
    confirmed = [sent.confirmed_at for sent in said if sent.confirmed_at is not None]
    if not said or len(confirmed) < len(said):
        return None
    return round((max(confirmed) - at).total_seconds(), 2)


def _kept_back(sent: Sent, silences: dict[str, list[Quiet]]) -> bool:
    return any(
        not quiet.broken and quiet.since <= sent.created_at and (quiet.until is None or sent.created_at <= quiet.until)
        for quiet in silences.get(sent.number.gateway, ())
    )
