"""How does an integrator bring venues, gateways and points into the register, and out of it again?"""

from nicegui import ui

from firewarden.dashboards.console.console import Console
from firewarden.dashboards.console.elements import box, icon, text
from firewarden.dashboards.console.feed import Update
from firewarden.dashboards.console.import_panel import ImportPanel
from firewarden.dashboards.console.layout import Shell

_API = "/api/v1/register"


async def build(console: Console, shell: Shell) -> None:
    """The page of the register."""
    texts = shell.texts
    language = shell.visit.look.language
    with shell.main("register-page"):
        with box("page-head"):
            text(texts("register.title"), tag="h1")
            text(texts("register.subtitle"), "muted")
        with box("register-grid"):
            panel = ImportPanel(console, shell.visit)
            panel.build()
            with box("panel", tag="section"):
                with box("panel-head"):
                    text(texts("register.export"), tag="h2")
                with box("panel-body register-stack"):
                    text(texts("register.export_help"), "muted", tag="p")
                    with box("chips"):
                        _link(f"{_API}/export?format=xlsx&language={language}", texts("register.export_xlsx"), "xlsx")
                        _link(f"{_API}/export?format=csv&language={language}", texts("register.export_csv"), "csv")
                    text(texts("register.template_help"), "muted", tag="p")
                    with box("chips"):
                        _link(f"{_API}/template", texts("register.template"), "template")
    shell.watch(_nothing)
    ui.timer(panel.REDRAWN_EVERY_S, panel.redraw, immediate=False)


def _link(target: str, label: str, name: str) -> None:
    with box("button", tag="a", href=target, download=True, data_testid=f"export-{name}"):
        icon("download")
        text(label)


def _nothing(_: Update) -> None:
    """No event changes what this page shows."""
