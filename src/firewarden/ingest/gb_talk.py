"""Who speaks over which connection, and what was it asked? One device over one connection."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from firewarden.ingest.wire.gb26875.profiles import Profile

ASKED_MAX = 64
"""Questions to a device that are remembered; the answer to an older one comes too late for anybody."""


class Link(Protocol):
    """Whatever takes bytes back to where some came from: a connection, or an address that sends datagrams."""

    @property
    def transport(self) -> str:
        """`tcp` or `udp`."""
        ...

    @property
    def peer(self) -> str:
        """The address."""
        ...

    @property
    def port(self) -> int:
        """Its port."""
        ...

    @property
    def closed(self) -> bool:
        """Whether nothing can be written any more."""
        ...

    def write(self, data: bytes) -> None:
        """Send, if that is still possible."""
        ...

    def settled(self, frames: int) -> None:
        """So many of the frames that came from here do not wait any more."""
        ...

    def expect(self, heartbeat_s: float, devices: int) -> None:
        """Another device spoke that sends so often; there are so many of them now."""
        ...

    def next_serial(self) -> int:
        """A number for a question of ours."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """Who it is, by the register."""

    gateway: str
    profile: Profile
    heartbeat_s: float


@dataclass(slots=True, kw_only=True, eq=False)
class Talk:
    """One device over one connection."""

    link: Link
    source: int
    device: Device
    since_at: datetime
    destination: int
    """Whom the device last spoke to: that is who we are to it."""
    version: tuple[int, int]
    heartbeats: bool = False
    heard_s: float = 0.0
    _asked: dict[int, str] = field(default_factory=dict[int, str])

    def serial_for(self, command: str) -> int:
        """The number to ask `command` with; asked again, the same one."""
        for serial, asked in self._asked.items():
            if asked == command:
                return serial
        serial = self.link.next_serial()
        self._asked.pop(serial, None)
        self._asked[serial] = command
        if len(self._asked) > ASKED_MAX:
            del self._asked[next(iter(self._asked))]
        return serial

    def asked(self, serial: int) -> str | None:
        """What was asked with this number."""
        return self._asked.get(serial)
