"""Does anybody speak to us whom the register does not know? A line on the page of the gateways that says so."""

from psycopg import AsyncConnection

from firewarden.api.policy import Scope
from firewarden.api.unknown_devices import count_unknown
from firewarden.dashboards.console.console import BASE
from firewarden.dashboards.console.elements import box, icon, text
from firewarden.dashboards.console.visit import Visit


class UnknownBanner:
    """Shown to who may adopt, while there is anything to adopt."""

    def __init__(self, visit: Visit) -> None:
        self._texts = visit.texts
        self._may = visit.may(Scope.REGISTER_WRITE)
        self._box = box("alert alert-warn", tag="a", href=f"{BASE}/unknown-devices", data_testid="unknown-banner")
        self._box.visible = False
        with self._box:
            icon("sensors")
            self._text = text("")

    async def load(self, connection: AsyncConnection) -> None:
        """Count them."""
        if self._may:
            count = await count_unknown(connection)
            self._text.text = self._texts("adoption.banner", n=count)
            self._box.visible = count > 0
