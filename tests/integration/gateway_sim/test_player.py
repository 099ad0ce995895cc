"""The city against a real broker and a receiver that misbehaves."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from random import Random

import msgspec
import pytest

import firewarden
from firewarden.deploy.credentials import hash_credential
from firewarden.deploy.services import BlockingServices
from firewarden.gateway_sim import journal
from firewarden.gateway_sim.city import City, build_city
from firewarden.gateway_sim.journal import Memory, decode_lines
from firewarden.gateway_sim.odds import Odds
from firewarden.gateway_sim.options import broker_of
from firewarden.gateway_sim.player import Player, RunOptions
from firewarden.gateway_sim.truth import Truth
from tests.integration.gateway_sim.fake_ingest import FakeIngest, listening
from tests.integration.polling import until

pytestmark = pytest.mark.services

SECRET = "a-secret-of-a-test"  # noqa: S105 - of gateways that live as long as the test
SEED = 7
VENUES = 12
SPEED = 200.0
# Each venue sees dozens of incidents and several silences within the seconds of a test; nothing is lost on purpose.
BUSY = Odds(silent_spells_per_gateway_week=40.0, restarts_per_gateway_month=60.0, lost_while_silent=0.0)


@pytest.fixture
def city(services: BlockingServices) -> City:
    """A city whose gateways the broker admits."""
    city = build_city(seed=SEED, venues=VENUES, speed=SPEED)
    services.set_gateways((gateway.id, hash_credential(SECRET)) for gateway in city.gateways())
    return city


def records(path: Path) -> list[journal.Record]:
    """The whole journal."""
    with path.open("rb") as lines:
        return list(decode_lines(lines))


def messages(path: Path) -> dict[tuple[str, str, str, int], journal.Message]:
    """Every message that the gateways could still send, by its number."""
    found: dict[tuple[str, str, str, int], journal.Message] = {}
    for record in records(path):
        match record:
            case journal.Message():
                found[record.gateway, record.boot, record.lane, record.seq] = record
            case journal.Lost() | journal.Forgotten():
                del found[record.gateway, record.boot, record.lane, record.seq]
            case _:
                pass
    return found


async def play(city: City, services: BlockingServices, path: Path, *, seconds: float, odds: Odds = BUSY) -> int:
    """Play the city to the end; returns how much stayed unconfirmed."""
    with Truth(path) as truth:
        player = Player(
            city,
            credentials=dict.fromkeys((gateway.id for gateway in city.gateways()), SECRET),
            broker=broker_of(services.mqtt_url),
            truth=truth,
            memory=Memory(),
            options=RunOptions(pace=400, odds=odds, seconds=seconds, point_scale=0.05, resend_after_s=1),
        )
        return await player.run()


def assert_all_arrived(path: Path, fake: FakeIngest) -> None:
    """Every message of the journal was stored, as it stands there."""
    truth = messages(path)
    assert truth
    for (gateway, boot, lane, seq), message in truth.items():
        assert fake.stored[gateway, boot, journal.Lane(lane)][seq].facts == message.facts


async def test_everything_arrives_through_silences_and_restarts(
    services: BlockingServices, city: City, tmp_path: Path
) -> None:
    """Whatever the gateways go through, each message of the journal is stored, exactly as it stands there."""
    path = tmp_path / "truth.jsonl"
    async with listening(FakeIngest(services.mqtt_url, Random(SEED))) as fake:
        assert await play(city, services, path, seconds=8) == 0
    assert_all_arrived(path, fake)
    assert fake.unreadable == 0
    kinds = {type(record) for record in records(path)}
    assert {journal.Link, journal.Boot, journal.Confirmed} <= kinds
    assert fake.last_wills, "a silent gateway must not say goodbye"


async def test_what_a_deaf_receiver_missed_is_sent_again(
    services: BlockingServices, city: City, tmp_path: Path
) -> None:
    """A message that was acknowledged by the broker and never stored is sent again until it is."""
    path = tmp_path / "truth.jsonl"
    odds = Odds(flash_missing=0.0, sent_twice=0.0, silent_spells_per_gateway_week=0.001)
    async with listening(FakeIngest(services.mqtt_url, Random(SEED), deaf=0.05)) as fake:
        assert await play(city, services, path, seconds=3, odds=odds) == 0
    assert_all_arrived(path, fake)
    assert any(count > 1 for count in fake.copies.values())


async def test_a_killed_broker_loses_nothing(services: BlockingServices, city: City, tmp_path: Path) -> None:
    """The broker is killed in the middle and forgets what it had: the gateways come back and send it again."""
    path = tmp_path / "truth.jsonl"
    async with listening(FakeIngest(services.mqtt_url, Random(SEED))) as fake:
        playing = asyncio.create_task(play(city, services, path, seconds=8))
        await until(lambda: len(fake.copies) >= 20, "twenty messages")
        services.kill("mosquitto")
        assert await playing == 0
    assert_all_arrived(path, fake)
    assert any(isinstance(record, journal.Link) and record.why == "broken" for record in records(path))


async def sim_process(city: City, services: BlockingServices, folder: Path) -> asyncio.subprocess.Process:
    """`firewarden sim run` for six seconds, as a process of its own."""
    credentials = folder / "credentials.json"
    credentials.write_bytes(msgspec.json.encode(dict.fromkeys((g.id for g in city.gateways()), SECRET)))
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-c", "from firewarden.gateway_sim.commands import sim; sim()", "run", "--seconds", "6"),
        *("--venues", str(VENUES), "--seed", str(SEED), "--speed", str(SPEED), "--pace", "400"),
        *("--mqtt-url", services.mqtt_url, "--credentials", str(credentials)),
        *("--truth", str(folder / "truth.jsonl")),
        env={**os.environ, "PYTHONPATH": str(Path(firewarden.__file__).parents[1])},
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )


async def test_a_killed_simulator_sends_what_was_not_confirmed(
    services: BlockingServices, city: City, tmp_path: Path
) -> None:
    """The journal is the gateways' memory: started anew, they send the same messages again and come to the same end."""
    path = tmp_path / "truth.jsonl"
    async with listening(FakeIngest(services.mqtt_url, Random(SEED), mute=True)) as fake:
        first = await sim_process(city, services, tmp_path)
        await until(lambda: len(fake.copies) >= 50, "fifty messages")
        first.send_signal(signal.SIGKILL)
        await first.wait()
        fake.mute = False
        before = messages(path)
        second = await sim_process(city, services, tmp_path)
        assert await second.wait() == 0
    assert before.keys() <= messages(path).keys() | forgotten(path)
    assert_all_arrived(path, fake)
    runs = [record for record in records(path) if isinstance(record, journal.Run)]
    assert len(runs) == 2
    assert runs[0].ends_at == runs[1].ends_at
    again = await sim_process(city, services, tmp_path)
    assert await again.wait() == 0, "a finished run is not run again"
    assert len([record for record in records(path) if isinstance(record, journal.Run)]) == 2


def forgotten(path: Path) -> set[tuple[str, str, str, int]]:
    """Messages whose gateways restarted without flash memory."""
    found = [record for record in records(path) if isinstance(record, journal.Forgotten)]
    return {(record.gateway, record.boot, record.lane, record.seq) for record in found}


async def test_unconfirmed_messages_end_the_run_with_a_failure(
    services: BlockingServices, city: City, tmp_path: Path
) -> None:
    """A receiver that never confirms is noticed: the run says how many messages are open."""
    path = tmp_path / "truth.jsonl"
    async with listening(FakeIngest(services.mqtt_url, Random(SEED), mute=True)):
        with Truth(path) as truth:
            player = Player(
                city,
                credentials=dict.fromkeys((gateway.id for gateway in city.gateways()), SECRET),
                broker=broker_of(services.mqtt_url),
                truth=truth,
                memory=Memory(),
                options=RunOptions(pace=400, odds=BUSY, seconds=1, point_scale=0.05, drain_s=1),
            )
            unconfirmed = await player.run()
    assert unconfirmed == len(list(player.unconfirmed())) > 0
    end = records(path)[-1]
    assert isinstance(end, journal.End)
    assert end.unconfirmed == unconfirmed


async def test_a_refused_gateway_keeps_its_messages(services: BlockingServices, city: City, tmp_path: Path) -> None:
    """A gateway whose password the broker does not know yet tries on, and sends everything once it is let in."""
    services.set_gateways([])
    path = tmp_path / "truth.jsonl"
    async with listening(FakeIngest(services.mqtt_url, Random(SEED))) as fake:
        playing = asyncio.create_task(play(city, services, path, seconds=3))
        await until(path.exists, "the journal")
        await until(lambda: len(messages(path)) >= 20, "twenty messages that nobody takes")
        assert not fake.copies
        services.set_gateways((gateway.id, hash_credential(SECRET)) for gateway in city.gateways())
        assert await playing == 0
    assert_all_arrived(path, fake)
