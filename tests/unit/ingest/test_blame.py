"""Is each of PostgreSQL's errors blamed on the right one, and does the log say what to do?"""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors

from firewarden.ingest.trouble import RETRIED, TROUBLES, Outage, advice, blames_message
from firewarden.store.database import NoAnswerError, NotReplicatedError
from firewarden.store.errors import DatabaseUnreachableError

MESSAGE, DATABASE = True, False

# By class of SQLSTATE, as in appendix A of PostgreSQL's manual; what a class's single states say otherwise is below.
CLASSES = {
    **dict.fromkeys(("02", "03", "08", "0A", "0B", "0F", "0L", "0P", "0Z", "10"), DATABASE),
    **dict.fromkeys(("24", "25", "26", "28", "2B", "2D", "34", "3B", "3D", "3F", "40", "42"), DATABASE),
    **dict.fromkeys(("53", "55", "57", "58", "72", "F0", "HV", "XX"), DATABASE),
    **dict.fromkeys(("09", "20", "21", "22", "23", "27", "2F", "38", "39", "44", "54", "P0"), MESSAGE),
}
STATES = {
    "22P03": DATABASE,  # an altered column does not fit our packed rows
    "22P04": DATABASE,
    "23502": DATABASE,  # a column was added that may not be empty
    "23503": DATABASE,  # something was deleted that we remember
}


def known_states() -> Iterator[tuple[str, type[psycopg.Error]]]:
    """Every SQLSTATE that the driver knows, with its exception."""
    for name in dir(errors):
        found = getattr(errors, name)
        if isinstance(found, type) and issubclass(found, psycopg.Error) and found.sqlstate:
            yield found.sqlstate, found


KNOWN = dict(known_states())


@pytest.mark.parametrize("state", sorted(KNOWN))
def test_every_known_error_is_blamed_as_decided(state: str) -> None:
    """No class was left to chance: a new one fails here until somebody decides."""
    error = KNOWN[state]("what it says")
    assert blames_message(error) is STATES.get(state, CLASSES[state[:2]])
    assert isinstance(error, TROUBLES)
    assert advice(error)


def test_all_classes_are_known_ones() -> None:
    """The table above has no class that does not exist, and leaves none out."""
    assert set(CLASSES) == {state[:2] for state in KNOWN}
    assert set(STATES) <= set(KNOWN)


@pytest.mark.parametrize(
    ("error", "blamed"),
    [
        (psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes"), MESSAGE),
        (UnicodeEncodeError("utf-8", "\ud800", 0, 1, "surrogates not allowed"), MESSAGE),
        (OverflowError("int too big to convert"), MESSAGE),
        (ValueError("what our own code cannot do with it"), MESSAGE),
        (psycopg.OperationalError("server closed the connection unexpectedly"), DATABASE),
        (psycopg.InterfaceError("the connection is closed"), DATABASE),
        (psycopg.DatabaseError("an extension's own SQLSTATE"), DATABASE),
        (NoAnswerError("no answer"), DATABASE),
        (NotReplicatedError("no standby"), DATABASE),
        (DatabaseUnreachableError("nobody there"), DATABASE),
        (KeyError("a defect that no message can cause"), DATABASE),
    ],
)
def test_errors_without_a_state(error: Exception, blamed: bool) -> None:  # noqa: FBT001 - a parameter of the table
    """What the driver or we raise ourselves; whatever is blamed on the database is tried again."""
    assert blames_message(error) is blamed
    assert isinstance(error, (*RETRIED, KeyError))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (errors.DiskFull("could not extend file"), "disk of the database is full"),
        (errors.ReadOnlySqlTransaction("cannot execute INSERT in a read-only transaction"), "it is a standby"),
        (errors.QueryCanceled("canceling statement due to statement timeout"), "locks a table"),
        (errors.DeadlockDetected("deadlock detected"), "pg_stat_activity"),
        (errors.UndefinedColumn("no such column"), "firewarden db migrate"),
        (errors.InsufficientPrivilege("permission denied"), "firewarden db migrate"),
        (DatabaseUnreachableError("FATAL:  sorry, too many clients already"), "out of connections"),
        (DatabaseUnreachableError('FATAL:  too many connections for role "fw"'), "out of connections"),
        (DatabaseUnreachableError("session is read-only"), "it is a standby"),
        (DatabaseUnreachableError('password authentication failed for user "fw"'), "name and password"),
        (DatabaseUnreachableError("Connection refused"), "is the database running"),
        (NotReplicatedError("no standby"), "synchronous_standby_names"),
        (NoAnswerError("no answer"), "hangs"),
        (errors.DataCorrupted("invalid page"), "restore the last backup"),
        (psycopg.DatabaseError("?"), "FIREWARDEN_DATABASE_URL"),
    ],
)
def test_the_log_says_what_to_do(error: Exception, words: str) -> None:
    """An operator who reads only the advice knows where to begin."""
    assert words in advice(error)


def test_an_outage_is_told_once_for_each_cause() -> None:
    """Not each attempt is a line: the beginning, another cause, and the end with how long it took."""
    outage = Outage()
    assert outage.over(0.0) is None
    assert outage.failed(errors.DiskFull("full"), 10.0) == advice(errors.DiskFull())
    assert outage.failed(errors.DiskFull("full"), 11.0) is None
    assert outage.failed(errors.AdminShutdown("ended"), 12.0) == advice(errors.AdminShutdown())
    assert outage.over(15.0) == 5.0
    assert outage.over(16.0) is None
    assert outage.failed(errors.DiskFull("full"), 20.0) == advice(errors.DiskFull())
