"""Signing in and out, and what a person may change about their own account."""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Cookie, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from firewarden.api import accounts, auth, passwords
from firewarden.api.audit import Entry, audited
from firewarden.api.auth import Authenticated
from firewarden.api.context import Context
from firewarden.api.errors import refuse
from firewarden.api.policy import Principal, PrincipalKind, Role, Scope
from firewarden.api.routes.params import problems

router = APIRouter(tags=["session"])

Password = Annotated[str, Field(max_length=passwords.LENGTH_MAX, min_length=1)]


class Credentials(BaseModel):
    """A user's name and password."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(pattern=accounts.NAME_PATTERN, examples=["admin"])]
    password: Password


class NewPassword(BaseModel):
    """The password that is, and the one that shall be."""

    model_config = ConfigDict(extra="forbid")

    current: Password
    new: Password


class Preferences(BaseModel):
    """What a user may choose."""

    model_config = ConfigDict(extra="forbid")

    language: Literal["zh", "en"]


class Me(BaseModel):
    """Who asks, and what they may do."""

    name: str
    kind: PrincipalKind
    role: Role | None
    scopes: list[Scope]
    language: str
    must_change_password: bool


def _me(principal: Principal) -> Me:
    return Me(
        name=principal.name,
        kind=principal.kind,
        role=principal.role,
        scopes=sorted(principal.scopes),
        language=principal.language,
        must_change_password=principal.must_change_password,
    )


@router.post("/session", responses=problems(429))
async def sign_in(request: Request, response: Response, context: Context, credentials: Credentials) -> Me:
    """Sign in: sets the session cookie. Where `must_change_password` is true, nothing else works until that is done."""
    request.state.audit_detail = {"name": credentials.name}
    if "origin" in request.headers or "sec-fetch-site" in request.headers:
        auth.check_origin(request)
    token = await auth.login(
        context, name=credentials.name, password=credentials.password, address=auth.address_of(request)
    )
    entry = Entry(actor=credentials.name, action="sign_in", target=auth.address_of(request))
    async with audited(context.pool, entry) as connection:
        principal = await accounts.session_principal(connection, token, now=context.now())
    if principal is None:
        raise refuse(HTTPStatus.UNAUTHORIZED, "wrong-login", "the name or the password is wrong")
    auth.set_cookie(request, response, token)
    return _me(principal)


@router.delete("/session", status_code=204, responses=problems())
async def sign_out(
    request: Request,
    response: Response,
    context: Context,
    principal: Authenticated,
    fw_session: Annotated[str | None, Cookie(include_in_schema=False)] = None,
) -> None:
    """Sign out: ends the session and takes the cookie back."""
    entry = Entry(actor=principal.actor, action="sign_out", target="own session")
    async with audited(context.pool, entry) as connection:
        if fw_session is not None and principal.kind is PrincipalKind.USER:
            await accounts.close_session(connection, fw_session)
    auth.forget_cookie(request, response)


@router.get("/me", responses=problems())
async def who_am_i(principal: Authenticated) -> Me:
    """Say who asks, and what they may do."""
    return _me(principal)


@router.patch("/me", responses=problems())
async def change_preferences(principal: Authenticated, context: Context, preferences: Preferences) -> Me:
    """Choose the language of the console."""
    _only_people(principal)
    entry = Entry(
        actor=principal.actor, action="me.change", target=principal.name, detail={"language": preferences.language}
    )
    async with audited(context.pool, entry) as connection:
        await accounts.change_user(connection, principal.name, language=preferences.language)
    return _me(principal).model_copy(update={"language": preferences.language})


@router.post("/me/password", status_code=204, responses=problems(429))
async def change_password(
    request: Request,
    context: Context,
    principal: Authenticated,
    change: NewPassword,
    fw_session: Annotated[str | None, Cookie(include_in_schema=False)] = None,
) -> None:
    """Choose another password. All other sessions of the user end."""
    _only_people(principal)
    await auth.change_password(
        context,
        principal,
        current=change.current,
        new=change.new,
        address=auth.address_of(request),
        keep_token=fw_session or "",
    )


def _only_people(principal: Principal) -> None:
    if principal.kind is not PrincipalKind.USER:
        raise refuse(HTTPStatus.FORBIDDEN, "only-people", "an API key has no password and no language")
