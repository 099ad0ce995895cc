"""What can the login of a Grafana see and do? The views of schema board, and nothing else."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.errors import InsufficientPrivilege
from typer.testing import CliRunner

from firewarden.cli.app import build
from firewarden.dashboards.grafana.login import LOGIN, LoginError, rotate
from tests.integration.dashboards.planted import PLANTED, plant

PASSWORD = "of-a-login-that-lives-as-long-as-the-test"  # noqa: S105

THE_EXTENSIONS_OWN = "EXISTS (SELECT 1 FROM pg_depend x WHERE x.objid = o.oid AND x.deptype = 'e')"
SYSTEM = "n.nspname IN ('pg_catalog', 'information_schema') OR n.nspname LIKE 'pg\\_%'"
SECRET_COLUMNS = {
    ("api_key", "key_hash"),
    ("app_user", "password_hash"),
    ("audit", "detail"),
    ("command_reply", "detail"),
    ("control_room", "phone"),
    ("device_link", "peer"),
    ("event", "data"),
    ("gateway", "credential"),
    ("gateway_command", "args"),
    ("gateway_command", "detail"),
    ("gb_device", "peer"),
    ("incident", "note"),
    ("incident_action", "reason"),
    ("operator_action", "operator"),
    ("process_figures", "last_error"),
    ("quarantine", "detail"),
    ("quarantine", "payload"),
    ("quarantine", "topic"),
    ("raw_frame", "frame"),
    ("risk_choice_round", "purpose"),
    ("risk_override", "reason"),
    ("risk_proposal", "reason"),
    ("upkeep_job", "detail"),
    ("user_session", "token_hash"),
    ("venue", "address"),
}


def of(url: str, password: str) -> str:
    """The address for the login."""
    return make_conninfo(url, user=LOGIN, password=password)


@pytest.fixture
def login(database: str) -> Iterator[str]:
    """The address of a database, with planted values and every kind of partition, for the login that was made there."""
    plant(database)
    rotate(database, PASSWORD, lambda: None)
    yield of(database, PASSWORD)
    drop(database)


def drop(url: str) -> None:
    """Roles belong to the whole server: the next test begins without it."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(LOGIN)))
        connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(LOGIN)))


@pytest.fixture
def session(login: str) -> Iterator[psycopg.Connection]:
    """A session of somebody who means harm: the defaults that can be changed are changed."""
    with psycopg.connect(login, autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        connection.execute("SET statement_timeout = 0")
        yield connection


def relations(url: str) -> list[tuple[str, str, str]]:
    """Schema, name and kind of everything that has rows and is neither a view of ours nor the extension's own."""
    query = sql.SQL(
        "SELECT n.nspname, o.relname, o.relkind FROM pg_class o JOIN pg_namespace n ON n.oid = o.relnamespace"
        " WHERE o.relkind IN ('r', 'v', 'm', 'p', 'f', 'S') AND n.nspname <> 'board' AND NOT ({}) AND NOT {}"
    ).format(sql.SQL(SYSTEM), sql.SQL(THE_EXTENSIONS_OWN))
    with psycopg.connect(url) as connection:
        return [(str(a), str(b), str(c)) for a, b, c in connection.execute(query).fetchall()]


def refused(session: psycopg.Connection, statement: str | sql.Composed) -> bool:
    """Whether the server refuses a statement for want of a right."""
    try:
        session.execute(statement.encode() if isinstance(statement, str) else statement)
    except InsufficientPrivilege:
        return True
    return False


def tries(kind: str) -> list[sql.SQL]:
    """What one may try with a relation of a kind."""
    if kind == "S":
        return [sql.SQL("SELECT last_value FROM {}"), sql.SQL("SELECT setval({}::regclass, 1)")]
    writes = ("INSERT INTO {} DEFAULT VALUES", "DELETE FROM {}", "TRUNCATE {}") if kind in {"r", "p"} else ()
    return [sql.SQL("SELECT * FROM {}"), *(sql.SQL(write) for write in writes)]


def test_every_relation_outside_the_views_is_refused(database: str, session: psycopg.Connection) -> None:
    """Tables, chunks, the job queue, old views and sequences can neither be read nor written, in any schema."""
    found = relations(database)
    assert {schema for schema, _, _ in found} >= {"public", "jobs", "_timescaledb_internal"}
    assert any(name.startswith("_hyper_") for _, name, _ in found)
    open_ones: list[str] = []
    for schema, name, kind in found:
        for each in tries(kind):
            as_text = each.as_string(session).startswith("SELECT setval")
            of_it = sql.Literal(f"{schema}.{name}") if as_text else sql.Identifier(schema, name)
            if not refused(session, each.format(of_it)):
                open_ones.append(f"{each.as_string(session)} {schema}.{name}")
    assert open_ones == []


def test_what_the_extension_shows_to_everybody_cannot_be_written(database: str, session: psycopg.Connection) -> None:
    """Its catalogues tell names and time ranges of chunks; they hold no row of ours, and the login writes none."""
    query = sql.SQL(
        "SELECT o.oid::regclass::text FROM pg_class o JOIN pg_namespace n ON n.oid = o.relnamespace"
        " WHERE o.relkind IN ('r', 'v', 'm', 'p') AND NOT ({}) AND {}"
        " AND has_table_privilege(o.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER')"
    ).format(sql.SQL(SYSTEM), sql.SQL(THE_EXTENSIONS_OWN))
    assert session.execute(query).fetchall() == []


def test_every_function_with_the_rights_of_another_is_refused(database: str, session: psycopg.Connection) -> None:
    """But one, which tells how old the oldest transaction is: a single number."""
    query = sql.SQL(
        "SELECT o.oid::regprocedure::text, has_function_privilege(o.oid, 'EXECUTE') FROM pg_proc o"
        " JOIN pg_namespace n ON n.oid = o.pronamespace WHERE o.prosecdef AND NOT ({}) AND NOT {}"
    ).format(sql.SQL(SYSTEM), sql.SQL(THE_EXTENSIONS_OWN))
    allowed = {str(name): bool(may) for name, may in session.execute(query).fetchall()}
    assert len(allowed) > 10
    assert [name for name, may in allowed.items() if may] == ["oldest_transaction_s()"]
    for call in ("forget_audit(1)", "drop_old_chunks('readings')", "compress_one_chunk('1 day')"):
        assert refused(session, f"SELECT {call}")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.mine (x integer)",
        "CREATE TABLE board.mine (x integer)",
        "CREATE TEMPORARY TABLE mine (x integer)",
        "CREATE SCHEMA mine",
        "CREATE VIEW board.mine AS SELECT 1",
        "CREATE FUNCTION public.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "ALTER VIEW board.venue RENAME TO mine",
        "UPDATE board.fact SET gateway_id = ''",
        "DELETE FROM board.quarantine",
        "SET ROLE fw_api",
        "SET ROLE fw_keeper",
        "COPY board.venue TO '/tmp/mine'",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename <> current_user",
        "SELECT rolpassword FROM pg_authid",
        "ALTER ROLE fw_grafana_login CREATEROLE",
    ],
)
def test_nothing_can_be_made_changed_or_taken_over(session: psycopg.Connection, statement: str) -> None:
    """Neither in the views nor beside them."""
    assert refused(session, statement)


def test_every_view_can_be_read_and_none_has_a_secret(database: str, session: psycopg.Connection) -> None:
    """What was planted in phones, notes, payloads, hashes and the like comes out of no view."""
    with psycopg.connect(database) as owner:
        views = [str(name) for (name,) in owner.execute("SELECT viewname FROM pg_views WHERE schemaname = 'board'")]
    assert len(views) > 30
    for view in views:
        rows = session.execute(sql.SQL("SELECT v::text FROM board.{} v").format(sql.Identifier(view))).fetchall()
        assert [row for row in rows if PLANTED in str(row[0])] == [], view


def test_no_view_is_made_from_a_secret_column(database: str) -> None:
    """By the database's own record of what each view uses."""
    with psycopg.connect(database) as owner:
        used = owner.execute(
            "SELECT table_name, column_name FROM information_schema.view_column_usage WHERE view_schema = 'board'"
        ).fetchall()
        all_columns = owner.execute("SELECT table_name, column_name FROM information_schema.columns").fetchall()
    assert set(all_columns) >= SECRET_COLUMNS
    assert set(used) & SECRET_COLUMNS == set()


def test_its_sessions_are_short_and_read_only_by_default(login: str) -> None:
    """A heavy or careless query ends by itself."""
    with psycopg.connect(login) as connection:
        shown = {
            name: connection.execute(sql.SQL("SHOW {}").format(sql.Identifier(name))).fetchone()
            for name in ("default_transaction_read_only", "statement_timeout", "search_path")
        }
    assert shown == {
        "default_transaction_read_only": ("on",),
        "statement_timeout": ("10s",),
        "search_path": ("board, public",),
    }


def test_a_new_password_ends_the_old_one(database: str, login: str) -> None:
    """Rotating is one command, and takes away whatever rights the login was given besides."""
    with psycopg.connect(database, autocommit=True) as owner:
        owner.execute(sql.SQL("GRANT fw_api TO {}").format(sql.Identifier(LOGIN)))
    assert rotate(database, "another", lambda: None) is False
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(login)
    with psycopg.connect(of(database, "another")) as connection, pytest.raises(InsufficientPrivilege):
        connection.execute("SELECT password_hash FROM app_user")


def test_where_the_password_cannot_be_kept_the_old_one_stays(database: str, login: str) -> None:
    """No login gets a password that nobody has."""

    def fails() -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        rotate(database, "another", fails)
    with psycopg.connect(login) as connection:
        assert connection.execute("SELECT count(*) FROM venue").fetchone() is not None


def test_a_database_without_views_is_named(database: str) -> None:
    """Who logs Grafana in before migrating is told what to do."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DROP SCHEMA board CASCADE")
    with pytest.raises(LoginError, match="db migrate"):
        rotate(database, PASSWORD, lambda: None)


def test_the_command_tells_the_password_once(database: str, tmp_path: Path) -> None:
    """On the screen, or in a file that nobody else can read and then not on the screen."""
    env = {"FIREWARDEN_DATABASE_URL": database}
    kept = tmp_path / "password"
    to_file = CliRunner().invoke(build("grafana"), ["grafana", "login", "--password-out", str(kept)], env=env)
    password = kept.read_text(encoding="utf-8").strip()
    assert to_file.exit_code == 0
    assert password not in to_file.output
    assert kept.stat().st_mode & 0o777 == 0o600
    psycopg.connect(of(database, password)).close()
    told = CliRunner().invoke(build("grafana"), ["grafana", "login"], env=env)
    assert told.exit_code == 0
    psycopg.connect(of(database, told.stdout.splitlines()[-1])).close()
    nowhere = CliRunner().invoke(
        build("grafana"), ["grafana", "login", "--password-out", str(tmp_path / "no" / "folder")], env=env
    )
    assert nowhere.exit_code == 1
    psycopg.connect(of(database, told.stdout.splitlines()[-1])).close()
    drop(database)
