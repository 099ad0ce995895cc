"""What is the logarithm of a venue's risk the sum of? And what is it once something is put right?

log R = rate + uncontrolled + consequence, each a sum. After a repair only the terms that it can touch are made anew;
all are added in the order in which they always are, so that the bits are those of a situation that was always so.
"""

from collections.abc import Sequence
from math import isfinite

import msgspec

from firewarden.risk.scoring import features as f
from firewarden.risk.scoring import weights as w
from firewarden.risk.scoring.codes import Cause
from firewarden.risk.scoring.consequence import consequence
from firewarden.risk.scoring.likelihood import Likelihood
from firewarden.risk.scoring.picture import Picture
from firewarden.risk.scoring.protection import Parts, held, parts, parts_again
from firewarden.risk.scoring.repairs import Repaired
from firewarden.risk.state.situation import Situation


class Total(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The logarithm of R and what it consists of. `known`: the features with gaps; `x`: as they are scored."""

    rate: float
    uncontrolled: float
    consequence: float
    known: list[float]
    x: tuple[float, ...]
    rate_terms: list[float]
    facilities: Parts
    harm: tuple[tuple[Cause, float], ...]

    @property
    def log_r(self) -> float:
        """The logarithm of R."""
        return self.rate + self.uncontrolled + self.consequence


def total(situation: Situation, seen: Picture, likelihood: Likelihood) -> Total:
    """All of it."""
    known = f.vector(situation)
    x = f.assume(known, situation, seen)
    rate, rate_terms = _rate(x, likelihood)
    facilities, harm = parts(situation, seen), consequence(situation.register)
    return Total(
        rate=rate,
        uncontrolled=_uncontrolled(facilities),
        consequence=sum([a for _, a in harm]),
        known=known,
        x=x,
        rate_terms=rate_terms,
        facilities=facilities,
        harm=harm,
    )


def repaired_log_r(now: Total, repaired: Repaired, likelihood: Likelihood) -> float:
    """The logarithm of R after a repair; what the venue is stays."""
    after, seen = repaired.after, repaired.seen
    x = f.assume(f.vector_again(now.known, after), after, seen)
    rate = now.rate if x == now.x else _rate(x, likelihood)[0]
    uncontrolled = now.uncontrolled
    if repaired.parts:
        uncontrolled = _uncontrolled(parts_again(now.facilities, repaired.parts, after, seen))
    return rate + uncontrolled + now.consequence


def _rate(x: Sequence[float], likelihood: Likelihood) -> tuple[float, list[float]]:
    intercept, terms = likelihood.terms(x)
    rate = intercept + sum(terms)
    if not isfinite(rate):
        raise ValueError(f"model {likelihood.version}: the log-odds are {rate}")
    return rate, terms


def _uncontrolled(facilities: Parts) -> float:
    return held(facilities) - w.UNCONTROLLED_LOG_MAX
