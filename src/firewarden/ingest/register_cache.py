"""Which ids does the register give to the gateways and points that facts name? Remembered, within bounds."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from psycopg import AsyncConnection

from firewarden.ingest.rows import PointKey
from firewarden.store.queries import Queries

SQL = Queries("firewarden.ingest")

POINTS_CACHED_MAX = 300_000  # some 170 bytes each
UNREGISTERED_MAX = 3_200
"""Points a gateway may name beyond its register: as many as a controller has addresses (GB 50116)."""
OVERFLOW_ADDRESS = "beyond-limit"
"""Where facts of yet more points go, so that a fire among them still opens an incident."""


@dataclass(slots=True)
class RegisterCache:
    """Ids that were committed; what a transaction adds is remembered only after its commit."""

    _venues: dict[str, int] = field(default_factory=dict[str, int])
    _points: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])
    _fresh: dict[PointKey, int] = field(default_factory=dict[PointKey, int])
    _remembered: int = 0

    def begin(self) -> None:
        """A transaction begins: what one that was rolled back found and added is forgotten."""
        self._fresh = {}

    async def venues(self, connection: AsyncConnection, gateways: Iterable[str]) -> dict[str, int]:
        """The venue of every known gateway among `gateways`; unknown ones are absent."""
        asked = set(gateways)
        missing = sorted(asked - self._venues.keys())
        if missing:
            cursor = await connection.execute(SQL["gateways"], {"ids": missing})
            self._venues.update({str(gateway): int(venue) for gateway, venue in await cursor.fetchall()})
        return {gateway: self._venues[gateway] for gateway in asked if gateway in self._venues}

    def points(self, gateways: Iterable[str]) -> dict[str, dict[str, int]]:
        """By gateway, the ids of its points by address, as far as they are known."""
        known = {gateway: self._points.get(gateway, {}) for gateway in gateways}
        added: dict[str, dict[str, int]] = {}
        for (gateway, address), point_id in self._fresh.items():
            if gateway in known:
                added.setdefault(gateway, {})[address] = point_id
        return {**known, **{gateway: {**known[gateway], **ids} for gateway, ids in added.items()}}

    async def find(self, connection: AsyncConnection, named: dict[PointKey, str | None]) -> None:
        """Make known every point named (with its quantity, if any); what the register lacks is added, marked."""
        nothing: dict[str, int] = {}
        missing = {key: name for key, name in named.items() if key[1] not in self._points.get(key[0], nothing)}
        if missing:
            await self._look_up(connection, missing.keys())
            unknown = {key: quantity for key, quantity in missing.items() if key not in self._fresh}
            if unknown:
                await self._add(connection, unknown)

    def committed(self) -> None:
        """The transaction is committed: remember what it found and added."""
        if self._remembered + len(self._fresh) > POINTS_CACHED_MAX:
            self._points.clear()
            self._remembered = 0
        for (gateway, address), point_id in self._fresh.items():
            self._points.setdefault(gateway, {})[address] = point_id
        self._remembered += len(self._fresh)
        self._fresh = {}

    async def _look_up(self, connection: AsyncConnection, keys: Iterable[PointKey]) -> None:
        gateways, addresses = _columns(keys)
        cursor = await connection.execute(SQL["points"], {"gateways": gateways, "addresses": addresses})
        for gateway, address, point_id in await cursor.fetchall():
            self._fresh[str(gateway), str(address)] = int(point_id)

    async def _add(self, connection: AsyncConnection, unknown: dict[PointKey, str | None]) -> None:
        cursor = await connection.execute(
            SQL["unregistered_counts"], {"gateways": sorted({gateway for gateway, _ in unknown})}
        )
        room = {str(gateway): UNREGISTERED_MAX - int(n) for gateway, n in await cursor.fetchall()}
        added: dict[PointKey, str | None] = {}
        stands_for: dict[PointKey, PointKey] = {}
        for (gateway, address), quantity in unknown.items():
            left = room.get(gateway, UNREGISTERED_MAX)
            key = (gateway, address if left > 0 else OVERFLOW_ADDRESS)
            stands_for[gateway, address] = key
            added[key] = quantity if left > 0 else None
            room[gateway] = left - 1
        gateways, addresses = _columns(added)
        values = {"gateways": gateways, "addresses": addresses, "quantities": list(added.values())}
        await connection.execute(SQL["insert_points"], values)
        await self._look_up(connection, added)
        for key, other in stands_for.items():
            self._fresh[key] = self._fresh[other]


def _columns(keys: Iterable[PointKey]) -> tuple[list[str], list[str]]:
    pairs = list(keys)
    return [gateway for gateway, _ in pairs], [address for _, address in pairs]
