"""How much room is left where this installation keeps its data? The system is asked whenever somebody looks."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector


class DiskFigures(Collector):
    """Free space and size of the disks that hold some folders, each under a name. A folder that is away is left out."""

    def __init__(self, folders: Mapping[str, Path], registry: CollectorRegistry) -> None:
        self._folders = dict(folders)
        registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """What Prometheus asks for."""
        free = GaugeMetricFamily(
            "firewarden_disk_free_bytes", "Room left on the disk that holds a folder", labels=["of"]
        )
        size = GaugeMetricFamily("firewarden_disk_size_bytes", "Size of that disk", labels=["of"])
        for name, folder in self._folders.items():
            try:
                usage = shutil.disk_usage(folder)
            except OSError:
                continue
            free.add_metric([name], usage.free)
            size.add_metric([name], usage.total)
        yield from (free, size)


def folders_of(state: Path | None) -> dict[str, Path]:
    """The folders of an installation whose disks it lives on: its state, and the embedded database where there is one.

    The database may lie on a disk of its own, by a mount or a link. None: this process was told of no state folder.
    """
    if state is None:
        return {}
    database = state / "postgres"
    return {"state": state} | ({"database": database} if database.is_dir() else {})
