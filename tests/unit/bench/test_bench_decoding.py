"""Does the bench of frames measure what it says, and notice what was not read?"""

import io
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from firewarden.bench.decoding import (
    bench_frames,
    component_frames,
    one_round,
    read_bare,
    read_facts,
    read_frames,
    read_objects,
)
from firewarden.bench.options import Run, frames_size
from firewarden.bench.progress import Bars
from firewarden.bench.report import show_report

COUNT = 300


def test_every_way_reads_every_frame() -> None:
    """The limit and the three ways to read see the same frames; objects are those that were written."""
    traffic = component_frames(COUNT)
    assert (read_bare(traffic.data), read_frames(traffic.data), read_facts(traffic.data)) == (COUNT, COUNT, COUNT)
    assert read_objects(traffic.data) == traffic.objects


def test_what_is_not_read_right_is_counted() -> None:
    """A spoilt frame is missed by every way to read, and an object that differs is no right one."""
    traffic = component_frames(COUNT)
    assert one_round(traffic).lost == 0
    assert one_round(replace(traffic, objects=traffic.objects[::-1])).lost > 0
    spoilt = bytearray(traffic.data)
    spoilt[50] ^= 1
    assert one_round(replace(traffic, data=bytes(spoilt))).lost >= 4


async def test_it_runs_without_services(tmp_path: Path) -> None:
    """Figures with a limit and a verdict, and no word of programs that it does not need."""
    said = io.StringIO()
    run = Run(packages=tmp_path, bars=Bars(Console(file=io.StringIO())))
    report = await bench_frames(frames_size(quick=True), run)
    show_report(report, Console(file=said, width=150))
    assert report.passed
    assert "frames to objects" in said.getvalue()
    assert "wanted: a frame to objects at most" in said.getvalue()
    assert "PostgreSQL" not in said.getvalue()
