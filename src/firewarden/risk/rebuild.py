"""What is a venue's state as it is stored, and what is it when only its facts are left?"""

from psycopg import AsyncConnection

from firewarden.risk import gather_store, live_store, models
from firewarden.risk.held import Held, take
from firewarden.risk.judging import Yardstick
from firewarden.risk.scoring.score import DEFAULT_K
from firewarden.risk.state import snapshot
from firewarden.risk.state.facts import Micros
from firewarden.risk.state.fold import apply
from firewarden.risk.state.moments import moment
from firewarden.risk.state.venue import VenueState
from firewarden.risk.state.wire import from_json


async def stored(connection: AsyncConnection, row: live_store.StateRow) -> VenueState:
    """The state of a row; one of another version is made again from its facts."""
    if row.version == snapshot.VERSION:
        return snapshot.decode(row.state)
    return await rebuilt(connection, row.venue_id)


async def rebuilt(connection: AsyncConnection, venue: int) -> VenueState:
    """Fold every fact that is kept. What grades and rules remember begins anew."""
    state = VenueState()
    for row in await live_store.facts_of(connection, venue, 0):
        apply(state, from_json(row.data))
    return state


async def known(connection: AsyncConnection, venue: int, now: Micros) -> tuple[VenueState, Yardstick]:
    """What the worker knows of a venue, and what it scores with; before its first step, what the register says."""
    sweep = await live_store.last_sweep(connection)
    if sweep is None:
        by = Yardstick(likelihood=await models.in_use(connection, moment(now)), k=DEFAULT_K)
    else:
        by = await models.yardstick(connection, sweep)
    rows = await live_store.states(connection, [venue])
    if rows:
        return await stored(connection, rows[0]), by
    held = Held()
    for found in await gather_store.register(connection, [venue], now):
        take(held, found)
    return held.state, by
