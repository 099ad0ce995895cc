"""Is what a process reports written in words and figures that a person understands?"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.docs.test_metrics import PROCESSES, metrics_of

from firewarden.api.processes import EXPECTED, Processes, ProcessRow
from firewarden.dashboards.console.i18n import CATALOGUES, Language
from firewarden.dashboards.console.platform_lines import (
    Line,
    Unit,
    drawn_series,
    lines_of,
    points_of,
    sparkline,
    written,
)
from firewarden.dashboards.console.platform_page import summary, verdict_text
from firewarden.figures.series import series, table
from firewarden.figures.spans import Span
from firewarden.figures.verdict import Condition
from firewarden.ingest.facts import Reason
from firewarden.ingest.gb_figures import DENIED
from firewarden.ingest.gb_stream import EndReason
from firewarden.upkeep.jobs import JOBS, Outcome

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
ZH, EN = CATALOGUES[Language.ZH], CATALOGUES[Language.EN]


def span_of(process: str) -> Span:
    """A minute in which everything happened for the first time."""
    return Span(after=table(metrics_of(process)), before={}, seconds=60)


def a_row(condition: Condition = Condition.WELL) -> ProcessRow:
    """A process of which that is to be said."""
    return ProcessRow(
        process="ingest",
        worker="1",
        standby=False,
        version="0.1.0",
        started_at=AT,
        seen_at=AT,
        condition=condition,
        since=None,
        lag_s=12.4,
        of="alarm",
        errors=("OperationalError", "OSError"),
        last_error=None,
        last_error_at=None,
        figures={},
        before={},
        before_s=60,
    )


@pytest.mark.parametrize("process", [*PROCESSES, "a newer one"])
def test_every_line_has_a_name_and_a_value(process: str) -> None:
    """Each figure of each process is named in both languages, and none of those that happened is a dash."""
    span = span_of(process) if process in PROCESSES else Span(after={}, before={}, seconds=60)
    lines = lines_of(process, span)
    assert [line.key for line in lines if f"platform.figure.{line.key}" not in ZH.by_key] == []
    named = {of for line in lines if (of := line.of) is not None} - {"nothing"}
    assert {of for of in named if f"platform.of.{of}" not in ZH.by_key} == set()
    if process in PROCESSES:
        assert [line.key for line in lines if line.value(span) is None and line.of != "desk.bulk"] == []
        assert [name for name in drawn_series([(process, span)]) if name not in span.after] == []


def test_what_the_page_names_exists() -> None:
    """Conditions, kinds of processes, jobs and their ends, and reasons of quarantine have names in both languages."""
    wanted = [f"platform.is_{condition}" for condition in Condition]
    wanted += [f"platform.process.{kind}" for kind in EXPECTED]
    wanted += [f"platform.job_name.{name}" for name in JOBS]
    wanted += [f"platform.outcome.{outcome}" for outcome in (*Outcome, "running", "never")]
    wanted += [f"platform.of.reason.{reason}" for reason in Reason]
    wanted += [f"platform.of.denied.{reason}" for reason in DENIED]
    wanted += [f"platform.of.ended.{reason}" for reason in EndReason]
    assert [key for key in wanted if key not in ZH.by_key] == []


def test_devices_are_told_of_where_there_are_any() -> None:
    """A city without devices of GB/T 26875.3 reads nothing of them; elsewhere denials and ends are told by reason."""
    frames, ended = "firewarden_device_frames_total", "firewarden_device_disconnects_total"
    quiet = {series(frames, {"result": "stored"}): 0.0, series(ended, {"reason": "silent"}): 3.0}
    lines = lines_of("ingest", Span(after=quiet, before={}, seconds=60))
    assert [line.key for line in lines if line.key.startswith("device")] == []
    after = {**quiet, series(frames, {"result": "stored"}): 60.0, "firewarden_device_connections": 7.0}
    span = Span(after=after, before={}, seconds=60)
    told = {(line.key, line.of): line.value(span) for line in lines_of("ingest", span)}
    assert told["device_connections", None] == 7
    assert told["device_frames", None] == 1
    assert told["device_ended", "ended.silent"] == 3
    assert not any(key == "device_denied" for key, _ in told)


def test_quarantine_is_told_by_reason() -> None:
    """What occurred in the process's life is a line with its growth of the last minute; what never did is none."""
    name = "firewarden_ingest_quarantined_total"
    after = {series(name, {"reason": "bad_json"}): 5.0, series(name, {"reason": "flood"}): 0.0}
    span = Span(after=after, before={series(name, {"reason": "bad_json"}): 3.0}, seconds=60)
    told = {line.of: line.value(span) for line in lines_of("ingest", span) if line.key == "quarantined"}
    assert told == {None: 2.0, "reason.bad_json": 2.0}


def test_verdicts_are_sentences() -> None:
    """Who is behind is told with what and by how much; who has trouble, with which errors."""
    behind, troubled = a_row(Condition.BEHIND), a_row(Condition.TROUBLED)
    assert (verdict_text(behind, EN), verdict_text(behind, ZH)) == ("Behind by 12 s: alarms", "落后 12 秒：报警")
    assert "OperationalError; OSError" in verdict_text(troubled, EN)


@pytest.mark.parametrize(
    ("conditions", "missing", "said", "tone"),
    [
        ([Condition.WELL, Condition.STANDBY, Condition.STOPPED], (), "All is well: 3 processes report", "good"),
        ([Condition.WELL, Condition.BEHIND], (), "One process needs attention", "warn"),
        ([Condition.SILENT, Condition.TROUBLED], (), "2 processes need attention", "bad"),
        ([], ("desk",), "One process needs attention", "bad"),
    ],
)
def test_the_whole_is_said_in_one_sentence(
    conditions: list[Condition], missing: tuple[str, ...], said: str, tone: str
) -> None:
    """Spares and those that were stopped are no trouble; a silent or missing one is the worst."""
    rows = tuple(replace(a_row(), condition=condition) for condition in conditions)
    sentence, colour = summary(Processes(at=AT, processes=rows, missing=missing), EN)
    assert sentence.startswith(said)
    assert colour == tone


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (None, Unit.SECONDS, "—"),
        (0.0, Unit.SECONDS, "0 s"),
        (0.0034, Unit.SECONDS, "3.4 ms"),
        (0.034, Unit.SECONDS, "34 ms"),
        (3.44, Unit.SECONDS, "3.4 s"),
        (75.0, Unit.SECONDS, "75 s"),
        (3_000.0, Unit.SECONDS, "50 min"),
        (90_000.0, Unit.SECONDS, "25 h"),
        (0.25, Unit.RATE, "0.25/s"),
        (31_234.5, Unit.RATE, "31,234/s"),
        (0.123, Unit.SHARE, "12%"),
        (96e6, Unit.BYTES, "92 MB"),
        (1_234.0, Unit.COUNT, "1,234"),
    ],
)
def test_values_are_short(value: float | None, unit: Unit, said: str) -> None:
    """About two digits and a unit."""
    assert written(value, unit, EN.under("unit")) == said


def minutes(values: Iterable[float | None]) -> list[tuple[datetime, float | None]]:
    """One value a minute."""
    return [(AT + timedelta(minutes=number), value) for number, value in enumerate(values)]


GAUGE = Line(key="memory", value=lambda _: None, unit=Unit.BYTES, drawn="g")
COUNTER = Line(key="facts", value=lambda _: None, unit=Unit.RATE, drawn="c", growing=True)


def test_plots_break_where_nothing_is_known() -> None:
    """A counter is drawn as its growth in a second; a restart or missing minutes break the line."""
    drawn = points_of(COUNTER, minutes([0, 60, 180, 30, 90, None, None, 600]))
    assert [[round(value, 3) for _, value in stretch] for stretch in drawn] == [[1.0, 2.0], [1.0]]
    assert [len(stretch) for stretch in points_of(GAUGE, minutes([1, 2, None, None, 3]))] == [2, 1]


@given(values=st.lists(st.none() | st.floats(min_value=-1e12, max_value=1e12), max_size=30), growing=st.booleans())
def test_any_history_makes_a_sound_picture(values: list[float | None], growing: bool) -> None:  # noqa: FBT001
    """Whatever was kept, the picture is sound XML within its frame, or there is none."""
    stretches = points_of(replace(GAUGE, growing=growing), minutes(values))
    drawn = sparkline(stretches, since_s=AT.timestamp(), until_s=AT.timestamp() + 1800)
    if not drawn:
        return
    for line in ET.fromstring(drawn):  # noqa: S314 - our own text
        for pair in line.attrib["points"].split():
            x, y = map(float, pair.split(","))
            assert 0 <= x <= 120
            assert 0 <= y <= 22
