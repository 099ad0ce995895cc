"""Whether a run of the city that takes long is told from one that stands still."""

from pathlib import Path

from tests.unit.proof.test_frames import NOW

from firewarden.gateway_sim import journal
from firewarden.gateway_sim.journal import encode
from firewarden.ingest.facts import Lane
from firewarden.proof.city_end import STALLED_S, Progress, has_ended, why_not_ended

RUN = journal.Run(format=1, at=NOW, seed=1, venues=1, speed=1.0, pace=1.0, ends_at=NOW)
STORED = journal.Confirmed(gateway="g", boot="b", at=NOW, alarm=1)
CONFIRMED = journal.FrameConfirmed(gateway="d", line="b.1", serial=0, at=NOW)


def message(seq: int) -> journal.Message:
    """One that was published."""
    return journal.Message(gateway="g", boot="b", lane=Lane.ALARM, seq=seq, created_at=NOW, published_at=NOW, facts=())


def frame(serial: int) -> journal.Frame:
    """One that went out."""
    return journal.Frame(gateway="d", line="b.1", serial=serial, at=NOW, frame="40", words=(), facts=())


def write(path: Path, *records: journal.Record, torn: bytes = b"") -> None:
    """Append lines, the last one perhaps not whole."""
    with path.open("ab") as file:
        file.writelines(map(encode, records))
        file.write(torn)


def test_nothing_is_missed_before_the_end_is_due(tmp_path: Path) -> None:
    """A journal that does not exist yet, or says nothing, stands still only from the end of the run's seconds on."""
    progress = Progress(tmp_path / "truth.jsonl", since_s=60.0)
    assert progress.stalled_s(5.0) < 0
    assert progress.stalled_s(60.0 + STALLED_S) == STALLED_S


def test_only_what_settles_something_is_progress(tmp_path: Path) -> None:
    """Confirms of either protocol count; a line that breaks and comes back, or a simulator that begins anew, do not."""
    path = tmp_path / "truth.jsonl"
    progress = Progress(path, since_s=60.0)
    write(path, RUN, message(1), STORED)
    assert progress.stalled_s(70.0) == 0
    write(path, journal.Link(gateway="g", at=NOW, up=True), RUN)
    assert progress.stalled_s(80.0) == 10
    write(path, CONFIRMED)
    assert progress.stalled_s(90.0) == 0
    assert progress.stalled_s(100.0) == 10


def test_a_line_counts_when_it_is_whole(tmp_path: Path) -> None:
    """Half of one was never acted upon; its other half makes it one."""
    path = tmp_path / "truth.jsonl"
    progress = Progress(path, since_s=0.0)
    line = encode(STORED)
    write(path, RUN, torn=line[:9])
    assert progress.stalled_s(1.0) == 1
    write(path, torn=line[9:])
    assert progress.stalled_s(2.0) == 0


def test_a_run_that_stands_still_says_what_is_open(tmp_path: Path) -> None:
    """How many messages and frames, whose, and by which protocol."""
    path = tmp_path / "truth.jsonl"
    write(path, RUN, message(1), message(2), message(3), STORED, frame(0), frame(1), CONFIRMED)
    assert not has_ended(path)
    said = why_not_ended(path)
    assert "2 messages of 1 gateways over MQTT and 1 frames of 1 devices by GB/T 26875.3" in said


def test_a_simulator_that_does_not_end_is_told_from_a_platform_that_does_not_confirm(tmp_path: Path) -> None:
    """With all confirmed, the fault is the simulator's own."""
    path = tmp_path / "truth.jsonl"
    write(path, RUN, message(1), STORED)
    assert "all that was sent is confirmed, but the simulator goes on" in why_not_ended(path)
    write(path, journal.End(at=NOW, unconfirmed=0))
    assert has_ended(path)
