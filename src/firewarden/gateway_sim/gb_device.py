"""How does one simulated GB/T 26875.3 device live: connect, tell, wait, send again, and answer the centre?"""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from random import Random
from time import monotonic

import structlog

from firewarden.gateway_sim import journal
from firewarden.gateway_sim.behaviour import ActiveState, Report
from firewarden.gateway_sim.city import Gateway
from firewarden.gateway_sim.gateway import BACKOFF_FIRST_S, BACKOFF_MAX_S, wall_clock
from firewarden.gateway_sim.gb_answers import Answer, Task, answer
from firewarden.gateway_sim.gb_content import READINGS, Content
from firewarden.gateway_sim.gb_dialects import Beat, Speech, Transport
from firewarden.gateway_sim.gb_exchange import RESEND_AFTER_S, Exchange, Exchanges
from firewarden.gateway_sim.gb_line import Centre, UntidyLine, open_line
from firewarden.gateway_sim.gb_panel import Panel
from firewarden.gateway_sim.gb_ring import SLOTS, Entry, Ring
from firewarden.gateway_sim.gb_wire import CONFIRM, CONTROL, DENY, REQUEST, SEND, Down, Reader, frame, six
from firewarden.gateway_sim.odds import Odds
from firewarden.ingest.facts import Act, Lane, OperatorAction, StateChange

BOOT = "gb26875"
DUTY_ANSWER_S = (0.5, 4.0)
PEOPLE = 9

_log = structlog.stdlib.get_logger("sim")


class _LineEndedError(Exception):
    """The device itself ends its connection."""


class GbDevice:
    """One device: a panel that knows its building, a ring of what is not confirmed, and a line that comes and goes."""

    def __init__(
        self,
        gateway: Gateway,
        speech: Speech,
        *,
        centre: Centre,
        boot: str,
        record: Callable[[journal.Record], None],
        odds: Odds,
        rng: Random,
        active: Iterable[ActiveState] = (),
        clock_error_s: float = 0.0,
        flash: bool = True,
        slots: int = SLOTS,
        resend_after_s: float = RESEND_AFTER_S,
    ) -> None:
        self.id = gateway.id
        self.confirmed = asyncio.Event()
        self._speech = speech
        self._centre = centre
        self._heartbeat_s = gateway.heartbeat_s
        self._record = record
        self._odds = odds
        self._rng = rng
        self._flash = flash
        self._panel = Panel(gateway, speech.dialect, active)
        self._ring = Ring(slots, unit_max=speech.dialect.unit_max)
        self._resend_after_s = resend_after_s
        self._life_error = self._clock_error = timedelta(seconds=clock_error_s)
        self._boot = boot
        self._lines = 0
        self._line_name = ""
        self._exchanges = Exchanges(window=speech.window, resend_after_s=resend_after_s)
        self._line: UntidyLine | None = None
        self._left_open: UntidyLine | None = None
        self._down_why = ""
        self._left = False
        self._may_speak = asyncio.Event()
        self._may_speak.set()
        self._wake = asyncio.Event()
        self._duties: set[asyncio.Task[None]] = set()

    @property
    def online(self) -> bool:
        """Whether it has a connection now."""
        return self._line is not None

    @property
    def waiting(self) -> int:
        """How many frames' worth of news are not confirmed."""
        return len(self._ring)

    def unconfirmed(self) -> Iterator[journal.Message]:
        """What is not confirmed, in the words of the journal; these messages have no numbers."""
        now = wall_clock()
        for entry in self._ring:
            lane = (
                Lane.ALARM if entry.content.urgent else Lane.READING if entry.content.type == READINGS else Lane.STATE
            )
            facts = entry.content.facts
            yield journal.Message(
                gateway=self.id, boot=BOOT, lane=lane, seq=0, created_at=now, published_at=None, facts=facts
            )

    def kept(self) -> Iterator[journal.Record]:
        """What must be known when the simulator starts anew: nothing, its ring needs power."""
        return iter(())

    # What happens to it.

    def report(self, report: Report) -> None:
        """Take facts in."""
        changes = tuple(fact for fact in report.facts if isinstance(fact, StateChange))
        if changes:
            self._record(journal.Change(gateway=self.id, at=wall_clock(), facts=changes))
        for content in self._panel.tell(report.facts, self._stamp):
            self._keep(content)

    def leave(self) -> None:
        """The run is over: the end of the connection, which comes next, is planned."""
        self._down_why = "end"
        self._left = True
        self._end_duties()
        self._wake.set()

    def fall_silent(self, why: str) -> None:
        """Lose the connection, without a word, until `speak_again`."""
        self._down_why = why
        self._may_speak.clear()
        self._wake.set()

    def speak_again(self) -> None:
        """Connect as soon as possible."""
        self._may_speak.set()

    def restart(self, boot: str) -> None:
        """Begin anew, while silent; without flash memory the ring is empty then."""
        assert not self._may_speak.is_set()
        self._boot, self._lines = boot, 0
        self._end_duties()
        if not self._flash:
            self._abandon("restart")
            for entry in self._ring.clear():
                self._lose(entry, "restart")
        self._record(journal.Boot(gateway=self.id, boot=boot, at=wall_clock(), flash=self._flash))

    def _end_duties(self) -> None:
        for duty in self._duties:
            duty.cancel()

    def _keep(self, content: Content) -> None:
        gone = self._ring.put(content)
        if gone is not None:
            self._lose(gone, "ring")
        self._wake.set()

    def _lose(self, entry: Entry, why: str) -> None:
        self._record(journal.Overwritten(gateway=self.id, at=wall_clock(), why=why, sent=entry.sent))

    def _now(self) -> datetime:
        """By its own clock, which has whole seconds."""
        return (wall_clock() + self._clock_error).replace(microsecond=0)

    def _stamp(self, at: datetime) -> datetime:
        """A moment of the city's life by the device's clock, which may have been set since."""
        return (at - self._life_error + self._clock_error).replace(microsecond=0)

    # The connection.

    async def run(self, first_after_s: float = 0.0) -> None:
        """Be a device until cancelled: connect, tell, listen; after a failure again, later each time."""
        await asyncio.sleep(first_after_s)
        failures = 0
        try:
            while not self._left:  # a cancellation is lost where the connection breaks in the same moment
                await self._may_speak.wait()
                failures = 0 if await self._connection() else failures + 1
                if self._may_speak.is_set() and not self._left:
                    await asyncio.sleep(self._backoff_s(failures))
        finally:
            self._close_left_open()

    async def _connection(self) -> bool:
        """One connection, from its beginning to its end; whether there was one."""
        try:
            line = await open_line(self._centre, self._speech.transport)
        except OSError as error:
            _log.debug("device_refused", gateway=self.id, reason=str(error))
            return False
        await self._talk(UntidyLine(line, self._speech.transport, self._odds, self._rng))
        return True

    def _close_left_open(self) -> None:
        if self._left_open is not None:
            self._left_open.cut()
            self._left_open = None

    def _backoff_s(self, failures: int) -> float:
        longest = min(BACKOFF_MAX_S, self._heartbeat_s)
        return min(longest, BACKOFF_FIRST_S * 2 ** min(failures, 10)) * self._rng.uniform(0.5, 1.0)

    async def _talk(self, line: UntidyLine) -> None:
        """One connection, until it breaks or the device ends it."""
        self._went_up(line)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen(line))
                tasks.create_task(self._speak(line))
        except* (OSError, _LineEndedError):
            pass
        finally:
            self._went_down(line)

    def _went_up(self, line: UntidyLine) -> None:
        self._close_left_open()
        self._lines += 1
        self._line_name = f"{self._boot}.{self._lines}"
        self._exchanges = Exchanges(window=self._speech.window, resend_after_s=self._resend_after_s)
        self._line = line
        self._record(journal.Link(gateway=self.id, at=wall_clock(), up=True))

    def _went_down(self, line: UntidyLine) -> None:
        self._line = None
        why, self._down_why = self._down_why or "broken", ""
        if why == "spell" and self._rng.random() < self._odds.line_left_open:
            self._left_open = line  # what the network forgets, it does not tell: the centre sees an open connection
        else:
            line.cut()
        self._abandon("link")
        self._record(journal.Link(gateway=self.id, at=wall_clock(), up=False, why=why))

    def _abandon(self, why: str) -> None:
        for exchange in self._exchanges.abandon():
            self._give_up(exchange, why)

    def _give_up(self, exchange: Exchange, why: str) -> None:
        self._record(
            journal.FrameGivenUp(
                gateway=self.id, line=self._line_name, serial=exchange.serial, at=wall_clock(), why=why
            )
        )

    async def _speak(self, line: UntidyLine) -> None:
        """Send what the ring holds, again what is overdue, and a heartbeat whenever one is due."""
        beat_at = monotonic()
        while self._may_speak.is_set() and not self._left:
            if monotonic() >= beat_at:
                beat_at = monotonic() + self._heartbeat_s
                await self._beat(line)
            overdue = self._exchanges.overdue(monotonic())
            if overdue is not None:
                await self._send_again(line, overdue)
                continue
            entry = self._ring.next() if self._exchanges.may_begin else None
            if entry is not None:
                await self._begin(line, entry)
                continue
            self._wake.clear()
            if self._left or not self._may_speak.is_set():
                break
            pause_s = max(0.0, min(beat_at, self._exchanges.due_s) - monotonic())
            # Not wait_for: that may swallow the end of the connection when it is woken in the same moment.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause_s):
                    await self._wake.wait()
        raise _LineEndedError

    async def _begin(self, line: UntidyLine, entry: Entry) -> None:
        serial = self._exchanges.take_serial()
        raw = self._frame(serial, SEND, entry.content.unit)
        self._exchanges.begin(entry, serial, raw, monotonic())
        self._journal(serial, raw, entry.content)
        await line.send(raw)

    async def _send_again(self, line: UntidyLine, exchange: Exchange) -> None:
        """Once more; or, when that was tried often enough, end the connection as useless."""
        if not exchange.failed:
            await line.send(exchange.frame)
            return
        self._give_up(exchange, "unanswered")
        if self._speech.transport is Transport.TCP:
            raise _LineEndedError

    async def _beat(self, line: UntidyLine) -> None:
        content: Content | None = None
        match self._speech.dialect.beat:
            case Beat.EMPTY:
                unit = b""
            case Beat.BYTE:
                unit = b"\x16"
            case Beat.DEVICE_STATE:
                content = self._panel.device_word(self._now())
                unit = content.unit[:3]  # its states without their time
        serial = self._exchanges.take_serial()
        raw = self._frame(serial, SEND, unit)
        if content is not None:
            self._journal(serial, raw, content, awaited=False)
        await line.send(raw, may_wait=self._ring.next() is not None and self._exchanges.may_begin)

    def _frame(self, serial: int, command: int, unit: bytes) -> bytes:
        return frame(
            serial=serial,
            source=self._speech.source_address,
            destination=self._centre.address,
            command=command,
            unit=unit,
            at=six(self._now(), bcd=self._speech.dialect.bcd),
        )

    def _journal(self, serial: int, raw: bytes, content: Content, *, awaited: bool = True) -> None:
        """The truth stands in its file before the frame goes out."""
        self._record(
            journal.Frame(
                gateway=self.id,
                line=self._line_name,
                serial=serial,
                at=wall_clock(),
                frame=raw.hex(),
                words=content.words,
                facts=content.facts,
                awaited=awaited,
            )
        )

    # What comes down.

    async def _listen(self, line: UntidyLine) -> None:
        reader = Reader()
        while True:
            data = await line.receive()
            for down in reader.feed(data):
                await self._take(line, down)

    async def _take(self, line: UntidyLine, down: Down) -> None:
        match down.command:
            case command if command == CONFIRM:
                self._on_confirm(down.serial)
            case command if command == DENY:
                self._exchanges.deny(down.serial, monotonic())
            case command if command in {CONTROL, REQUEST}:
                await self._on_command(line, down)
            case _:
                _log.warning("downward_unknown", gateway=self.id, command=down.command)
        self._wake.set()

    def _on_confirm(self, serial: int) -> None:
        exchange = self._exchanges.confirm(serial)
        if exchange is None:
            return  # of a heartbeat, or a second one
        self._record(journal.FrameConfirmed(gateway=self.id, line=self._line_name, serial=serial, at=wall_clock()))
        self._ring.remove(exchange.entry)
        self.confirmed.set()

    async def _on_command(self, line: UntidyLine, down: Down) -> None:
        told = answer(down, self._panel, self._now(), self._speech.dialect)
        self._carry_out(told)
        content = told.content or Content(type=0, objects=())
        raw = self._frame(down.serial, told.command, content.unit if told.content else b"")
        self._journal(down.serial, raw, content, awaited=False)
        await line.send(raw)

    def _carry_out(self, told: Answer) -> None:
        match told.task:
            case Task.SET_CLOCK if told.clock is not None:
                self._clock_error = told.clock - wall_clock()
            case Task.DUTY_CHECK if self._rng.random() >= self._odds.duty_check_missed:
                duty = asyncio.create_task(self._answer_duty())
                self._duties.add(duty)
                duty.add_done_callback(self._duties.discard)
            case _:
                pass

    async def _answer_duty(self) -> None:
        """Somebody at the control room presses the key, after a while."""
        await asyncio.sleep(self._rng.uniform(*DUTY_ANSWER_S))
        pressed = OperatorAction(
            at=wall_clock() + self._life_error,
            action=Act.DUTY_ANSWER,
            operator=str(self._rng.randint(1, PEOPLE)),
        )
        self.report(Report(lane=Lane.ALARM, facts=(pressed,)))
