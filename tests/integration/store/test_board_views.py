"""Are the views of dashboards what their documentation says, and can their reader see nothing else?"""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql


def views(connection: psycopg.Connection) -> list[str]:
    """Every view of the interface."""
    rows = connection.execute("SELECT viewname FROM pg_views WHERE schemaname = 'board' ORDER BY 1").fetchall()
    return [str(name) for (name,) in rows]


@pytest.fixture
def reader(database: str) -> Iterator[psycopg.Connection]:
    """A session that may do what fw_grafana may."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("SET ROLE fw_grafana")
        yield connection


def test_the_reader_reads_every_view(reader: psycopg.Connection) -> None:
    """An empty database has answers too, and no view needs a right that the reader lacks."""
    for view in views(reader):
        reader.execute(sql.SQL("SELECT * FROM board.{}").format(sql.Identifier(view)))
