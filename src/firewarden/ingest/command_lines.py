"""Over what does a command reach a gateway? One line a transport; giving it a command never waits."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from firewarden.ingest.commanding import Outgoing
from firewarden.ingest.mqtt_command import told
from firewarden.ingest.wire import json_v1


class DeviceLine(Protocol):
    """The connections of devices that speak GB/T 26875.3 to this process."""

    def reaches(self) -> Collection[str]:
        """The gateways that a command would reach now."""
        ...

    def send(self, gateway: str, outgoing: Outgoing) -> bool:
        """Give a command to a gateway's connection, at once; False where there is none any more."""
        ...


class NoDevices:
    """A process to which no devices connect."""

    def reaches(self) -> Collection[str]:
        """Nobody."""
        return ()

    def send(self, gateway: str, outgoing: Outgoing) -> bool:  # noqa: ARG002 - what the protocol says
        """Never."""
        return False


class Publisher(Protocol):
    """A connection to the broker."""

    @property
    def connected(self) -> bool:
        """Whether what is published would go out."""
        ...

    def publish(self, topic: str, payload: bytes) -> bool:
        """Publish at QoS 0, at once; False where there is no connection."""
        ...


@dataclass(frozen=True, slots=True)
class MqttLine:
    """The broker. Who of the gateways is there, it tells us by their last wills."""

    publisher: Publisher

    @property
    def connected(self) -> bool:
        """Whether a command would go out."""
        return self.publisher.connected

    def send(self, gateway: str, outgoing: Outgoing, now: datetime) -> bool:
        """Publish a command; False where there is no connection to the broker."""
        return self.publisher.publish(json_v1.topic(gateway, "cmd"), json_v1.encode_command(told(outgoing, now)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """All that a process can send over."""

    mqtt: MqttLine
    devices: DeviceLine
