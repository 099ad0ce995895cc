"""How does somebody choose a password of their own? At the first login they have to."""

from dataclasses import dataclass
from typing import Literal

import psycopg
from fastapi import Request
from fastapi.responses import RedirectResponse, Response
from nicegui import ui

from firewarden.api import auth
from firewarden.api.errors import ProblemError
from firewarden.api.passwords import LENGTH_MIN, check_new
from firewarden.dashboards.console.console import BASE, Console, login_address
from firewarden.dashboards.console.elements import box, field, icon, text
from firewarden.dashboards.console.layout import LOGO, preference_buttons, prepare
from firewarden.dashboards.console.visit import Visit

Wrong = Literal["wrong", "short", "differ", "same", "throttled", "unavailable"]

_TEXTS: dict[str, str] = {
    **{reason: f"password.{reason}" for reason in ("wrong", "short", "differ", "same")},
    "throttled": "login.throttled",
    "unavailable": "login.unavailable",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordForm:
    """What somebody has entered."""

    current: str
    new: str
    again: str

    def mistake(self, name: str) -> Wrong | None:
        """What can be said against it without knowing the present password."""
        if self.new != self.again:
            return "differ"
        if self.new == self.current:
            return "same"
        try:
            check_new(name, self.new)
        except ProblemError:
            return "short"
        return None


def register(console: Console) -> None:
    """Add the page; login.py has the address that its form is sent to."""

    @ui.page("/password")
    async def password_page(request: Request, reason: str = "", seconds: int = 0) -> Response | None:
        visit = await console.enter(request, None)
        if isinstance(visit, Response):
            return visit
        _build(visit, reason, max(0, min(seconds, 3_600)))
        return None


def _build(visit: Visit, reason: str, seconds: int) -> None:
    texts = visit.texts
    prepare("/password", texts("password.title"), visit.look)
    with box("sign-in", tag="main"):
        with box("sign-in-side"):
            ui.html(LOGO, sanitize=False)
            text(texts("app.name"), tag="h1")
            if visit.principal.must_change_password:
                text(texts("password.must"), tag="p")
        with box("sign-in-form"):
            with box("sign-in-corner"):
                preference_buttons(visit.look)
            with box(tag="form", method="post", action=f"{BASE}/session/password", data_testid="password-form"):
                text(texts("password.title"), tag="h2")
                if reason in _TEXTS:
                    with box("alert alert-bad", role="alert", data_testid="password-message"):
                        icon("error")
                        text(texts(_TEXTS[reason], length=LENGTH_MIN, seconds=seconds))
                field("current", texts("password.current"), kind="password", complete="current-password", focus=True)
                field("new", texts("password.new"), kind="password", complete="new-password")
                text(texts("password.rule", length=LENGTH_MIN), "first", tag="p")
                field("again", texts("password.again"), kind="password", complete="new-password")
                with box("button button-primary", tag="button", type="submit", data_testid="password-submit"):
                    text(texts("password.submit"))


_WRONG: dict[str, Wrong] = {
    "wrong-password": "wrong",
    "weak-password": "short",
    "too-many-logins": "throttled",
}


async def change_password(console: Console, request: Request, form: PasswordForm) -> RedirectResponse:
    """Store the new password where the present one is right; every other session of the person ends."""
    token = request.cookies.get(auth.COOKIE, "")
    try:
        principal = await console.signed_in(token) if token else None
        if principal is None:
            return RedirectResponse(login_address("expired"), 303)
        mistake = form.mistake(principal.name)
        if mistake is not None:
            return _again(mistake)
        await auth.change_password(
            console.context,
            principal,
            current=form.current,
            new=form.new,
            address=auth.address_of(request),
            keep_token=token,
        )
    except ProblemError as error:
        return _again(_WRONG.get(error.problem.code, "unavailable"), error.problem.retry_after_s or 0)
    except psycopg.Error:
        return _again("unavailable")
    return RedirectResponse(f"{BASE}/", 303)


def _again(reason: Wrong, seconds: int = 0) -> RedirectResponse:
    return RedirectResponse(f"{BASE}/password?reason={reason}&seconds={seconds}", 303)
