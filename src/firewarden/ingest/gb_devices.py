"""Which gateway speaks under a source address from a peer? By the register, asked again every few seconds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from psycopg import AsyncConnection

from firewarden.ingest.gb_talk import Device
from firewarden.ingest.register_cache import SQL
from firewarden.ingest.wire.gb26875.profiles import STANDARD, Profile

log = structlog.stdlib.get_logger("ingest.gb26875")

Key = tuple[int, str]
"""A source address and the address of its peer."""

BELIEVED_S = 3.0
"""So long after a change of the register it has its effect."""
KEPT_MAX = 100_000


@dataclass(slots=True)
class GbDevices:
    """What the register said lately; None for those that it does not know."""

    profiles: Mapping[str, Profile]
    _known: dict[Key, tuple[Device | None, float]] = field(default_factory=dict[Key, tuple[Device | None, float]])

    def get(self, key: Key) -> Device | None:
        """Who it is."""
        return self._known[key][0] if key in self._known else None

    def stale(self, keys: Iterable[Key], now_s: float) -> list[Key]:
        """Those to be asked for. Until they were, `get` knows all others of `keys`."""
        if len(self._known) > KEPT_MAX:
            self._known.clear()
        return [key for key in keys if key not in self._known or now_s - self._known[key][1] >= BELIEVED_S]

    async def ask(self, connection: AsyncConnection, keys: Sequence[Key], now_s: float) -> None:
        """Ask the register for these."""
        values = {"sources": [source for source, _ in keys], "peers": [peer for _, peer in keys]}
        cursor = await connection.execute(SQL["gb_devices"], values)
        found: dict[Key, Device] = {}
        for place, gateway, profile, heartbeat_s in await cursor.fetchall():
            device = Device(gateway=str(gateway), profile=self._profile(str(profile)), heartbeat_s=float(heartbeat_s))
            found[keys[int(place) - 1]] = device
        for key in keys:
            before = self._known.get(key)
            device = found.get(key)
            if before is not None and before[0] == device:
                device = before[0]
            self._known[key] = (device, now_s)

    def _profile(self, name: str) -> Profile:
        profile = self.profiles.get(name)
        if profile is None:
            log.warning(
                "unknown_profile", profile=name, advice="the standard is used: check FIREWARDEN_GB26875_PROFILES"
            )
        return profile or STANDARD
