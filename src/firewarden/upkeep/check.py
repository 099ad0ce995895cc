"""Is what the database says consistent with itself, and if not, what is to be done?"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

from firewarden.desk.incidents import PRIORITY
from firewarden.store.queries import Queries
from firewarden.upkeep.retention import DataClass
from firewarden.upkeep.seen import job_states

FOUND_MAX = 20
"""Findings of one check that are shown: whoever sees so many looks for one cause."""
SAMPLED_DAYS = 5
SAMPLED_POINTS = 50

SQL = Queries("firewarden.upkeep", "check_queries.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One thing that is wrong."""

    subject: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One check and what it found, with what to do about it."""

    name: str
    question: str
    mend: str
    found: tuple[Found, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Check:
    name: str
    question: str
    mend: str


_PLAIN: tuple[_Check, ...] = (
    _Check(
        name="ledger_ranges",
        question="Are the stored message numbers of every stream possible?",
        mend="No process writes this: somebody or something else did. Restore the rows from a backup; until then the"
        " gateway's messages are judged by what stands there.",
    ),
    _Check(
        name="ledger_holes",
        question="Does every missing message stand in a gap?",
        mend="Ingest records a gap with the next message of that stream. If the stream has ended (the gateway"
        " restarted), the gap must be inserted by hand into message_gap.",
    ),
    _Check(
        name="gaps_beyond",
        question="Is every gap below the highest stored number?",
        mend="The ledger row is older than the gap, as after restoring single tables. Restore message_ledger and"
        " message_gap together.",
    ),
    _Check(
        name="incidents_without_episode",
        question="Does every open incident still have its condition?",
        mend="Look at the venue; if the condition is over, close the incident in the console, saying so.",
    ),
    _Check(
        name="episodes_without_incident",
        question="Does every open condition that needs a person have its incident?",
        mend="Somebody must look at the venue now. The next report of the condition does not open an incident while the"
        " episode is open: end it with UPDATE episode SET cleared_at = now() WHERE id = ... and restart the gateway, or"
        " have it report its states.",
    ),
    _Check(
        name="orphan_points",
        question="Do all measured days belong to points of the register?",
        mend="The point was deleted from the register. Nothing shows these readings; they go when their time is over.",
    ),
    _Check(
        name="orphan_facts",
        question="Do all state changes belong to gateways and points of the register?",
        mend="The gateway or point was deleted from the register. Its history goes when its time is over.",
    ),
    _Check(
        name="notes_behind",
        question="Are new readings noticed by the rollups?",
        mend="Is `firewarden upkeep` running? `firewarden db jobs` says how its last runs went.",
    ),
    _Check(
        name="retention_classes",
        question="Does every class of data have a time for which it is kept?",
        mend="INSERT INTO retention (class, keep) VALUES ('the class', '1096 days').",
    ),
    _Check(
        name="old_chunks",
        question="Is forgotten what should be?",
        mend="`firewarden upkeep run retention`, and see what it says.",
    ),
    _Check(
        name="old_devices",
        question="Are unknown devices and old commands forgotten?",
        mend="`firewarden upkeep run retention`, and see what it says.",
    ),
    _Check(
        name="frames_uncounted",
        question="Does every frame of a device have its own stored number?",
        mend="No process writes this: ledger and frame are written together. Restore message_ledger and raw_frame from"
        " the same backup.",
    ),
    _Check(
        name="facts_without_frame",
        question="Can what devices said be read in their frames?",
        mend="The facts count all the same. No process deletes single frames: see who else writes to the database.",
    ),
    _Check(
        name="states_unfounded",
        question="Is what points are remembered to hold what was last said of them?",
        mend="DELETE FROM component_state WHERE point_id = ...: the next frame about the point says what it holds.",
    ),
    _Check(
        name="links_of_nobody",
        question="Are the devices that count as connected connected to a process that lives?",
        mend="Start ingest under that worker's name again, or say that it ended: UPDATE device_link SET"
        " ended_at = now(), end_reason = 'worker_gone' WHERE gateway_id = ...",
    ),
    _Check(
        name="commands_unsettled",
        question="Does everything that is asked of gateways end?",
        mend="Is `firewarden ingest` running? It ends commands, also those that were sent by another process.",
    ),
)
_ROLLED = (
    _Check(
        name="hours_and_readings",
        question="Do the hours say what their readings say?",
        mend="`firewarden upkeep again DAY` makes that day anew.",
    ),
    _Check(
        name="days_and_hours",
        question="Do the days say what their hours say?",
        mend="`firewarden upkeep again DAY` makes that day anew.",
    ),
)
_JOBS = _Check(
    name="jobs",
    question="Do the periodic jobs run, and end well?",
    mend="Is `firewarden upkeep` running? `firewarden upkeep run JOB` runs one now and shows why it fails.",
)


async def check(connection: AsyncConnection, now: datetime, *, full: bool) -> AsyncIterator[Checked]:
    """Every check in turn. Rollups are compared for some days and points, with `full` for all. Writes nothing."""
    values: Mapping[str, object] = {
        "rows": FOUND_MAX,
        "kinds": [kind.value for kind in PRIORITY],
        "classes": [kind.value for kind in DataClass],
    }
    for one in _PLAIN:
        yield _checked(one, await _found(connection, SQL[one.name], values))
    points = None if full else await _scalars(connection, SQL["sampled_points"], {"points": SAMPLED_POINTS})
    query = SQL["every_day"] if full else SQL["sampled_days"]
    days = await _scalars(connection, query, {"days": SAMPLED_DAYS})
    for one in _ROLLED:
        found: list[Found] = []
        for day in days:
            left = {"day": day, "point_ids": points, "rows": FOUND_MAX - len(found)}
            found += await _found(connection, SQL[one.name], left)
            if len(found) >= FOUND_MAX:
                break
        yield _checked(one, tuple(found))
    yield _checked(_JOBS, await _job_findings(connection, now))


async def _job_findings(connection: AsyncConnection, now: datetime) -> tuple[Found, ...]:
    found: list[Found] = []
    for state in await job_states(connection, now):
        if state.last is not None and state.last.outcome == "failed":
            found.append(Found(subject=state.name, found=f"its last run failed: {state.last.detail}"))
        elif state.overdue:
            well = (
                "never ended well" if state.last is None or state.last.done_at is None else "has not ended well lately"
            )
            found.append(Found(subject=state.name, found=f"should run every {state.period_s} s and {well}"))
    return tuple(found)


def _checked(one: _Check, found: tuple[Found, ...]) -> Checked:
    return Checked(name=one.name, question=one.question, mend=one.mend, found=found)


async def _found(
    connection: AsyncConnection, statement: LiteralString, values: Mapping[str, object]
) -> tuple[Found, ...]:
    async with connection.cursor(row_factory=class_row(Found)) as cursor:
        await cursor.execute(statement, values)
        return tuple(await cursor.fetchall())


async def _scalars(connection: AsyncConnection, statement: LiteralString, values: Mapping[str, object]) -> list[object]:
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(statement, values)
        return await cursor.fetchall()
