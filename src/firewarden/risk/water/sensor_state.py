"""How does a sensor's state stand whatever the order in which its readings come?

Readings of the last 60 s of the sensor's own time wait, sorted; older ones have gone through the detectors. So within
60 s any order and any repeat gives the same state. What comes later than that is counted and changes nothing else.
What is shown takes the waiting ones in too: a reading below its limit is a finding at once.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence

import msgspec

from firewarden.risk.state.facts import Micros, WaterKind
from firewarden.risk.water.changes import NOTHING, Changes, changes
from firewarden.risk.water.detectors import Detectors
from firewarden.risk.water.main_burst import Drop
from firewarden.risk.water.reading import SECOND, Finding, Gate, Reading, Sensor, finding_of, stronger

VERSION = "water-1"
WINDOW = 60 * SECOND
PENDING_MAX = 100
"""A sensor that says more within the window is taken in sooner: the state stays small."""


class Told(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A finding whose beginning has become a fact, and whose end has not."""

    what: WaterKind
    since: Micros


class SensorState(msgspec.Struct, array_like=True):
    """What is known of one sensor."""

    settled: Detectors = msgspec.field(default_factory=Detectors)
    pending: list[Reading] = []
    """Sorted by time and value, each pair once."""
    newest: Micros = 0
    settled_to: Micros = -1
    """Everything up to here has gone through the detectors."""
    late: int = 0
    told: list[Told] = []


def add(
    state: SensorState, sensor: Sensor, reading: Reading, received_at: Micros, shown: Detectors | None = None
) -> Detectors | None:
    """Take in a reading. One from the future counts as of when it was received, so that it hides nothing after it.

    `shown` is what `show` gave before; it is brought up to date and returned. None: it has to be made anew.
    """
    at, value = min(reading.at, received_at), reading.value + 0.0  # -0.0 equals 0.0, and its bits differ
    reading = Reading(at=at, value=value, gate=reading.gate)
    if reading.at <= state.settled_to:
        state.late += 1
        return shown
    if not _insert(state.pending, reading):
        shown = None
    elif shown is not None:
        shown.step(sensor, reading)
    state.newest = max(state.newest, reading.at)
    _settle(state, sensor, state.newest - WINDOW)
    if len(state.pending) > PENDING_MAX:
        _settle(state, sensor, state.pending[len(state.pending) - PENDING_MAX - 1].at)
    return shown


def findings(state: SensorState, sensor: Sensor, now: Micros, gate: Gate | None) -> tuple[Finding, ...]:
    """What holds at `now`, the waiting readings included; what `gate` explains is marked."""
    return current(state, sensor).findings(sensor, now, gate)


def tell(state: SensorState, sensor: Sensor, now: Micros, gate: Gate | None, bursts: Iterable[Finding] = ()) -> Changes:
    """What began and ended since the last time this was asked: each finding is told once, and ends only if it was told.

    `bursts` are the findings of street mains that hold at this sensor now.
    """
    return tell_shown(state, sensor, (*findings(state, sensor, now, gate), *bursts))


def tell_shown(state: SensorState, sensor: Sensor, found: Sequence[Finding]) -> Changes:
    """The same where what holds is known already."""
    if not found and not state.told:
        return NOTHING
    before = [finding_of(sensor, told.what, told.since) for told in state.told]
    state.told = [Told(what=finding.what, since=finding.since) for finding in found]
    return changes(before, found)


def current(state: SensorState, sensor: Sensor) -> Detectors:
    """The detectors as if nothing could come in another order any more. To look at, not to keep."""
    if not state.pending:
        return state.settled
    return show(state, sensor)


def show(state: SensorState, sensor: Sensor) -> Detectors:
    """The same, to be kept beside the state and handed to `add`."""
    view = _DETECTORS.decode(_ENCODER.encode(state.settled))
    for reading in state.pending:
        view.step(sensor, reading)
    return view


def fallen(view: Detectors, sensor: Sensor, venue: int, now: Micros, gate: Gate | None) -> Drop | None:
    """The fall of pressure that this sensor shows and nothing explains: what `main_bursts` asks for."""
    if view.drop.since is None or stronger(gate, view.explained(now)) is not None:
        return None
    return Drop(venue=venue, point=sensor.point, at=view.drop.since, value=view.value, expected=view.drop.level)


def _insert(pending: list[Reading], reading: Reading) -> bool:
    """Whether it came in order, as the last."""
    if not pending or (pending[-1].at, pending[-1].value) < (reading.at, reading.value):
        pending.append(reading)
        return True
    place = bisect_left(pending, (reading.at, reading.value), key=lambda other: (other.at, other.value))
    if place < len(pending) and (pending[place].at, pending[place].value) == (reading.at, reading.value):
        gate = stronger(pending[place].gate, reading.gate)
        pending[place] = msgspec.structs.replace(reading, gate=gate)
    else:
        pending.insert(place, reading)
    return False


def _settle(state: SensorState, sensor: Sensor, to: Micros) -> None:
    count = 0
    while count < len(state.pending) and state.pending[count].at <= to:
        state.settled.step(sensor, state.pending[count])
        count += 1
    del state.pending[:count]
    state.settled_to = max(state.settled_to, to)


_ENCODER = msgspec.msgpack.Encoder()
_DETECTORS = msgspec.msgpack.Decoder(Detectors)
_STATE = msgspec.msgpack.Decoder(SensorState)


def encode(state: SensorState) -> bytes:
    """The state as bytes, under 4 kB; `decode` gives the same state, bit for bit."""
    return _ENCODER.encode(state)


def decode(data: bytes) -> SensorState:
    """The state of these bytes; `msgspec.MsgspecError` where they are not of this version."""
    return _STATE.decode(data)
