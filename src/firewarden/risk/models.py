"""Which model scores? What was promoted last; where nothing was, or scoring is frozen, what experts say."""

from psycopg import AsyncConnection

from firewarden.risk.judging import Yardstick
from firewarden.risk.scoring.likelihood import Likelihood, prior_likelihood
from firewarden.risk.sweeps import Sweep


async def in_use(_: AsyncConnection) -> Likelihood:
    """The model that scores from the next sweep on."""
    return prior_likelihood()


async def yardstick(_: AsyncConnection, sweep: Sweep) -> Yardstick:
    """What that sweep scored with."""
    return Yardstick(likelihood=prior_likelihood(), k=sweep.k)
