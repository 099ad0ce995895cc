"""How do all gateways of a city live at once, and when is a run over?"""

import asyncio
import heapq
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from time import monotonic
from typing import Protocol

import structlog

from firewarden.gateway_sim import journal
from firewarden.gateway_sim.behaviour import Clock, Happening, Life, Report, Restart, Silence
from firewarden.gateway_sim.city import City, Gateway, Venue
from firewarden.gateway_sim.gateway import SimGateway, wall_clock
from firewarden.gateway_sim.gb_device import GbDevice
from firewarden.gateway_sim.gb_exchange import RESEND_AFTER_S as DEVICE_RESEND_AFTER_S
from firewarden.gateway_sim.gb_line import Centre
from firewarden.gateway_sim.gb_ring import SLOTS
from firewarden.gateway_sim.journal import Memory
from firewarden.gateway_sim.line import Broker, dialling
from firewarden.gateway_sim.odds import Odds
from firewarden.gateway_sim.outbox import RESEND_AFTER_S, Outbox
from firewarden.gateway_sim.patience import Patience
from firewarden.gateway_sim.truth import Truth

DRAIN_S = 90.0
BOOT_S = 30.0  # of activity time: how long a gateway takes to start
CONNECTS_PER_S = 100.0
TICK_MAX_S = 1.0
# Ahead of true time ingest refuses more than 5 minutes; behind it anything up to a year is a buffered fact.
CLOCK_AHEAD_S = (61.0, 280.0)
CLOCK_BEHIND_S = (61.0, 3_600.0)

_log = structlog.stdlib.get_logger("sim")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How to play a city. `seconds`: of wall-clock time, None for ever; then the rest is confirmed, for as long as
    `drain_s` do not pass without a confirm.

    `life`: which of the many lives that the same city may have.
    """

    pace: float
    odds: Odds
    seconds: float | None
    point_scale: float
    drain_s: float = DRAIN_S
    resend_after_s: float | None = None
    """None: 20 s over MQTT, 10 s by GB/T 26875.3."""
    ring_slots: int = SLOTS
    life: int = 0


class Speaker(Protocol):
    """What speaks for a gateway, whatever its protocol."""

    @property
    def id(self) -> str:
        """Whom it speaks for."""
        ...

    @property
    def confirmed(self) -> asyncio.Event:
        """Set whenever something was confirmed."""
        ...

    @property
    def online(self) -> bool:
        """Whether it is connected now."""
        ...

    @property
    def waiting(self) -> int:
        """How many messages are not confirmed yet."""
        ...

    def unconfirmed(self) -> Iterator[journal.Message]:
        """These messages."""
        ...

    def kept(self) -> Iterator[journal.Record]:
        """What must be known when the simulator starts anew."""
        ...

    def report(self, report: Report) -> None:
        """Take facts in."""
        ...

    def leave(self) -> None:
        """The run is over."""
        ...

    def fall_silent(self, why: str) -> None:
        """Lose the connection until `speak_again`."""
        ...

    def speak_again(self) -> None:
        """Connect as soon as possible."""
        ...

    def restart(self, boot: str) -> None:
        """Begin another boot, while silent."""
        ...

    async def run(self, first_after_s: float = 0.0) -> None:
        """Be a gateway until cancelled."""
        ...


@dataclass(order=True, slots=True)
class _Turn:
    at: float
    index: int


class Player:
    """Plays every gateway of a city on one event loop."""

    def __init__(
        self,
        city: City,
        *,
        credentials: dict[str, str],
        broker: Broker,
        truth: Truth,
        memory: Memory,
        options: RunOptions,
        centre: Centre | None = None,
    ) -> None:
        self._city = city
        self._truth = truth
        self._options = options
        self._memory = memory
        self._start = wall_clock()
        self._start_s = monotonic()
        self._boots = 0
        self._ends_at = self._end_of(memory, options.seconds)
        self._lives: list[Life] = []
        self._gateways: list[Speaker] = []
        self._dial = dialling(broker)
        self._centre = centre or Centre(host="", tcp=None, udp=None)
        self._waking: list[_Turn] = []
        for venue in city.venues:
            self._add(venue, credentials.get(venue.gateway.id, ""), memory)

    def _end_of(self, memory: Memory, seconds: float | None) -> datetime | None:
        """A run that was killed goes on to its old end."""
        if memory.runs and memory.end is None and memory.ends_at is not None:
            return memory.ends_at
        return None if seconds is None else self._start + timedelta(seconds=seconds)

    def _add(self, venue: Venue, secret: str, memory: Memory) -> None:
        gateway, odds = venue.gateway, self._options.odds
        traits = Random(f"{self._city.seed}/traits/{gateway.id}")
        life = f"{self._city.seed}.{self._options.life}" if self._options.life else f"{self._city.seed}"
        clock_error_s = _clock_error_s(traits, odds)
        flash = traits.random() >= odds.flash_missing
        self._lives.append(
            Life(
                venue,
                Clock(start=self._start, speed=self._city.speed, error_s=clock_error_s),
                Random(f"{life}/life/{gateway.id}/{memory.runs}"),
                odds=odds,
                pace=self._options.pace,
                point_scale=self._options.point_scale,
                active=memory.active_of(gateway.id),
            )
        )
        rng = Random(f"{life}/line/{gateway.id}/{memory.runs}")
        make = self._speaker if gateway.speech is None else self._device
        self._gateways.append(make(gateway, secret, rng, clock_error_s, flash))

    def _speaker(self, gateway: Gateway, secret: str, rng: Random, clock_error_s: float, flash: bool) -> Speaker:  # noqa: FBT001
        """Over MQTT."""
        outbox = Outbox(
            gateway.id,
            self._next_boot(),
            self._memory.messages_of(gateway.id),
            resend_after_s=self._options.resend_after_s or RESEND_AFTER_S,
        )
        return SimGateway(
            outbox,
            dial=self._dial,
            secret=secret,
            heartbeat_s=gateway.heartbeat_s,
            record=self._truth.write,
            odds=self._options.odds,
            rng=rng,
            clock_error_s=clock_error_s,
            flash=flash,
            states=self._lives[-1].active,
            on_clock_set=self._lives[-1].set_clock,
        )

    def _device(self, gateway: Gateway, _: str, rng: Random, clock_error_s: float, flash: bool) -> Speaker:  # noqa: FBT001
        """By GB/T 26875.3, which knows no secret."""
        assert gateway.speech is not None
        return GbDevice(
            gateway,
            gateway.speech,
            centre=self._centre,
            boot=self._next_boot(),
            record=self._truth.write,
            odds=self._options.odds,
            rng=rng,
            active=self._memory.active_of(gateway.id),
            clock_error_s=clock_error_s,
            flash=flash,
            slots=self._options.ring_slots,
            resend_after_s=self._options.resend_after_s or DEVICE_RESEND_AFTER_S,
        )

    def _next_boot(self) -> str:
        """Never the same twice, also after the simulator was started anew."""
        self._boots += 1
        return f"{int(self._start.timestamp() * 1000):x}-{self._boots}"

    async def run(self) -> int:
        """Play to the end; returns how many messages nobody confirmed in time."""
        self._truth.still_true = self._still_true
        self._truth.write(self._header())
        spread_s = len(self._gateways) / CONNECTS_PER_S
        async with asyncio.TaskGroup() as tasks:
            talking = [
                tasks.create_task(gateway.run(spread_s * index / len(self._gateways)))
                for index, gateway in enumerate(self._gateways)
            ]
            try:
                await self._live()
                unconfirmed = await self._drain()
            finally:
                for gateway, task in zip(self._gateways, talking, strict=True):
                    gateway.leave()
                    task.cancel()
        self._truth.write(journal.End(at=wall_clock(), unconfirmed=unconfirmed))
        return unconfirmed

    def unconfirmed(self) -> Iterator[journal.Message]:
        """What nobody confirmed yet."""
        return (message for gateway in self._gateways for message in gateway.unconfirmed())

    def _header(self) -> journal.Run:
        return journal.Run(
            format=journal.FORMAT,
            at=self._start,
            seed=self._city.seed,
            venues=len(self._city.venues),
            speed=self._city.speed,
            pace=self._options.pace,
            ends_at=self._ends_at,
        )

    def _still_true(self) -> Iterator[journal.Record]:
        yield self._header()
        for gateway in self._gateways:
            yield from gateway.kept()
        for life in self._lives:
            for one in life.active():
                yield journal.Active(gateway=life.gateway.id, point=one.point, state=one.state)

    def _now(self) -> float:
        """Activity seconds since the start."""
        return (monotonic() - self._start_s) * self._city.speed

    async def _live(self) -> None:
        """Let everything happen when it is due, until the end."""
        turns = [_Turn(life.next_at, index) for index, life in enumerate(self._lives)]
        heapq.heapify(turns)
        while self._ends_at is None or wall_clock() < self._ends_at:
            now = self._now()
            self._wake_gateways(now)
            while turns[0].at <= now:
                index = turns[0].index
                for happening in self._lives[index].advance(now):
                    self._happen(index, happening)
                heapq.heapreplace(turns, _Turn(self._lives[index].next_at, index))
            await asyncio.sleep(self._pause_s(turns[0].at))

    def _pause_s(self, next_at: float) -> float:
        due = min(next_at, self._waking[0].at if self._waking else next_at)
        return min(TICK_MAX_S, max(0.0, (due - self._now()) / self._city.speed))

    def _wake_gateways(self, now: float) -> None:
        while self._waking and self._waking[0].at <= now:
            self._gateways[heapq.heappop(self._waking).index].speak_again()

    def _happen(self, index: int, happening: Happening) -> None:
        gateway = self._gateways[index]
        match happening:
            case Report():
                gateway.report(happening)
            case Silence() if not self._is_silent(index):
                gateway.fall_silent("spell")
                heapq.heappush(self._waking, _Turn(happening.until, index))
            case Restart() if not self._is_silent(index):
                gateway.fall_silent("restart")
                gateway.restart(self._next_boot())
                heapq.heappush(self._waking, _Turn(self._now() + BOOT_S, index))
            case Silence() | Restart():
                pass  # a gateway that is away cannot go away

    def _is_silent(self, index: int) -> bool:
        return any(turn.index == index for turn in self._waking)

    async def _drain(self) -> int:
        """Bring everybody online and wait until all is confirmed, or nothing more will be."""
        for turn in self._waking:
            self._gateways[turn.index].speak_again()
        self._waking.clear()
        patience = Patience(self._options.drain_s, unsettled=self._unsettled(), now_s=monotonic())
        while (gateway := next((one for one in self._gateways if _is_open(one)), None)) is not None:
            gateway.confirmed.clear()
            await _either(gateway.confirmed, TICK_MAX_S)
            if patience.is_over(self._unsettled(), monotonic()):
                _log.error("drain_incomplete", stalled_s=self._options.drain_s, **self._what_is_open())
                break
        return sum(1 for _ in self.unconfirmed())

    def _unsettled(self) -> int:
        """Messages that are not confirmed, and gateways that are not there to send them."""
        return sum(gateway.waiting + (not gateway.online) for gateway in self._gateways)

    def _what_is_open(self) -> dict[str, int]:
        """Messages by how they travel, and whose they are."""
        messages = Counter[str]()
        for venue, speaker in zip(self._city.venues, self._gateways, strict=True):
            speech = venue.gateway.speech
            messages["mqtt" if speech is None else speech.transport.value] += speaker.waiting
        return {
            "gateways": sum(1 for one in self._gateways if _is_open(one)),
            "offline": sum(1 for one in self._gateways if not one.online),
            "messages": messages.total(),
            **{f"over_{way}": count for way, count in messages.items() if count},
        }


def _is_open(gateway: Speaker) -> bool:
    return gateway.waiting > 0 or not gateway.online


async def _either(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return


def _clock_error_s(rng: Random, odds: Odds) -> float:
    if rng.random() >= odds.clock_wrong:
        return 0.0
    ahead = rng.random() < 1 / 2
    return rng.uniform(*CLOCK_AHEAD_S) if ahead else -rng.uniform(*CLOCK_BEHIND_S)
