"""How sure is a rank? What it would be if the model, and what is not seen, were a little otherwise."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from firewarden.risk.scoring.features import DUTY
from firewarden.risk.scoring.likelihood import Likelihood

DRAWS = 200
LOW, HIGH = 0.05, 0.95
UNSEEN_SD = 0.8
"""Of log R where nothing at all is covered: a factor of 2.2 either way (our own judgement)."""


def rank_intervals(
    x: NDArray[np.float64],
    elsewhere: NDArray[np.float64],
    coverage: NDArray[np.float64],
    likelihood: Likelihood,
    *,
    seed: int,
    duty: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The 90 % interval of each venue's rank, 1 the most dangerous; the rank itself lies within.

    x: (n, features) as scored; elsewhere: log(uncontrolled x consequence); coverage: 0 to 1. duty: (n, 2) Beta counts
    of missed and answered checks. What is not covered widens: log R varies with (1 - coverage) x UNSEEN_SD.
    """
    rng = np.random.default_rng(seed)
    n = len(elsewhere)
    log_r = likelihood.draws(x, rng, DRAWS) + elsewhere
    if duty is not None:
        log_r += _duty(x, duty, likelihood, rng)
    log_r += rng.standard_normal((DRAWS, n)) * (UNSEEN_SD * (1 - np.clip(coverage, 0, 1)))
    drawn = _ranks(log_r)
    low, high = np.quantile(drawn, [LOW, HIGH], axis=0, method="inverted_cdf")
    own = _ranks(_log_r(x, elsewhere, likelihood)[np.newaxis, :])[0]
    return np.minimum(low.astype(np.int64), own), np.maximum(high.astype(np.int64), own)


def _log_r(x: NDArray[np.float64], elsewhere: NDArray[np.float64], likelihood: Likelihood) -> NDArray[np.float64]:
    rows: Sequence[Sequence[float]] = x.tolist()
    rates = (likelihood.terms(row) for row in rows)
    return np.array([intercept + sum(terms) for intercept, terms in rates]) + elsewhere


def _ranks(log_r: NDArray[np.float64]) -> NDArray[np.int64]:
    """Ranks along each row; equals rank in the order in which they stand."""
    order = np.argsort(-log_r, axis=1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.arange(1, log_r.shape[1] + 1)[np.newaxis, :], axis=1)
    return ranks


def _duty(
    x: NDArray[np.float64], duty: NDArray[np.float64], likelihood: Likelihood, rng: np.random.Generator
) -> NDArray[np.float64]:
    """How much log R varies because so few duty checks were seen, with the model's own step of the logit."""
    if not len(x):
        return np.zeros((DRAWS, 0))
    typical: list[float] = x[0].tolist()
    moved = [*typical]
    moved[DUTY] = typical[DUTY] + 1.0
    step = sum(likelihood.terms(moved)[1]) - sum(likelihood.terms(typical)[1])
    share = np.clip(rng.beta(duty[:, 0], duty[:, 1], size=(DRAWS, len(duty))), 0.005, 0.98)
    return step * (np.log(share / (1 - share)) - x[:, DUTY])
