"""Does the draw give every venue the probability that it says, and can it be repeated byte for byte? (T8)

A frame of generated venues is drawn many times, each time with another nonce. How often a venue was chosen is
binomial; its distance from what was said is counted in standard deviations. For so many venues the largest of them
has an expected size of its own: it is given beside.
"""

import hashlib
import math
import random
from dataclasses import dataclass

import numpy as np

from firewarden.risk.choices.draw import Drawn, Unit, choose, difference, draw, seed_of
from firewarden.risk.choices.estimates import hajek
from firewarden.risk.choices.probabilities import BILLION

USES = ("hotel", "mall", "office", "restaurant", "school", "warehouse")
EXPLORATION = 0.2
VIOLATION_RATE = 0.06


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawStudy:
    """What many draws showed."""

    venues: int
    size: int
    repeats: int
    probability_min: float
    probability_max: float
    worst_sd: float
    """The largest distance of a venue's frequency from its probability, in binomial standard deviations."""
    beyond_4_sd: int
    worst_error: float
    weight_max: float
    replay_identical: bool
    replay_digest: str
    """SHA-256 of all choices, a byte for each venue and repeat: the same on every machine."""
    hajek_mean: float
    naive_mean: float
    true_rate: float


def frame(venues: int, seed: int = 1) -> list[Unit]:
    """Generated venues: most score low, a few high, as a city's do."""
    chance = random.Random(seed)
    return [
        Unit(
            code=f"V{number:05}",
            stratum=chance.choice(USES),
            score_tenths=round(1000 * (1 - math.exp(-0.15 * math.exp(chance.gauss(0.0, 1.2))))),
        )
        for number in range(venues)
    ]


def study(*, venues: int = 3_000, size: int = 60, repeats: int = 20_000) -> DrawStudy:
    """Draw `repeats` times and compare."""
    units = frame(venues)
    first = draw(units, size=size, exploration=EXPLORATION, nonce="0")
    pi = np.array(first.billionths) / BILLION
    # What an inspection would find follows the risk, and more often than not disagrees with it.
    violates = np.random.default_rng(7).random(venues) < VIOLATION_RATE * (0.5 + 0.5 * pi / pi.mean()).clip(max=8)
    counts, digest, hajeks, naives = np.zeros(venues), hashlib.sha256(), list[float](), list[float]()
    for repeat in range(repeats):
        chosen = _once(first, str(repeat))
        digest.update(chosen.astype(np.uint8).tobytes())
        counts += chosen
        found = [bool(one) for one in violates[chosen]]
        hajeks.append(hajek(found, pi[chosen].tolist()).value or 0.0)
        naives.append(sum(found) / len(found))
    sd = np.sqrt(pi * (1 - pi) / repeats)
    error = np.abs(counts / repeats - pi)
    distance = np.where(sd > 0, error / np.where(sd > 0, sd, 1.0), np.where(error > 0, np.inf, 0.0))
    return DrawStudy(
        venues=venues,
        size=size,
        repeats=repeats,
        probability_min=float(pi.min()),
        probability_max=float(pi.max()),
        worst_sd=float(distance.max()),
        beyond_4_sd=int((distance > 4).sum()),  # noqa: PLR2004 - the protocol's line
        worst_error=float(error.max()),
        weight_max=float(1 / pi.min()),
        replay_identical=difference(first) is None and bool(np.array_equal(_once(first, "0"), np.array(first.chosen))),
        replay_digest=digest.hexdigest(),
        hajek_mean=float(np.mean(hajeks)),
        naive_mean=float(np.mean(naives)),
        true_rate=float(violates.mean()),
    )


def _once(first: Drawn, nonce: str) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    codes, strata = [unit.code for unit in first.frame], [unit.stratum for unit in first.frame]
    return np.array(choose(codes, strata, first.billionths, seed_of(first.commitment, nonce)), dtype=np.bool_)
