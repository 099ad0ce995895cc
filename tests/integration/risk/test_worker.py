"""The running scorer against a real database: every fact shows in the score, once, whatever happens in between."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from firewarden.risk.scoring.codes import Cause
from tests.integration.city import GATEWAY, Venue, register_venue
from tests.integration.polling import until
from tests.integration.risk.board import Board, scoring
from tests.integration.risk.facts_sql import (
    OPENED,
    act,
    add_point,
    close_fires,
    hear,
    open_episode,
    open_fire,
    read,
)

pytestmark = pytest.mark.services


def just_now() -> datetime:
    """The time of a fact that has just happened."""
    return datetime.now(tz=UTC)


async def test_every_venue_is_ranked_before_readiness(database: str, board: Board, tmp_path: Path) -> None:
    """Readiness means that every venue of the register has a score, whose stored factors add up to it in SQL."""
    venues = {register_venue(database, f"G{n}", code=f"V{n}").venue_id for n in range(230)}
    async with scoring(database, tmp_path):
        assert set(board.scores()) == venues
    with psycopg.connect(database) as connection:
        wrong = connection.execute(
            "SELECT venue_id FROM risk_score s WHERE score <> base +"
            " (SELECT coalesce(sum((f ->> 'points')::numeric), 0) FROM jsonb_array_elements(s.factors) f)"
        ).fetchall()
    assert wrong == []


async def test_a_fire_raises_the_score_and_is_told(database: str, venue: Venue, board: Board, tmp_path: Path) -> None:
    """A fire's incident raises its venue's score, writes one event with the score before, and one line of history."""
    async with scoring(database, tmp_path):
        calm = board.scores()[venue.venue_id]
        open_fire(database, venue.venue_id, GATEWAY, venue.detector_id, at=just_now())
        burning = await board.tenths(venue.venue_id, Cause.ALARM_OPEN, lambda tenths: tenths > 0)
    assert burning.score > calm.score
    assert burning.score == burning.total
    with psycopg.connect(database) as connection:
        told = connection.execute(
            "SELECT data ->> 'venue_code', (data ->> 'score')::numeric, (data -> 'previous' ->> 'score')::numeric,"
            " data ->> 'grade' FROM event WHERE kind = 'risk.changed' AND venue_id = %s ORDER BY id DESC LIMIT 1",
            [venue.venue_id],
        ).fetchone()
    assert told == ("V1", burning.score, calm.score, burning.grade)
    assert board.count("risk_score_history", venue.venue_id) == board.count("event", venue.venue_id) == 2


async def test_our_own_events_wake_nobody(database: str, venue: Venue, board: Board, tmp_path: Path) -> None:
    """A score's own event is not scored again: one fact gives one event, also after later facts elsewhere."""
    other = register_venue(database, "GW-2", code="V2")
    hear(database, "GW-2", just_now())
    async with scoring(database, tmp_path):
        open_fire(database, venue.venue_id, GATEWAY, venue.detector_id, at=just_now())
        await board.tenths(venue.venue_id, Cause.ALARM_OPEN, lambda tenths: tenths > 0)
        told = board.count("event", venue.venue_id)
        open_fire(database, other.venue_id, "GW-2", other.detector_id, at=just_now())
        await board.tenths(other.venue_id, Cause.ALARM_OPEN, lambda tenths: tenths > 0)
        close_fires(database, other.venue_id, "false_alarm", just_now())
        await board.tenths(other.venue_id, Cause.ALARM_OPEN, lambda tenths: tenths == 0)
    assert board.count("event", venue.venue_id) == told == 2


async def test_pressure_outside_its_band_shows(database: str, venue: Venue, board: Board, tmp_path: Path) -> None:
    """A reading below the band adds points; when it has been inside long enough, they go."""
    began = just_now() - timedelta(minutes=30)
    async with scoring(database, tmp_path):
        read(database, venue.pressure_id, (began - timedelta(minutes=5), 0.2), (began, 0.04))
        low = await board.tenths(venue.venue_id, Cause.WATER, lambda tenths: tenths > 0)
        assert str(venue.pressure_id) in low.factors
        inside = [(began + timedelta(minutes=minute), 0.21) for minute in range(1, 25)]
        read(database, venue.pressure_id, *inside)
        await board.tenths(venue.venue_id, Cause.WATER, lambda tenths: tenths == 0)


async def test_silence_costs_points_and_confidence(database: str, venue: Venue, board: Board, tmp_path: Path) -> None:
    """A gateway that falls silent raises the score and lowers the confidence; what it last said goes on counting."""
    hear(database, GATEWAY, just_now())
    open_episode(database, venue.venue_id, GATEWAY, venue.detector_id, "fault", since=just_now())
    async with scoring(database, tmp_path):
        spoke = board.scores()[venue.venue_id]
        assert spoke.tenths(Cause.OFFLINE) == 0
        open_episode(database, venue.venue_id, GATEWAY, None, "offline", since=just_now() - timedelta(hours=2))
        silent = await board.tenths(venue.venue_id, Cause.OFFLINE, lambda tenths: tenths > 0)
    assert silent.confidence < spoke.confidence
    assert silent.score > spoke.score
    assert silent.tenths(Cause.DETECTORS_FAULTY) >= spoke.tenths(Cause.DETECTORS_FAULTY) > 0


async def test_a_pump_left_in_manual_is_grade_d(database: str, venue: Venue, board: Board, tmp_path: Path) -> None:
    """A pump in manual for more than a day makes grade D, and the row says which trigger did it."""
    pump = add_point(database, venue.venue_id, GATEWAY, "11.1/91.01000000", 91)
    async with scoring(database, tmp_path):
        open_episode(database, venue.venue_id, GATEWAY, pump, "manual", since=just_now() - timedelta(hours=25))
        row = await board.tenths(venue.venue_id, Cause.PUMP, lambda tenths: tenths > 0)
    assert row.grade == "D"
    assert "trigger-suppression-24h" in row.rules
    with psycopg.connect(database) as connection:
        codes = connection.execute(
            "SELECT t ->> 'code' FROM risk_score, jsonb_array_elements(triggers) t WHERE venue_id = %s",
            [venue.venue_id],
        ).fetchall()
    assert codes == [("trigger-suppression-24h",)]


async def test_a_new_venue_is_ranked_without_any_hint(database: str, board: Board, tmp_path: Path) -> None:
    """A venue that enters the register gets a score, though nobody notifies and nothing happens there."""
    async with scoring(database, tmp_path):
        new = register_venue(database, "GW-9", code="V9")
        await until(lambda: new.venue_id in board.scores(), "the new venue's score")


async def test_a_fact_without_a_hint_is_found(database: str, venue: Venue, board: Board, tmp_path: Path) -> None:
    """A notification is only a hint: what is committed silently is found too."""
    async with scoring(database, tmp_path):
        open_fire(database, venue.venue_id, GATEWAY, venue.detector_id, at=just_now(), wake=False)
        await board.tenths(venue.venue_id, Cause.ALARM_OPEN, lambda tenths: tenths > 0)


async def test_a_transaction_that_commits_late_is_not_skipped(
    database: str, venue: Venue, board: Board, tmp_path: Path
) -> None:
    """A fact whose transaction began first and ended last is scored when it ends."""
    other = register_venue(database, "GW-2", code="V2")
    hear(database, "GW-2", just_now())
    async with scoring(database, tmp_path):
        async with await psycopg.AsyncConnection.connect(database) as slow:
            began = just_now()
            await slow.execute(OPENED, [venue.venue_id, GATEWAY, venue.detector_id, "fault", began, began])
            open_fire(database, other.venue_id, "GW-2", other.detector_id, at=just_now())
            await board.tenths(other.venue_id, Cause.ALARM_OPEN, lambda tenths: tenths > 0)
            assert board.scores()[venue.venue_id].tenths(Cause.DETECTORS_FAULTY) == 0
            await slow.commit()
        await board.tenths(venue.venue_id, Cause.DETECTORS_FAULTY, lambda tenths: tenths > 0)


async def test_a_racing_write_is_done_again(database: str, venue: Venue, board: Board, tmp_path: Path) -> None:
    """When somebody else writes the row that a step is about to write, the whole step is done again, once."""
    async with scoring(database, tmp_path):
        before = board.count("event", venue.venue_id)
        async with await psycopg.AsyncConnection.connect(database) as rival:
            await rival.execute("UPDATE risk_score SET score = 1 WHERE venue_id = %s", [venue.venue_id])
            open_fire(database, venue.venue_id, GATEWAY, venue.detector_id, at=just_now())
            await until(lambda: _waiting(database), "the scorer's wait for the row")
            await rival.commit()
        row = await board.tenths(venue.venue_id, Cause.ALARM_OPEN, lambda tenths: tenths > 0)
    assert row.score == row.total
    assert board.count("event", venue.venue_id) == before + 1


async def test_a_lost_connection_is_made_again(database: str, venue: Venue, board: Board, tmp_path: Path) -> None:
    """A scorer whose database refuses everybody for a while goes on by itself, in the same process."""
    async with scoring(database, tmp_path):
        _refuse(database, refuse=True)
        await until(lambda: not _connected(database), "the end of the scorer's connection")
        _refuse(database, refuse=False)
        open_fire(database, venue.venue_id, GATEWAY, venue.detector_id, at=just_now())
        await board.tenths(venue.venue_id, Cause.ALARM_OPEN, lambda tenths: tenths > 0)


async def test_only_one_scores_and_the_next_takes_over(
    database: str, venue: Venue, board: Board, tmp_path: Path
) -> None:
    """A second scorer waits without becoming ready, and takes over when the first one ends."""
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()
    async with scoring(database, first):
        heir = asyncio.create_task(_one_readiness(database, second))
        await until(lambda: len(_connected(database)) > 1, "the second scorer's connection")
        open_fire(database, venue.venue_id, GATEWAY, venue.detector_id, at=just_now())
        await board.tenths(venue.venue_id, Cause.ALARM_OPEN, lambda tenths: tenths > 0)
        assert not (second / "risk.ready").exists()
        assert board.count("event", venue.venue_id) == 2
    await heir


async def test_a_changed_register_is_noticed(database: str, venue: Venue, board: Board, tmp_path: Path) -> None:
    """What is entered or corrected in the register is found by looking, though nobody announces it."""
    async with scoring(database, tmp_path):
        act(database, ("UPDATE venue SET area_m2 = 100, key_unit = true WHERE id = %s", [venue.venue_id]), wake=False)
        await board.tenths(venue.venue_id, Cause.KEY_UNIT, lambda tenths: tenths > 0)


async def _one_readiness(url: str, folder: Path) -> None:
    async with scoring(url, folder):
        pass


def _connected(url: str) -> list[int]:
    with psycopg.connect(url, dbname="postgres") as connection:
        rows = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'firewarden risk' AND datname = %s",
            [conninfo_to_dict(url)["dbname"]],
        ).fetchall()
    return [int(row[0]) for row in rows]


def _waiting(url: str) -> bool:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT 1 FROM pg_stat_activity WHERE application_name = 'firewarden risk'"
            " AND datname = current_database() AND wait_event_type = 'Lock'"
        ).fetchone()
    return row is not None


def _refuse(url: str, *, refuse: bool) -> None:
    """Let nobody into the database, and send away who is in; or let them in again."""
    name = sql.Identifier(str(conninfo_to_dict(url)["dbname"]))
    with psycopg.connect(url, dbname="postgres", autocommit=True) as connection:
        connection.execute(
            sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS {}").format(name, sql.SQL("false" if refuse else "true"))
        )
        if refuse:
            for pid in _connected(url):
                connection.execute("SELECT pg_terminate_backend(%s)", [pid])
