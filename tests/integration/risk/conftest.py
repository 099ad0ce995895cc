"""A registered venue whose gateway speaks, and a look at its score."""

from datetime import UTC, datetime

import pytest

from tests.integration.city import GATEWAY, Venue, register_venue
from tests.integration.risk.board import Board
from tests.integration.risk.facts_sql import hear


@pytest.fixture
def venue(database: str) -> Venue:
    """A registered venue, heard of."""
    registered = register_venue(database)
    hear(database, GATEWAY, datetime.now(tz=UTC))
    return registered


@pytest.fixture
def board(database: str) -> Board:
    """What the database holds of scores."""
    return Board(url=database)
