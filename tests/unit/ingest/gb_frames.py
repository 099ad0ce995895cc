"""Frames, devices and links for tests of what receives them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from firewarden.ingest.gb_talk import Device, Talk
from firewarden.ingest.wire.gb26875.frames import Frame, FrameReader, encode
from firewarden.ingest.wire.gb26875.objects import ComponentState, DeviceState
from firewarden.ingest.wire.gb26875.profiles import STANDARD, Profile
from firewarden.ingest.wire.gb26875.units import encode_unit

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
SOURCE = 0x1234
POINT = "1.1/40.0a000200"


@dataclass(slots=True, eq=False)
class FakeLink:
    """Remembers what was written."""

    transport: str = "tcp"
    peer: str = "192.0.2.7"
    port: int = 4000
    closed: bool = False
    written: list[bytes] = field(default_factory=list[bytes])
    serial: int = -1

    def write(self, data: bytes) -> None:
        """Keep it."""
        self.written.append(data)

    def settled(self, frames: int) -> None:
        """Nothing waits here."""

    def expect(self, heartbeat_s: float, devices: int) -> None:
        """Nothing is expected here."""

    def next_serial(self) -> int:
        """One more."""
        self.serial += 1
        return self.serial


def component(word: int, *, at: datetime | None = NOW, address: str = "0a000200") -> bytes:
    """A unit of type 2."""
    state = ComponentState(
        system_type=1,
        system_address=1,
        component_type=40,
        component_address=bytes.fromhex(address),
        word=word,
        at=at,
    )
    return encode_unit(2, [state], STANDARD)


def device_state(word: int) -> bytes:
    """A unit of type 21 without a time, as heartbeats are."""
    return encode_unit(21, [DeviceState(word=word, at=None)], STANDARD, timed=False)


def raw(unit: bytes = b"", *, serial: int = 1, command: int = 2, at: datetime | bytes = NOW) -> bytes:
    """The bytes of a frame from SOURCE."""
    return encode(serial=serial, source=SOURCE, destination=9, command=command, unit=unit, time=at)


def frame(unit: bytes = b"", *, serial: int = 1, command: int = 2, at: datetime | bytes = NOW) -> Frame:
    """The same, read."""
    [found] = FrameReader().feed(raw(unit, serial=serial, command=command, at=at))
    assert isinstance(found, Frame)
    return found


def talk(
    gateway: str = "GW-1", *, profile: Profile = STANDARD, link: FakeLink | None = None, since_at: datetime = NOW
) -> Talk:
    """A device over a link."""
    return Talk(
        link=link or FakeLink(),
        source=SOURCE,
        device=Device(gateway=gateway, profile=profile, heartbeat_s=60),
        since_at=since_at,
        destination=9,
        version=(1, 1),
    )
