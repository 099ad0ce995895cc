"""What did the devices say in the simulated month? States, operators' acts and frames behind the desk's episodes.

Each fact has the number of its message in its lane, so that the ledger comes out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from firewarden.dashboards.grafana.month.desk import Episode
from firewarden.dashboards.grafana.month.register import Gateway, Register
from firewarden.dashboards.grafana.month.tables import Table, midnight, random_of
from firewarden.desk.incidents import Condition
from firewarden.ingest.facts import Act, Lane, State
from firewarden.ingest.wire.gb26875.frames import encode

GB_BOOT = "gb26875"
FRAMES_DAYS = 9
"""So long are the frames of devices kept here: more than anything looks back."""
PEER, PORT_PEER = "10.26.87.5", 40_000
# A component state of GB/T 26875.3: one object of a smoke detector, with its text and time left empty.
_UNIT = bytes((2, 1, 1, 1, 40, 1, 0, 1, 0, 2, 0)) + bytes(31) + bytes((0, 0, 12, 24, 11, 26))
_EXTRA: tuple[tuple[State, float], ...] = ((State.RESET, 0.8), (State.CONFIG_CHANGED, 0.1))


@dataclass(slots=True, kw_only=True)
class Fact:
    """A state that came or went, or an act of an operator; `point` None: of the control room."""

    gateway: Gateway
    point: int | None
    said: State | Act
    raised: bool
    at: datetime
    received: datetime
    seq: int = 0
    operator: str = ""

    @property
    def lane(self) -> Lane:
        """Fires travel apart."""
        return Lane.ALARM if self.said in {State.FIRE, Act.MANUAL_ALARM} else Lane.STATE

    @property
    def boot(self) -> str:
        """Which life of the gateway."""
        return GB_BOOT if self.gateway.gb26875 else f"b{self.gateway.number}"


@dataclass(slots=True, kw_only=True)
class Facts:
    """All of a month, by receive time; `numbered` counts each lane of each gateway."""

    said: list[Fact] = field(default_factory=list)
    numbered: dict[tuple[str, Lane], list[datetime]] = field(default_factory=dict)
    """When each message of a lane was received, in the order of their numbers."""


def facts(register: Register, episodes: Sequence[Episode], now: datetime, seed: int) -> Facts:
    """What was said, numbered."""
    found = Facts()
    for episode in episodes:
        found.said += _of_episode(episode, seed)
    for gateway in register.gateways:
        found.said += _beside(register, gateway, now, seed)
    found.said = sorted((f for f in found.said if f.received < now), key=lambda f: f.received)
    for fact in found.said:
        times = found.numbered.setdefault((fact.gateway.id, fact.lane), [])
        times.append(fact.received)
        fact.seq = len(times)
    return found


def _of_episode(episode: Episode, seed: int) -> Iterator[Fact]:
    state = _STATES.get(episode.kind)
    if state is None or episode.point is None:
        return
    rng = random_of(seed, "fact", episode.id)
    gateway, point = episode.gateway, episode.point.id
    yield Fact(gateway=gateway, point=point, said=state, raised=True, at=episode.raised, received=episode.received)
    if episode.raises > 1:
        again = episode.last_raised + timedelta(seconds=rng.uniform(0.2, 1.5))
        yield Fact(gateway=gateway, point=point, said=state, raised=True, at=episode.last_raised, received=again)
    if episode.cleared is not None:
        gone = episode.cleared + timedelta(seconds=rng.uniform(0.2, 1.5))
        yield Fact(gateway=gateway, point=point, said=state, raised=False, at=episode.cleared, received=gone)
    if state is State.FIRE and rng.random() < ACTED_SHARE:
        act = rng.choice((Act.CONFIRM, Act.MUTE, Act.RESET, Act.ALARM_CLEARED))
        at = episode.raised + timedelta(seconds=rng.lognormvariate(4.0, 0.8))
        late = at + timedelta(seconds=rng.uniform(0.2, 1.5))
        yield Fact(gateway=gateway, point=None, said=act, raised=True, at=at, received=late, operator="值班员")


ACTED_SHARE = 0.85
_STATES: dict[Condition, State] = {
    Condition.MANUAL_ALARM: State.FIRE,
    **{kind: State(kind.value) for kind in Condition if kind.value in set(State)},
}


def _beside(register: Register, gateway: Gateway, now: datetime, seed: int) -> Iterator[Fact]:
    """What opens nothing: resets, changes of the configuration, self-tests."""
    rng = random_of(seed, "beside", gateway.id)
    panel = next((p.id for p in register.of_gateway[gateway.id] if p.kind.component == 1), None)
    if not gateway.in_service or panel is None:
        return
    for day in range(30):
        at = midnight(now, day) + timedelta(seconds=rng.uniform(28_000, 64_000))
        received = at + timedelta(seconds=rng.uniform(0.2, 1.5))
        for state, share in _EXTRA:
            if rng.random() < share / 10:
                yield Fact(gateway=gateway, point=panel, said=state, raised=True, at=at, received=received)
        if day % 7 == gateway.number % 7:
            yield Fact(gateway=gateway, point=None, said=Act.SELF_TEST, raised=True, at=at, received=received)


def tables(found: Facts, now: datetime) -> list[Table]:
    """States, acts, and the frames of those that came as frames."""
    frames_since = now - timedelta(days=FRAMES_DAYS)
    return [
        Table(
            name="state_change",
            columns=(
                "gateway_id venue_id point_id state raised at device_at sent_at received_at committed_at boot lane seq"
            ),
            rows=[
                (f.gateway.id, f.gateway.venue.id, f.point, f.said.value, f.raised, *_times(f), *_numbers(f))
                for f in found.said
                if isinstance(f.said, State)
            ],
        ),
        Table(
            name="operator_action",
            columns="gateway_id venue_id action operator at device_at sent_at received_at committed_at boot lane seq",
            rows=[
                (f.gateway.id, f.gateway.venue.id, f.said.value, f.operator, *_times(f), *_numbers(f))
                for f in found.said
                if isinstance(f.said, Act)
            ],
        ),
        Table(
            name="raw_frame",
            columns=(
                "gateway_id boot lane seq received_at committed_at transport peer serial command type digest frame"
            ),
            rows=[
                (
                    f.gateway.id, *_numbers(f), f.received, _committed(f), "tcp", PEER, f.seq % 65_536, 2, 2, f.seq,
                    encode(
                        serial=f.seq % 65_536, source=f.gateway.number, destination=1, command=2, time=f.received,
                        unit=_UNIT,
                    ),
                )
                for f in found.said
                if f.gateway.gb26875 and f.received > frames_since
            ],
        ),
    ]  # fmt: skip


def _committed(fact: Fact) -> datetime:
    """Alarms are committed within a few hundredths of a second, the others within a tenth; some wait."""
    slow = fact.seq % 53 == 0
    return fact.received + timedelta(seconds=(0.02 if fact.lane is Lane.ALARM else 0.08) * (12 if slow else 1))


def _times(fact: Fact) -> tuple[datetime, ...]:
    sent = max(fact.at, fact.received - timedelta(milliseconds=150))
    return fact.at, fact.at, sent, fact.received, _committed(fact)


def _numbers(fact: Fact) -> tuple[object, ...]:
    return fact.boot, fact.lane.value, fact.seq
