"""Who asks, and may they? Session cookies for people, bearer keys for programs; the table is in policy.py."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request, Response, Security
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from firewarden.api import accounts
from firewarden.api.audit import Entry, audited
from firewarden.api.context import ApiContext, Context
from firewarden.api.errors import Problem, ProblemError, refuse
from firewarden.api.passwords import check_new
from firewarden.api.policy import SAFE_METHODS, Denial, Principal, Scope, denial, is_own_origin

COOKIE = "fw_session"
TOKEN_LENGTH_MAX = 256

_cookie = APIKeyCookie(name=COOKIE, scheme_name="session", description="of POST /api/v1/session", auto_error=False)
_bearer = HTTPBearer(scheme_name="key", description="an API key, fwk_…", auto_error=False)

_DENIALS = {
    Denial.PASSWORD_CHANGE_REQUIRED: "choose a password of your own first: POST /api/v1/me/password",
    Denial.MISSING_SCOPE: "this needs the scope {scope}, which {actor} does not have",
}


def check_origin(request: Request) -> None:
    """Raise ProblemError where a write that a cookie vouches for was not asked for by our own page."""
    headers = request.headers
    own = is_own_origin(
        fetch_site=headers.get("sec-fetch-site"), origin=headers.get("origin"), host=headers.get("host")
    )
    if not own:
        detail = "a write with a session cookie must come from this site's own pages; programs use API keys"
        raise refuse(HTTPStatus.FORBIDDEN, "cross-origin", detail)


async def authenticated(
    request: Request,
    context: Context,
    cookie: Annotated[str | None, Security(_cookie)],
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
) -> Principal:
    """Whoever asks, also where they still have to change their password. Raises ProblemError for nobody."""
    if bearer is not None:
        principal = await key_principal(context, bearer.credentials)
    elif cookie is not None:
        principal = await session_principal(context, cookie)
    else:
        raise refuse(HTTPStatus.UNAUTHORIZED, "not-signed-in", "send a session cookie or an API key")
    if principal is None:
        raise refuse(HTTPStatus.UNAUTHORIZED, "not-signed-in", "the session or key is unknown or has ended")
    request.state.principal = principal
    if bearer is None and request.method not in SAFE_METHODS:
        check_origin(request)
    return principal


async def session_principal(context: ApiContext, token: str) -> Principal | None:
    """The user behind a session cookie's value; None where the session is unknown or has ended."""
    if len(token) > TOKEN_LENGTH_MAX:
        return None
    async with context.pool.connection() as connection:
        return await accounts.session_principal(connection, token, now=context.now())


async def key_principal(context: ApiContext, key: str) -> Principal | None:
    """The API key of that text; None where it is unknown, revoked or expired."""
    if len(key) > TOKEN_LENGTH_MAX:
        return None
    async with context.pool.connection() as connection:
        return await accounts.key_principal(connection, key, now=context.now())


Authenticated = Annotated[Principal, Depends(authenticated)]


def demand(principal: Principal, scope: Scope) -> None:
    """Raise ProblemError where `principal` may not use `scope`."""
    why = denial(principal, scope)
    if why is not None:
        detail = _DENIALS[why].format(scope=scope, actor=principal.actor)
        raise refuse(HTTPStatus.FORBIDDEN, why.value, detail)


def requires(scope: Scope) -> Callable[[Principal], Awaitable[Principal]]:
    """A dependency: whoever asks, if they have `scope`."""

    async def allowed(principal: Authenticated) -> Principal:
        demand(principal, scope)
        return principal

    return allowed


IncidentsRead = Annotated[Principal, Depends(requires(Scope.INCIDENTS_READ))]
IncidentsWrite = Annotated[Principal, Depends(requires(Scope.INCIDENTS_WRITE))]
VenuesRead = Annotated[Principal, Depends(requires(Scope.VENUES_READ))]
RiskRead = Annotated[Principal, Depends(requires(Scope.RISK_READ))]
RiskWrite = Annotated[Principal, Depends(requires(Scope.RISK_WRITE))]
StreamRead = Annotated[Principal, Depends(requires(Scope.STREAM_READ))]
PlatformRead = Annotated[Principal, Depends(requires(Scope.PLATFORM_READ))]
RegisterWrite = Annotated[Principal, Depends(requires(Scope.REGISTER_WRITE))]
Admin = Annotated[Principal, Depends(requires(Scope.ADMIN))]


def address_of(request: Request) -> str:
    """Where the request came from, as far as the server knows."""
    return request.client.host if request.client is not None else "unknown"


async def login(context: ApiContext, *, name: str, password: str, address: str) -> str:
    """Begin a session; its token. Raises ProblemError for a wrong name or password (they look alike), or too many."""
    _try_password(context, name, address)
    async with context.pool.connection() as connection:
        stored = await accounts.stored_password(connection, name)
    right = await context.passwords.is_right(password, stored.password_hash if stored else None)
    if stored is None or stored.disabled or not right:
        raise refuse(HTTPStatus.UNAUTHORIZED, "wrong-login", "the name or the password is wrong")
    context.logins.succeeded(name)
    async with context.pool.connection() as connection, connection.transaction():
        return await accounts.open_session(connection, stored.id, now=context.now())


def _try_password(context: ApiContext, name: str, address: str) -> None:
    """Count a try before its outcome is known, so that tries at the same time count; refuse one too many."""
    now = context.now().timestamp()
    wait_s = context.logins.wait_s(name, address, now)
    if wait_s > 0:
        problem = Problem(
            status=HTTPStatus.TOO_MANY_REQUESTS,
            code="too-many-logins",
            title="Too many failed logins",
            detail=f"try again in {wait_s:.0f} s",
            retry_after_s=max(1, round(wait_s)),
        )
        raise ProblemError(problem)
    context.logins.count(name, address, now)


async def change_password(
    context: ApiContext, principal: Principal, *, current: str, new: str, address: str, keep_token: str
) -> None:
    """Replace the user's own password; their sessions end, except that of `keep_token`.

    Raises ProblemError: wrong-password, weak-password, too-many-logins.
    """
    entry = Entry(actor=principal.actor, action="me.change_password", target=principal.name)
    async with audited(context.pool, entry) as connection:
        _try_password(context, principal.name, address)
        stored = await accounts.stored_password_of(connection, principal.id)
        if stored is None or not await context.passwords.is_right(current, stored.password_hash):
            raise refuse(HTTPStatus.FORBIDDEN, "wrong-password", "the current password is wrong")
        context.logins.succeeded(principal.name)
        check_new(principal.name, new)
        if new == current:
            raise refuse(HTTPStatus.UNPROCESSABLE_ENTITY, "weak-password", "that is the password already")
        password_hash = await context.passwords.hash(new)
        await accounts.set_password(
            connection, principal.id, password_hash=password_hash, must_change=False, keep_token=keep_token
        )


def set_cookie(request: Request, response: Response, token: str) -> None:
    """Give the browser its session: for this site only, out of reach of scripts, gone when the browser closes."""
    response.set_cookie(COOKIE, token, httponly=True, samesite="lax", secure=request.url.scheme == "https", path="/")


def forget_cookie(request: Request, response: Response) -> None:
    """Take the session from the browser."""
    response.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=request.url.scheme == "https", path="/")
