"""A disk that can be filled: a small tmpfs where we may mount one, else a database that says that it is full."""

import os
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from firewarden.deploy.account import give_to, service_account

DISK_BYTES = 96 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """A real file system of DISK_BYTES."""

    folder: Path

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"

    def fill(self, leave_bytes: int = 0) -> None:
        """Leave no room."""
        free = os.statvfs(self.folder)
        size = free.f_bavail * free.f_frsize - leave_bytes
        with self._ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, size)

    def empty(self) -> None:
        """Make room again."""
        self._ballast.unlink()


@dataclass(frozen=True, slots=True)
class SaidToBeFull:
    """For whoever may not mount: a trigger with the database's own error. It tests us, and not the database."""

    database: str

    def fill(self) -> None:
        """Refuse every new row as PostgreSQL does on a full disk."""
        with psycopg.connect(self.database) as connection:
            connection.execute(
                "CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                " RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';"
                " END $$"
            )
            for table in ("state_change", "reading"):
                connection.execute(
                    f"CREATE TRIGGER disk_full BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION disk_full()"  # pyright: ignore[reportArgumentType, reportCallIssue]
                )

    def empty(self) -> None:
        """Accept them again."""
        with psycopg.connect(self.database) as connection:
            connection.execute("DROP FUNCTION disk_full CASCADE")


@contextmanager
def small_disk() -> Generator[SmallDisk | None]:
    """A mounted tmpfs that the database's account may write; None where we may not mount."""
    folder = Path(tempfile.mkdtemp(prefix="firewarden-disk-"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=755", "firewarden-test", str(folder)]
    mounted = os.geteuid() == 0 and subprocess.run(mount, check=False, capture_output=True).returncode == 0
    try:
        if mounted:
            give_to(service_account(), folder / "data")
        yield SmallDisk(folder) if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()
