"""How much processor time and memory did each part of the run take? In seconds and MB, children included."""

from collections.abc import Mapping
from dataclasses import dataclass

import psutil

MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class CpuTimes:
    """Seconds of one core that each named process has used since it began."""

    seconds: Mapping[str, float]

    def since(self, before: "CpuTimes") -> "CpuTimes":
        """What was used between two readings."""
        return CpuTimes({name: used - before.seconds.get(name, 0.0) for name, used in self.seconds.items()})


def read_cpu(pids: Mapping[str, int]) -> CpuTimes:
    """Add up what each process, its children and its ended children used."""
    return CpuTimes({name: _tree_seconds(pid) for name, pid in pids.items()})


def _tree_seconds(pid: int) -> float:
    root = psutil.Process(pid)
    ended = root.cpu_times()
    total = ended.user + ended.system + ended.children_user + ended.children_system
    for child in root.children(recursive=True):
        try:
            times = child.cpu_times()
        except psutil.NoSuchProcess:  # it ended meanwhile; its parent has its seconds at the next reading
            continue
        total += times.user + times.system
    return total


def resident_mb(pid: int) -> float:
    """Memory that the process holds now."""
    return psutil.Process(pid).memory_info().rss / MEGABYTE
