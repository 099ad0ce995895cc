"""What do replies and duty answers mean for the commands that they answer? Settled in the transaction that has them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg import AsyncCursor

from firewarden.ingest.command_words import CommandName
from firewarden.ingest.commanding import DONE, CommandState, Happening, after, told_by
from firewarden.ingest.facts import Act
from firewarden.ingest.rows import ActionRow, ReplyRow
from firewarden.store.queries import Queries

SQL = Queries("firewarden.ingest", "command_queries.sql")

BIGINT_MAX = 2**63 - 1
_DIGITS_MAX = 19
CLOCKS_WITHIN = timedelta(seconds=5)
"""What is sent is dated by the database, what is received by a worker that follows its clock."""
NOTED_LATE = frozenset({CommandState.TIMED_OUT, CommandState.MISSED, CommandState.NOT_SENT, CommandState.WITHDRAWN})
"""In these a later answer is worth a note; in the others it is the same answer once more."""


@dataclass(slots=True, kw_only=True)
class _Standing:
    id: int
    gateway_id: str
    command: CommandName
    state: CommandState
    first_sent_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Word:
    """What was said of one command."""

    happening: Happening
    at: datetime
    result: str
    detail: str


async def settle(cursor: AsyncCursor, replies: Sequence[ReplyRow], actions: Sequence[ActionRow]) -> None:
    """End, or mark as accepted, what these answer: new ones of known gateways. Nobody else's commands change."""
    named = {number: row for row in replies if (number := command_number(row.fact.command)) is not None}
    answers = [row for row in actions if row.fact.action is Act.DUTY_ANSWER]
    if not named and not answers:
        return
    values = {"ids": list(named), "gateways": sorted({row.envelope.gateway for row in answers})}
    await cursor.execute(SQL["commands_answered"], values)
    standing = [
        _Standing(
            id=number,
            gateway_id=gateway,
            command=CommandName(command),
            state=CommandState(state),
            first_sent_at=first_sent_at,
        )
        for number, gateway, command, state, first_sent_at in await cursor.fetchall()
    ]
    for number, row in named.items():
        for each in standing:
            if each.id == number and each.gateway_id == row.envelope.gateway:
                await _apply(cursor, each, _of_reply(each.command, row))
    for row in answers:
        check = _check_answered(standing, row.envelope.gateway, row.received_at)
        if check is not None:
            word = _Word(happening=Happening.ANSWERED, at=row.received_at, result=DONE, detail=row.fact.operator)
            await _apply(cursor, check, word)


def command_number(text: str) -> int | None:
    """The command that a reply names; None where it is no number of ours, as that of a resend."""
    if not (text.isascii() and text.isdecimal()) or len(text) > _DIGITS_MAX:
        return None
    number = int(text)
    return number if str(number) == text and number <= BIGINT_MAX else None


def _of_reply(command: CommandName, row: ReplyRow) -> _Word:
    fact = row.fact
    return _Word(happening=told_by(command, fact.result), at=row.received_at, result=fact.result, detail=fact.detail)


def _check_answered(standing: Sequence[_Standing], gateway: str, received_at: datetime) -> _Standing | None:
    """The duty check that an answer of a gateway belongs to: the oldest that is open, else the newest that is over.

    None that was first sent after the answer came, which may have waited for the database since: that somebody was
    there before says nothing of now.
    """
    checks = [
        each
        for each in standing
        if each.gateway_id == gateway
        and each.command is CommandName.DUTY_CHECK
        and (each.first_sent_at is None or each.first_sent_at <= received_at + CLOCKS_WITHIN)
    ]
    waiting = [each for each in checks if each.state in {CommandState.SENT, CommandState.ACCEPTED}]
    over = [each for each in checks if each.state in NOTED_LATE]
    return waiting[0] if waiting else over[-1] if over else None


async def _apply(cursor: AsyncCursor, standing: _Standing, word: _Word) -> None:
    values = {"id": standing.id, "at": word.at, "result": word.result, "detail": word.detail}
    state = after(standing.state, word.happening)
    if state is not None:
        await cursor.execute(SQL["settle_command"], {**values, "state": state.value})
        standing.state = state
    elif standing.state in NOTED_LATE:
        await cursor.execute(SQL["note_late_answer"], values)
