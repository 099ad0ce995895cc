"""Fixtures of the upkeep's tests."""

import pytest

from tests.integration.city import Venue, register_venue


@pytest.fixture
def venue(database: str) -> Venue:
    """One venue with a gateway and two points."""
    return register_venue(database)
