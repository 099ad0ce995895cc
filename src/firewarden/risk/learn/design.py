"""What goes into a model: named features with what an expert expects of them, and rows of venues at moments."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """One column. `prior` and `prior_sd` are of its weight: log-odds for one unit of the column as it stands.

    `sign`: what its weight may be: +1 never negative, -1 never positive, 0 either. `source`: where the prior is from.
    """

    name: str
    sign: int
    prior: float
    prior_sd: float
    source: str

    def __post_init__(self) -> None:
        if self.sign not in {-1, 0, 1} or self.prior * self.sign < 0 or self.prior_sd <= 0:
            raise ValueError(f"{self.name}: the prior contradicts the sign, or its spread is not positive")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """n rows: a venue at an origin, what was known then, and whether it happened within the horizon after it.

    x: (n, p) float64, NaN where unknown; y: (n,) 0 or 1; exposure: (n,) horizon of the row over that of the model;
    origin: (n,) datetime64[s]; venue: (n,) int64 numbers of venues; weight: (n,) of the row in a fit.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    exposure: NDArray[np.float64]
    origin: NDArray[np.datetime64]
    venue: NDArray[np.int64]
    weight: NDArray[np.float64]

    def __post_init__(self) -> None:
        n = len(self.y)
        if self.x.ndim != 2 or any(len(a) != n for a in (self.x, self.exposure, self.origin, self.venue, self.weight)):  # noqa: PLR2004
            raise ValueError("all columns must have as many rows as there are labels")
