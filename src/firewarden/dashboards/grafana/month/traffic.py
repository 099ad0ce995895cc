"""How did the gateways speak in the simulated month? Ledger, gaps, liveness, links, quarantine, commands."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from firewarden.dashboards.grafana.month.desk import silent_since
from firewarden.dashboards.grafana.month.facts import GB_BOOT, PEER, PORT_PEER, Facts
from firewarden.dashboards.grafana.month.register import Gateway, Register
from firewarden.dashboards.grafana.month.tables import CITY, DAYS, Table, midnight, random_of
from firewarden.ingest.facts import Lane, Reason

READINGS_A_DAY = 288
"""Messages with readings of each gateway."""
_GAPS = {7: "given_up", 8: "filled_late", 9: "open"}
"""Gateways with such a last number modulo GAP_EVERY have a gap in the middle of their month."""
GAP_EVERY = 25
GAP_NUMBERS = 3
GAP_DAY = 12
OPEN_GAP_AGE = timedelta(seconds=20)
WATCHED = ("alarm", "bulk", "gb26875")
_END_REASONS = ("silent", "broken", "closed", "not_reading")
SKEWED_S = {5: 95.0, 6: -3_600.0, 11: 12.0}
"""Gateways whose clocks are wrong, by number modulo 60."""


def tables(register: Register, facts: Facts, now: datetime, seed: int) -> list[Table]:
    """All of it, ledger first: gaps and days belong to its rows."""
    return [*_counted(register, facts, now), *_heard(register, now, seed)]


def _counted(register: Register, facts: Facts, now: datetime) -> list[Table]:
    ledger: list[tuple[object, ...]] = []
    gaps: list[tuple[object, ...]] = []
    days: list[tuple[object, ...]] = []
    for gateway in register.gateways:
        for lane in (Lane.ALARM, Lane.STATE, Lane.READING):
            by_day = _by_day(gateway, lane, facts, now)
            if by_day:
                rows = _stream(gateway, lane, by_day, now)
                ledger.append(rows[0])
                gaps += rows[1]
                days += rows[2]
    return [
        Table(
            name="message_ledger",
            columns=(
                "gateway_id boot lane stored duplicates first_at last_at day day_first day_counted day_stored day_late "
                "day_repeats"
            ),
            rows=ledger,
        ),
        Table(
            name="message_gap",
            columns="gateway_id boot lane from_seq to_seq seen_at filled_at given_up_at after_at moved_at",
            rows=gaps,
        ),
        Table(
            name="message_day",
            columns="day gateway_id boot lane first_seq last_seq counted stored late repeats",
            rows=days,
        ),
    ]


def _heard(register: Register, now: datetime, seed: int) -> list[Table]:
    beats = [("ingest-1", line, now - timedelta(days=6), now - timedelta(seconds=2)) for line in WATCHED]
    unknown = [
        (700 + n, f"10.26.99.{n}", "tcp", now - timedelta(days=n), now - timedelta(hours=n), 40 * n, b"@@")
        for n in (1, 2, 3)
    ]
    return [
        Table(
            name="gateway_liveness",
            columns="gateway_id heard_at boot online clock_skew_s changed_at",
            rows=list(_liveness(register, now, seed)),
        ),
        Table(
            name="device_link",
            columns="gateway_id worker transport peer port since_at ended_at end_reason",
            rows=list(_links(register, now, seed)),
        ),
        Table(
            name="gb_unknown",
            columns="source_address peer transport first_at last_at frames last_frame",
            rows=unknown,
        ),
        Table(name="ingest_worker", columns="worker connection watching_since beat_at", rows=beats),
        Table(
            name="quarantine",
            columns="received_at topic gateway_id reason detail payload payload_size",
            rows=list(_quarantine(register, now, seed)),
        ),
    ]


def _by_day(gateway: Gateway, lane: Lane, facts: Facts, now: datetime) -> dict[date, int]:
    """How many messages were counted on each day."""
    if lane is not Lane.READING:
        return dict(Counter(at.astimezone(CITY).date() for at in facts.numbered.get((gateway.id, lane), ())))
    if not gateway.in_service:
        return {}
    until = silent_since(gateway, now) or now
    whole = {midnight(now, ago).date(): READINGS_A_DAY for ago in range(DAYS - 1, -1, -1)}
    today = until.astimezone(CITY).date()
    share = (until - until.astimezone(CITY).replace(hour=0, minute=0, second=0, microsecond=0)) / timedelta(days=1)
    return {day: count if day < today else max(1, int(count * share)) for day, count in whole.items() if day <= today}


def _stream(
    gateway: Gateway, lane: Lane, by_day: dict[date, int], now: datetime
) -> tuple[tuple[object, ...], list[tuple[object, ...]], list[tuple[object, ...]]]:
    """The row of the ledger, the gaps and the days of one lane."""
    boot = GB_BOOT if gateway.gb26875 else f"b{gateway.number}"
    key = gateway.id, boot, lane.value
    today = now.astimezone(CITY).date()
    total = sum(by_day.values())
    gap = _GAPS.get(gateway.number % GAP_EVERY) if lane is Lane.READING else None
    gap_day = {"open": max(by_day)}.get(gap or "", sorted(by_day)[min(GAP_DAY, len(by_day) - 1)])
    stored, missing, gaps = f"{{[1,{total + 1})}}", range(0), []
    first, rows, running = 1, [], (None, None, 0, 0, 0, 0)
    for day, counted in sorted(by_day.items()):
        late = lost = 0
        if gap and day == gap_day and counted > 2 * GAP_NUMBERS:
            start = first + counted - GAP_NUMBERS - 1
            missing = range(start, start + GAP_NUMBERS)
            seen = now - OPEN_GAP_AGE if gap == "open" else _noon(day)
            gaps.append((*key, start, missing[-1], *_gap_times(gap, seen)))
            lost, late = (0, GAP_NUMBERS) if gap == "filled_late" else (GAP_NUMBERS, 0)
        repeats = counted // 50
        if day == today:
            running = (day, first, counted, counted - lost, late, repeats)
        else:
            rows.append((day, *key, first, first + counted - 1, counted, counted - lost, late, repeats))
        first += counted
    if missing and gap != "filled_late":
        stored = f"{{[1,{missing[0]}),[{missing[-1] + 1},{total + 1})}}"
    began, ended = _noon(min(by_day)), min(now, _noon(max(by_day)) + timedelta(hours=11))
    return (*key, stored, total // 50, min(began, ended), ended, *running), gaps, rows


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=CITY)


def _gap_times(gap: str, seen: datetime) -> tuple[datetime | None, ...]:
    """filled_at, given_up_at, after_at, moved_at, behind seen_at."""
    filled = seen + timedelta(seconds=42) if gap == "filled_late" else None
    given_up = seen + timedelta(seconds=30) if gap == "given_up" else None
    return seen, filled, given_up, seen - timedelta(minutes=5), filled or seen


def _liveness(register: Register, now: datetime, seed: int) -> Iterator[tuple[object, ...]]:
    for gateway in register.gateways:
        rng = random_of(seed, "liveness", gateway.id)
        if gateway.connection == "installed":
            continue  # was never heard
        silent = silent_since(gateway, now)
        heard = (
            silent - timedelta(seconds=180)
            if silent
            else now - timedelta(seconds=rng.uniform(0, 55), days=10 * (gateway.connection == "suspended"))
        )
        online = silent is None or gateway.number % 2 == 0
        skew = SKEWED_S.get(gateway.number % 60, rng.gauss(0.1, 0.3))
        boot = GB_BOOT if gateway.gb26875 else f"b{gateway.number}"
        yield gateway.id, heard, boot, online, skew, heard if silent else now - timedelta(days=rng.uniform(1, 20))


def _links(register: Register, now: datetime, seed: int) -> Iterator[tuple[object, ...]]:
    for gateway in register.gateways:
        if not gateway.gb26875 or not gateway.in_service:
            continue
        rng = random_of(seed, "link", gateway.id)
        ended = silent_since(gateway, now)
        since = (ended or now) - timedelta(hours=rng.uniform(1, 200))
        reason = rng.choice(_END_REASONS) if ended else None
        yield gateway.id, "ingest-1", "tcp", PEER, PORT_PEER + gateway.number % 20_000, since, ended, reason


def _quarantine(register: Register, now: datetime, seed: int) -> Iterator[tuple[object, ...]]:
    rng = random_of(seed, "quarantine")
    speaking = [gateway for gateway in register.gateways if gateway.in_service]
    for number in range(240):
        reason = list(Reason)[number % len(Reason)]
        at = now - timedelta(minutes=11) - timedelta(days=DAYS - 0.1) * rng.random() * (number > 10)  # noqa: PLR2004
        gateway = None if reason is Reason.UNKNOWN_GATEWAY else rng.choice(speaking)
        name = gateway.id if gateway else "GW-UNKNOWN"
        payload = b'{"v": 1, "boot": "b1", "seq": '
        yield at, f"fire/v1/{name}/reading", name, reason.value, "expected a number", payload, len(payload)
