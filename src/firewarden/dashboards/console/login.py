"""How does somebody sign in, out, and to a password of their own? Plain forms: they work before any script has run."""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qsl

import psycopg
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse
from nicegui import ui

from firewarden.api import audit, auth
from firewarden.api.audit import Entry
from firewarden.api.context import ApiContext
from firewarden.api.errors import Problem, ProblemError
from firewarden.dashboards.console.console import (
    BASE,
    Console,
    LoginReason,
    login_address,
    look_of,
    own_path,
)
from firewarden.dashboards.console.elements import box, field, icon, text
from firewarden.dashboards.console.i18n import Texts
from firewarden.dashboards.console.layout import LOGO, preference_buttons, prepare
from firewarden.dashboards.console.own_password import PasswordForm, change_password

FORM_BYTES_MAX = 8_192

_REASONS: dict[str, LoginReason] = {
    "wrong": "wrong",
    "throttled": "throttled",
    "unavailable": "unavailable",
    "expired": "expired",
    "signed_out": "signed_out",
}
_CALM = frozenset({"expired", "signed_out"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Login:
    name: str
    password: str
    come_back: str


def register(app: FastAPI, console: Console) -> None:
    """Add the login page and the addresses that the forms are sent to."""

    @ui.page("/login")
    def login_page(request: Request, reason: str = "", seconds: int = 0, next: str = "") -> None:  # noqa: A002
        look = look_of(request)
        prepare("/login", look.texts("login.title"), look)
        with box("sign-in", tag="main"):
            _side(look.texts)
            with box("sign-in-form"):
                with box("sign-in-corner"):
                    preference_buttons(look)
                _form(look.texts, _REASONS.get(reason), max(0, min(seconds, 3_600)), own_path(next))

    @app.post("/session")
    async def sign_in(request: Request) -> RedirectResponse:
        auth.check_origin(request)
        fields = await _fields(request)
        entered = _Login(
            name=fields.get("name", "").strip(),
            password=fields.get("password", ""),
            come_back=own_path(fields.get("next", "")),
        )
        return await _signed_in(console, request, entered)

    @app.post("/session/end")
    async def sign_out(request: Request) -> RedirectResponse:
        auth.check_origin(request)
        await console.end_session(request.cookies.get(auth.COOKIE, ""))
        response = RedirectResponse(login_address("signed_out"), 303)
        auth.forget_cookie(request, response)
        return response

    @app.post("/session/password")
    async def new_password(request: Request) -> RedirectResponse:
        auth.check_origin(request)
        fields = await _fields(request)
        form = PasswordForm(current=fields.get("current", ""), new=fields.get("new", ""), again=fields.get("again", ""))
        return await change_password(console, request, form)


async def _fields(request: Request) -> dict[str, str]:
    """The fields of a form; one that is too long for ours counts as empty."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > FORM_BYTES_MAX:
            return {}
    return dict(parse_qsl(body.decode("utf-8", errors="replace"), keep_blank_values=True, max_num_fields=8))


async def _signed_in(console: Console, request: Request, entered: _Login) -> RedirectResponse:
    try:
        token = await auth.login(
            console.context,
            name=entered.name,
            password=entered.password,
            address=auth.address_of(request),
        )
        await _note(console.context, request, entered.name, None)
    except ProblemError as error:
        await _note(console.context, request, entered.name, error.problem)
        wait_s = error.problem.retry_after_s
        reason: LoginReason = "wrong" if wait_s is None else "throttled"
        if error.problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            reason = "unavailable"
        return RedirectResponse(login_address(reason, come_back=entered.come_back, seconds=wait_s or 0), 303)
    except psycopg.Error:
        return RedirectResponse(login_address("unavailable", come_back=entered.come_back), 303)
    response = RedirectResponse(entered.come_back, 303)
    auth.set_cookie(request, response, token)
    return response


async def _note(context: ApiContext, request: Request, name: str, problem: Problem | None) -> None:
    """Audit a sign-in; refused ones up to a limit for each address, as the api does. Raises psycopg.Error."""
    address = auth.address_of(request)
    if problem is not None:
        now_s = context.now().timestamp()
        if context.anonymous_refusals.left(address, now_s) == 0:
            return
        context.anonymous_refusals.count(address, now_s)
    actor = "anonymous" if problem is not None else name
    entry = Entry(actor=actor, action="sign_in", target=address, detail={"name": name[:64]})
    async with context.pool.connection() as connection:
        await audit.record(connection, entry, audit.DONE if problem is None else audit.refused(problem))


def _side(texts: Texts) -> None:
    with box("sign-in-side"):
        ui.html(LOGO, sanitize=False)
        text(texts("app.name"), tag="h1")
        text(texts("login.hint"), tag="p")


def _form(texts: Texts, reason: LoginReason | None, seconds: int, come_back: str) -> None:
    with box(tag="form", method="post", action=f"{BASE}/session", data_testid="login-form"):
        text(texts("login.title"), tag="h2")
        if reason is not None:
            with box("alert" if reason in _CALM else "alert alert-bad", role="alert", data_testid="login-message"):
                icon("info" if reason in _CALM else "error")
                text(texts(f"login.{reason}", seconds=seconds))
        field("name", texts("login.name"), kind="text", complete="username", focus=True)
        field("password", texts("login.password"), kind="password", complete="current-password")
        box(tag="input", type="hidden", name="next", value=come_back)
        with box("button button-primary", tag="button", type="submit", data_testid="login-submit"):
            text(texts("login.submit"))
        text(texts("login.first"), "first", tag="p")
