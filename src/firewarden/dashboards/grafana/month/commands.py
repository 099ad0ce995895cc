"""What was asked of gateways in the simulated month? Duty checks, clocks, and what integrators read."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from firewarden.dashboards.grafana.month.desk import silent_since
from firewarden.dashboards.grafana.month.register import Gateway, Register
from firewarden.dashboards.grafana.month.tables import DAYS, Table, midnight, random_of

PLATFORM = "platform"
DUTY_EVERY_DAYS = 3
CLOCK_EVERY_DAYS = 7
BY_OFFICER, READ_A_DAY = 0.1, 0.01
"""Share of duty checks that an officer asked for, and of days on which an integrator reads something."""
DUTY_WITHIN = timedelta(minutes=5)
_DUTY_ENDS = {"answered": 88, "missed": 8, "timed_out": 2, "not_sent": 2}
_READS = ("read_system_state", "read_component_state", "read_device_state", "read_device_version", "read_device_config")
_COLUMNS = (
    "gateway_id command args asked_by asked_at confirmed_by confirmed_at state due_at deadline_at attempts "
    "first_sent_at sent_at worker accepted_at ended_at result detail"
)


def tables(register: Register, now: datetime, seed: int) -> list[Table]:
    """The commands, oldest first."""
    rows: list[tuple[object, ...]] = []
    for gateway in register.gateways:
        if gateway.in_service:
            rows += _of_gateway(gateway, now, random_of(seed, "commands", gateway.id))
    rows.sort(key=lambda row: str(row[4]))
    return [Table(name="gateway_command", columns=_COLUMNS, rows=rows)]


def _of_gateway(gateway: Gateway, now: datetime, rng: Random) -> Iterator[tuple[object, ...]]:
    silent = silent_since(gateway, now)
    for ago in range(DAYS - 1, -1, -1):
        at = midnight(now, ago) + timedelta(seconds=rng.uniform(0, 86_000))
        if at > now - timedelta(minutes=10):
            continue
        if (ago + gateway.number) % DUTY_EVERY_DAYS == 0:
            state = (
                "not_sent" if silent and at > silent else rng.choices(tuple(_DUTY_ENDS), tuple(_DUTY_ENDS.values()))[0]
            )
            asked_by = "duty3" if rng.random() < BY_OFFICER else PLATFORM
            yield _ended(
                gateway, "duty_check", asked_by, at, state=state, took_s=min(299.0, rng.lognormvariate(3.8, 0.6))
            )
        if (ago + gateway.number) % CLOCK_EVERY_DAYS == 0:
            state = "not_sent" if silent and at > silent else "answered"
            yield _ended(gateway, "clock_sync", PLATFORM, at, state=state, took_s=rng.uniform(0.2, 2.0))
        if rng.random() < READ_A_DAY:
            state = rng.choices(("answered", "refused", "timed_out"), (90, 5, 5))[0]
            yield _ended(gateway, rng.choice(_READS), "integrator1", at, state=state, took_s=rng.uniform(0.3, 3.0))
    if gateway.number <= len(_RUNNING):
        yield _running(gateway, *_RUNNING[gateway.number - 1], now=now)
    if gateway.number == 1:
        yield _initialised(gateway, now - timedelta(days=3))


_RUNNING = (
    ("duty_check", "accepted"),
    ("duty_check", "sent"),
    ("clock_sync", "waiting"),
    ("initialise", "unconfirmed"),
)


def _ended(
    gateway: Gateway, command: str, asked_by: str, at: datetime, *, state: str, took_s: float
) -> tuple[object, ...]:
    deadline = at + (DUTY_WITHIN if command == "duty_check" else timedelta(minutes=2))
    sent = None if state == "not_sent" else at + timedelta(seconds=0.2)
    ended = at + timedelta(seconds=took_s) if state in {"answered", "refused"} else deadline
    accepted = at + timedelta(seconds=0.6) if command == "duty_check" and state in {"answered", "missed"} else None
    attempts = 0 if sent is None else 3 if state == "timed_out" else 1
    result = {"answered": "done", "refused": "unsupported"}.get(state, "")
    return (
        gateway.id, command, "{}", asked_by, at, None, None, state, ended, deadline, attempts, sent, sent,
        "ingest-1" if sent else None, accepted, ended, result, "",
    )  # fmt: skip


def _running(gateway: Gateway, command: str, state: str, *, now: datetime) -> tuple[object, ...]:
    at = now - timedelta(seconds=15)
    sent = None if state in {"waiting", "unconfirmed"} else at + timedelta(seconds=0.2)
    accepted = at + timedelta(seconds=0.6) if state == "accepted" else None
    asked_by = "integrator1" if command == "initialise" else PLATFORM
    return (
        gateway.id, command, "{}", asked_by, at, None, None, state, now + timedelta(seconds=5), now + DUTY_WITHIN,
        0 if sent is None else 1, sent, sent, "ingest-1" if sent else None, accepted, None, "", "",
    )  # fmt: skip


def _initialised(gateway: Gateway, at: datetime) -> tuple[object, ...]:
    sent = at + timedelta(seconds=60.2)
    return (
        gateway.id, "initialise", "{}", "integrator1", at, "admin1", at + timedelta(seconds=60), "answered", sent,
        sent + timedelta(minutes=2), 1, sent, sent, "ingest-1", None, sent + timedelta(seconds=2), "done", "",
    )  # fmt: skip
