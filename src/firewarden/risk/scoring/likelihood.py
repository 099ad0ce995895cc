"""How likely is a fire in the next 90 days? What every model must be able to say, and what an expert says without data.

Whatever a model has learnt, its answer is a sum: an intercept and one term for each feature, so that an explanation
needs no approximation.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from firewarden.risk.scoring.features import FEATURES, TYPICAL


class Likelihood(Protocol):
    """The logarithm of the odds of a fire within HORIZON_DAYS as an exact sum.

    Vectors have no gaps (features.assume). For `sign` +1 of a feature its term must not fall as the feature rises.
    """

    @property
    def version(self) -> str:
        """The model's name; stored with every score."""
        ...

    @property
    def reference(self) -> Sequence[float]:
        """The terms of a typical venue, frozen in the model: contributions are differences from it."""
        ...

    def terms(self, x: Sequence[float]) -> tuple[float, list[float]]:
        """The intercept and the term of each feature."""
        ...

    def draws(self, x: NDArray[np.float64], rng: Generator, n: int) -> NDArray[np.float64]:
        """What the model might say of each row of `x` as well: (n, rows) log-odds, each row of one possible model."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """Weights with a Gaussian posterior. `covariance` is of the weights; drawn weights keep the expected sign."""

    version: str
    intercept: float
    weights: tuple[float, ...]
    covariance: NDArray[np.float64]
    reference: tuple[float, ...]
    """Terms of the typical venue."""
    signs: tuple[int, ...] = tuple(feature.sign for feature in FEATURES)

    def terms(self, x: Sequence[float]) -> tuple[float, list[float]]:
        """The intercept and weight times value of each feature."""
        return self.intercept, [weight * value for weight, value in zip(self.weights, x, strict=True)]

    def draws(self, x: NDArray[np.float64], rng: Generator, n: int) -> NDArray[np.float64]:
        """Weights are drawn around the typical venue, of which most is known: its own log-odds stay."""
        drawn = rng.multivariate_normal(np.array(self.weights), self.covariance, size=n, method="eigh")
        signs = np.array(self.signs)
        drawn[:, signs > 0] = np.maximum(drawn[:, signs > 0], 0.0)
        drawn[:, signs < 0] = np.minimum(drawn[:, signs < 0], 0.0)
        typical = np.array(TYPICAL)
        return self.intercept + float(sum(self.reference)) + drawn @ (x - typical).T


def prior_likelihood() -> Linear:
    """What the literature and experts say before anything was learnt: a typical venue burns as its use does."""
    weights = tuple(feature.prior for feature in FEATURES)
    reference = tuple(weight * value for weight, value in zip(weights, TYPICAL, strict=True))
    return Linear(
        version="prior-1",
        intercept=-sum(reference[1:]),
        weights=weights,
        covariance=np.diag([feature.prior_sd**2 for feature in FEATURES]),
        reference=reference,
    )
