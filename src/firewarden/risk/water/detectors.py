"""What do all detectors of one sensor say after readings in the order of their times? O(1) per reading.

Every detector scores before anything is learnt. What a gate explains, and what follows soon after it, teaches nothing:
neither baseline nor charts see it. While a shift or a limit finding holds, the baseline does not follow for a week;
what lasts longer is the new usual, and its shift ends by itself.
"""

from collections.abc import Iterator
from dataclasses import replace

import msgspec

from firewarden.risk.state.facts import Micros, WaterKind
from firewarden.risk.water.baseline import Baseline, Expected
from firewarden.risk.water.drift import SMALLEST as SMALLEST_DRIFT
from firewarden.risk.water.drift import Drift
from firewarden.risk.water.drop import Drop
from firewarden.risk.water.limit import Limit, limit
from firewarden.risk.water.physics import physics
from firewarden.risk.water.reading import DAY, MINUTE, Finding, Gate, Reading, Sensor, finding_of, stronger
from firewarden.risk.water.shift import SMALLEST as SMALLEST_SHIFT
from firewarden.risk.water.shift import Shift
from firewarden.risk.water.stuck import Stuck
from firewarden.risk.water.trust import Silence, Trust

BUCKET = 15 * MINUTE
AFTERMATH = 5 * MINUTE  # what a pump or a test leaves behind in the pipes
FOLLOW_AFTER = 7 * DAY
FLOOR = 0.002  # of the band's width, or of the value: no sensor is believed to be quieter
CHARTED = frozenset({"pressure", "level", "height", "flow"})
EXPLAINED_BY_PUMP = frozenset({WaterKind.BELOW, WaterKind.ABOVE, WaterKind.SHIFT, WaterKind.MAIN_BURST})


class Bucket(msgspec.Struct, array_like=True):
    """The quarter hour that goes on: number, sum, readings."""

    number: int = 0
    total: float = 0.0
    readings: int = 0


class Detectors(msgspec.Struct, array_like=True):
    """Everything that is kept of one sensor, but what may still come in another order."""

    baseline: Baseline = msgspec.field(default_factory=Baseline)
    bucket: Bucket = msgspec.field(default_factory=Bucket)
    limit: Limit = msgspec.field(default_factory=Limit)
    shift: Shift = msgspec.field(default_factory=Shift)
    stuck: Stuck = msgspec.field(default_factory=Stuck)
    drift: Drift = msgspec.field(default_factory=Drift)
    trust: Trust = msgspec.field(default_factory=Trust)
    silence: Silence = msgspec.field(default_factory=Silence)
    drop: Drop = msgspec.field(default_factory=Drop)
    gate: Gate | None = None
    gated_until: Micros = 0
    heard_at: Micros = 0
    value: float = 0.0

    def step(self, sensor: Sensor, reading: Reading) -> None:
        """Take in a reading that is not older than any before."""
        gate = self._gate(reading)
        self.heard_at, self.value = reading.at, reading.value
        self.silence.step(reading.at)
        if not self.trust.step(reading, physics(sensor.quantity)):
            return
        self.limit.step(sensor, reading)
        self.stuck.step(reading)
        if gate is None and sensor.quantity in CHARTED:
            self._chart(sensor, reading)

    def explained(self, now: Micros) -> Gate | None:
        """The gate that holds at `now`, as far as the readings told."""
        return self.gate if now < self.gated_until else None

    def expected(self, sensor: Sensor, at: Micros) -> Expected | None:
        """What the baseline says of `at`, as of now: for plots and for people."""
        return self.baseline.expected(at, FLOOR * self._span(sensor))

    def _gate(self, reading: Reading) -> Gate | None:
        gate = stronger(reading.gate, self.explained(reading.at))
        if reading.gate is not None:
            self.gate, self.gated_until = gate, reading.at + AFTERMATH
        return gate

    def _chart(self, sensor: Sensor, reading: Reading) -> None:
        number = reading.at // BUCKET
        if number != self.bucket.number:
            if self.bucket.readings:
                self._close(sensor)
            self.bucket = Bucket(number=number)
        self.bucket.total += reading.value
        self.bucket.readings += 1
        self.drift.step(reading.at, reading.value, SMALLEST_DRIFT * self._span(sensor))
        if sensor.quantity == "pressure":
            self.drop.step(reading)

    def _close(self, sensor: Sensor) -> None:
        at, mean = self.bucket.number * BUCKET, self.bucket.total / self.bucket.readings
        expected = self.expected(sensor, at)
        if expected is not None:
            self.shift.step(at, mean, expected, SMALLEST_SHIFT * self._span(sensor))
        shifted = self.shift.since is not None and at - self.shift.found_at < FOLLOW_AFTER
        limited = self.limit.side is not None and at - self.limit.since < FOLLOW_AFTER
        if not (shifted or limited):
            self.baseline.learn(at, mean)

    def _span(self, sensor: Sensor) -> float:
        return sensor.width or max(abs(self.value), 1e-6)

    def findings(self, sensor: Sensor, now: Micros, gate: Gate | None) -> tuple[Finding, ...]:
        """Everything that holds at `now`, with what explains it."""
        gate = stronger(gate, self.explained(now))
        return tuple(_explained(finding, gate) for finding in self._found(sensor, now) if finding.since <= now)

    def _found(self, sensor: Sensor, now: Micros) -> Iterator[Finding]:
        if (side := self.limit.side) is not None:
            finding = finding_of(sensor, side, self.limit.since, self.limit.worst, limit(sensor, side))
            yield replace(finding, confirmed=self.limit.confirmed(now))
        if (since := self.shift.since) is not None:
            yield finding_of(sensor, WaterKind.SHIFT, since, self.shift.value, self.shift.expected)
        if (since := self.stuck.found_since()) is not None:
            yield finding_of(sensor, WaterKind.STUCK, since, self.stuck.value)
        if (since := self.drift.since) is not None:
            yield finding_of(sensor, WaterKind.DRIFT, since, self.drift.fast, self.drift.slow)
        if (since := self.trust.since) is not None:
            yield finding_of(sensor, WaterKind.IMPLAUSIBLE, since, self.trust.wrong_value)
        if (since := self.silence.found_since(now)) is not None:
            yield finding_of(sensor, WaterKind.SILENT, since, self.value)


def _explained(finding: Finding, gate: Gate | None) -> Finding:
    if gate is None or (gate is Gate.PUMP_RUNNING and finding.what not in EXPLAINED_BY_PUMP):
        return finding
    return replace(finding, suppressed=gate)
