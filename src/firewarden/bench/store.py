"""What the bench asks the database, as its owner."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import stamina
from psycopg import AsyncConnection
from psycopg.errors import DeadlockDetected
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from firewarden.bench.frames import address
from firewarden.bench.report import Server
from firewarden.bench.rows import PointIds
from firewarden.ingest.facts import Lane
from firewarden.store.queries import Queries

SQL = Queries("firewarden.bench")
SWEEP_AFTER = timedelta(seconds=5)
"""A model scores from a moment on that no step has passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """How many facts are stored, and how many of them differ in point or time (or in the state they are about)."""

    total: int
    different: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fire:
    """A stored fire alarm, when it was, and the incidents of its point."""

    gateway: str
    seq: int
    committed_at: datetime
    incidents: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """A stored fire or fault, and the step of risk that took it in."""

    gateway: str
    seq: int
    committed_at: datetime
    venue_id: int
    stepped_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Point:
    gateway: str
    address: str
    id: int


@dataclass(frozen=True, slots=True)
class Store:
    """One autocommit connection of the owner."""

    connection: AsyncConnection

    async def register(self, gateways: Sequence[tuple[str, str]], points: int) -> PointIds:
        """Register gateways (id, credential) with `points` points each; returns the points' ids."""
        async with self.connection.transaction():
            ids, credentials = zip(*gateways, strict=True)
            await self.connection.execute(SQL["insert_venues"], {"ids": list(ids)})
            values = {"ids": list(ids), "credentials": list(credentials)}
            await self.connection.execute(SQL["insert_gateways"], values)
            addresses = {address(point): point for point in range(points)}
            await self.connection.execute(SQL["insert_points"], {"addresses": list(addresses)})
        async with self.connection.cursor(row_factory=class_row(_Point)) as cursor:
            found = await (await cursor.execute(SQL["points"])).fetchall()
        return {(point.gateway, addresses[point.address]): point.id for point in found}

    async def register_devices(self, count: int, first_address: int) -> None:
        """Register gateways that speak GB/T 26875.3, with addresses from the first on."""
        ids = [f"bench-{number:05d}" for number in range(count)]
        async with self.connection.transaction():
            await self.connection.execute(SQL["insert_venues"], {"ids": ids})
            values = {"ids": ids, "credentials": [None] * count}
            await self.connection.execute(SQL["insert_gateways"], values)
            await self.connection.execute(SQL["insert_devices"], {"ids": ids, "first": first_address})

    async def forget_frames(self) -> None:
        """Empty the table of frames, and let the server write what it still has to."""
        await self.connection.execute(SQL["empty_frames"])
        await self.connection.execute(SQL["checkpoint"])

    async def frames_stored(self) -> dict[tuple[int, int], int]:
        """How often each frame is stored, by the device's address and serial."""
        result = await self.connection.execute(SQL["frames_stored"])
        return {(int(address), int(serial)): int(count) for address, serial, count in await result.fetchall()}

    async def begin_round(self) -> None:
        """Empty the tables of readings, and let the server write what it still has to."""
        await self._empty()
        await self.connection.execute(SQL["checkpoint"])

    @stamina.retry(on=DeadlockDetected, attempts=10)
    async def _empty(self) -> None:
        # The platform's processes look at several of these tables at once while they are locked one after the other.
        await self.connection.execute(SQL["empty"])

    async def messages_stored(self, boot: str, lane: Lane) -> int:
        """How many messages of a boot and lane the ledger holds."""
        return await self._number("messages_stored", boot=boot, lane=lane.value)

    async def give_bands(self, sensors: int) -> None:
        """Let the first points of every gateway watch the water supply."""
        await self.connection.execute(SQL["give_bands"], {"addresses": [address(point) for point in range(sensors)]})

    async def venues_scored(self) -> int:
        """How many venues have a score."""
        return await self._number("venues_scored")

    async def begin_sweep(self, version: str, body: dict[str, object]) -> None:
        """Store a model that scores from soon on: then all venues are scored."""
        async with self.connection.transaction():
            await self.connection.execute(SQL["add_model"], {"version": version, "body": Jsonb(body)})
            await self.connection.execute(SQL["promote_model"], {"version": version, "delay": SWEEP_AFTER})

    async def swept(self) -> tuple[int, int]:
        """How many sweeps there were, and how many venues the last has still to reach."""
        row = await (await self.connection.execute(SQL["sweeps"])).fetchone()
        assert row is not None
        return int(row[0]), int(row[1])

    async def taken_in(self, boot: str) -> list[TakenIn]:
        """What risk has taken in of a boot."""
        async with self.connection.cursor(row_factory=class_row(TakenIn)) as cursor:
            return await (await cursor.execute(SQL["taken_in"], {"boot": boot})).fetchall()

    async def quarantined(self) -> int:
        """How many messages went to quarantine."""
        return await self._number("quarantined")

    async def readings(self) -> Rows:
        """Count the readings."""
        return await self._rows("readings_stored")

    async def states(self, boot: str) -> Rows:
        """Count the states of a boot that came and went."""
        return await self._rows("states_stored", boot=boot)

    async def faults_followed(self) -> int:
        """How many faults the desk has seen come and go."""
        return await self._number("faults_followed")

    async def fires(self, boot: str) -> list[Fire]:
        """Every fire alarm of a boot."""
        async with self.connection.cursor(row_factory=class_row(Fire)) as cursor:
            return await (await cursor.execute(SQL["fires"], {"boot": boot})).fetchall()

    async def server(self) -> Server:
        """Describe the database."""
        async with self.connection.cursor(row_factory=class_row(Server)) as cursor:
            found = await (await cursor.execute(SQL["server"])).fetchone()
        assert found is not None
        return found

    async def _rows(self, query: str, **values: object) -> Rows:
        async with self.connection.cursor(row_factory=class_row(Rows)) as cursor:
            found = await (await cursor.execute(SQL[query], values)).fetchone()
        assert found is not None
        return found

    async def _number(self, query: str, **values: object) -> int:
        row = await (await self.connection.execute(SQL[query], values)).fetchone()
        assert row is not None
        return int(row[0])
