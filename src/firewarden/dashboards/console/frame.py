"""How does a page open: for whom, in which frame, and what if the database does not answer?"""

from collections.abc import Awaitable, Callable
from http import HTTPStatus

import psycopg
import structlog
from fastapi import Request
from fastapi.responses import Response
from nicegui import ui

from firewarden.api import accounts
from firewarden.api.audit import Entry, audited
from firewarden.api.errors import ProblemError
from firewarden.api.policy import Scope
from firewarden.dashboards.console.console import Console, leave, look_of
from firewarden.dashboards.console.elements import box, button, empty
from firewarden.dashboards.console.i18n import Texts
from firewarden.dashboards.console.layout import Shell, prepare
from firewarden.dashboards.console.visit import Visit

SESSION_LOOKED_UP_EVERY_S = 30.0

_log = structlog.stdlib.get_logger("console")

Builder = Callable[[Console, Shell], Awaitable[None]]


async def open_page(console: Console, request: Request, name: str, scope: Scope, build: Builder) -> Response | None:
    """Build the page called `name` for whoever asks, or answer with where they have to go first."""
    try:
        visit = await console.enter(request, scope)
        if isinstance(visit, Response):
            return visit
        await _build(console, visit, name, scope, build)
    except psycopg.Error as error:
        _log.warning("page_without_database", page=name, error=str(error))
        _no_database(request, name)
    return None


async def _build(console: Console, visit: Visit, name: str, scope: Scope, build: Builder) -> None:
    texts = visit.texts
    prepare(f"/{name}", texts(f"{name}.title"), visit.look)
    shell = Shell(visit, console.feed, current=name, on_language=lambda: _switch_language(console, visit))
    if not visit.may(scope):
        ui.context.client.status_code = HTTPStatus.FORBIDDEN
        with shell.main():
            empty("lock", texts("problem.forbidden"))
        return
    await build(console, shell)

    async def look_up() -> None:
        if not await console.still_signed_in(visit):
            leave()

    ui.timer(SESSION_LOOKED_UP_EVERY_S, look_up, immediate=False)


async def _switch_language(console: Console, visit: Visit) -> None:
    """Remember the other language for the person; where that fails, the cookie has it for this browser."""
    language = visit.look.language.other
    entry = Entry(actor=visit.principal.actor, action="user.language", target=f"user {visit.name}")
    try:
        async with audited(console.pool, entry) as connection:
            await accounts.change_user(connection, visit.name, language=language)
    except (ProblemError, psycopg.Error) as error:
        _log.warning("language_not_stored", user=visit.name, error=str(error))
    ui.navigate.reload()


def apologise() -> None:
    """The page shown instead of one that failed for a reason nobody foresaw; NiceGUI has logged it."""
    look = look_of(ui.context.client.request)
    prepare("/", look.texts("problem.title"), look)
    _apology(look.texts, "problem.unexpected")


def _no_database(request: Request, name: str) -> None:
    look = look_of(request)
    ui.context.client.content.clear()
    ui.context.client.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    prepare(f"/{name}", look.texts("problem.title"), look)
    with ui.context.client.content:
        _apology(look.texts, "problem.database")


def _apology(texts: Texts, reason: str) -> None:
    with box("page", tag="main"), box("empty", role="alert", data_testid="problem"):
        empty("cloud_off", texts("problem.title"), texts(reason))
        button(texts("problem.retry"), "button button-primary").on("click", js_handler="() => location.reload()")
