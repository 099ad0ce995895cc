"""What does the state of a venue say at one moment? The numbers that rules, scores and explanations look at.

Decayed counts are in events, each weighing half after its half-life. Shares are of time and of what should work,
0 to 1, remembered with a half-life of their own. `facts` are the venue's fact numbers: the evidence.

Structs and not dataclasses, since every score makes dozens of them; without cycles, so that the collector of garbage
need not look at them (docs/adr/0159).
"""

import msgspec

from firewarden.risk.state.facts import Group, Micros, Registered, Trouble, WaterKind


class Open(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A trouble that holds. `since` is never in the future."""

    episode: int
    trouble: Trouble
    group: Group
    gateway: str
    point: int | None
    since: Micros
    fact: int


class OpenFire(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A fire signal that nobody has judged."""

    incident: int
    manual: bool
    since: Micros
    fact: int


class OpenFinding(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A water finding that holds. `suppressed` says by what it is explained (a pump that runs, a test), if it is."""

    finding: str
    point: int
    what: WaterKind
    quantity: str
    since: Micros
    value: float | None
    expected: float | None
    fact: int
    suppressed: str | None = None


class OpenOrder(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An order to put something right that is not closed."""

    order: str
    since: Micros
    due_at: Micros | None
    fact: int


class Past(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Something that happened, and the fact that says so."""

    at: Micros
    fact: int


class Override(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A grade that an officer set and that still holds."""

    override: int
    grade: str
    until: Micros
    fact: int


class DutyOutcome(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How one duty check ended."""

    at: Micros
    answered: bool
    fact: int


class Posterior(msgspec.Struct, frozen=True, gc=False):
    """Beta(a, b), prior included, old outcomes forgotten; `a` counts the bad outcome."""

    a: float
    b: float

    @property
    def mean(self) -> float:
        """Expected share of the bad outcome."""
        return self.a / (self.a + self.b)


class Counts(msgspec.Struct, frozen=True, gc=False):
    """Decayed counts; the half-life in days stands in the name."""

    fires_1095: float = 0.0
    """Real fires: judged so by the desk, or recorded by the brigade."""
    false_alarms_90: float = 0.0
    """Judged false or malicious, and recorded alarms that were none."""
    signals_90: float = 0.0
    """All fire signals but tests and maintenance."""
    faults_90: float = 0.0
    """Faults of any kind that began."""
    complaints_365: float = 0.0
    violations_730: float = 0.0
    inspections_365: float = 0.0
    other_365: float = 0.0
    """Other recorded activity."""


class Shares(msgspec.Struct, frozen=True, gc=False):
    """Remembered shares of time out of order; the half-life in days stands in the name."""

    detectors_faulty_30: float = 0.0
    detectors_shielded_30: float = 0.0
    panel_30: float = 0.0
    """Panel in manual, faulty or shielded."""
    pump_30: float = 0.0
    valve_30: float = 0.0
    power_30: float = 0.0
    water_7: float = 0.0
    """Findings that say that water is missing: pressure, level or flow below its limit, and a burst main."""
    offline_14: float = 0.0


class Coverage(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """How much of what should speak does. Unknown is not safe: it never lowers a score."""

    gateways: int
    gateways_silent: int
    """Offline, cut off from the panel behind them, or never heard: nothing can be known through them."""
    gateways_never_heard: int
    points: int
    sensors: int
    sensors_silent: int
    register_missing: tuple[str, ...] = ()
    """Which of use, area_m2, height_m, built_year, key_unit nobody has entered."""

    @property
    def share(self) -> float:
        """Of the things that should report, those that do: gateways, sensors and attributes, each a third."""
        heard = 0.0 if self.gateways == 0 else 1 - self.gateways_silent / self.gateways
        sensing = 0.0 if self.sensors == 0 else 1 - self.sensors_silent / self.sensors
        return (heard + sensing + 1 - len(self.register_missing) / 5) / 3


class Situation(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Everything that a score needs of one venue at `at`."""

    at: Micros
    last_fact: int
    register: Registered
    counts: Counts
    shares: Shares
    coverage: Coverage
    duty: Posterior
    """Of not answering a duty check."""
    false_ratio: Posterior
    """Of a judged signal being false; reported, not scored."""
    handling_log_s: float | None
    """Decayed mean of the logarithm of the seconds until the control room acts; None: never seen."""
    duty_recent: tuple[DutyOutcome, ...] = ()
    """The last few, newest first."""
    troubles: tuple[Open, ...] = ()
    fires: tuple[OpenFire, ...] = ()
    findings: tuple[OpenFinding, ...] = ()
    orders: tuple[OpenOrder, ...] = ()
    override: Override | None = None
    fires_past: tuple[Past, ...] = ()
    """Real fires, newest first, at most 20; as the two that follow."""
    violations_past: tuple[Past, ...] = ()
    orders_past: tuple[Past, ...] = ()
    """Orders that were given, closed or not."""
    evidence: dict[str, tuple[int, ...]] = {}
    """For each field of `counts`, and for duty, the facts behind it, newest first, at most 20."""
