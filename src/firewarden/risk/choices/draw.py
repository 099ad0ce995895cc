"""Whom does the draw choose? What anybody can work out again, from the published frame and seed, in any language.

1. seed = SHA-256(commitment || nonce), both as UTF-8 text: the commitment is published before the nonce is known.
2. Every venue gets the key SHA-256(seed || "order" || its code). Venues stand in the order of their use class
   (by code points), and within a class in the order of their keys: a random permutation within each class.
3. Their probabilities, in billionths, are laid one after the other along a line as long as the draw is large.
4. start = the first 16 bytes of SHA-256(seed || "start"), as a big-endian number, modulo 10^9. Marks stand at
   start, start + 10^9, start + 2 * 10^9, …; whose stretch holds a mark is chosen.

So a venue is chosen with exactly its own probability, the size of the draw is fixed, and each use class gets its
expected number, rounded down or up (systematic sampling in proportion to size, stratified by its order).
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from firewarden.risk.choices.probabilities import BILLION, probabilities, weight_of_score


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A venue that can be chosen. `stratum` is its use class; what is not known is a class of its own, ''."""

    code: str
    stratum: str
    score_tenths: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A draw and everything that is needed to repeat it. Lists go along with the frame."""

    frame: tuple[Unit, ...]
    frame_hash: str
    size: int
    exploration: float
    commitment: str
    nonce: str
    seed: str
    billionths: tuple[int, ...]
    chosen: tuple[bool, ...]


def draw(units: Sequence[Unit], *, size: int, exploration: float, nonce: str, commitment: str | None = None) -> Drawn:
    """Choose `size` of `units`. Without a commitment the frame commits: its own hash, which the nonce must follow."""
    frame = tuple(sorted(units, key=lambda unit: unit.code))
    if len({unit.code for unit in frame}) != len(frame):
        raise ValueError("a venue stands in the frame twice")
    digest = frame_hash(frame)
    committed = digest if commitment is None else commitment
    seed = seed_of(committed, nonce)
    billionths = probabilities([weight_of_score(unit.score_tenths) for unit in frame], size, exploration)
    return Drawn(
        frame=frame,
        frame_hash=digest,
        size=size,
        exploration=exploration,
        commitment=committed,
        nonce=nonce,
        seed=seed.hex(),
        billionths=tuple(billionths),
        chosen=tuple(choose([unit.code for unit in frame], [unit.stratum for unit in frame], billionths, seed)),
    )


def frame_hash(frame: Sequence[Unit]) -> str:
    """SHA-256 of the frame: by code, one line of JSON for each venue, `["code","use",score in tenths]`, as UTF-8."""
    digest = hashlib.sha256()
    for unit in sorted(frame, key=lambda unit: unit.code):
        line = json.dumps([unit.code, unit.stratum, unit.score_tenths], ensure_ascii=False, separators=(",", ":"))
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()


def seed_of(commitment: str, nonce: str) -> bytes:
    """What all chance comes from."""
    return hashlib.sha256(commitment.encode() + nonce.encode()).digest()


def choose(codes: Sequence[str], strata: Sequence[str], billionths: Sequence[int], seed: bytes) -> list[bool]:
    """Which units the seed chooses, by the procedure above. The probabilities must add up to whole draws."""
    prefix = seed + b"order"
    keys = [hashlib.sha256(prefix + code.encode()).digest() for code in codes]
    order = sorted(range(len(codes)), key=lambda unit: (strata[unit], keys[unit]))
    mark = int.from_bytes(hashlib.sha256(seed + b"start").digest()[:16], "big") % BILLION
    chosen = [False] * len(codes)
    end = 0
    for unit in order:
        end += billionths[unit]
        if mark < end:
            chosen[unit] = True
            mark += BILLION
    assert end % BILLION == 0
    return chosen


def difference(drawn: Drawn) -> str | None:
    """Repeat a draw from what was published of it; None: it comes out the same, else the first thing that does not."""
    again = draw(
        drawn.frame, size=drawn.size, exploration=drawn.exploration, nonce=drawn.nonce, commitment=drawn.commitment
    )
    for name in ("frame", "frame_hash", "seed", "billionths", "chosen"):
        if getattr(again, name) != getattr(drawn, name):
            return f"{name} does not come out as it was published"
    return None
