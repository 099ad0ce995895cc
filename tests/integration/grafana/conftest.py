"""A small simulated month, made once for all tests of this folder."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from firewarden.dashboards.grafana.check.asking import Asker
from firewarden.dashboards.grafana.check.whole import reader
from firewarden.dashboards.grafana.month.seed import Size, freshen, seed_month
from firewarden.deploy.services import BlockingServices

SIZE = Size(readings=100_000, venues=120)
NAME = "grafana_month"
NO_LIMIT_MS = 60_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """The database, seeded; `readings` are in it."""

    url: str
    readings: int


@pytest.fixture(scope="session")
def month(services: BlockingServices, template: str) -> Iterator[Month]:
    """The database with the month. Tests leave it as it was."""
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(NAME), sql.Identifier(template))
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        connection.execute(create)
    url = make_conninfo(services.database_url, dbname=NAME)
    readings = seed_month(url, SIZE, datetime.now(tz=UTC))
    yield Month(url=url, readings=readings)
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(NAME)))


@pytest.fixture
def owner(month: Month) -> Iterator[psycopg.Connection]:
    """The owner's connection to it, when whoever was heard then is heard now."""
    with psycopg.connect(month.url, autocommit=True) as connection:
        freshen(connection)
        yield connection


@pytest.fixture
def asker(month: Month, owner: psycopg.Connection) -> Iterator[Asker]:
    """Asks as the login that a Grafana has. The machine may be busy: nothing is slow here."""
    with reader(month.url, ours=True) as connection:
        yield Asker(connection=connection, limit_ms=NO_LIMIT_MS)
