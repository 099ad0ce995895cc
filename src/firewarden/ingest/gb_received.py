"""What is a frame of GB/T 26875.3 once it was received? A message like any other, beside the bytes that it came in."""

from hashlib import blake2b

import msgspec

from firewarden.ingest.batch import Received
from firewarden.ingest.mqtt_session import Message

BOOT = "gb26875"
"""The protocol knows no lives of a device: all that one ever sends is numbered in one row."""


class RawFrame(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """A sound frame as it came."""

    transport: str  # tcp, udp
    peer: str  # the address that it came from
    source: int
    serial: int
    command: int
    type: int | None
    digest: int  # of what a resend has the same
    undecoded: str | None
    data: bytes


class GbReceived(Received, frozen=True, gc=False, kw_only=True):
    """A message that came as a frame."""

    frame: RawFrame
    skew_s: float | None  # how far the device's clock is ahead, where that can be told


def digest_of(serial: int, command: int, unit: bytes) -> int:
    """What a device repeats when it sends a frame again; its send time may differ. 64 bits, signed."""
    whole = serial.to_bytes(2, "little") + bytes([command]) + unit
    return int.from_bytes(blake2b(whole, digest_size=8).digest(), "little", signed=True)


def message_of(frame: RawFrame) -> Message:
    """The frame as quarantine shows it: from where, and its bytes."""
    return Message(
        topic=f"gb26875/{frame.transport}/{frame.peer}/{frame.source:012x}",
        payload=frame.data,
        packet_id=None,
        connection=0,
    )
