"""What went wrong in the simulated month, and what did the desk do about it? Episodes and their incidents."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from firewarden.dashboards.grafana.month.register import (
    CALL_POINTS,
    DETECTORS,
    PUMPS,
    Gateway,
    Point,
    Register,
)
from firewarden.dashboards.grafana.month.tables import CITY, DAYS, midnight, random_of
from firewarden.desk.incidents import PRIORITY, STAYS_OPEN, Condition

SEATS = ("duty1", "duty2", "duty3", "duty4", "duty5", "duty6")
SEATS_OF_SHIFT = 2
SHIFT_H = 8
BUSY_VENUES = 10
"""The first venues have of everything: one of each district, and those that a page shows first."""
FLOOD_VENUE = 3
SILENT_EVERY, SILENT_MIN = 37, (9, 50, 240, 1_500, 5_000)
"""Every so many gateways one is silent, for so many minutes."""
LATE_SHARE, SLOW_LINE_SHARE, SLOW_SHARE = 0.01, 0.02, 0.004
"""Of what begins: reported long after, over a slow line, and shown late by the platform itself."""
NIGHT_ENDS_H = 6
_HOURS = (2, 2, 1, 1, 1, 2, 3, 4, 6, 7, 7, 8, 7, 6, 6, 7, 7, 8, 8, 7, 6, 5, 4, 3)
"""How much happens in each hour of the day, against the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Odds:
    """How often a condition begins at a venue in a month, how long it lasts (median), and at which components."""

    per_month: float
    median_s: float
    components: frozenset[int] = frozenset()
    """Empty: any point."""


_ANY_FAULT = frozenset({40, 30, 23, 24, 84, 96, 102})
ODDS: dict[Condition, _Odds] = {
    Condition.FIRE: _Odds(per_month=1.6, median_s=500, components=DETECTORS),
    Condition.MANUAL_ALARM: _Odds(per_month=0.15, median_s=400, components=CALL_POINTS),
    Condition.SUPERVISE: _Odds(per_month=0.5, median_s=3_000, components=frozenset({97, 96, 98})),
    Condition.FAULT: _Odds(per_month=2.5, median_s=50_000, components=_ANY_FAULT),
    Condition.POWER_FAULT: _Odds(per_month=0.06, median_s=9_000, components=frozenset({1})),
    Condition.MAIN_POWER_FAULT: _Odds(per_month=0.25, median_s=7_000, components=frozenset({1})),
    Condition.BACKUP_POWER_FAULT: _Odds(per_month=0.15, median_s=60_000, components=frozenset({1})),
    Condition.BUS_FAULT: _Odds(per_month=0.1, median_s=20_000, components=frozenset({1})),
    Condition.LINK_FAULT: _Odds(per_month=0.2, median_s=4_000, components=frozenset({1, 84})),
    Condition.LINE_FAULT: _Odds(per_month=0.2, median_s=30_000, components=frozenset({84, 96})),
    Condition.MANUAL: _Odds(per_month=0.6, median_s=25_000, components=PUMPS | {1, 111}),
    Condition.OFFLINE: _Odds(per_month=0.8, median_s=1_200),
    Condition.SHIELDED: _Odds(per_month=0.8, median_s=90_000, components=_ANY_FAULT),
    Condition.STARTED: _Odds(per_month=0.4, median_s=500, components=PUMPS | {111}),
    Condition.FEEDBACK: _Odds(per_month=0.4, median_s=500, components=frozenset({98, 84, 102})),
    Condition.DELAYED: _Odds(per_month=0.1, median_s=3_000, components=frozenset({1})),
    Condition.TEST: _Odds(per_month=0.6, median_s=2_400, components=frozenset({1, 40, 30})),
}
_CLASSES: dict[Condition, tuple[tuple[str, int], ...]] = {
    Condition.FIRE: (
        ("false_alarm", 78), ("test", 9), ("maintenance", 6), ("real_fire", 3), ("malicious", 2), ("other", 2)
    ),
    Condition.MANUAL_ALARM: (("malicious", 40), ("false_alarm", 30), ("test", 20), ("real_fire", 10)),
    Condition.SUPERVISE: (("maintenance", 50), ("test", 30), ("other", 20)),
}  # fmt: skip
_OTHER_CLASSES = (("fault", 70), ("maintenance", 20), ("test", 5), ("other", 5))


@dataclass(slots=True, kw_only=True)
class Incident:
    """One that opened; what has not happened yet is None."""

    id: int
    opened: datetime
    committed: datetime
    taken: datetime | None = None
    seat: str | None = None
    closed: datetime | None = None
    closed_by: str | None = None
    verdict: str | None = None
    recovered: datetime | None = None

    @property
    def state(self) -> str:
        """Where it stands."""
        return "closed" if self.closed else "taken" if self.taken else "new"


@dataclass(slots=True, kw_only=True)
class Episode:
    """One stretch of a condition; `point` is None where the gateway itself has it."""

    id: int
    gateway: Gateway
    point: Point | None
    kind: Condition
    raised: datetime
    received: datetime
    cleared: datetime | None
    last_raised: datetime
    raises: int = 1
    late: bool = False
    incident: Incident | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begin:
    raised: datetime
    kind: Condition
    gateway: Gateway
    point: Point | None
    for_s: float | None
    """None: it still holds."""
    untouched: bool = False
    """Nobody has it yet, whatever the odds say."""


def episodes(register: Register, now: datetime, seed: int) -> list[Episode]:
    """Everything that began in the month, oldest first; incidents are numbered in the order of their opening."""
    found: list[Episode] = []
    by_venue: dict[int, list[Gateway]] = {}
    for gateway in register.gateways:
        by_venue.setdefault(gateway.venue.id, []).append(gateway)
    for venue in register.venues:
        rng = random_of(seed, "desk", venue.id)
        begun = [*_by_chance(register, by_venue[venue.id], now, rng), *_planted(register, by_venue[venue.id], now)]
        found += _lived(sorted(begun, key=lambda b: b.raised), now, rng)
    found.sort(key=lambda e: e.raised)
    for number, episode in enumerate(found, start=1):
        episode.id = number
    opened = sorted((e.incident for e in found if e.incident is not None), key=lambda i: i.opened)
    for number, incident in enumerate(opened, start=1):
        incident.id = number
    return found


def _by_chance(register: Register, gateways: list[Gateway], now: datetime, rng: Random) -> Iterator[_Begin]:
    venue = gateways[0].venue
    times = 4.0 if venue.id <= BUSY_VENUES else 2.0 ** (2.5 * (0.5 - venue.quality))
    for kind, odds in ODDS.items():
        for _ in range(_poisson(odds.per_month * times, rng)):
            gateway = rng.choice(gateways)
            point = _point(register, gateway, kind, rng)
            if not gateway.in_service or (point is None and kind is not Condition.OFFLINE):
                continue
            day = midnight(now, rng.randrange(DAYS))
            raised = day + timedelta(hours=rng.choices(range(24), _HOURS)[0], seconds=rng.uniform(0, 3_600))
            if raised > now - timedelta(minutes=2):
                raised -= timedelta(days=1)
            yield _Begin(
                raised=raised, kind=kind, gateway=gateway, point=point,
                for_s=max(20.0, odds.median_s * rng.lognormvariate(0, 0.9)),
            )  # fmt: skip


def _planted(register: Register, gateways: list[Gateway], now: datetime) -> Iterator[_Begin]:
    """Every condition holds somewhere at this moment, and one control room tests all its detectors at once."""
    venue, gateway = gateways[0].venue, gateways[0]
    rng = random_of(venue.id, "planted")
    for number, kind in enumerate(ODDS):
        if number % BUSY_VENUES == venue.id - 1 and kind is not Condition.OFFLINE:
            point = _point(register, gateway, kind, rng)
            yield _Begin(
                raised=now - timedelta(seconds=50 + 400 * number),
                kind=kind,
                gateway=gateway,
                point=point,
                for_s=None,
                untouched=kind in STAYS_OPEN,
            )
    if venue.id == FLOOD_VENUE:
        for number, point in enumerate(p for p in register.of_gateway[gateway.id] if p.kind.component in DETECTORS):
            raised = now - timedelta(hours=3) + timedelta(seconds=20 * number)
            yield _Begin(raised=raised, kind=Condition.FIRE, gateway=gateway, point=point, for_s=900)
    for gateway in gateways:
        if (since := silent_since(gateway, now)) is not None:
            yield _Begin(raised=since, kind=Condition.OFFLINE, gateway=gateway, point=None, for_s=None)


def silent_since(gateway: Gateway, now: datetime) -> datetime | None:
    """Since when a gateway has been silent that should be heard; None where it is heard."""
    if not gateway.in_service or gateway.number % SILENT_EVERY != BUSY_VENUES - 1:
        return None
    return now - timedelta(minutes=SILENT_MIN[gateway.number // SILENT_EVERY % len(SILENT_MIN)])


def _point(register: Register, gateway: Gateway, kind: Condition, rng: Random) -> Point | None:
    if kind is Condition.OFFLINE:
        return None
    able = [p for p in register.of_gateway[gateway.id] if p.registered and p.kind.component in ODDS[kind].components]
    return rng.choice(able) if able else None


def _lived(begun: list[_Begin], now: datetime, rng: Random) -> Iterator[Episode]:
    """One after the other: what begins again while it holds, or while its incident is open, is the same episode."""
    last: dict[tuple[str, int | None, Condition], Episode] = {}
    for begin in begun:
        key = begin.gateway.id, begin.point.id if begin.point else None, begin.kind
        before = last.get(key)
        if before is not None and _still_open(before, begin.raised):
            if before.cleared is None or begin.raised < before.cleared:
                before.raises, before.last_raised = before.raises + 1, begin.raised
            continue
        ended = None if begin.for_s is None else begin.raised + timedelta(seconds=begin.for_s)
        late = rng.random() < LATE_SHARE and begin.raised < now - timedelta(hours=3)
        slow_s = rng.uniform(2, 30) if rng.random() < SLOW_LINE_SHARE and begin.for_s is not None else 0.0
        delay_s = rng.uniform(700, 7_000) if late else rng.uniform(0.2, 1.6) + slow_s
        episode = Episode(
            id=0,
            gateway=begin.gateway,
            point=begin.point,
            kind=begin.kind,
            raised=begin.raised,
            received=begin.raised + timedelta(seconds=delay_s),
            cleared=ended if ended is not None and ended < now else None,
            last_raised=begin.raised,
            late=late,
        )
        if begin.kind in PRIORITY:
            episode.incident = _handled(episode, now, rng, untouched=begin.untouched)
        last[key] = episode
        yield episode


def _still_open(before: Episode, at: datetime) -> bool:
    incident = before.incident
    closed = incident.closed if incident else before.cleared
    return before.cleared is None or before.cleared >= at or closed is None or closed >= at


def _handled(episode: Episode, now: datetime, rng: Random, *, untouched: bool) -> Incident:
    """What the desk made of it. What ends before anybody took it is closed by the system, unless a person must."""
    slow_s = rng.uniform(10, 40) if rng.random() < SLOW_SHARE else 0.0
    committed = episode.received + timedelta(seconds=rng.uniform(0.01, 0.09))
    opened = committed + timedelta(seconds=rng.uniform(0.03, 0.35) + slow_s)
    incident = Incident(id=0, opened=opened, committed=committed)
    taken = opened + timedelta(seconds=_take_s(episode, opened, rng))
    if episode.cleared is not None and episode.cleared < taken and episode.kind not in STAYS_OPEN:
        incident.closed = incident.recovered = max(episode.cleared, opened + timedelta(seconds=1))
        incident.closed_by, incident.verdict = "system", "recovered"
        return incident
    if untouched or taken > now:
        incident.recovered = max(episode.cleared, opened) if episode.cleared else None
        return incident
    shift = opened.astimezone(CITY).hour // SHIFT_H
    incident.taken, incident.seat = taken, SEATS[shift * SEATS_OF_SHIFT + rng.randrange(SEATS_OF_SHIFT)]
    closed = taken + timedelta(seconds=_judge_s(episode.kind, rng))
    if episode.cleared is not None and episode.cleared < closed:
        incident.recovered = max(episode.cleared, opened)
    if closed < now:
        choices = _CLASSES.get(episode.kind, _OTHER_CLASSES)
        incident.closed, incident.closed_by = closed, incident.seat
        incident.verdict = rng.choices([c for c, _ in choices], [w for _, w in choices])[0]
    return incident


def _take_s(episode: Episode, opened: datetime, rng: Random) -> float:
    if PRIORITY[episode.kind] != 1:
        return rng.lognormvariate(5.3, 1.0)
    night = 1.7 if opened.astimezone(CITY).hour < NIGHT_ENDS_H else 1.0
    crowded = 3.0 if episode.gateway.venue.id == FLOOD_VENUE else 1.0
    return rng.lognormvariate(1.7, 0.55) * night * crowded


def _judge_s(kind: Condition, rng: Random) -> float:
    if kind in STAYS_OPEN:
        return rng.lognormvariate(3.6, 0.5)
    return rng.lognormvariate(9.2, 1.2)


def _poisson(mean: float, rng: Random) -> int:
    """A count with this mean; for the small means here."""
    count, left = 0, rng.expovariate(1.0)
    while left < mean:
        count, left = count + 1, left + rng.expovariate(1.0)
    return count
