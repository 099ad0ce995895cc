"""What does a gateway hold when it comes back after a day without its line? Made before the clock starts.

Six sensors are read every five minutes: 1,728 readings a day, sent in messages of up to 50. Each of some points had a
fault that came and went: two messages in the lane of states, which a gateway sends before its readings.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from math import ceil

from firewarden.bench.frames import address, packet_id, publish, value_of
from firewarden.ingest.facts import Envelope, Fact, Lane, Quantity, Reading, State, StateChange


@dataclass(frozen=True, slots=True, kw_only=True)
class Buffered:
    """What each gateway kept in the hours before `until`."""

    boot: str
    until: datetime
    hours: int = 24
    sensors: int = 6
    every_s: int = 300
    readings_max: int = 50
    faults: int = 5

    @property
    def readings(self) -> int:
        """Of one gateway."""
        return self.hours * 3_600 // self.every_s * self.sensors

    @property
    def reading_messages(self) -> int:
        """Of one gateway."""
        return ceil(self.readings / self.readings_max)

    @property
    def state_messages(self) -> int:
        """Of one gateway: a fault comes, and goes."""
        return 2 * self.faults

    @property
    def messages(self) -> int:
        """Of one gateway."""
        return self.reading_messages + self.state_messages


def buffered_frames(buffered: Buffered, gateway: str) -> list[bytes]:
    """The MQTT packets of one gateway, states first, in order."""
    states = [(Lane.STATE, (fact,)) for fact in _faults(buffered)]
    each = _readings(buffered)
    readings = [(Lane.READING, tuple(islice(each, buffered.readings_max))) for _ in range(buffered.reading_messages)]
    return [
        *_packets(buffered.boot, gateway, states, first=1),
        *_packets(buffered.boot, gateway, readings, first=1 + len(states)),
    ]


def _packets(
    boot: str, gateway: str, messages: Sequence[tuple[Lane, tuple[Fact, ...]]], *, first: int
) -> Iterator[bytes]:
    for seq, (lane, facts) in enumerate(messages, start=1):
        last = facts[-1]
        assert isinstance(last, Reading | StateChange)
        envelope = Envelope(gateway=gateway, lane=lane, boot=boot, seq=seq, sent_at=last.at, facts=facts)
        yield publish(envelope, packet_id(first + seq - 1))


def _readings(buffered: Buffered) -> Iterator[Reading]:
    step = timedelta(seconds=buffered.every_s)
    times = buffered.readings // buffered.sensors
    for number in range(times):
        at = buffered.until - (times - number) * step
        for sensor in range(buffered.sensors):
            yield Reading(
                point=address(sensor),
                at=at,
                quantity=Quantity.PRESSURE.name.lower(),
                value=value_of(sensor, number),
                unit="MPa",
            )


def _faults(buffered: Buffered) -> Iterator[StateChange]:
    gap = timedelta(hours=buffered.hours) / (2 * buffered.faults)
    begun = buffered.until - timedelta(hours=buffered.hours)
    for point in range(buffered.faults):
        came_at = begun + 2 * point * gap
        yield StateChange(point=address(point), at=came_at, set=(State.FAULT,))
        yield StateChange(point=address(point), at=came_at + gap, clear=(State.FAULT,))
