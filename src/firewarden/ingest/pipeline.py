"""From the broker to the commit and back: one connection's messages, batched, stored, then acknowledged."""

import asyncio
import time
from datetime import datetime

import structlog

from firewarden.figures.signals import nobody
from firewarden.ingest.batch import Batcher, Received
from firewarden.ingest.connections import PipelineConfig
from firewarden.ingest.database_work import DatabaseWork
from firewarden.ingest.flood import FloodGuard, FloodLimits
from firewarden.ingest.gaps import GIVE_UP_AFTER
from firewarden.ingest.hearing import Hearing
from firewarden.ingest.intake import Intake
from firewarden.ingest.mqtt import Broker, MqttLink
from firewarden.ingest.mqtt_session import Message, MqttSession, SessionConfig
from firewarden.ingest.platform_clock import PlatformClock
from firewarden.ingest.resend import resend
from firewarden.ingest.signals import BrokerConnected, CertificateSeen, GivenUp, Stored, Tell, Waiting, Watched
from firewarden.ingest.telling import tell_of
from firewarden.ingest.trouble import RETRIED
from firewarden.ingest.wire import json_v1
from firewarden.ingest.writer import Writer, Written
from firewarden.store.database import ANSWER_TIMEOUT_S

log = structlog.stdlib.get_logger("ingest")

BEAT_EVERY_S = 1.0
QUIET_PINGS = 3
QUIET_S = 0.5
HEARD_EVERY_S = 0.5
"""How often it is written down who spoke: deadlines of gateways are minutes, and each time costs a commit."""
FORGET_EVERY_S = 3600.0


class Pipeline:
    """One connection to the broker and one to the database, and the messages between them."""

    def __init__(
        self,
        config: PipelineConfig,
        session: SessionConfig,
        *,
        broker: Broker,
        database_url: str,
        worker: str,
        clock: PlatformClock | None = None,
        answer_timeout_s: float = ANSWER_TIMEOUT_S,
        flood_limits: FloodLimits | None = None,
        signal: Tell = nobody,
    ) -> None:
        """`answer_timeout_s`: how long the database may take for one answer."""
        self._config = config
        self._signal = signal
        self._clock = clock or PlatformClock()
        self._worker = worker
        self._database = DatabaseWork(
            database_url=database_url,
            worker=worker,
            name=config.name,
            make=lambda connection: Writer(connection, config.notify, self._clock),
            steady=time.monotonic,
            signal=signal,
            answer_timeout_s=answer_timeout_s,
        )
        self._session = MqttSession(session)
        self._intake = Intake(
            self._session, Batcher(config.limits), None if flood_limits is None else FloodGuard(flood_limits)
        )
        self._hearing = Hearing()
        self._arrived = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._reconnected = True
        self._session_lost = False
        self._received = 0
        self._read_s = 0.0
        self._storing_since_s: float | None = None
        self.ready = asyncio.Event()
        self._link = MqttLink(
            broker,
            self._session,
            on_ready=self._on_ready,
            on_messages=self._on_messages,
            room=self._room,
            on_certificate=lambda expires_s: signal(CertificateSeen(of="broker", expires_s=expires_s)),
        )
        signal(Watched(connection=config.name, look=self.look))

    async def run(self) -> None:
        """Work until cancelled; the broker keeps what is not acknowledged."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._link.run())
                tasks.create_task(self._store())
        finally:
            await self._database.close()

    def look(self) -> Waiting:
        """What waits at this moment."""
        since_s = self._storing_since_s or self._intake.batcher.since_s
        return Waiting(
            connected=self._session.ready,
            messages=len(self._intake.batcher),
            payload_bytes=self._intake.batcher.waiting_bytes,
            unacknowledged=self._session.unsettled,
            oldest_s=0.0 if since_s is None else max(0.0, time.monotonic() - since_s),
        )

    @property
    def connected(self) -> bool:
        """Whether the broker is there."""
        return self._session.ready

    def publish(self, topic: str, payload: bytes) -> bool:
        """Publish at QoS 0, at once; False where the broker is not there."""
        connected = self._session.ready
        self._session.publish(topic, payload)
        self._link.flush()
        return connected

    async def emptied(self) -> int:
        """Return when the broker has nothing more for the session, and all that it had is stored and acknowledged.

        A broker sends what may follow an acknowledgement before it answers the ping behind it; other brokers than
        Mosquitto may need a moment more, so that several such silences have to follow one another. Returns how many
        messages there were.
        """
        quiet, received = 0, -1
        while quiet < QUIET_PINGS:
            still = self._session.ready and not self._session.ping_unanswered and not self._session.unsettled
            quiet = quiet + 1 if still and received == self._received else 0
            received = self._received
            if still:
                self._session.keep_alive()
                self._link.flush()
            await asyncio.sleep(QUIET_S)
        return received

    def end_session(self) -> None:
        """Tell the broker to forget the session. To be called last."""
        self._session.end()
        self._link.flush()

    def _on_ready(self, resumed: bool) -> None:  # noqa: FBT001 - a callback's one value
        self._reconnected = True
        self._session_lost |= not resumed
        self._signal(BrokerConnected(connection=self._config.name, resumed=resumed))
        log.info("mqtt_ready", connection=self._config.name, resumed=resumed)

    def _on_messages(self, messages: list[Message]) -> None:
        self._received += len(messages)
        now_s = time.monotonic()
        self._intake.arrived(messages, self._clock.now(), now_s)
        self._read_s += time.monotonic() - now_s
        self._arrived.set()
        if not self._intake.may_read:
            self._room.clear()

    async def _store(self) -> None:
        next_beat = next_forget = next_heard = time.monotonic()
        while True:
            await self._wait(min(next_beat, next_heard) if self._hearing else next_beat)
            now = time.monotonic()
            if now >= next_beat:
                if self._config.watches:
                    await self._beat()
                    await self._mind_gaps(self._clock.now())
                next_beat = time.monotonic() + BEAT_EVERY_S
            if self._config.forgets and now >= next_forget:
                await self._forget()
                next_forget = time.monotonic() + FORGET_EVERY_S
            if self._intake.batcher.due_in(now) == 0.0:
                self._storing_since_s = self._intake.batcher.since_s
                await self._store_batch(self._intake.batcher.take())
                self._storing_since_s = None
            if self._hearing and now >= next_heard:
                await self._heard()
                next_heard = time.monotonic() + HEARD_EVERY_S
            self._tell()

    async def _wait(self, next_beat: float) -> None:
        """Until a batch is due or a beat is."""
        while True:
            now = time.monotonic()
            due = self._intake.batcher.due_in(now)
            left = min(next_beat - now, due if due is not None else BEAT_EVERY_S)
            if left <= 0:
                return
            self._arrived.clear()
            try:
                async with asyncio.timeout(left):
                    await self._arrived.wait()
            except TimeoutError:
                return

    async def _store_batch(self, batch: list[Received]) -> None:
        began_s, read_s, self._read_s = time.monotonic(), self._read_s, 0.0
        if self._intake.may_read:
            self._room.set()
        parts = await self._written(batch)
        self._intake.committed(batch, [written.through for written in parts])
        self._link.flush()
        tell_of(parts, self._config.name)
        name, store_s, at = self._config.name, time.monotonic() - began_s, self._clock.now()
        self._signal(Stored(connection=name, batch=batch, parts=parts, read_s=read_s, store_s=store_s, at=at))
        self._hearing.add(batch)

    async def _written(self, batch: list[Received]) -> list[Written]:
        return await self._database.sooner_or_later(lambda writer: writer.write(batch))

    async def _heard(self) -> None:
        spoke = self._hearing.take()
        await self._database.sooner_or_later(lambda writer: writer.heard(spoke))

    async def _beat(self) -> None:
        if not self._session.ready:
            return
        reconnected, self._reconnected = self._reconnected, False
        wrong = await self._database.sooner_or_later(
            lambda writer: writer.beat(self._worker, self._config.name, reconnected=reconnected)
        )
        if wrong is not None:
            log.warning(
                "clock_set",
                connection=self._config.name,
                by_s=round(wrong.total_seconds(), 1),
                advice="the clock of this machine or of the database's was wrong or was set: let both follow NTP",
            )
        self.ready.set()

    async def _mind_gaps(self, now: datetime) -> None:
        """Give up what will not come, and ask for what may. What fails now is done in a second."""
        if not self._session.ready:  # nobody would hear it
            return
        try:
            writer = await self._database.usable()
            if self._session_lost:
                await writer.want_resend(now)
                self._session_lost = False
            if self._clock.even_for_s() >= GIVE_UP_AFTER.total_seconds():  # else a gap may seem older than it is
                known = writer.given_up
                for stream, through in (await writer.give_up(self._config.lanes, now)).items():
                    self._intake.watermarks.stored(stream, through)
                self._signal(GivenUp(gaps=writer.given_up - known))
            for gateway in await writer.claim_resends(now):
                self._session.publish(json_v1.topic(gateway, "cmd"), json_v1.encode_command(resend(now)))
                log.info("resend_asked", connection=self._config.name, gateway=gateway)
        except RETRIED as error:
            log.warning("gaps_not_minded", connection=self._config.name, reason=str(error))
            await self._database.close()

    async def _forget(self) -> None:
        """Housekeeping: what fails now is done in an hour."""
        try:
            await (await self._database.usable()).forget(self._clock.now())
        except RETRIED as error:
            log.warning("forgetting_failed", connection=self._config.name, reason=str(error))

    def _tell(self) -> None:
        self._intake.tell(time.monotonic())
        self._link.flush()
