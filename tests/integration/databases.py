"""A database of its own for each test, cloned from a migrated one (a pytest plugin module)."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from firewarden.deploy.services import BlockingServices
from firewarden.store.migrate import migrate

TEMPLATE = "firewarden_template"


@pytest.fixture(scope="session")
def template(services: BlockingServices) -> str:
    """The name of a migrated database that nobody is connected to."""
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(TEMPLATE)))
    url = make_conninfo(services.database_url, dbname=TEMPLATE)
    migrate(url)
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        _release(connection, TEMPLATE)
    return TEMPLATE


@pytest.fixture
def database(services: BlockingServices, template: str) -> Iterator[str]:
    """The address, as its owner, of a fresh migrated database."""
    name = f"test_{uuid.uuid4().hex}"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        connection.execute(create)
    yield make_conninfo(services.database_url, dbname=name)
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _release(connection: psycopg.Connection, name: str) -> None:
    """TimescaleDB's background worker keeps a database from being a template: send it away, and let none come back."""
    connection.execute(sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false").format(sql.Identifier(name)))
    connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
