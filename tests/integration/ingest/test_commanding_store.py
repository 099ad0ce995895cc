"""Are commands sent once, three times at most, and ended rightly? The database is real, the clock an argument."""

import asyncio
import json
from collections.abc import AsyncGenerator, Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg import AsyncConnection
from tests.integration.city import GATEWAY, register_venue
from tests.integration.ingest.harness import count, message
from tests.integration.polling import until

from firewarden.ingest.batch import read
from firewarden.ingest.command_lines import Lines, MqttLine
from firewarden.ingest.command_schedule import ASKED_MAX, CLOCK_EVERY, POLL_AFTER, ask_what_is_due
from firewarden.ingest.command_sender import work_off
from firewarden.ingest.commanding import DUTY_MARGIN, RESEND_AFTER, SEND_WITHIN, Outgoing
from firewarden.ingest.mqtt_session import Message
from firewarden.ingest.platform_clock import PlatformClock
from firewarden.ingest.register_cache import SQL
from firewarden.ingest.wire.json_v1 import decode_command, topic
from firewarden.ingest.writer import Writer
from firewarden.store.database import Role, connect

DEVICE = "GB-1"
SECOND = timedelta(seconds=1)


@dataclass(slots=True)
class Air:
    """Both transports: what was given to them, and whom they reach."""

    connected: bool = True
    devices: tuple[str, ...] = (DEVICE,)
    published: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    framed: list[tuple[str, Outgoing]] = field(default_factory=list[tuple[str, Outgoing]])
    breaks: bool = False
    """Whether the process dies just after it has given something to a transport."""

    def publish(self, topic: str, payload: bytes) -> bool:
        """As the broker's connection does."""
        if self.connected:
            self.published.append((topic, decode_command(payload).id))
            self._die()
        return self.connected

    def reaches(self) -> Collection[str]:
        """As the devices' connections do."""
        return self.devices

    def send(self, gateway: str, outgoing: Outgoing) -> bool:
        """The same."""
        self.framed.append((gateway, outgoing))
        self._die()
        return gateway in self.devices

    def _die(self) -> None:
        if self.breaks:
            raise ConnectionAbortedError

    @property
    def lines(self) -> Lines:
        """What a process works with."""
        return Lines(mqtt=MqttLine(self), devices=self)


@dataclass(slots=True)
class Town:
    """One gateway that speaks MQTT and one device, both there; two processes of ingest."""

    owner: psycopg.Connection
    processes: tuple[AsyncConnection, AsyncConnection]
    air: Air
    now: datetime
    seq: int = 0

    def ask(self, command: str = "read_device_version", gateway: str = GATEWAY, **args: object) -> int:
        """Somebody asks; the command's id."""
        return count(
            self.owner,
            "INSERT INTO gateway_command (gateway_id, command, args, asked_by, asked_at, due_at, deadline_at)"
            " VALUES (%s, %s, %s, 'li', %s, %s, %s) RETURNING id",
            gateway,
            command,
            json.dumps(args),
            self.now,
            self.now,
            self.now + SEND_WITHIN,
        )

    async def round(self, after: timedelta = timedelta()) -> int:
        """One process looks, so much later."""
        self.now += after
        return await work_off(self.processes[0], self.air.lines, worker="1", now=self.now)

    def state(self, command: int) -> str:
        """How it stands."""
        row = self.owner.execute("SELECT state::text FROM gateway_command WHERE id = %s", [command]).fetchone()
        assert row is not None
        return str(row[0])

    async def says(self, *facts: dict[str, object], gateway: str = GATEWAY, lane: str = "reply") -> None:
        """A gateway says something, and it is stored."""
        self.seq += 1
        at = {"at": self.now.isoformat()}
        payload = message(self.seq, *({**at, **fact} for fact in facts))
        received = read(Message(topic(gateway, lane), payload, 1, 1), self.now)
        await Writer(self.processes[1], SQL["notify_alarm"], PlatformClock()).write([received])


@pytest.fixture
async def town(database: str) -> AsyncGenerator[Town]:
    """The town, at this moment."""
    register_venue(database)
    register_venue(database, DEVICE, code="V2")
    async with AsyncExitStack() as stack:
        owner = stack.enter_context(psycopg.connect(database, autocommit=True))
        owner.execute("INSERT INTO gb_device (gateway_id, source_address) VALUES (%s, 7)", [DEVICE])
        owner.execute("INSERT INTO gateway_liveness VALUES (%s, now(), 'b1', true, 0, now())", [GATEWAY])
        one, other = [
            await stack.enter_async_context(await connect(database, Role.INGEST, name=f"test {n}")) for n in "ab"
        ]
        yield Town(owner=owner, processes=(one, other), air=Air(), now=datetime.now(tz=UTC))


def reply(command: int | str, result: str = "done", detail: str = "") -> dict[str, object]:
    """A gateway's answer."""
    return {"kind": "reply", "command": str(command), "result": result, "detail": detail}


DUTY_ANSWER: dict[str, object] = {"kind": "action", "action": "duty_answer", "operator": "3"}


async def test_two_processes_send_once(town: Town) -> None:
    """Of two that look at the same moment one has each command, over whichever transport."""
    ids = [town.ask(gateway=gateway) for gateway in (GATEWAY, DEVICE) * 10]
    lines = town.air.lines
    await asyncio.gather(*(work_off(one, lines, worker="1", now=town.now) for one in town.processes))
    sent = [int(id_) for _, id_ in town.air.published] + [outgoing.id for _, outgoing in town.air.framed]
    assert sorted(sent) == ids
    assert {name for name, _ in town.air.published} == {topic(GATEWAY, "cmd")}
    assert count(town.owner, "SELECT count(*) FROM gateway_command WHERE state = 'sent' AND attempts = 1") == 20


async def test_three_times_ten_seconds_apart(town: Town) -> None:
    """Not sooner, not a fourth time, always under the same id; then it has timed out."""
    command = town.ask()
    assert await town.round() == 1
    for _ in range(2):
        assert await town.round(RESEND_AFTER - SECOND) == 0
        assert await town.round(SECOND) == 1
    assert town.air.published == [(topic(GATEWAY, "cmd"), str(command))] * 3
    assert town.state(command) == "sent"
    await town.round(RESEND_AFTER)
    assert town.state(command) == "timed_out"
    assert len(town.air.published) == 3


async def test_who_is_away_is_not_sent_to(town: Town) -> None:
    """Its will was published, it has no connection, or the broker is away: at the deadline it was not sent."""
    town.owner.execute("UPDATE gateway_liveness SET online = false")
    town.air.devices = ()
    ids = [town.ask(), town.ask(gateway=DEVICE)]
    assert await town.round(SEND_WITHIN - SECOND) == 0
    await town.round(SECOND)
    assert [town.state(each) for each in ids] == ["not_sent", "not_sent"]
    town.owner.execute("UPDATE gateway_liveness SET online = true")
    town.air.connected = False
    late = town.ask()
    await town.round()
    assert town.state(late) == "waiting"
    town.air.connected = True
    await town.round(SECOND)
    assert town.state(late) == "sent"
    assert town.air.published == [(topic(GATEWAY, "cmd"), str(late))]


async def test_what_a_dying_process_sent_is_sent_again(town: Town) -> None:
    """Nothing is marked as sent before it was given away; whoever dies in between leaves it to the next, same id."""
    command = town.ask()
    town.air.breaks = True
    with pytest.raises(ConnectionAbortedError):
        await town.round()
    assert town.state(command) == "waiting"
    town.air.breaks = False
    await town.round()
    assert town.air.published == [(topic(GATEWAY, "cmd"), str(command))] * 2
    assert count(town.owner, "SELECT attempts FROM gateway_command") == 1


async def test_an_answer_to_what_nobody_wrote_down_counts(town: Town) -> None:
    """The process that sent it was killed before it could say so: the answer says it."""
    command = town.ask()
    await town.says(reply(command, detail="V2.11"))
    assert town.state(command) == "answered"
    assert await town.round() == 0


async def test_replies_end_commands(town: Town) -> None:
    """Done is answered, anything else refused, with what was said; once, and only by the gateway that was asked."""
    done, refused, foreign = town.ask(), town.ask(), town.ask(gateway=DEVICE)
    await town.round()
    await town.says(reply("resend-1795403045123"), reply(done, detail="V2.11"), reply(refused, "unsupported"))
    await town.says(reply(foreign), reply(done, "failed"), reply("9" * 40), reply("-1"), reply("٣"))
    rows = town.owner.execute(
        "SELECT state::text, result, detail, ended_at, late_at FROM gateway_command ORDER BY id"
    ).fetchall()
    assert rows == [
        ("answered", "done", "V2.11", town.now, None),
        ("refused", "unsupported", "", town.now, None),
        ("sent", "", "", None, None),
    ]


async def test_a_duty_check_is_answered_by_a_person(town: Town) -> None:
    """That the device rings is `accepted`; the act of a person ends it, the oldest first."""
    first = town.ask("duty_check", minutes=3)
    await town.round()
    second = town.ask("duty_check", minutes=3)
    waiting = town.ask("duty_check", DEVICE, minutes=3)
    await town.round(SECOND)
    await town.says(reply(first), reply(second))
    assert [town.state(first), town.state(second)] == ["accepted", "accepted"]
    await town.says(DUTY_ANSWER, lane="alarm")
    assert [town.state(first), town.state(second), town.state(waiting)] == ["answered", "accepted", "sent"]
    assert count(town.owner, "SELECT detail::int FROM gateway_command WHERE id = %s", first) == 3
    await town.round(timedelta(minutes=3) + DUTY_MARGIN - SECOND)
    assert town.state(second) == "accepted"
    await town.round(SECOND)
    assert town.state(second) == "missed"


async def test_a_late_answer_is_noted_and_changes_nothing(town: Town) -> None:
    """What was missed stays missed, what timed out stays so; when the answer came is written beside it."""
    check, question = town.ask("duty_check", minutes=1), town.ask()
    await town.round()
    await town.says(reply(check))
    await town.round(timedelta(minutes=1) + DUTY_MARGIN)
    assert [town.state(check), town.state(question)] == ["missed", "timed_out"]
    town.now += SECOND
    await town.says(DUTY_ANSWER, lane="alarm")
    await town.says(reply(question, detail="V2.11"))
    rows = town.owner.execute("SELECT state::text, late_at, detail FROM gateway_command ORDER BY id").fetchall()
    assert rows == [("missed", town.now, "3"), ("timed_out", town.now, "V2.11")]
    town.now += SECOND
    await town.says(DUTY_ANSWER, lane="alarm")
    assert town.owner.execute("SELECT late_at FROM gateway_command ORDER BY id").fetchall()[0][0] == rows[0][1]


async def test_an_answer_may_be_faster_than_the_sender(town: Town) -> None:
    """A person answers before the transaction that sent the check has committed: it is waited for, and counts."""
    check = town.ask("duty_check")
    async with town.processes[0].transaction():
        await town.processes[0].execute(
            "UPDATE gateway_command SET state = 'sent', attempts = 1, first_sent_at = now(), sent_at = now()"
        )
        saying = asyncio.create_task(town.says(DUTY_ANSWER, lane="alarm"))
        waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        await until(lambda: count(town.owner, waits) == 1, "the writer at the sender's lock")
    await saying
    assert town.state(check) == "answered"


async def test_a_repeated_message_answers_once(town: Town) -> None:
    """The ledger knows the duty answer again: it does not end the next check."""
    first = town.ask("duty_check")
    await town.round()
    await town.says(DUTY_ANSWER, lane="alarm")
    second = town.ask("duty_check")
    await town.round()
    town.seq -= 1
    await town.says(DUTY_ANSWER, lane="alarm")
    assert [town.state(first), town.state(second)] == ["answered", "sent"]


async def test_an_answer_that_came_before_the_check_was_sent_is_none_to_it(town: Town) -> None:
    """It waited for the database and answers an earlier check: it does not say that somebody is there now."""
    missed = town.ask("duty_check", minutes=1)
    await town.round()
    await town.says(reply(missed))
    await town.round(timedelta(minutes=1) + DUTY_MARGIN)
    answered_at = town.now
    town.now += timedelta(minutes=1)
    check = town.ask("duty_check")
    await town.round()
    town.now = answered_at
    await town.says(DUTY_ANSWER, lane="alarm")
    assert [town.state(missed), town.state(check)] == ["missed", "sent"]
    assert count(town.owner, "SELECT count(late_at) FROM gateway_command WHERE id = %s", missed) == 1


async def test_one_odd_row_stops_no_other(town: Town) -> None:
    """What no api would have written ends as refused, with the reason; the next is sent."""
    odd, sound = town.ask("duty_check", minutes="soon"), town.ask()
    await town.round()
    assert [town.state(odd), town.state(sound)] == ["refused", "sent"]
    row = town.owner.execute("SELECT detail FROM gateway_command WHERE id = %s", [odd]).fetchone()
    assert row is not None
    assert "minutes" in str(row[0])


async def test_what_is_not_confirmed_is_withdrawn(town: Town) -> None:
    """To initialise is not sent without an administrator's second word, and the database refuses it, too."""
    values = [GATEWAY, town.now, town.now + SECOND, town.now + SECOND]
    command = count(
        town.owner,
        "INSERT INTO gateway_command (gateway_id, command, asked_by, asked_at, state, due_at, deadline_at)"
        " VALUES (%s, 'initialise', 'li', %s, 'unconfirmed', %s, %s) RETURNING id",
        *values,
    )
    assert await town.round() == 0
    with pytest.raises(psycopg.errors.CheckViolation):
        town.owner.execute("UPDATE gateway_command SET state = 'sent'")
    await town.round(SECOND)
    assert town.state(command) == "withdrawn"
    assert town.air.published == []


OWN = "SELECT gateway_id, command FROM gateway_command WHERE asked_by = 'platform' ORDER BY id"


async def test_clocks_are_set_at_connect_and_daily(town: Town) -> None:
    """Once for each connection or start, not while it is open, not within a minute, and again after a day."""
    one, other = town.processes
    await asyncio.gather(ask_what_is_due(one, town.now), ask_what_is_due(other, town.now))
    assert town.owner.execute(OWN).fetchall() == [(GATEWAY, "clock_sync")]  # the device is not connected
    assert await ask_what_is_due(one, town.now) == 0
    await town.round()
    await town.says(reply(count(town.owner, "SELECT max(id) FROM gateway_command")))
    town.now += timedelta(minutes=2)
    assert await ask_what_is_due(one, town.now) == 0
    link = "INSERT INTO device_link VALUES (%s, '1', 'tcp', '127.0.0.1', 4711, %s)"
    town.owner.execute(link, [DEVICE, town.now])
    assert await ask_what_is_due(one, town.now) == 1
    town.owner.execute("UPDATE gateway_liveness SET boot = 'b2'")
    assert await ask_what_is_due(one, town.now) == 1
    assert town.owner.execute(OWN).fetchall()[1:] == [(DEVICE, "clock_sync"), (GATEWAY, "clock_sync")]
    town.owner.execute("UPDATE gateway_command SET state = 'timed_out', ended_at = now()")
    town.owner.execute("UPDATE gateway_liveness SET heard_at = %s", [town.now + CLOCK_EVERY])
    assert await ask_what_is_due(one, town.now + CLOCK_EVERY) == 0
    assert await ask_what_is_due(one, town.now + CLOCK_EVERY + SECOND) == 2


async def test_the_silent_are_polled_within_two_hours(town: Town) -> None:
    """After 110 minutes without a word, and no second time while that is open; who was never heard is not."""
    town.owner.execute("UPDATE gateway_liveness SET online = false")
    one = town.processes[0]
    assert await ask_what_is_due(one, town.now + POLL_AFTER - SECOND) == 0
    assert await ask_what_is_due(one, town.now + POLL_AFTER + SECOND) == 1
    assert town.owner.execute(OWN).fetchall() == [(GATEWAY, "read_device_state")]
    assert await ask_what_is_due(one, town.now + POLL_AFTER * 2) == 0
    town.owner.execute("UPDATE gateway_command SET state = 'not_sent', ended_at = now()")
    assert await ask_what_is_due(one, town.now + POLL_AFTER * 2 + 2 * SECOND) == 1


async def test_a_city_is_not_asked_in_one_moment(town: Town) -> None:
    """A look asks ASKED_MAX, and events are made of what people asked for only."""
    town.owner.execute(
        "INSERT INTO gateway (id, venue_id) SELECT 'C' || n, (SELECT min(id) FROM venue) FROM generate_series(1, 250) n"
    )
    town.owner.execute(
        "INSERT INTO gateway_liveness SELECT id, now(), 'b', true, 0, now() FROM gateway WHERE id ~ '^C'"
    )
    asked = [await ask_what_is_due(town.processes[0], town.now) for _ in range(4)]
    assert asked == [ASKED_MAX, ASKED_MAX, 51, 0]
    assert count(town.owner, "SELECT count(*) FROM event") == 0
    town.ask()
    await town.round()
    kinds = town.owner.execute("SELECT kind, data ->> 'state' FROM event ORDER BY id").fetchall()
    assert kinds == [("command.changed", "waiting"), ("command.changed", "sent")]
