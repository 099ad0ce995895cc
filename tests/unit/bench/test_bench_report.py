"""Does the bench's report hold what a reader needs to believe it?"""

import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from firewarden.bench.figures import figure
from firewarden.bench.machine import cpu_model, read_machine
from firewarden.bench.report import (
    Counts,
    Environment,
    Machine,
    Report,
    Server,
    Settings,
    Versions,
    at_most,
    show_report,
    write_report,
)
from firewarden.bench.usage import CpuTimes

MACHINE = Machine(cpu="A processor", cores=2, memory_mb=4_000, kernel="6.1", load_1_min=0.5, load_5_min=0.4)
SERVER = Server(
    postgres="17.1",
    timescaledb="2.19",
    fsync="on",
    synchronous_commit="on",
    full_page_writes="on",
    shared_buffers="512MB",
    max_wal_size="2GB",
    wal_compression="lz4",
)


def report(counts: Counts, reached: float = 60.0) -> Report:
    """A report of one round."""
    return Report(
        bench="ingest --points 50",
        begun_at=datetime(2026, 11, 23, tzinfo=UTC),
        environment=Environment(
            machine=MACHINE, versions=Versions(firewarden="0.1", python="3.11", mosquitto="2.0"), server=SERVER
        ),
        settings=Settings(rounds=1, gateways=50, messages=1_000, points=50),
        figures=(figure("readings stored", "/s", [reached]),),
        limit=figure("limit: rows copied", "/s", [100.0]),
        ratio=figure("of the limit", "", [reached / 100]),
        ratio_wanted=0.5,
        counts=counts,
        passed=counts.clean,
    )


def shown(what: Report) -> str:
    """The report as it is printed."""
    said = io.StringIO()
    show_report(what, Console(file=said, width=150))
    return said.getvalue()


def test_the_file_holds_machine_versions_settings_limit_and_figures(tmp_path: Path) -> None:
    """The written report can be read without the program that made it."""
    path = tmp_path / "new" / "report.json"
    write_report(report(Counts()), path)
    written = msgspec.json.decode(path.read_bytes())
    assert written["environment"]["machine"]["cores"] == 2
    assert written["environment"]["server"]["fsync"] == "on"
    assert written["environment"]["versions"]["mosquitto"] == "2.0"
    assert written["settings"]["messages"] == 1_000
    assert written["limit"]["median"] == 100.0
    assert written["ratio"]["rounds"] == [0.6]
    assert written["passed"] is True


def test_a_loss_fails_whatever_the_speed() -> None:
    """Each count that must be zero counts, by itself."""
    assert Counts().clean
    for name in ("lost", "duplicated", "missed", "doubled", "quarantined"):
        assert not Counts(**{name: 1}).clean


def test_a_person_sees_whether_the_target_was_reached() -> None:
    """Reached or not is said in words, and so is what was lost."""
    assert "ratio wanted: 0.5, reached" in shown(report(Counts()))
    assert "ratio wanted: 0.5, not reached" in shown(report(Counts(), reached=40.0))
    assert "lost 3" in shown(report(Counts(lost=3)))


def test_the_processor_is_named_where_the_kernel_names_it() -> None:
    """The first one's name; without any there is still the architecture."""
    assert cpu_model("processor\t: 0\nmodel name\t: A & B @ 2 GHz\nmodel name\t: other\n") == "A & B @ 2 GHz"
    assert cpu_model("processor\t: 0\n") != ""
    assert read_machine().cores >= 1


def test_processor_time_is_counted_from_the_start_of_the_round() -> None:
    """What a process used before does not count; one that is new counts whole."""
    used = CpuTimes({"ingest": 5.0, "postgres": 2.0}).since(CpuTimes({"ingest": 4.0}))
    assert dict(used.seconds) == {"ingest": 1.0, "postgres": 2.0}


def test_a_target_compares_the_median() -> None:
    """Reached or not, it is said; an unknown figure is a mistake of the bench."""
    figures = (figure("fires, p99", "ms", [200.0, 300.0, 400.0]),)
    assert at_most(figures, "fires, p99", 300).reached
    assert not at_most(figures, "fires, p99", 299).reached
    with pytest.raises(KeyError):
        at_most(figures, "fires", 300)
    what = replace(report(Counts()), targets=(at_most(figures, "fires, p99", 250),))
    assert "wanted: fires, p99 at most 250 ms, not reached" in shown(what)
