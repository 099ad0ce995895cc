"""From a device's frame to the commit and back: read, queued, stored, and only then confirmed."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from datetime import datetime

import structlog
from psycopg import AsyncConnection

from firewarden.figures.signals import nobody
from firewarden.ingest.database_work import DatabaseWork
from firewarden.ingest.facts import Lane, State
from firewarden.ingest.flood import FloodGuard, FloodLimits
from firewarden.ingest.gb_answers import REPLIES, Command, confirm, deny
from firewarden.ingest.gb_arrivals import Arrival, Unanswered
from firewarden.ingest.gb_devices import GbDevices
from firewarden.ingest.gb_link_log import LinkLog
from firewarden.ingest.gb_links import GbLinks
from firewarden.ingest.gb_queue import FairQueue, QueueLimits
from firewarden.ingest.gb_reading import Memory, of_unknown, read_frame, without_effect
from firewarden.ingest.gb_received import BOOT, GbReceived, digest_of
from firewarden.ingest.gb_strangers import StrangerLimits, Strangers
from firewarden.ingest.gb_stream import EndReason
from firewarden.ingest.gb_talk import Device, Link, Talk
from firewarden.ingest.gb_writer import GbWriter
from firewarden.ingest.hearing import Heard, Hearing
from firewarden.ingest.platform_clock import PlatformClock
from firewarden.ingest.register_cache import SQL
from firewarden.ingest.signals import GbTold, Stored, Tell, Waiting, Watched
from firewarden.ingest.telling import tell_of
from firewarden.ingest.wire.gb26875.frames import Frame
from firewarden.ingest.wire.gb26875.profiles import STANDARD, Profile
from firewarden.ingest.writer import Written
from firewarden.store.database import ANSWER_TIMEOUT_S

log = structlog.stdlib.get_logger("ingest.gb26875")

NAME = "gb26875"
BEAT_EVERY_S = 1.0
HEARD_EVERY_S = 0.5
NOTE_LINKS_EVERY_S = 1.0
TELL_EVERY_S = 1.0
READ_AT_ONCE = 200
"""Frames that are read before others in this process may work again."""
WAITING_MAX = 10_000
"""Frames; with more than these nothing is read from the network until some are stored."""
OF_STRANGERS_MAX = 5_000
"""With more frames than these nothing is read from whom nobody knows yet: they take no room of those who are known."""
ANSWERED_LINKS_MAX = 8
"""Connections over which one frame came, that are all told that it is stored."""


class GbPipeline:
    """The frames of all connections of a worker, and one connection to the database."""

    def __init__(
        self,
        *,
        database_url: str,
        worker: str,
        profiles: Mapping[str, Profile],
        links: GbLinks,
        clock: PlatformClock,
        flood_limits: FloodLimits | None = None,
        queue_limits: QueueLimits | None = None,
        stranger_limits: StrangerLimits | None = None,
        answer_timeout_s: float = ANSWER_TIMEOUT_S,
        signal: Tell = nobody,
    ) -> None:
        """`answer_timeout_s`: how long the database may take for one answer."""
        self._worker = worker
        self._clock = clock
        self._signal = signal
        self._database = DatabaseWork(
            database_url=database_url,
            worker=worker,
            name=NAME,
            make=self._writer,
            steady=time.monotonic,
            signal=signal,
            answer_timeout_s=answer_timeout_s,
        )
        self._devices = GbDevices(profiles)
        self._links = links
        self._link_log = LinkLog()
        self._talks: dict[Link, dict[int, Talk]] = {}
        self._floods = None if flood_limits is None else FloodGuard(flood_limits)
        self._strangers = Strangers(stranger_limits or StrangerLimits(), time.monotonic())
        self._memory = Memory()
        self._arrivals: list[Arrival] = []
        self._unanswered = Unanswered()
        self._queue = FairQueue[Arrival](queue_limits or QueueLimits())
        self._hearing = Hearing()
        self._arrived = asyncio.Event()
        self._storing_since_s: float | None = None
        self._tally = Counter[tuple[str, str]]()
        self._answered_s: list[float] = []
        self.ready = asyncio.Event()
        signal(Watched(connection=NAME, look=self.look))

    @property
    def clock(self) -> PlatformClock:
        """The clock that frames are dated by."""
        return self._clock

    def look(self) -> Waiting:
        """What waits at this moment."""
        arrivals = self._arrivals
        since_s = self._storing_since_s or self._queue.since_s or (arrivals[0].arrived_s if arrivals else None)
        return Waiting(
            connected=self.ready.is_set(),
            messages=len(self._unanswered),
            payload_bytes=self._unanswered.payload_bytes,
            unacknowledged=len(self._unanswered),
            oldest_s=0.0 if since_s is None else max(0.0, time.monotonic() - since_s),
        )

    def count(self, kind: str, detail: str = "", times: int = 1) -> None:
        """Something happened that figures tell of."""
        self._tally[kind, detail] += times

    def arrived(self, link: Link, frame: Frame) -> None:
        """A sound frame came. One that waits already, because the device sent it again, is not queued twice."""
        digest = digest_of(frame.serial, frame.command, frame.unit)
        arrival = Arrival(frame, digest, self._clock.now(), time.monotonic(), [link])
        waiting = self._unanswered.same(arrival)
        if waiting is not None:
            self.count("frames", "resent_while_waiting")
            if link not in waiting.links and len(waiting.links) < ANSWERED_LINKS_MAX:
                waiting.links.append(link)
            else:
                link.settled(1)
            return
        self._unanswered.add(arrival)
        self._arrivals.append(arrival)
        self._arrived.set()

    def gone(self, link: Link, reason: EndReason) -> None:
        """A connection ended. What came over it is stored all the same."""
        for talk in self._talks.pop(link, {}).values():
            self._links.remove(talk)
            self._link_log.ended(talk, reason.value, self._clock.now())

    def may_answer(self, link: Link) -> bool:
        """Whether to answer there: who is named as the sender of a datagram may never have sent one."""
        return link.transport != "udp" or self.is_known(link) or self._strangers.may_answer(time.monotonic())

    def is_known(self, link: Link) -> bool:
        """Whether anybody in the register spoke over this connection."""
        return bool(self._talks.get(link))

    def has_room(self, link: Link) -> bool:
        """Whether more may be read from there."""
        return len(self._unanswered) < (WAITING_MAX if self.is_known(link) else OF_STRANGERS_MAX)

    async def run(self) -> None:
        """Work until cancelled; devices keep what is not confirmed, as long as they can."""
        try:
            await self._database.sooner_or_later(self._begin)
            await self._work()
        finally:
            await self._database.close()

    async def _work(self) -> None:
        next_beat = next_heard = next_links = next_told = time.monotonic()
        while True:
            await self._wait(next_beat)
            await self._read()
            now_s = time.monotonic()
            if now_s >= next_beat:
                await self._beat()
                next_beat = time.monotonic() + BEAT_EVERY_S
            if self._queue.due_in(now_s) == 0.0:
                self._storing_since_s = now_s
                await self._store(self._queue.take())
                self._storing_since_s = None
            if self._hearing and now_s >= next_heard:
                await self._heard()
                next_heard = time.monotonic() + HEARD_EVERY_S
            if now_s >= next_links:
                await self._note_links()
                next_links = time.monotonic() + NOTE_LINKS_EVERY_S
            if now_s >= next_told:
                self._tell()
                next_told = time.monotonic() + TELL_EVERY_S

    async def _wait(self, next_beat: float) -> None:
        """Until a frame came, a batch is due, or a beat is."""
        now_s = time.monotonic()
        due = self._queue.due_in(now_s)
        left = min(next_beat - now_s, due if due is not None else BEAT_EVERY_S)
        if left <= 0 or self._arrivals:
            return
        self._arrived.clear()
        try:
            async with asyncio.timeout(left):
                await self._arrived.wait()
        except TimeoutError:
            return

    async def _begin(self, writer: GbWriter) -> None:
        """Learn what an earlier life knew."""
        cursor = await writer.connection.execute(SQL["states_set"])
        for gateway, point, states in await cursor.fetchall():
            self._memory.remember(str(gateway), str(point), frozenset(State(state) for state in states))
        await writer.connection.execute(SQL["end_links"], {"worker": self._worker})

    async def _read(self) -> None:
        """Read what came, now that the database can say who it is from."""
        arrivals, self._arrivals = self._arrivals, []
        if not arrivals:
            return
        now_s = time.monotonic()
        keys = dict.fromkeys((arrival.frame.source, arrival.links[0].peer) for arrival in arrivals)
        stale = self._devices.stale(keys, now_s)
        if stale:
            await self._database.sooner_or_later(lambda w: self._devices.ask(w.connection, stale, time.monotonic()))
        begins = {device.gateway for arrival in arrivals if (device := self._beginning(arrival)) is not None}
        if begins:  # another worker may have heard them meanwhile
            await self._database.sooner_or_later(lambda writer: self._recall(writer, begins))
        for number, arrival in enumerate(arrivals):
            self._read_one(arrival)
            if number % READ_AT_ONCE == READ_AT_ONCE - 1:
                await asyncio.sleep(0)

    def _beginning(self, arrival: Arrival) -> Device | None:
        """The device, where it has not spoken over this connection."""
        link, source = arrival.links[0], arrival.frame.source
        return None if source in self._talks.get(link, {}) else self._devices.get((source, link.peer))

    async def _recall(self, writer: GbWriter, gateways: set[str]) -> None:
        cursor = await writer.connection.execute(SQL["states_of"], {"gateways": sorted(gateways)})
        for gateway, point, states in await cursor.fetchall():
            self._memory.recall(str(gateway), str(point), frozenset(State(state) for state in states))

    def _read_one(self, arrival: Arrival) -> None:
        link, frame = arrival.links[0], arrival.frame
        device = arrival.device = self._devices.get((frame.source, link.peer))
        talk = None if device is None else self._talk(link, frame, device)
        if frame.command in REPLIES and (talk is None or talk.asked(frame.serial) is None):
            self.count("frames", "answer_to_nothing")
            if talk is None or frame.command != Command.ANSWER:  # what an answer says is so, whoever asked
                if device is not None:
                    self._hearing.said(device.gateway, _heard(arrival.received_at, None))
                self._settle(arrival)
                return
        if talk is None:
            self._forget_talk(link, frame.source)
            self._read_unknown(arrival)
        else:
            self._read_known(arrival, talk)
        received = arrival.received
        if received is None:
            self._answer(arrival)
            return
        envelope = received.envelope
        self._queue.add(
            f"?{link.peer}" if device is None else device.gateway,
            arrival,
            weight=1 if envelope is None else max(1, len(envelope.facts)),
            urgent=envelope is not None and envelope.lane is Lane.ALARM,
            idle=envelope is not None and envelope.lane is Lane.STATUS,
            now_s=arrival.arrived_s,
        )

    def _read_known(self, arrival: Arrival, talk: Talk) -> None:
        received = read_frame(arrival.frame, talk, self._memory, digest=arrival.digest, received_at=arrival.received_at)
        if received is None:
            arrival.denied = "unknown_command"
            self._hearing.said(talk.device.gateway, _heard(arrival.received_at, None))
            return
        if self._floods is not None:
            judged = self._floods.judge(received, time.monotonic())
            assert isinstance(judged, GbReceived)
            received = without_effect(judged)
            if received.envelope is None:
                arrival.denied = "flood"
        arrival.received = received

    def _read_unknown(self, arrival: Arrival) -> None:
        link, frame = arrival.links[0], arrival.frame
        arrival.denied = "unknown_device"
        if self._strangers.may_keep(link.peer, len(frame.raw), time.monotonic()):
            arrival.received = of_unknown(
                frame,
                transport=link.transport,
                peer=link.peer,
                digest=arrival.digest,
                received_at=arrival.received_at,
            )

    def _talk(self, link: Link, frame: Frame, device: Device) -> Talk:
        """The device's exchange over this connection, which begins with its first frame."""
        talk = self._talks.get(link, {}).get(frame.source)
        if talk is None or talk.device.gateway != device.gateway:
            self._forget_talk(link, frame.source)
            talk = Talk(
                link=link,
                source=frame.source,
                device=device,
                since_at=self._clock.now(),
                destination=frame.destination,
                version=frame.version,
            )
            self._link_log.began(talk)
            if link.closed:  # before we looked: it was said that it is gone, and will not be again
                self._link_log.ended(talk, EndReason.CLOSED.value, self._clock.now())
                return talk
            talks = self._talks.setdefault(link, {})
            talks[frame.source] = talk
            self._links.add(talk)
            link.expect(device.heartbeat_s, len(talks))
        talk.device = device
        talk.destination = frame.destination
        return talk

    def _forget_talk(self, link: Link, source: int) -> None:
        """Whoever spoke with this address over the connection is not in the register any more."""
        talk = self._talks.get(link, {}).pop(source, None)
        if talk is not None:
            self._links.remove(talk)

    async def _store(self, batch: list[Arrival]) -> None:
        began_s = time.monotonic()
        messages = [arrival.received for arrival in batch if arrival.received is not None]
        for received in messages:
            if received.envelope is not None:
                self._hearing.said(received.envelope.gateway, _heard(received.received_at, received.skew_s))
        parts: list[Written] = []
        if all(received.envelope is not None and received.envelope.lane is Lane.STATUS for received in messages):
            await self._heard()  # nothing but that they live: this is what a heartbeat's confirm says
        else:
            parts = await self._database.sooner_or_later(lambda writer: writer.write(list(messages)))
            at, store_s = self._clock.now(), time.monotonic() - began_s
            self._signal(Stored(connection=NAME, batch=list(messages), parts=parts, read_s=0.0, store_s=store_s, at=at))
            self.count("frames", "repeated", sum(written.duplicates for written in parts))
        for arrival in batch:
            self._answer(arrival)
        tell_of(parts, NAME)

    def _answer(self, arrival: Arrival) -> None:
        """What is committed is confirmed; what is not taken is denied."""
        frame, now = arrival.frame, self._clock.now()
        profile = STANDARD if arrival.device is None else arrival.device.profile
        if arrival.denied is not None:
            self.count("denied", arrival.denied)
            answer = deny(frame, profile, now)
        else:
            self.count("frames", "heartbeat" if _is_heartbeat(arrival) else "stored")
            answer = confirm(frame, profile, now)
            self._answered_s.append(time.monotonic() - arrival.arrived_s)
        for link in arrival.links:
            if frame.command not in REPLIES and self.may_answer(link):
                link.write(answer)
        self._settle(arrival)

    def _settle(self, arrival: Arrival) -> None:
        """The frame does not wait any more."""
        self._unanswered.settle(arrival)
        for link in arrival.links:
            link.settled(1)

    async def _heard(self) -> None:
        spoke = self._hearing.take()
        await self._database.sooner_or_later(lambda writer: writer.heard(spoke))

    async def _beat(self) -> None:
        first = not self.ready.is_set()
        await self._database.sooner_or_later(lambda w: w.beat(self._worker, NAME, reconnected=first))
        self.ready.set()

    async def _note_links(self) -> None:
        rows = self._link_log.take(self._worker)
        if rows:
            await self._database.sooner_or_later(lambda writer: writer.note_links(rows))

    def _tell(self) -> None:
        counts, self._tally = self._tally, Counter[tuple[str, str]]()
        answered_s, self._answered_s = self._answered_s, []
        self._signal(GbTold(counts=counts, answered_s=answered_s, connections=len(self._talks)))

    def _writer(self, connection: AsyncConnection) -> GbWriter:
        return GbWriter(connection, SQL["notify_alarm"], self._clock)


def _heard(received_at: datetime, skew_s: float | None) -> Heard:
    return Heard(heard_at=received_at, boot=BOOT, online=True, skew_s=skew_s)


def _is_heartbeat(arrival: Arrival) -> bool:
    envelope = arrival.received.envelope if arrival.received is not None else None
    return envelope is not None and envelope.lane is Lane.STATUS
