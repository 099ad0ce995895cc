"""Does the scorecard notice what a platform that confirms too early loses? Real ingest, and a planted defect."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest
from tests.integration.ingest.gb_device import LOOPBACK, free_port, gb_ingest

from firewarden.api.register import parse
from firewarden.api.register_import import import_register
from firewarden.deploy.services import BlockingServices
from firewarden.gateway_sim.city import City, build_city
from firewarden.gateway_sim.gb_dialects import Protocol
from firewarden.gateway_sim.gb_line import Centre
from firewarden.gateway_sim.journal import Memory
from firewarden.gateway_sim.odds import Odds
from firewarden.gateway_sim.options import broker_of
from firewarden.gateway_sim.player import Player, RunOptions
from firewarden.gateway_sim.register import encode_register
from firewarden.gateway_sim.truth import Truth
from firewarden.proof.scorecard import Scorecard, score
from firewarden.proof.scorecard_store import read_held
from firewarden.proof.truth_file import read_truth

pytestmark = pytest.mark.services

VENUES = 24
LOSE = (
    "CREATE TEMPORARY TABLE gone AS SELECT gateway_id, boot, lane, seq FROM raw_frame WHERE seq % 3 = 0",
    "DELETE FROM state_change s USING gone g"
    " WHERE (s.gateway_id, s.boot, s.lane, s.seq) = (g.gateway_id, g.boot, g.lane, g.seq)",
    "DELETE FROM raw_frame r USING gone g"
    " WHERE (r.gateway_id, r.boot, r.lane, r.seq) = (g.gateway_id, g.boot, g.lane, g.seq)",
)
"""What a listener that confirms before its commit would have lost by the time it is killed."""


async def register(database: str, city: City) -> None:
    """The city and who speaks under which source address."""
    async with await psycopg.AsyncConnection.connect(database) as connection:
        await import_register(connection, parse(encode_register(city)), issue=lambda: ("", ""), keep=None)


async def played(services: BlockingServices, city: City, centre: Centre, path: Path) -> int:
    """A few seconds of the city's life; returns how much was not confirmed."""
    with Truth(path) as truth:
        options = RunOptions(pace=4_000, odds=Odds(), seconds=5, point_scale=0.05, resend_after_s=3.0, drain_s=30.0)
        player = Player(
            city,
            credentials={},
            broker=broker_of(services.mqtt_url),
            truth=truth,
            memory=Memory(),
            options=options,
            centre=centre,
        )
        return await player.run()


async def judged(database: str, path: Path) -> Scorecard:
    """Truth against database."""
    return score(read_truth(path), await read_held(database))


async def test_a_platform_that_loses_what_it_confirmed_is_found_out(
    services: BlockingServices, database: str, tmp_path: Path
) -> None:
    """Every frame is stored exactly as it was meant; then each that is taken away is counted as lost."""
    path = tmp_path / "truth.jsonl"
    city = build_city(seed=3, venues=VENUES, speed=20.0, protocol=Protocol.GB26875)
    await register(database, city)
    udp = free_port()
    async with gb_ingest(services, database, gb26875_udp=f"{LOOPBACK}:{udp}") as port:
        assert await played(services, city, Centre(host=LOOPBACK, tcp=port, udp=udp), path) == 0
    whole = await judged(database, path)
    assert (whole.messages.lost, whole.messages.duplicated) == (0, 0), whole.examples
    assert (whole.facts.lost, whole.facts.duplicated) == (0, 0), whole.examples
    assert whole.frames.unanswered == 0
    assert whole.frames.confirmed > 30
    with psycopg.connect(database) as connection:
        cursor = connection.cursor()
        for statement in LOSE:
            cursor.execute(statement)
        gone = cursor.rowcount
    broken = await judged(database, path)
    assert gone > 5
    assert broken.messages.lost >= gone - (whole.frames.said - whole.frames.confirmed)
    assert broken.messages.lost > 0
    assert any(failure.startswith("messages lost") for failure in broken.failures)
