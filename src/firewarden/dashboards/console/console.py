"""What does every page work with? Made once, when the console is mounted."""

from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

import psycopg
import structlog
from fastapi import Request
from fastapi.responses import RedirectResponse
from nicegui import ui
from psycopg_pool import AsyncConnectionPool

from firewarden.api import accounts, auth
from firewarden.api.context import ApiContext
from firewarden.api.policy import Principal, Scope
from firewarden.dashboards.console.feed import Feed
from firewarden.dashboards.console.i18n import DEFAULT, parse_language
from firewarden.dashboards.console.visit import LANGUAGE_COOKIE, THEME_COOKIE, Look, Visit

BASE = "/console"
"""Where the console is mounted."""

_log = structlog.stdlib.get_logger("console")

LoginReason = Literal["wrong", "throttled", "unavailable", "expired", "signed_out"]


def login_address(reason: LoginReason | None = None, *, come_back: str = "", seconds: int = 0) -> str:
    """The page to sign in at, with why one is there and where to go afterwards."""
    values = {"reason": reason, "next": come_back, "seconds": seconds}
    query = "&".join(f"{name}={quote(str(value))}" for name, value in values.items() if value)
    return f"{BASE}/login?{query}" if query else f"{BASE}/login"


def own_path(path: str) -> str:
    """`path` where it leads to a page of the console, else the duty desk: a link must not lead off this site."""
    plain = path.startswith(f"{BASE}/") and "\\" not in path and "//" not in path
    return path if plain and path.isprintable() else f"{BASE}/"


def look_of(request: Request, language: str | None = None) -> Look:
    """Language and theme: what the browser's cookies say, then what the person's account says. Dark unless asked."""
    cookies = request.cookies
    chosen = parse_language(cookies.get(LANGUAGE_COOKIE)) or parse_language(language) or DEFAULT
    return Look(language=chosen, dark=cookies.get(THEME_COOKIE) != "light")


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """The api's context and the pages' common feed."""

    context: ApiContext
    feed: Feed

    @property
    def pool(self) -> AsyncConnectionPool:
        """The connections of this process."""
        return self.context.pool

    async def signed_in(self, token: str) -> Principal | None:
        """Whose session this is now; None where it has ended. Raises psycopg.Error."""
        return await auth.session_principal(self.context, token)

    async def end_session(self, token: str) -> None:
        """End a session, as far as the database can be reached; its cookie goes in any case."""
        try:
            async with self.pool.connection() as connection:
                await accounts.close_session(connection, token)
        except psycopg.Error as error:
            _log.warning("session_not_closed", error=str(error))

    async def enter(self, request: Request, scope: Scope | None) -> Visit | RedirectResponse:
        """The visit of whoever opens a page that needs `scope`, or where to send them. Raises psycopg.Error."""
        here = f"{BASE}{request.scope['path'].removeprefix(BASE)}"
        token = request.cookies.get(auth.COOKIE, "")
        principal = await self.signed_in(token) if token else None
        if principal is None:
            return RedirectResponse(login_address("expired" if token else None, come_back=here), 303)
        if principal.must_change_password and scope is not None:
            return RedirectResponse(f"{BASE}/password", 303)
        await self.feed.start()
        return Visit(principal=principal, token=token, look=look_of(request, principal.language))

    async def still_signed_in(self, visit: Visit) -> bool:
        """Whether the session goes on, looked up now; where the database does not answer, it is not ended."""
        try:
            return await self.signed_in(visit.token) is not None
        except psycopg.Error:
            return True


def leave() -> None:
    """Send the browser of the current page to sign in again."""
    # NiceGUI puts the mount path before it.
    ui.navigate.to(login_address("expired").removeprefix(BASE))
