"""A recorded series goes out as a gateway would send it, and every row of it arrives."""

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from firewarden.deploy.credentials import hash_credential
from firewarden.deploy.services import BlockingServices
from firewarden.gateway_sim.options import broker_of
from firewarden.gateway_sim.replay import ReplayCount, Replayer, ReplayOptions, open_rows
from firewarden.gateway_sim.replay_map import parse_map
from firewarden.ingest.facts import Reading
from tests.integration.gateway_sim.fake_ingest import FakeIngest, listening

pytestmark = pytest.mark.services

GATEWAY = "RIG-1"
SECRET = "a-secret-of-a-test"  # noqa: S105 - of a gateway that lives as long as the test
ROWS = 500
MAP = """
version = 1
[time]
column = "when"
zone = "UTC"
[[column]]
name = "p"
point = "11.1/99.0a000000"
quantity = "pressure"
unit = "bar"
[[column]]
name = "q"
point = "11.1/96.0a000000"
quantity = "flow"
unit = "L/s"
"""


@pytest.fixture
def series(tmp_path: Path) -> Path:
    """A compressed file of ROWS rows, one a second; every tenth has no flow."""
    path = tmp_path / "series.csv.gz"
    start = datetime(2020, 1, 1)  # noqa: DTZ001 - as recorders write it, without a zone
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write("when,p,q\n")
        file.writelines(f"{start + timedelta(seconds=n)},{n / 100},{'' if n % 10 == 0 else n}\n" for n in range(ROWS))
    return path


async def replay(
    services: BlockingServices, series: Path, *, keep_time: bool = False, from_row: int = 1
) -> ReplayCount:
    """Replay the series a thousand times faster."""
    services.set_gateways([(GATEWAY, hash_credential(SECRET))])
    options = ReplayOptions(
        gateway=GATEWAY,
        secret=SECRET,
        broker=broker_of(services.mqtt_url),
        speed=1_000,
        keep_time=keep_time,
        from_row=from_row,
    )
    with open_rows(series, parse_map(MAP)) as rows:
        return await Replayer(options, on_progress=lambda _: None).run(rows)


def readings(fake: FakeIngest) -> list[Reading]:
    """Everything that was stored, in order."""
    envelopes = [envelope for stream in fake.stored.values() for _, envelope in sorted(stream.items())]
    assert all(len(envelope.facts) <= 50 for envelope in envelopes)
    return [fact for envelope in envelopes for fact in envelope.facts if isinstance(fact, Reading)]


async def test_every_row_arrives(services: BlockingServices, series: Path) -> None:
    """Each row's values arrive once, in order, spaced as recorded, and the count says so."""
    begun = datetime.now(tz=UTC)
    async with listening(FakeIngest(services.mqtt_url, Random(1))) as fake:
        count = await replay(services, series)
    expected = ROWS * 2 - ROWS // 10
    assert count == ReplayCount(
        rows_sent=ROWS, rows_stored=ROWS, readings_sent=expected, readings_stored=expected, last_row=ROWS
    )
    pressures = [fact for fact in readings(fake) if fact.quantity == "pressure"]
    assert [fact.value for fact in pressures] == [n / 100 for n in range(ROWS)]
    assert pressures[-1].at - pressures[0].at == timedelta(seconds=(ROWS - 1) / 1_000)
    assert pressures[0].at >= begun


async def test_recorded_times_can_be_kept(services: BlockingServices, series: Path) -> None:
    """With keep_time every reading has the time of the recording."""
    async with listening(FakeIngest(services.mqtt_url, Random(1))) as fake:
        assert (await replay(services, series, keep_time=True)).complete
    assert readings(fake)[0].at == datetime(2020, 1, 1, tzinfo=UTC)


async def test_a_replay_goes_on_where_it_stopped(services: BlockingServices, series: Path) -> None:
    """From row 401 on, a hundred rows go out, and the last one is row 500."""
    async with listening(FakeIngest(services.mqtt_url, Random(1))) as fake:
        count = await replay(services, series, from_row=401)
    assert (count.rows_stored, count.last_row) == (100, 500)
    assert min(fact.value for fact in readings(fake) if fact.quantity == "pressure") == 4.0
