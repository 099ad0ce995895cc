"""Does every way to a database end at the same one?"""

import psycopg


def test_a_migrated_database_has_the_tables(database: str) -> None:
    """The migrations run on an empty database."""
    with psycopg.connect(database) as connection:
        row = connection.execute("SELECT count(*) FROM venue").fetchone()
    assert row == (0,)
