"""Filling an empty, migrated database with the simulated month."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from psycopg import sql

from firewarden.dashboards.grafana.month import (
    commands,
    desk,
    desk_tables,
    facts,
    models,
    processes,
    register,
    risk,
    traffic,
    water,
)
from firewarden.dashboards.grafana.month.tables import DAYS, Table, midnight
from firewarden.store.queries import Queries

SQL = Queries("firewarden.dashboards.grafana.month")
VENUES = 1_000
SEED = 1


class NotEmptyError(Exception):
    """The database has a register of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large the month is. The same seed and end make the same month."""

    readings: int = 10_000_000
    venues: int = VENUES
    seed: int = SEED


def seed_month(database_url: str, size: Size, now: datetime, on_step: Callable[[str], None] = lambda _: None) -> int:
    """Fill the database, or move what is there to the present; returns how many readings it has.

    Raises NotEmptyError where somebody else's venues are in it, psycopg.Error.
    """
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(SQL["patient"])
        if _is_seeded(connection):
            on_step("the month is there already")
        else:
            _fill(connection, size, now, on_step)
        connection.execute(SQL["freshen"])
        row = connection.execute(SQL["readings"]).fetchone()
        return int(row[0]) if row else 0


def refuse_foreign(database_url: str) -> None:
    """Raise NotEmptyError where the database holds somebody else's city; nothing is changed before that is known."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        if connection.execute(SQL["known"]).fetchone() == (True,):
            _is_seeded(connection)


def freshen(connection: psycopg.Connection) -> None:
    """Whoever was heard when the month was made is heard now."""
    connection.execute(SQL["freshen"])


def _is_seeded(connection: psycopg.Connection) -> bool:
    row = connection.execute(SQL["venues"]).fetchone()
    venues, ours = row or (0, 0)
    if venues != ours:
        raise NotEmptyError("the database has venues that are not the simulated month's: name an empty one")
    return bool(venues)


def _fill(connection: psycopg.Connection, size: Size, now: datetime, on_step: Callable[[str], None]) -> None:
    city = register.build(size.venues, size.seed)
    on_step("register, incidents, scores, figures")
    with connection.transaction():
        connection.execute(SQL["quiet"])
        for table in month_tables(city, now, size.seed):
            _copy(connection, table)
        connection.execute(SQL["loud"])
    readings = water.plan(city.sensors, size.readings, now, size.seed)
    on_step(f"{readings.in_all:,} readings")
    for day in range(DAYS):
        with connection.transaction(), connection.cursor() as cursor, cursor.copy(SQL["copy_readings"]) as stream:
            stream.write(water.packed_day(readings, day))
    on_step("hours and days")
    _roll_up(connection, now)
    on_step("vacuum, analyze")
    connection.execute(SQL["vacuum"])


def month_tables(city: register.Register, now: datetime, seed: int) -> list[Table]:
    """Every table but the readings, in an order in which they may be filled."""
    episodes = desk.episodes(city, now, seed)
    said = facts.facts(city, episodes, now, seed)
    return [
        *register.tables(city, now),
        *traffic.tables(city, said, now, seed),
        *facts.tables(said, now),
        *desk_tables.tables(episodes),
        *commands.tables(city, now, seed),
        *models.tables(city, now, seed),
        *risk.tables(city, water.findings(city.sensors), now, seed),
        *processes.tables(now, seed),
    ]


def _copy(connection: psycopg.Connection, table: Table) -> None:
    names = table.columns.split()
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in table.rows:
            copy.write_row(row)
    if table.identity is not None:
        values = {"table": table.name, "column": table.identity, "next": len(table.rows) + 1}
        connection.execute(SQL["go_on"], values)


def _roll_up(connection: psycopg.Connection, now: datetime) -> None:
    rollup = Queries("firewarden.upkeep")  # its own statements: hours and days as the job would have made them
    for ago in range(DAYS, -1, -1):
        day = midnight(now, ago)
        values = {"day": day, "from_at": day, "to_at": day + timedelta(days=1), "point_ids": None}
        with connection.transaction():
            connection.execute(rollup["roll_hours"], values)
            connection.execute(rollup["roll_day"], values)
    connection.execute(SQL["rolled_up"])
