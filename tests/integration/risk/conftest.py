"""A registered venue, and a look at its score."""

import pytest

from tests.integration.city import Venue, register_venue
from tests.integration.risk.board import Board


@pytest.fixture
def venue(database: str) -> Venue:
    """A registered venue."""
    return register_venue(database)


@pytest.fixture
def board(database: str) -> Board:
    """What the database holds of scores."""
    return Board(url=database)
