"""With which model was, or is, scored? What was promoted last; where nothing was, what experts say."""

from datetime import datetime

from psycopg import AsyncConnection

from firewarden.risk import registry
from firewarden.risk.judging import Yardstick
from firewarden.risk.scoring.likelihood import Likelihood, prior_likelihood
from firewarden.risk.sweeps import Sweep


async def in_use(connection: AsyncConnection, at: datetime) -> Likelihood:
    """The model that scores from the next sweep on; the prior while the promoted one cannot be read."""
    return (await registry.load_active(connection, at)).likelihood


async def yardstick(connection: AsyncConnection, sweep: Sweep) -> Yardstick:
    """What that sweep scored with. Raises registry.RefusedError for a model that this version cannot read."""
    prior = prior_likelihood()
    if sweep.model == prior.version:
        return Yardstick(likelihood=prior, k=sweep.k)
    stored = await registry.model(connection, sweep.model)
    return Yardstick(likelihood=registry.likelihood_of(stored), k=sweep.k)
