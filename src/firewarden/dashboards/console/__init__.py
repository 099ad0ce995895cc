"""The console: pages for duty officers and supervisors, inside the api's process."""

from fastapi import FastAPI


def mount(app: FastAPI) -> None:
    """Add the console to the api's application, below /console; once in a process."""
    # NiceGUI takes a second to import, which no other command should wait for.
    from firewarden.dashboards.console import app as console  # noqa: PLC0415

    console.mount(app)
