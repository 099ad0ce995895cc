"""Which faults strike a round of chaos, and when? Drawn from the seed alone, so that a round can be replayed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from random import Random


class Kind(StrEnum):
    """What can happen. The value is what a report says."""

    # to a process
    KILL = "SIGKILL"
    FREEZE = "SIGSTOP, then SIGCONT"
    RESTART = "orderly restart"
    SPARE = "second ingest does not return"

    # to the database
    DATABASE_KILL = "database SIGKILL"
    DATABASE_IMMEDIATE = "database immediate restart"
    DATABASE_FAST = "database fast restart"
    TERMINATE = "backends terminated"
    CANCEL = "statements cancelled"
    LOCK = "table locked"
    CROWD = "out of connections"

    # to the broker
    BROKER_KILL = "broker SIGKILL"
    BROKER_RESTART = "broker restart"
    BROKER_WIPE = "broker SIGKILL and its memory lost"
    TAKEOVER = "session taken over"
    SESSION_ENDED = "session taken over and ended"

    # to a line between two of them
    CUT = "line cut"
    CUT_MID_PACKET = "line cut mid-packet"
    STALL = "line stalls"
    HALF_OPEN = "line half open: words vanish"
    UNANSWERED = "line half open: answers vanish"
    SLOW = "line slow"
    REFUSE = "line refused"


PROCESSES = ("ingest", "desk", "risk", "api", "sim")
LINES = ("ingest-broker", "sim-broker", "ingest-database", "desk-database", "risk-database", "api-database")
"""Every line that a process has; ingest has two connections on each of its lines, the simulator one a gateway."""
DEVICE_LINES = (*LINES, "sim-ingest")
"""With that of the devices that speak GB/T 26875.3 over TCP. Their datagrams go straight."""
TABLES = ("message_ledger", "state_change", "reading", "gateway_liveness", "episode", "incident", "event")
SESSIONS = ("firewarden-ingest-1-alarm", "firewarden-ingest-1-bulk")

WEIGHTS: dict[Kind, float] = {
    Kind.KILL: 4.0,
    Kind.FREEZE: 3.0,
    Kind.RESTART: 1.5,
    Kind.SPARE: 1.5,
    Kind.DATABASE_KILL: 2.0,
    Kind.DATABASE_IMMEDIATE: 1.0,
    Kind.DATABASE_FAST: 1.0,
    Kind.TERMINATE: 2.0,
    Kind.CANCEL: 2.0,
    Kind.LOCK: 2.0,
    Kind.CROWD: 1.5,
    Kind.BROKER_KILL: 2.0,
    Kind.BROKER_RESTART: 1.0,
    Kind.BROKER_WIPE: 2.0,
    Kind.TAKEOVER: 1.5,
    Kind.SESSION_ENDED: 1.0,
    Kind.CUT: 2.0,
    Kind.CUT_MID_PACKET: 3.0,
    Kind.STALL: 2.0,
    Kind.HALF_OPEN: 2.0,
    Kind.UNANSWERED: 2.0,
    Kind.SLOW: 2.0,
    Kind.REFUSE: 1.5,
}
"""How often each kind strikes, against the others."""
FAULTS_MIN, FAULTS_MAX = 2, 6
SHARED = 0.25
"""Of the rounds."""
LASTS_S = (0.3, 5.0)
"""Of what goes on for a while. Longer than a retry waits, and short enough that a round recovers within its time."""
CALM_S = 1.5
"""At the beginning of a round, so that a city is there to be disturbed."""
BYTES_MAX = 40_000
"""After how many bytes at most a line is cut: within a handshake, a batch or an acknowledgement."""
SLOW_BYTES_PER_S = (2_000.0, 50_000.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault: what, to whom, at which second of the city's life and for how long.

    `amount`: bytes until the cut, or bytes a second; 0 where the kind has no such number.
    """

    at_s: float
    kind: Kind
    target: str = ""
    lasts_s: float = 0.0
    amount: int = 0

    def __str__(self) -> str:
        """The fault as a line of the plan."""
        lasts = f" for {self.lasts_s:.1f} s" if self.lasts_s else ""
        amount = f" ({self.amount:,} bytes{'/s' if self.kind is Kind.SLOW else ''})" if self.amount else ""
        return f"{self.at_s:5.1f} s  {self.kind.value}{': ' if self.target else ''}{self.target}{lasts}{amount}"


def lines_of(protocol: str) -> tuple[str, ...]:
    """Every line of a platform whose city speaks so."""
    return LINES if protocol == "mqtt" else DEVICE_LINES


def plan(seed: int, round_: int, *, seconds: float, lines: tuple[str, ...] = LINES) -> tuple[Fault, ...]:
    """The faults of one round of a city that lives for `seconds`, in order; all are over before its end.

    `lines`: those that the city's gateways and the platform have.
    """
    assert seconds > CALM_S
    rng = Random(f"{seed}/chaos/{round_}")
    count = rng.randint(FAULTS_MIN, FAULTS_MAX)
    kinds = rng.choices(list(WEIGHTS), weights=list(WEIGHTS.values()), k=count)
    return tuple(sorted((_draw(rng, kind, seconds, lines) for kind in kinds), key=lambda fault: fault.at_s))


def shares_lanes(seed: int, round_: int) -> bool:
    """Whether the ingest workers of a round share states, readings and replies, instead of all taking all."""
    return Random(f"{seed}/shared/{round_}").random() < SHARED


def _draw(rng: Random, kind: Kind, seconds: float, lines: tuple[str, ...]) -> Fault:
    at_s = round(rng.uniform(CALM_S, seconds), 2)
    target, lasts, amount = _DRAWN[kind](rng, lines)
    lasts_s = min(round(rng.uniform(*LASTS_S), 2), round(seconds - at_s, 2)) if lasts else 0.0
    return Fault(at_s=at_s, kind=kind, target=target, lasts_s=lasts_s, amount=amount)


_Drawn = tuple[str, bool, int]  # the target, whether it lasts, the amount
_Drawing = Callable[[Random, tuple[str, ...]], _Drawn]


def _nobody(lasts: bool) -> _Drawing:  # noqa: FBT001 - a table reads better
    return lambda _, __: ("", lasts, 0)


def _one_of(names: tuple[str, ...], lasts: bool) -> _Drawing:  # noqa: FBT001 - the same
    return lambda rng, _: (rng.choice(names), lasts, 0)


def _one_line(lasts: bool) -> _Drawing:  # noqa: FBT001 - the same
    return lambda rng, lines: (rng.choice(lines), lasts, 0)


def _cut_mid_packet(rng: Random, lines: tuple[str, ...]) -> _Drawn:
    # Small numbers are as likely as large ones: a handshake has a hundred bytes, a batch thousands.
    return rng.choice(lines), False, int(BYTES_MAX ** rng.random())


def _slow(rng: Random, lines: tuple[str, ...]) -> _Drawn:
    return rng.choice(lines), True, int(rng.uniform(*SLOW_BYTES_PER_S))


_DRAWN: dict[Kind, _Drawing] = {
    Kind.KILL: _one_of(PROCESSES, lasts=False),
    Kind.FREEZE: _one_of(PROCESSES, lasts=True),
    Kind.RESTART: _one_of(PROCESSES, lasts=False),
    Kind.SPARE: _nobody(lasts=True),
    Kind.DATABASE_KILL: _nobody(lasts=False),
    Kind.DATABASE_IMMEDIATE: _nobody(lasts=False),
    Kind.DATABASE_FAST: _nobody(lasts=False),
    Kind.TERMINATE: _one_of(("ingest", "desk", "risk", "api", ""), lasts=False),
    Kind.CANCEL: _one_of(("ingest", "desk", "risk", "api", ""), lasts=True),
    Kind.LOCK: _one_of(TABLES, lasts=True),
    Kind.CROWD: _nobody(lasts=True),
    Kind.BROKER_KILL: _nobody(lasts=False),
    Kind.BROKER_RESTART: _nobody(lasts=False),
    Kind.BROKER_WIPE: _nobody(lasts=False),
    Kind.TAKEOVER: _one_of(SESSIONS, lasts=True),
    Kind.SESSION_ENDED: _one_of(SESSIONS, lasts=True),
    Kind.CUT: _one_line(lasts=False),
    Kind.CUT_MID_PACKET: _cut_mid_packet,
    Kind.STALL: _one_line(lasts=True),
    Kind.HALF_OPEN: _one_line(lasts=True),
    Kind.UNANSWERED: _one_line(lasts=True),
    Kind.SLOW: _slow,
    Kind.REFUSE: _one_line(lasts=True),
}
"""What of each kind is left to chance."""

assert WEIGHTS.keys() == _DRAWN.keys() == set(Kind)
