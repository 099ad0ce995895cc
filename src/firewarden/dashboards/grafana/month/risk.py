"""How dangerous were the venues in the simulated month? Scores with reasons, their history, hits, facts, proposals."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from firewarden.dashboards.grafana.month.places import Venue
from firewarden.dashboards.grafana.month.register import Register
from firewarden.dashboards.grafana.month.tables import DAYS, Table, midnight, random_of
from firewarden.dashboards.grafana.month.water import Finding
from firewarden.risk.proposals import Kind
from firewarden.risk.rules.hits import RuleHit
from firewarden.risk.scoring.codes import (
    AgeEvidence,
    Cause,
    CountEvidence,
    Evidence,
    FalseAlarmsEvidence,
    FaultHabitEvidence,
    KeyUnitEvidence,
    OfflineEvidence,
    OutEvidence,
    Part,
    PointsEvidence,
    UseEvidence,
)
from firewarden.risk.scoring.grade import band
from firewarden.risk.scoring.model import Factor
from firewarden.risk.scoring.wire import encode_factors, encode_hits, encode_triggers
from firewarden.risk.state.facts import WaterBegan, WaterEnded, WaterKind
from firewarden.risk.state.moments import micros
from firewarden.risk.state.wire import to_json

MODEL = "map-2026-1"
HIT_EVERY, OVERRIDDEN_EVERY, PROPOSAL_EVERY = 9, 333, 6
RECORDS = ("fire", "alarm", "inspection", "violation", "complaint", "order")
BASE_TENTHS = 240
LEAP_A_DAY = 0.015
"""How often something makes a venue much more dangerous."""
_STATES = ("open", "accepted", "declined", "lapsed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What a venue scores at a moment, in tenths of a point."""

    at: datetime
    tenths: int
    factors: tuple[Factor, ...]
    confidence: float
    coverage: float

    @property
    def grade(self) -> str:
        """By the score alone."""
        return band(self.tenths).value


def tables(register: Register, found: Sequence[Finding], now: datetime, seed: int) -> list[Table]:
    """Scores, their history, and what belongs to them."""
    scores = {venue.id: _scores(venue, now, seed) for venue in register.venues}
    overrides = [v for v in register.venues if v.id % OVERRIDDEN_EVERY == HIT_EVERY]
    return [
        Table(
            name="risk_override",
            columns="id venue_id grade reason actor at until",
            rows=[
                (n, v.id, "C", "现场核查中", "supervisor1", now - timedelta(days=2), now + timedelta(days=20))
                for n, v in enumerate(overrides, start=1)
            ],
            identity="id",
        ),
        Table(
            name="risk_score_history",
            columns="venue_id at score grade confidence factors version base band rate coverage",
            rows=[
                (venue, s.at, s.tenths / 10, s.grade, s.confidence, encode_factors(s.factors[:3]), MODEL,
                 BASE_TENTHS / 10, s.grade, _rate(s), s.coverage)
                for venue, many in scores.items()
                for s in many
            ],
        ),
        Table(
            name="risk_score",
            columns=(
                "venue_id at score grade confidence factors triggers version base band grade_since rate uncontrolled "
                "consequence coverage hits rank_low rank_high override_id"
            ),
            rows=list(_newest(scores, {v.id: n for n, v in enumerate(overrides, start=1)}, now)),
        ),
        Table(
            name="risk_fact",
            columns="venue_id number at stepped_at kind source source_id data",
            rows=list(_facts(found, now)),
        ),
        Table(
            name="risk_proposal",
            columns="venue_id kind grade because proposed_at due_at state decided_at decided_by reason",
            rows=list(_proposals(register, scores, now)),
        ),
        Table(
            name="risk_record",
            columns="venue_id source key kind at imported_at imported_by",
            rows=list(_records(register, now, seed)),
        ),
        Table(
            name="risk_scale",
            columns="quarter k venues fixed_at model",
            rows=[(_quarter(now), 0.034, len(register.venues), _quarter(now), MODEL)],
        ),
        Table(
            name="risk_sweep",
            columns="at cause model k",
            rows=[(now - timedelta(hours=n, minutes=2), "hour", MODEL, 0.034) for n in range(24 * DAYS)],
        ),
    ]  # fmt: skip


def _quarter(now: datetime) -> datetime:
    day = midnight(now, 0)
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


def _scores(venue: Venue, now: datetime, seed: int) -> list[Score]:
    """One a day, the newest last: a walk around what the venue's quality says."""
    rng = random_of(seed, "score", venue.id)
    level = 80 + 560 * (1 - venue.quality) + 120 * (venue.key_unit or venue.use in {"hospital", "elder_care"})
    found: list[Score] = []
    for ago in range(DAYS - 1, -1, -1):
        at = min(now - timedelta(minutes=3), midnight(now, ago) + timedelta(minutes=62 + rng.randrange(20)))
        level += rng.gauss(0, 14) + (rng.uniform(60, 160) if rng.random() < LEAP_A_DAY else 0)
        tenths = int(max(10, min(985, level)))
        found.append(
            Score(
                at=at,
                tenths=tenths,
                factors=_factors(venue, tenths, at, rng),
                confidence=round(rng.uniform(0.62, 1.0), 2),
                coverage=round(rng.uniform(0.75, 1.0), 2),
            )
        )
    return found


def _factors(venue: Venue, tenths: int, at: datetime, rng: Random) -> tuple[Factor, ...]:
    """Reasons whose points and the base add up to the score."""
    left = tenths - BASE_TENTHS
    chosen = rng.sample(_reasons(venue, at - timedelta(hours=rng.randrange(2, 90))), 5)
    points = [rng.randrange(10, 90), rng.randrange(5, 40), rng.randrange(1, 20), -rng.randrange(5, 40)]
    points.append(left - sum(points))
    factors = [
        Factor(code=code, part=part, tenths=value, ratio=round(1.05 ** (value / 10), 3), evidence=told)
        for (code, part, told), value in zip(chosen, points, strict=True)
    ]
    return tuple(sorted(factors, key=lambda factor: -abs(factor.tenths)))


def _reasons(venue: Venue, since: datetime) -> tuple[tuple[Cause, Part, Evidence], ...]:
    pump = OutEvidence(manual=1, faulty=0, shielded=0, signalled=0, since=since, remembered=0.1)
    shielded = PointsEvidence(points=2, of=14, share=0.14, since=since, remembered=0.05)
    silent = OfflineEvidence(silent=1, gateways=1, never_heard=0, since=since, remembered=0.02)
    age = AgeEvidence(built_year=venue.built_year, age_years=20, assumed=venue.built_year is None)
    return (
        (Cause.USE, Part.RATE, UseEvidence(use=venue.use, fires_per_year=0.06, assumed=False)),
        (Cause.FALSE_ALARMS, Part.RATE, FalseAlarmsEvidence(count=3.5, expected=1.2)),
        (Cause.FAULT_HABIT, Part.RATE, FaultHabitEvidence(count=6.1, expected=3.4)),
        (Cause.VIOLATIONS, Part.RATE, CountEvidence(count=1.4, half_life_days=180)),
        (Cause.PUMP, Part.UNCONTROLLED, pump),
        (Cause.DETECTORS_SHIELDED, Part.UNCONTROLLED, shielded),
        (Cause.OFFLINE, Part.UNCONTROLLED, silent),
        (Cause.KEY_UNIT, Part.CONSEQUENCE, KeyUnitEvidence(key_unit=venue.key_unit, assumed=False)),
        (Cause.AGE, Part.RATE, age),
    )


def _rate(score: Score) -> float:
    return round(0.0006 * 1.04 ** (score.tenths / 10), 6)


def _newest(scores: dict[int, list[Score]], overrides: dict[int, int], now: datetime) -> Iterator[tuple[object, ...]]:
    order = sorted(scores, key=lambda venue: -scores[venue][-1].tenths)
    rank = {venue: n for n, venue in enumerate(order, start=1)}
    for venue, many in scores.items():
        score = many[-1]
        hits = _hits(now) if venue % HIT_EVERY == 1 else ()
        grade = max(score.grade, "C") if hits or venue in overrides else score.grade
        since = next((s.at for s in reversed(many) if s.grade != score.grade), many[0].at)
        spread = max(2, len(scores) // 20)
        yield (
            venue, score.at, score.tenths / 10, grade, score.confidence, encode_factors(score.factors),
            encode_triggers(hits), MODEL, BASE_TENTHS / 10, score.grade, since, _rate(score), 0.05, 1.4, score.coverage,
            encode_hits(hits), max(1, rank[venue] - spread), min(len(scores), rank[venue] + spread),
            overrides.get(venue),
        )  # fmt: skip


def _hits(now: datetime) -> tuple[RuleHit, ...]:
    since = now - timedelta(hours=80)
    return (
        RuleHit(
            rule="trigger-offline-72h", standard="firewarden", version="1", effect="trigger",
            evidence={"hours": 80}, facts=(), first_seen=micros(since), grade="C",
        ),
    )  # fmt: skip


def _facts(found: Sequence[Finding], now: datetime) -> Iterator[tuple[object, ...]]:
    """What the water detectors found, and that some of it is over."""
    numbers: dict[int, int] = {}
    for each in found:
        point, venue = each.point, each.point.venue.id
        assert point.kind.quantity is not None
        began = now - timedelta(hours=each.since_h)
        key = f"{point.id}/{each.what}/{micros(began)}"
        number = numbers[venue] = numbers.get(venue, 0) + 1
        fact = WaterBegan(
            number=number, at=micros(began), finding=key, point=point.id, what=WaterKind(each.what),
            quantity=point.kind.quantity, value=each.value, expected=each.expected,
        )  # fmt: skip
        yield venue, number, began, began + timedelta(minutes=6), "water_began", "water", key, to_json(fact).decode()
        if each.ended_h is not None:
            ended, number = now - timedelta(hours=each.ended_h), number + 1
            numbers[venue] = number
            over = WaterEnded(
                number=number, at=micros(ended), finding=key, point=point.id, what=WaterKind(each.what),
                quantity=point.kind.quantity, began_at=micros(began),
            )  # fmt: skip
            text = to_json(over).decode()
            yield venue, number, ended, ended + timedelta(minutes=6), "water_ended", "water", f"{key}/ended", text


def _proposals(register: Register, scores: dict[int, list[Score]], now: datetime) -> Iterator[tuple[object, ...]]:
    kinds = list(Kind)
    for n, venue in enumerate(v for v in register.venues if v.id % PROPOSAL_EVERY == 1):
        state = _STATES[n % len(_STATES)]
        proposed = now - timedelta(days=1 + n % 25)
        decided = None if state == "open" else proposed + timedelta(hours=20)
        by = "supervisor1" if state in {"accepted", "declined"} else None
        grade = scores[venue.id][-1].grade
        reason = "本周已现场检查" if state == "declined" else ""
        yield (
            venue.id, kinds[n % len(kinds)].value, grade, '{"score": 61.5}', proposed, proposed + timedelta(days=10),
            state, decided, by, reason,
        )  # fmt: skip


def _records(register: Register, now: datetime, seed: int) -> Iterator[tuple[object, ...]]:
    rng = random_of(seed, "records")
    for n in range(len(register.venues) // 2):
        at = now - timedelta(days=rng.uniform(1, 300))
        yield rng.choice(register.venues).id, "brigade", f"r{n}", RECORDS[n % len(RECORDS)], at, now, "admin1"
