"""A database in which whatever can be private is planted, and every partitioned table has a partition."""

from pathlib import Path

import psycopg

PLANTED = "PLANTED-13800138000"


def plant(url: str) -> None:
    """Fill a migrated database."""
    text = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    with psycopg.connect(url) as connection:
        connection.execute(text.replace("PLANTED", PLANTED).encode())
