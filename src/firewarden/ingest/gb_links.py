"""Over which connection is a device reached now? The newest of each, for what the platform asks of it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from firewarden.ingest.gb_talk import Talk
from firewarden.ingest.wire.gb26875.frames import encode
from firewarden.ingest.wire.gb26875.profiles import Profile

Request = Callable[[str, Mapping[str, object], datetime, Profile], tuple[int, bytes]]
"""The command byte and the application unit of a command, as a profile writes them."""
TALKS_MAX = 8
"""Connections of one device at a time; an older one is no longer written to, but heard."""


class Asking(Protocol):
    """A command to a gateway."""

    @property
    def id(self) -> int:
        """Its number, which the answer names."""
        ...

    @property
    def command(self) -> str:
        """What is asked."""
        ...

    @property
    def args(self) -> Mapping[str, object]:
        """And with what."""
        ...


@dataclass(slots=True)
class GbLinks:
    """Which devices are connected."""

    request: Request
    now: Callable[[], datetime]
    _talks: dict[str, list[Talk]] = field(default_factory=dict[str, list[Talk]])

    def add(self, talk: Talk) -> None:
        """A device began to speak over a connection."""
        talks = self._talks.setdefault(talk.device.gateway, [])
        talks.append(talk)
        del talks[:-TALKS_MAX]

    def remove(self, talk: Talk) -> None:
        """A device does not speak over a connection any more."""
        talks = self._talks.get(talk.device.gateway, [])
        if talk in talks:
            talks.remove(talk)
        if not talks:
            self._talks.pop(talk.device.gateway, None)

    def reaches(self) -> Collection[str]:
        """The gateways that can be written to now."""
        return frozenset(gateway for gateway, talks in self._talks.items() if any(not t.link.closed for t in talks))

    def send(self, gateway: str, outgoing: Asking) -> bool:
        """Send a command over the newest connection of the gateway; whether there was one."""
        open_ones = [talk for talk in self._talks.get(gateway, ()) if not talk.link.closed]
        if not open_ones:
            return False
        talk = open_ones[-1]
        now = self.now()
        command, unit = self.request(outgoing.command, outgoing.args, now, talk.device.profile)
        frame = encode(
            serial=talk.serial_for(str(outgoing.id)),
            source=talk.destination,
            destination=talk.source,
            command=command,
            unit=unit,
            time=now,
            version=talk.version,
            coding=talk.device.profile.time_coding,
        )
        talk.link.write(frame)
        return True
