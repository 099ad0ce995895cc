"""Where does the check run? In a database of its own that is thrown away, or in the one that was named."""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

from firewarden.dashboards.grafana.month.seed import refuse_foreign
from firewarden.deploy.account import service_account
from firewarden.deploy.debian import ensure_packages
from firewarden.deploy.services import blocking_services
from firewarden.deploy.state import default_state_root, open_state
from firewarden.store.migrate import migrate


@contextlib.contextmanager
def database(url: str | None, on_step: Callable[[str], None]) -> Generator[str]:
    """The address of a migrated database. Without `url` an embedded one, gone after the block.

    Raises DeployError, NotEmptyError, StoreError.
    """
    if url is not None:
        refuse_foreign(url)
        migrate(url)
        yield url
        return
    packages = ensure_packages(open_state(default_state_root()).packages, "services", on_step)
    folder = Path(tempfile.mkdtemp(prefix="firewarden-grafana-"))
    if service_account() is not None:
        folder.chmod(0o755)  # the database's account has to reach its data below
    on_step("embedded database")
    try:
        # what is thrown away need not survive a crash of the machine
        with blocking_services(open_state(folder), packages=packages, durable=False) as services:
            migrate(services.database_url)
            yield services.database_url
    finally:
        shutil.rmtree(folder, ignore_errors=True)
