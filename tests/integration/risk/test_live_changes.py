"""What changes while the process runs: the model, the quarter, the pressure in a street."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest

from firewarden.risk import registry
from firewarden.risk.scoring.codes import Cause
from firewarden.risk.signals import Scored, Signal
from firewarden.risk.state.facts import WaterKind
from firewarden.store.database import Role, connect
from tests.integration.city import GATEWAY, Venue, register_venue
from tests.integration.polling import until
from tests.integration.risk.board import Board, scoring
from tests.integration.risk.facts_sql import act, add_point, close_episodes, hear, open_episode, read
from tests.integration.risk.stepping import Clock, verified
from tests.integration.risk.test_models import made

pytestmark = pytest.mark.services

VENUES = 200  # as many as a scale needs
FAULTY = 150
WORSE = range(180, 200)  # a tenth of the city: what scores 80 is one of these


def rows(url: str, query: LiteralString, *values: object) -> list[tuple[Any, ...]]:
    """What a query finds."""
    with psycopg.connect(url) as connection:
        return connection.execute(query, values).fetchall()


async def test_a_model_that_is_promoted_meanwhile_scores(
    database: str, venue: Venue, board: Board, tmp_path: Path
) -> None:
    """The running process takes a promoted model up with a sweep of its own, which changes, keeps and tells scores."""
    heard: list[Signal] = []
    async with scoring(database, tmp_path, tell=heard.append):
        before = board.scores()[venue.venue_id]
        async with await connect(database, Role.RISK, name="test") as connection:
            await registry.add(connection, made("map-1"))
            promoted = await registry.promote(connection, "map-1", actor="li", reason="better")
        sweeps = "SELECT at, cause FROM risk_sweep WHERE model = 'map-1'"
        await until(lambda: rows(database, sweeps), "a sweep with the new model")
        await until(
            lambda: rows(database, "SELECT 1 FROM risk_score WHERE starts_with(version, 'map-1')"),
            "a score by the new model",
        )
        await until(lambda: len(_swept(heard)) == 2, "the figures of both sweeps")
    [(at, cause)] = rows(database, sweeps)
    assert (cause, at >= promoted) == ("model", True), "no score is older than the promotion"
    after = board.scores()[venue.venue_id]
    assert after.score != before.score
    assert after.score == after.total
    [(score, version)] = rows(database, "SELECT score, version FROM risk_score_history WHERE at = %s", at)
    assert score == after.score
    assert version.startswith("map-1")
    [(told, previous)] = rows(
        database,
        "SELECT (data ->> 'score')::numeric, (data -> 'previous' ->> 'score')::numeric FROM event"
        " WHERE kind = 'risk.changed' AND venue_id = %s ORDER BY id DESC LIMIT 1",
        venue.venue_id,
    )
    assert (told, previous) == (after.score, before.score)
    assert (await verified(database)).difference is None


def _swept(heard: list[Signal]) -> list[float]:
    return [each.swept_s for each in heard if isinstance(each, Scored) and each.swept_s is not None]


async def test_a_new_quarter_fixes_a_new_scale(database: str, board: Board, tmp_path: Path) -> None:
    """The first scale that is measured begins the waiting times of grades anew; that of the next quarter does not."""
    clock = Clock(now=datetime(2026, 12, 29, 12, 20, tzinfo=UTC))
    venues = [register_venue(database, f"G{n}", code=f"V{n}") for n in range(VENUES)]
    for n in range(VENUES):
        hear(database, f"G{n}", clock.now)
    for n in (0, 1, *WORSE):
        add_point(database, venues[n].venue_id, f"G{n}", "11.1/91.01000000", 91)
    worst, later = venues[0].venue_id, venues[1].venue_id

    def scaled() -> list[tuple[Any, ...]]:
        return rows(database, "SELECT to_char(quarter, 'YYYY-MM-DD'), k, venues FROM risk_scale ORDER BY quarter")

    def swept(k: float) -> bool:
        pending = rows(
            database,
            "SELECT 1 FROM risk_state WHERE swept_at IS DISTINCT FROM (SELECT max(at) FROM risk_sweep WHERE k = %s)"
            " LIMIT 1",
            k,
        )
        return not pending

    async def graded(venue: int, *grades: str) -> str:
        grade = await until(lambda: board.scores()[venue].grade in grades, f"one of grades {grades}")
        assert grade
        return board.scores()[venue].grade

    async with scoring(database, tmp_path, clock=clock):
        await left_in_manual(database, worst, "G0", clock)
        await graded(worst, "D")
        close_episodes(database, worst, "manual", clock.now)
        await until(lambda: not board.scores()[worst].rules, "the end of what made it D")
        assert board.scores()[worst].grade == "D", "a grade falls after a month only"
        for n in WORSE:
            await left_in_manual(database, venues[n].venue_id, f"G{n}", clock)
        await graded(venues[WORSE[-1]].venue_id, "D")

        clock.forward(timedelta(hours=25))
        [(quarter, first, measured)] = await until(scaled, "the first scale")
        assert (quarter, measured) == ("2026-10-01", VENUES)
        await until(lambda: swept(first), "a sweep with it")
        assert board.scores()[worst].grade != "D", "lines that were crossed by the shipped scale mean nothing any more"

        await left_in_manual(database, later, "G1", clock)
        await graded(later, "D")
        close_episodes(database, later, "manual", clock.now)
        await until(lambda: not board.scores()[later].rules, "the end of what made it D")
        for n in range(2, FAULTY):
            open_episode(database, venues[n].venue_id, f"G{n}", None, "main_power_fault", since=clock.now)
        await until(lambda: board.scores()[venues[FAULTY - 1].venue_id].tenths(Cause.POWER) > 0, "the last fault")

        clock.forward(timedelta(days=2))
        await until(lambda: len(scaled()) == 2, "the scale of the next quarter")
        [_, (quarter, second, measured)] = scaled()
        assert (quarter, measured) == ("2027-01-01", VENUES)
        assert second < first, "the same risk scores less where the whole city has more of it"
        await until(lambda: swept(second), "a sweep with it")
        assert board.scores()[later].grade == "D", "a grade that was measured waits on"
    assert (await verified(database)).difference is None


async def left_in_manual(url: str, venue: int, gateway: str, clock: Clock) -> None:
    """The pump of a venue was left in manual for more than a day."""
    [(pump,)] = rows(url, "SELECT id FROM point WHERE venue_id = %s AND component = 91", venue)
    open_episode(url, venue, gateway, pump, "manual", since=clock.now - timedelta(hours=25))


async def test_a_burst_main_is_seen_across_venues(database: str, board: Board, tmp_path: Path) -> None:
    """Pressure that falls in three buildings of a street within minutes is a burst main at each; in one far away it is
    that building's own, and it ends where the pressure comes back.
    """
    street = [register_venue(database, GATEWAY + str(n), code=f"S{n}") for n in range(3)]
    alone = register_venue(database, "GW-9", code="far")
    act(
        database,
        ("UPDATE venue SET lon = 112.9, lat = 27.83 + 0.001 * id", []),
        ("UPDATE venue SET lat = 28.5 WHERE id = %s", [alone.venue_id]),
    )
    now = datetime.now(tz=UTC)
    for one in (*street, alone):
        usual = [(now - timedelta(minutes=5 + n), 0.2 + 0.0005 * (n % 3)) for n in range(60, 0, -1)]
        read(database, one.pressure_id, *usual)
    fell = [(now - timedelta(minutes=4), 0.12), (now - timedelta(minutes=3), 0.12)]

    def bursts(kind: str = "water_began") -> set[int]:
        found = rows(
            database,
            "SELECT venue_id FROM risk_fact WHERE source = 'water' AND kind = %s AND data ->> 'what' = 'main_burst'",
            kind,
        )
        return {venue for (venue,) in found}

    heard: list[Signal] = []

    def holding() -> list[int]:
        """How many venues the process itself says there are with a burst main, step by step."""
        told = [each.open for each in heard if isinstance(each, Scored) and each.open is not None]
        return [kinds.get(WaterKind.MAIN_BURST, 0) for kinds in told]

    async with scoring(database, tmp_path, tell=heard.append):
        for one in (alone, *street[:2]):
            read(database, one.pressure_id, *fell)
        await until(
            lambda: rows(database, "SELECT 1 FROM risk_sensor WHERE venue_id = %s", alone.venue_id), "the first sensor"
        )
        assert bursts() == set(), "two of three in a street are two buildings"
        read(database, street[2].pressure_id, *fell)
        await until(bursts, "the burst")
        assert bursts() == {one.venue_id for one in street}
        for one in street:
            row = await board.tenths(one.venue_id, Cause.WATER, lambda tenths: tenths > 0)
            assert row.score == row.total
        await until(lambda: holding()[-1] == len(street), "its figure")
    heard.clear()
    async with scoring(database, tmp_path, tell=heard.append):
        assert holding()[-1] == len(street), "a restart does not forget what holds"
        for one in street:
            read(database, one.pressure_id, *((now - timedelta(minutes=2, seconds=-n), 0.2) for n in range(3)))
        await until(lambda: bursts("water_ended") == bursts(), "the end of it")
        await until(lambda: holding()[-1] == 0, "its figure")
    assert (await verified(database)).difference is None
