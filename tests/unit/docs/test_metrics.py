"""Does docs/metrics.md name every figure that a process has, with type, labels and meaning, and no other?"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from prometheus_client.metrics_core import Metric
from psycopg_pool import AsyncConnectionPool
from stamina.instrumentation import RetryDetails

from firewarden.api.figures import ApiFigures
from firewarden.api.live import Live
from firewarden.api.signals import Answered, Handed, Pages, StreamEnded
from firewarden.desk.episodes import Step
from firewarden.desk.figures import DeskFigures
from firewarden.desk.incidents import Condition
from firewarden.desk.signals import Ages, Followed, Judged, Open
from firewarden.figures.basics import Basics
from firewarden.figures.disk import DiskFigures
from firewarden.figures.signals import Connected, Standing
from firewarden.ingest.batch import read
from firewarden.ingest.facts import Lane, Reason
from firewarden.ingest.figures import IngestFigures
from firewarden.ingest.mqtt_session import Message
from firewarden.ingest.signals import BrokerConnected, CertificateSeen, GbTold, GivenUp, Stored, Waiting, Watched
from firewarden.ingest.streams import GapCount
from firewarden.ingest.wire import json_v1
from firewarden.ingest.writer import Written
from firewarden.risk.figures import RiskFigures
from firewarden.risk.signals import Scored
from firewarden.risk.state.facts import WaterKind
from firewarden.risk.worker import Pace

PAGE = Path(__file__).parents[3] / "docs" / "metrics.md"
AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
STANDARD = "process_"
LABELS_MAX = 3
SERIES_MAX = 700
"""Of one process: what a gateway or a point is called is never a label, so that a larger city has no more of them."""

Row = tuple[str, str, str, str]


def a_message(lane: str, seq: int) -> Message:
    """A message that came two seconds after it was sent."""
    sent = (AT - timedelta(seconds=2)).isoformat()
    payload = f'{{"boot":"b","seq":{seq},"sent_at":"{sent}","facts":[]}}'.encode()
    return Message(topic=json_v1.topic(f"GW-{seq}", lane), payload=payload, packet_id=seq, connection=1)


def ingest(basics: Basics) -> None:
    """Ingest, after whatever can happen to it."""
    tell = IngestFigures(basics)
    for connection, lane in (("alarm", "alarm"), ("bulk", "reading"), ("bulk", "no lane")):
        batch = [read(a_message(lane, seq), AT) for seq in range(1, 100)]
        parts = [
            Written(
                through={},
                messages=90,
                duplicates=9,
                facts=0,
                quarantined=1,
                reasons={Reason.BAD_JSON: 1},
                gaps=GapCount(opened=2, filled=1),
            )
        ]
        at = AT + timedelta(seconds=0.03)
        tell(Stored(connection=connection, batch=batch, parts=parts, read_s=0.01, store_s=0.02, at=at))
        waiting = Waiting(connected=True, messages=3, payload_bytes=99, unacknowledged=4, oldest_s=0.5)
        tell(Watched(connection=connection, look=lambda waiting=waiting: waiting))
        tell(BrokerConnected(connection=connection, resumed=lane == "alarm"))
    tell(GivenUp(gaps=5))
    tell(CertificateSeen(of="broker", expires_s=1.8e9))
    tell(GbTold(counts={("frames", "stored"): 3, ("denied", "flood"): 1}, answered_s=[0.02], connections=2))
    always(basics)


def desk(basics: Basics) -> None:
    """The desk, likewise."""
    tell = DeskFigures(basics)
    ages = Ages(newest_s=0.1, oldest_s=0.2)
    tell(Followed(reader="desk.alarm", facts=2, seconds=0.01, ages=ages, taken={Step.OPEN: 2}))
    tell(Followed(reader="desk.bulk", facts=0, seconds=0.01, ages=None, taken={}))
    tell(Judged(seconds=0.1, changes=1))
    tell(Open(incidents={Condition.FIRE: 3}))
    always(basics)


def risk(basics: Basics) -> None:
    """The risk process, likewise."""
    tell = RiskFigures(basics, Pace())
    tell(Scored(venues=3, changed=1, facts=4, seconds=0.1, sweeping=False))
    tell(Scored(venues=30, changed=0, facts=0, seconds=0.1, sweeping=True, swept_s=4.0, open={WaterKind.BELOW: 2}))
    always(basics)


def upkeep(basics: Basics) -> None:
    """Upkeep has what every process has, and watches disks."""
    DiskFigures({"state": PAGE.parent}, basics.registry)
    basics.lag_gauge("nothing").set(0)
    always(basics)


def api(basics: Basics) -> None:
    """The api, likewise."""
    tell = ApiFigures(basics)
    tell.watch(AsyncConnectionPool("", open=False), Live(""))
    tell(Answered(method="GET", route="/api/v1/incidents", status=200, seconds=0.1))
    tell(Answered(method="GET", route="/api/v1/stream", status=200, seconds=None))
    tell(Handed(events=3, age_s=0.2))
    tell(StreamEnded(reason="gone"))
    tell(Pages(open=2))
    always(basics)


def always(basics: Basics) -> None:
    """What can happen to every process."""
    basics(Connected(seconds=0.1))
    basics(Standing(by=False))
    basics.complained(level="error", text="so it goes")
    error = psycopg.OperationalError("gone")
    details = RetryDetails(name="f", args=(), kwargs={}, retry_num=1, wait_for=0.1, waited_so_far=0.0, caused_by=error)
    basics.retried(details)


PROCESSES = {"ingest": ingest, "desk": desk, "risk": risk, "upkeep": upkeep, "api": api}


def metrics_of(process: str) -> list[Metric]:
    """What a process shows on /metrics once all of it has happened."""
    basics = Basics(process, "1")
    PROCESSES[process](basics)
    return list(basics.registry.collect())


def row_of(metric: Metric) -> Row:
    """What the page must say of a figure."""
    endings = {"counter": "_total", "info": "_info"}
    labels = sorted({label for sample in metric.samples for label in sample.labels} - {"le"})
    return metric.name + endings.get(metric.type, ""), metric.type, ", ".join(labels), metric.documentation


def rows_shown() -> Iterator[tuple[Row, tuple[str, str]]]:
    """The page's rows: what can be checked, and what is normal and to be done."""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `firewarden_"):
            name, kind, labels, meaning, normal, remedy = cells
            yield (name.strip("`"), kind, re.sub("`", "", labels), meaning), (normal, remedy)


def test_the_page_is_up_to_date() -> None:
    """Every figure of every process stands in the page as it is, and nothing else does."""
    shown = {row for row, _ in rows_shown()}
    existing = {row_of(metric) for process in PROCESSES for metric in metrics_of(process)}
    assert shown == {row for row in existing if not row[0].startswith(STANDARD)}


def test_every_figure_has_a_normal_value_and_a_remedy() -> None:
    """Nobody meets a figure without learning what is normal and what to do otherwise."""
    assert [row for row, said in rows_shown() if not all(said)] == []


@pytest.mark.parametrize("process", PROCESSES)
def test_names_follow_the_conventions(process: str) -> None:
    """Times are in seconds, sizes in bytes, and both say so; every figure says what it is."""
    metrics = metrics_of(process)
    ours = [metric for metric in metrics if not metric.name.startswith(STANDARD)]
    assert [metric.name for metric in ours if not metric.name.startswith("firewarden_")] == []
    assert [metric.name for metric in ours if not re.fullmatch(r"[a-z_]+", metric.name)] == []
    assert [metric.name for metric in ours if re.search(r"_(ms|milliseconds|minutes|kb|mb)(_|$)", metric.name)] == []
    assert [metric.name for metric in metrics if not metric.documentation] == []


@pytest.mark.parametrize("process", PROCESSES)
def test_no_label_grows_with_the_city(process: str) -> None:
    """A hundred gateways were heard: none is named in any label, and a process has a few hundred series."""
    samples = [sample for metric in metrics_of(process) for sample in metric.samples]
    assert [sample for sample in samples if any("GW-" in value for value in sample.labels.values())] == []
    assert [sample for sample in samples if len(sample.labels) > LABELS_MAX + 1] == []
    assert len(samples) <= SERIES_MAX


def test_every_lane_is_measured() -> None:
    """The delays of each lane are shown from the start, also while nothing came."""
    lanes = {
        sample.labels["lane"]
        for metric in metrics_of("ingest")
        for sample in metric.samples
        if metric.name == "firewarden_ingest_sent_lag_seconds"
    }
    assert lanes == {lane.value for lane in Lane}
