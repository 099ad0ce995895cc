"""How long after a fault had the platform caught up: was all that was said until then known to be stored?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from firewarden.proof.truth_file import Fate, Quiet, Said, Truth

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
    known = [
        (sent.number.gateway, sent.created_at, sent.confirmed_at)
        for sent in truth.messages.values()
        if sent.fate is Fate.KEPT
    ]
    said = [
        confirmed_at
        for gateway, said_at, confirmed_at in (*known, *_frames(truth.frames))
        if at <= said_at <= end and not _kept_back(said_at, silences.get(gateway, ()))
    ]
    confirmed = [confirmed_at for confirmed_at in said if confirmed_at is not None]
    if not said or len(confirmed) < len(said):
        return None
    return round((max(confirmed) - at).total_seconds(), 2)


def _frames(frames: Iterable[Said]) -> Iterator[tuple[str, datetime, datetime | None]]:
    """Each frame with when what it says was confirmed: if not of itself, of one that said the same after it."""
    confirmed: dict[tuple[str, bytes], datetime] = {}
    for said in reversed(list(frames)):
        key = said.gateway, said.whole[26:-3]
        if said.confirmed_at is not None:
            confirmed[key] = said.confirmed_at
        if key in confirmed:
            yield said.gateway, said.at, confirmed[key]


def _kept_back(said_at: datetime, silences: Iterable[Quiet]) -> bool:
    return any(
        not quiet.broken and quiet.since <= said_at and (quiet.until is None or said_at <= quiet.until)
        for quiet in silences
    )
