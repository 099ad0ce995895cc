"""How does a recorded series go out as a gateway would send it, and did all of it arrive?"""

import asyncio
import csv
import gzip
from bisect import bisect_right
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from time import monotonic
from typing import TextIO

from firewarden.gateway_sim.behaviour import Report
from firewarden.gateway_sim.gateway import READINGS_MAX, SimGateway, wall_clock
from firewarden.gateway_sim.line import Broker, dialling
from firewarden.gateway_sim.odds import Odds
from firewarden.gateway_sim.outbox import Outbox
from firewarden.gateway_sim.replay_map import ReplayMap, Row, read_rows
from firewarden.ingest.facts import Lane, Reading

HEARTBEAT_S = 60.0
HELD_BACK_MAX_S = 1.0
UNCONFIRMED_MAX = 500
DRAIN_S = 90.0
HONEST = Odds(sent_twice=0.0, lost_while_silent=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOptions:
    """`speed`: times faster than recorded. `keep_time`: readings keep their recorded time. Rows count from 1."""

    gateway: str
    secret: str
    broker: Broker
    speed: float
    keep_time: bool
    from_row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayCount:
    """Rows that were sent, and of those the ones known to be stored; `last_row` is the last of the latter."""

    rows_sent: int
    rows_stored: int
    readings_sent: int
    readings_stored: int
    last_row: int

    @property
    def complete(self) -> bool:
        """Whether all of it arrived."""
        return self.readings_sent == self.readings_stored


@contextmanager
def open_rows(path: Path, replay_map: ReplayMap) -> Generator[Iterator[Row]]:
    """The rows of a CSV file, plain or .gz. Raises MapError while they are read."""
    with _open_text(path) as file:
        yield read_rows(csv.DictReader(file, delimiter=replay_map.delimiter), replay_map)


def _open_text(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


class Replayer:
    """Sends rows at their time, in messages of up to READINGS_MAX readings, none held back longer than a second."""

    def __init__(self, options: ReplayOptions, *, on_progress: Callable[[ReplayCount], None]) -> None:
        self._options = options
        self._on_progress = on_progress
        boot = f"replay-{int(wall_clock().timestamp() * 1000):x}"
        self._gateway = SimGateway(
            Outbox(options.gateway, boot),
            dial=dialling(options.broker),
            secret=options.secret,
            heartbeat_s=HEARTBEAT_S,
            record=lambda _: None,
            odds=HONEST,
            rng=Random(boot),
        )
        self._pending: list[Reading] = []
        self._pending_since_s = 0.0
        self._row_ends: list[int] = []
        self._readings = 0

    async def run(self, rows: Iterator[Row]) -> ReplayCount:
        """Send everything and wait, at most DRAIN_S, until it is stored. Raises MapError."""
        async with asyncio.TaskGroup() as tasks:
            talking = tasks.create_task(self._gateway.run())
            try:
                await self._send_all(rows)
                await self._drain()
            finally:
                self._gateway.leave()
                talking.cancel()
        return self.count()

    def count(self) -> ReplayCount:
        """How far it has come. Confirmations are of prefixes, so the stored readings are the first ones."""
        stored = self._gateway.outbox.facts_confirmed
        rows_stored = bisect_right(self._row_ends, stored)
        return ReplayCount(
            rows_sent=len(self._row_ends),
            rows_stored=rows_stored,
            readings_sent=self._readings,
            readings_stored=stored,
            last_row=self._options.from_row + rows_stored - 1,
        )

    async def _send_all(self, rows: Iterator[Row]) -> None:
        start, start_s, first_s = wall_clock(), monotonic(), None
        for row in rows:
            if row.number < self._options.from_row:
                continue
            first_s = row.offset_s if first_s is None else first_s
            due_s = (row.offset_s - first_s) / self._options.speed
            await self._wait_until(start_s + due_s)
            self._take(row, self._time_of(row, start, due_s))
        self._flush()

    def _time_of(self, row: Row, start: datetime, due_s: float) -> datetime:
        if self._options.keep_time and row.recorded_at is not None:
            return row.recorded_at
        return start + timedelta(seconds=due_s)

    def _take(self, row: Row, at: datetime) -> None:
        readings = row.readings(at)
        if len(self._pending) + len(readings) > READINGS_MAX:
            self._flush()
        if not self._pending:
            self._pending_since_s = monotonic()
        self._pending += readings
        self._readings += len(readings)
        self._row_ends.append(self._readings)

    async def _wait_until(self, due_s: float) -> None:
        """Until it is time for the next row, and until there is room for more unconfirmed messages."""
        while True:
            now_s = monotonic()
            if self._pending and max(now_s, due_s) - self._pending_since_s >= HELD_BACK_MAX_S:
                self._flush()
            full = len(self._gateway.outbox) >= UNCONFIRMED_MAX
            if now_s >= due_s and not full:
                return
            self._on_progress(self.count())
            await asyncio.sleep(0.1 if full else min(HELD_BACK_MAX_S, due_s - now_s))

    def _flush(self) -> None:
        while self._pending:
            facts, self._pending = self._pending[:READINGS_MAX], self._pending[READINGS_MAX:]
            self._gateway.send(Report(lane=Lane.READING, facts=tuple(facts)))

    async def _drain(self) -> None:
        deadline_s = monotonic() + DRAIN_S
        while len(self._gateway.outbox) and monotonic() < deadline_s:
            self._on_progress(self.count())
            self._gateway.confirmed.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._gateway.confirmed.wait()
        self._on_progress(self.count())
