"""How does a Grafana come to the database? By a login of its own that may read the views of schema `board` alone.

Its limits in time are defaults that a session can change; what holds are its rights: it has those of `fw_grafana`, and
what this database gives to everybody.
"""

from collections.abc import Callable

import psycopg
from psycopg import Connection, sql

from firewarden.store.queries import Queries

SQL = Queries("firewarden.dashboards.grafana")

LOGIN = "fw_grafana_login"
READER = "fw_grafana"
CONNECTIONS_MAX = 20
DEFAULTS = {
    "default_transaction_read_only": "on",
    "statement_timeout": "10s",
    "idle_in_transaction_session_timeout": "10s",
    "search_path": "board, public",  # Grafana's macros call time_bucket, which lives in public
    "timezone": "UTC",
    "jit": "off",  # compiling the plan of a month's chunks takes longer than running it
}


class LoginError(Exception):
    """The login cannot be made; says why."""


def rotate(url: str, password: str, keep: Callable[[], None]) -> bool:
    """Make the login, or give it a new password. `keep` puts the password away, and is called before it is valid.

    True: it is new. Raises LoginError, OSError of `keep`; then nothing has changed.
    """
    try:
        with psycopg.connect(url, connect_timeout=5, application_name="firewarden grafana login") as connection:
            made = _rotate(connection, password)
            keep()
    except psycopg.Error as error:
        raise LoginError(f"the login was not made: {error}") from error
    return made


def _rotate(connection: Connection, password: str) -> bool:
    roles = {str(name) for (name,) in connection.execute(SQL["roles"], {"names": [LOGIN, READER]})}
    if READER not in roles or connection.execute(SQL["views"]).fetchone() != (True,):
        raise LoginError("the database has no views for dashboards: `firewarden db migrate` makes them")
    login = sql.Identifier(LOGIN)
    if LOGIN not in roles:
        connection.execute(sql.SQL("CREATE ROLE {}").format(login))
    hashed = connection.pgconn.encrypt_password(password.encode(), LOGIN.encode(), b"scram-sha-256").decode()
    connection.execute(  # the server, its logs and its statistics never see the password itself
        sql.SQL(
            "ALTER ROLE {} LOGIN INHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
            " CONNECTION LIMIT {} PASSWORD {}"
        ).format(login, sql.Literal(CONNECTIONS_MAX), sql.Literal(hashed))
    )
    for (other,) in connection.execute(SQL["memberships"], {"login": LOGIN, "reader": READER}).fetchall():
        connection.execute(sql.SQL("REVOKE {} FROM {}").format(sql.Identifier(str(other)), login))
    connection.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(READER), login))
    for name, value in DEFAULTS.items():
        # A list of names is a list to SET; as one literal it would be one name.
        values = sql.SQL(", ").join(sql.Literal(part.strip()) for part in value.split(","))
        connection.execute(sql.SQL("ALTER ROLE {} SET {} = {}").format(login, sql.Identifier(name), values))
    _close(connection, login)
    return LOGIN not in roles


def _close(connection: Connection, login: sql.Identifier) -> None:
    """In this database nobody makes temporary tables but the process that imports the register."""
    database = sql.Identifier(connection.info.dbname)
    connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(database, login))
    connection.execute(sql.SQL("GRANT TEMPORARY ON DATABASE {} TO fw_api").format(database))
    connection.execute(sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(database))
