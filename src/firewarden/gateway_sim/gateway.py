"""How does one simulated gateway speak to the broker, and keep what is not known to be stored?

Speaks through aiomqtt, so that a client with nothing in common with ingest tests the contract.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from time import monotonic

import aiomqtt
import msgspec
import structlog

from firewarden.gateway_sim import journal
from firewarden.gateway_sim.answers import answer as answer_to
from firewarden.gateway_sim.behaviour import ActiveState, Report
from firewarden.gateway_sim.journal import Message
from firewarden.gateway_sim.line import Dial, Line
from firewarden.gateway_sim.odds import Odds
from firewarden.gateway_sim.outbox import Entry, Outbox
from firewarden.ingest.facts import Envelope, Fact, Heartbeat, Lane, Reply
from firewarden.ingest.wire.json_v1 import Command, decode_command, decode_stored, encode, topic

READINGS_MAX = 50
COMMANDS_REMEMBERED = 100
BACKOFF_FIRST_S = 0.2
BACKOFF_MAX_S = 10.0

_log = structlog.stdlib.get_logger("sim")


def wall_clock() -> datetime:
    """The time now, aware, UTC."""
    return datetime.now(tz=UTC)


class _LeftError(Exception):
    """The run is over."""


class SimGateway:
    """One gateway: a connection that comes and goes, and messages that stay until they are confirmed."""

    def __init__(
        self,
        outbox: Outbox,
        *,
        dial: Dial,
        secret: str,
        heartbeat_s: float,
        record: Callable[[journal.Record], None],
        odds: Odds,
        rng: Random,
        clock_error_s: float = 0.0,
        flash: bool = True,
        states: Callable[[], Iterable[ActiveState]] = tuple,
        on_clock_set: Callable[[], None] = lambda: None,
    ) -> None:
        """`states`: those that its points are in; `on_clock_set`: its clock was wrong, and is right from now on."""
        self.id = outbox.gateway
        self._outbox = outbox
        self._dial = dial
        self._secret = secret
        self._heartbeat_s = heartbeat_s
        self._record = record
        self._odds = odds
        self._rng = rng
        self._clock_error = timedelta(seconds=clock_error_s)
        self._flash = flash
        self._states = states
        self._on_clock_set = on_clock_set
        self._readings: list[Fact] = []
        self._online = False
        self._down_why = ""
        self._left = False
        self._may_speak = asyncio.Event()
        self._may_speak.set()
        self._wake = asyncio.Event()
        self._status_seq = 0
        self._carried_out: deque[str] = deque(maxlen=COMMANDS_REMEMBERED)
        self.confirmed = asyncio.Event()

    @property
    def outbox(self) -> Outbox:
        """What is not confirmed yet."""
        return self._outbox

    @property
    def waiting(self) -> int:
        """How many messages are not confirmed yet."""
        return len(self._outbox)

    def unconfirmed(self) -> Iterator[Message]:
        """These messages."""
        return iter(self._outbox.unconfirmed())

    def kept(self) -> Iterator[journal.Record]:
        """What must be known when the simulator starts anew."""
        return iter(self._outbox.unconfirmed())

    @property
    def online(self) -> bool:
        """Whether it is connected now."""
        return self._online

    @property
    def _speaking(self) -> bool:
        return self._online and self._may_speak.is_set()

    # What happens to it.

    def report(self, report: Report) -> None:
        """Take facts in. Readings of a silent gateway are gathered into messages of up to READINGS_MAX."""
        if report.lane is Lane.READING and not self._speaking:
            self._readings += report.facts
            if len(self._readings) < READINGS_MAX:
                return
            facts, self._readings = self._readings[:READINGS_MAX], self._readings[READINGS_MAX:]
            self._compose(Lane.READING, tuple(facts))
        else:
            self.send(report)

    def send(self, report: Report) -> None:
        """Take facts in as one message, connected or not."""
        self._compose(report.lane, report.facts)

    def leave(self) -> None:
        """The run is over: the end of the connection, which comes next, is planned."""
        self._down_why = "end"
        self._left = True
        self._wake.set()

    def fall_silent(self, why: str) -> None:
        """Lose the connection, without a word, until `speak_again`."""
        self._down_why = why
        self._may_speak.clear()
        self._wake.set()

    def speak_again(self) -> None:
        """Connect as soon as possible."""
        self._flush_readings()
        self._may_speak.set()

    def restart(self, boot: str) -> None:
        """Begin another boot, while silent."""
        assert not self._may_speak.is_set()
        now = wall_clock()
        self._flush_readings()
        gone = self._outbox.restart(boot, flash=self._flash)
        for message in gone:
            self._record(message.gone(now, "restart"))
        self._record(journal.Boot(gateway=self.id, boot=boot, at=now, flash=self._flash))
        self._status_seq = 0

    def _flush_readings(self) -> None:
        if self._readings:
            facts, self._readings = self._readings, []
            self._compose(Lane.READING, tuple(facts))

    def _compose(self, lane: Lane, facts: tuple[Fact, ...]) -> None:
        now = wall_clock()
        at_once = self._speaking and self._outbox.idle
        published_at = now if at_once else None
        message = self._outbox.compose(lane, facts, created_at=now, published_at=published_at)
        self._record(message)
        if not self._may_speak.is_set() and self._rng.random() < self._odds.lost_while_silent:
            self._record(message.lost(now, "spell"))
            return
        dropped = self._outbox.keep(message)
        if dropped is not None:
            self._record(dropped.gone(now, "full"))
        self._wake.set()

    # The connection.

    async def run(self, first_after_s: float = 0.0) -> None:
        """Be a gateway until cancelled: connect, send, listen; after a failure again, later each time.

        Once it was told to leave it also ends by itself: a cancellation is lost where the connection breaks, or the
        broker answers, in the same moment.
        """
        await asyncio.sleep(first_after_s)
        failures = 0
        while not self._left:
            await self._may_speak.wait()
            try:
                await self._connection()
                failures = 0
            except aiomqtt.MqttError as error:
                failures += 1
                if failures == 1:
                    _log.info("gateway_refused", gateway=self.id, reason=str(error))
            if self._may_speak.is_set() and not self._left:
                await asyncio.sleep(self._backoff_s(failures))

    def _backoff_s(self, failures: int) -> float:
        longest = min(BACKOFF_MAX_S, self._heartbeat_s)
        return min(longest, BACKOFF_FIRST_S * 2 ** min(failures, 10)) * self._rng.uniform(0.5, 1.0)

    async def _connection(self) -> None:
        """One connection, from CONNECT to its end. Raises MqttError where there was none."""
        will = aiomqtt.Will(topic(self.id, "status"), self._status(online=False), qos=1, retain=True)
        async with self._dial(self.id, self._secret, will) as line:
            await line.subscribe([topic(self.id, "stored"), topic(self.id, "cmd")])
            await self._beat(line)
            self._went_up()
            try:
                await self._talk(line)
            finally:
                self._went_down()

    def _went_up(self) -> None:
        self._outbox.requeue_all()
        self._online = True
        self._record(journal.Link(gateway=self.id, at=wall_clock(), up=True))
        self._flush_readings()

    def _went_down(self) -> None:
        self._online = False
        why, self._down_why = self._down_why or "broken", ""
        self._record(journal.Link(gateway=self.id, at=wall_clock(), up=False, why=why))

    async def _talk(self, line: Line) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen(line))
                tasks.create_task(self._speak(line))
        except* (aiomqtt.MqttError, _LeftError):
            _log.debug("gateway_disconnected", gateway=self.id)

    async def _speak(self, line: Line) -> None:
        """Send what is queued, alarms first, and a heartbeat whenever one is due; ends by cutting the line.

        Raises _LeftError at the end of the run, which is said politely.
        """
        beat_at = monotonic() + self._heartbeat_s
        while self._may_speak.is_set() and not self._left:
            if monotonic() >= beat_at:
                beat_at += self._heartbeat_s
                await self._beat(line)
                self._outbox.requeue_overdue(monotonic())
            entry = self._outbox.next()
            if entry is not None:
                await self._send(line, entry)
                continue
            self._wake.clear()
            if self._left or not self._may_speak.is_set():
                break
            # Not wait_for: that may swallow the end of the connection when it is woken in the same moment.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, beat_at - monotonic())):
                    await self._wake.wait()
        if self._left:
            raise _LeftError
        line.cut()

    async def _send(self, line: Line, entry: Entry) -> None:
        if entry.message.published_at is None:
            now = wall_clock()
            message = entry.message
            self._outbox.mark_published(entry, now)
            self._record(message.published(now))
        entry.sent_s = monotonic()
        name, payload = topic(self.id, entry.message.lane), self._payload(entry.message)
        await line.publish(name, payload)
        if self._rng.random() < self._odds.sent_twice:
            await line.publish(name, payload)

    def _payload(self, message: Message) -> bytes:
        return encode(
            Envelope(
                gateway=self.id,
                lane=message.lane,
                boot=message.boot,
                seq=message.seq,
                sent_at=self._gateway_time(),
                facts=message.facts,
            )
        )

    async def _beat(self, line: Line) -> None:
        self._status_seq += 1
        await line.publish(topic(self.id, "status"), self._status(online=True), retain=True)

    def _status(self, *, online: bool) -> bytes:
        now = self._gateway_time()
        return encode(
            Envelope(
                gateway=self.id,
                lane=Lane.STATUS,
                boot=self._outbox.boot,
                seq=self._status_seq if online else 0,
                sent_at=now,
                facts=(Heartbeat(at=now, online=online),),
            )
        )

    def _gateway_time(self) -> datetime:
        return wall_clock() + self._clock_error

    # What comes down.

    async def _listen(self, line: Line) -> None:
        async for message in line.messages():
            payload = message.payload
            try:
                if message.topic.value.endswith("/stored"):
                    self._on_stored(payload)
                else:
                    self._on_command(decode_command(payload))
            except msgspec.DecodeError as error:
                _log.warning("downward_unreadable", gateway=self.id, reason=str(error))

    def _on_stored(self, payload: bytes) -> None:
        stored = decode_stored(payload)
        self._record(
            journal.Confirmed(
                gateway=self.id,
                boot=stored.boot,
                at=wall_clock(),
                alarm=stored.alarm,
                state=stored.state,
                reading=stored.reading,
                reply=stored.reply,
            )
        )
        self._outbox.confirm(stored)
        self.confirmed.set()

    def _on_command(self, command: Command) -> None:
        now = self._gateway_time()
        late = now > command.deadline and command.command != "clock_sync"  # by a clock that it is to set
        if late or command.id in self._carried_out:
            return  # the contract: not too late, and not twice
        self._carried_out.append(command.id)
        answer = answer_to(command, now, self._states(), self._odds, self._rng)
        if answer.sends_again:
            self._outbox.requeue_asked()
            self._wake.set()
        if answer.sets_clock:
            self._clock_error = timedelta()
            self._on_clock_set()
        for report in answer.reports:
            self.send(report)
        self._compose(Lane.REPLY, (Reply(command=command.id, at=now, result=answer.result, detail=answer.detail),))
