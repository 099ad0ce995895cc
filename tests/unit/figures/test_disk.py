"""Is the room on the disks told, for the folders that are there?"""

from pathlib import Path

from prometheus_client import CollectorRegistry

from firewarden.figures.disk import DiskFigures, folders_of
from firewarden.figures.series import table


def figures(folders: dict[str, Path]) -> dict[str, float]:
    """What is told of some folders."""
    registry = CollectorRegistry()
    DiskFigures(folders, registry)
    return table(registry.collect())


def test_free_is_some_of_the_size(tmp_path: Path) -> None:
    """Both are bytes of the disk that holds the folder."""
    told = figures({"state": tmp_path})
    free, size = (told[f'firewarden_disk_{what}_bytes{{of="state"}}'] for what in ("free", "size"))
    assert 0 < free < size


def test_a_folder_that_is_away_is_left_out(tmp_path: Path) -> None:
    """A disk that was unmounted takes no other figure with it."""
    told = figures({"state": tmp_path, "database": tmp_path / "gone"})
    assert {series for series in told if "database" in series} == set()
    assert len(told) == 2


def test_the_embedded_database_is_watched_where_there_is_one(tmp_path: Path) -> None:
    """A database elsewhere has its disk elsewhere; a process that was told of no folder watches none."""
    assert folders_of(None) == {}
    assert folders_of(tmp_path) == {"state": tmp_path}
    (tmp_path / "postgres").mkdir()
    assert folders_of(tmp_path) == {"state": tmp_path, "database": tmp_path / "postgres"}
