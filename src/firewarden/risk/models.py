"""Which model scores? What was promoted last; where nothing was, or scoring is frozen, what experts say."""

from psycopg import AsyncConnection

from firewarden.risk import live_store
from firewarden.risk.judging import Yardstick
from firewarden.risk.scoring.likelihood import Likelihood, prior_likelihood
from firewarden.risk.sweeps import Sweep


async def in_use(connection: AsyncConnection) -> Likelihood:
    """The model that scores from the next sweep on."""
    row = await (await connection.execute(live_store.SQL["model_in_use"])).fetchone()
    if row is None or row[1]:
        return prior_likelihood()
    return await _named(connection, str(row[0]))


async def yardstick(connection: AsyncConnection, sweep: Sweep) -> Yardstick:
    """What that sweep scored with."""
    return Yardstick(likelihood=await _named(connection, sweep.model), k=sweep.k)


async def _named(connection: AsyncConnection, version: str) -> Likelihood:
    prior = prior_likelihood()
    if version == prior.version:
        return prior
    return await load(connection, version)
