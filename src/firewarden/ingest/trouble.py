"""Whose fault is it when a message cannot be stored: the message's, or the database's? And what should be done?

A message at fault goes to quarantine, and the others are stored. The database's trouble is waited for: everything is
tried again until it works. Both mistakes are bad, so the SQLSTATE decides, and no guess: a message blamed for the
database's trouble is a fire without effect, a database blamed for a message's content stops all that come behind it.
"""

from dataclasses import dataclass

import psycopg

from firewarden.store.database import NoAnswerError, NotReplicatedError
from firewarden.store.errors import DatabaseUnreachableError

TROUBLES = (psycopg.Error, ValueError, ArithmeticError)
"""What storing a batch can raise; `blames_message` says what it is. The last two are our own code on odd content: if
they ended the process, the same message would end the next one."""

RETRIED = (*TROUBLES, DatabaseUnreachableError)
"""What is tried again on a new connection, with nothing remembered of the old one. The writer lets a message at fault
get so far only if even its quarantine is refused."""

_OF_MESSAGES = {
    "22",  # data exception: a value that does not fit
    "23",  # integrity constraint: a value that a constraint refuses
    "44",  # WITH CHECK OPTION: the same, of a view
    "54",  # program limit: an index row too large, a statement too complex
    # What only a trigger or function can raise that somebody added; it judges rows.
    *("09", "20", "21", "27", "2F", "38", "39", "P0"),
}
_NEVERTHELESS_OF_THE_DATABASE = {
    "22P03",  # our packed rows have one width; a column that was altered has another
    "22P04",
    "23502",  # we leave no column empty: one was added that may not be
    "23503",  # what we remember of the register was deleted: a new connection remembers nothing
}


def blames_message(error: BaseException) -> bool:
    """Whether a message's content is at fault, and trying again as it is can never help."""
    if isinstance(error, ValueError | ArithmeticError):
        return True
    if not isinstance(error, psycopg.Error):
        return False
    if error.sqlstate is None:  # raised before anything was sent, or the connection broke
        return isinstance(error, psycopg.DataError)
    return error.sqlstate[:2] in _OF_MESSAGES and error.sqlstate not in _NEVERTHELESS_OF_THE_DATABASE


_SCHEMA = "the database is not that of this version: run `firewarden db migrate` as its owner"
_STANDBY = (
    "this server may not write, it is a standby: name the primary in FIREWARDEN_DATABASE_URL, or all servers:"
    " postgresql://user:password@first:5432,second:5432/firewarden"
)
_ADVICE = {
    "25006": _STANDBY,
    "40P01": "two transactions waited for each other; if this goes on, see pg_stat_activity for who locks tables",
    "53100": "the disk of the database is full: free some space or enlarge it, and work goes on by itself",
    "53200": "the database is out of memory: give it more, or lower shared_buffers and work_mem",
    "53300": "the database is out of connections: close some, or raise max_connections",
    "55P03": "somebody locks a table: see pg_stat_activity",
    "57014": "a statement took too long: somebody locks a table (see pg_stat_activity), or the disk is very slow",
    "57P01": "the database is being stopped, or somebody ended our connection",
    "57P03": "the database is starting or stopping: nothing to do, unless it stays so",
    "58030": "the disk of the database fails: see its log and the kernel's",
    "22P03": _SCHEMA,
    "22P04": _SCHEMA,
    "23502": _SCHEMA,
    "23503": "something was deleted from the register while it spoke: nothing to do, unless it stays so",
    "42501": "a right is missing: run `firewarden db migrate` as the database's owner",
    "XX001": "the database is damaged: stop everything, copy its files, restore the last backup",
    "XX002": "an index is damaged: REINDEX it, and check the disk",
}
_ADVICE_BY_CLASS = {
    "08": "the connection broke: nothing to do, unless it stays so",
    "28": "the login is refused: check the name and password in FIREWARDEN_DATABASE_URL",
    "3D": "there is no such database: check FIREWARDEN_DATABASE_URL",
    "42": _SCHEMA,
}
# A refused login comes without a SQLSTATE: only its text says why.
_ADVICE_BY_TEXT = {
    "too many c": _ADVICE["53300"],
    "connection slots": _ADVICE["53300"],
    "No space left": _ADVICE["53100"],
    "password authentication failed": _ADVICE_BY_CLASS["28"],
    "starting up": _ADVICE["57P03"],
    "recovery": _ADVICE["57P03"],
    "read-only": _STANDBY,
    "hot standby": _STANDBY,
}
_ADVICE_OTHERWISE = "see the log of the database"


def advice(error: BaseException) -> str:
    """What an operator should do about the database's trouble."""
    if isinstance(error, NotReplicatedError):
        return "the synchronous standby does not answer: bring it back, or take it out of synchronous_standby_names"
    if isinstance(error, NoAnswerError):
        return "the database, the network to it, or its synchronous standby hangs: see whether it answers anybody"
    state = error.sqlstate if isinstance(error, psycopg.Error) else None
    if state is not None:
        return _ADVICE.get(state) or _ADVICE_BY_CLASS.get(state[:2]) or _ADVICE_OTHERWISE
    for words, what in _ADVICE_BY_TEXT.items():
        if words in str(error):
            return what
    return "is the database running, and is FIREWARDEN_DATABASE_URL right?"


@dataclass(slots=True)
class Outage:
    """What of an outage is worth a line: that it began, each new cause, and that it is over."""

    begun_s: float | None = None
    advice: str | None = None

    def failed(self, error: BaseException, now_s: float) -> str | None:
        """The advice to log; None while the cause is the one that was logged. `now_s` is of a steady clock."""
        self.begun_s = now_s if self.begun_s is None else self.begun_s
        told, self.advice = self.advice, advice(error)
        return self.advice if self.advice != told else None

    def over(self, now_s: float) -> float | None:
        """How many seconds it took; None where there was none."""
        begun, self.begun_s, self.advice = self.begun_s, None, None
        return None if begun is None else now_s - begun
