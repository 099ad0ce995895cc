"""What is a venue's state when only its facts are left?"""

from psycopg import AsyncConnection

from firewarden.risk import live_store
from firewarden.risk.state.fold import apply
from firewarden.risk.state.venue import VenueState
from firewarden.risk.state.wire import from_json


async def rebuilt(connection: AsyncConnection, venue: int) -> VenueState:
    """Fold every fact that is kept. What grades and rules remember begins anew."""
    state = VenueState()
    for row in await live_store.facts_of(connection, venue, 0):
        apply(state, from_json(row.data))
    return state
