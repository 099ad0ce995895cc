"""The HTTP api as one FastAPI application. Paths are in routes/, refusals in errors.py, permissions in policy.py."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from fastapi import APIRouter, FastAPI, Request

from firewarden.api import audit, errors
from firewarden.api.audit import Entry
from firewarden.api.auth import address_of
from firewarden.api.context import POOL_SIZE_MAX, ApiContext, context_of, install
from firewarden.api.errors import Problem
from firewarden.api.live import Live
from firewarden.api.measuring import Measuring
from firewarden.api.middleware import ApiGuard, Departed
from firewarden.api.policy import SAFE_METHODS, Principal
from firewarden.api.reference import add_reference
from firewarden.api.request_id import RequestId
from firewarden.api.routes import (
    accounts,
    commands,
    devices,
    frames,
    health,
    incidents,
    proof,
    register,
    risk,
    risk_acts,
    session,
    states,
    stream,
    upkeep,
    venues,
)
from firewarden.api.signals import Tell
from firewarden.figures.signals import nobody
from firewarden.ingest.profile_files import Profiles, load_profiles
from firewarden.settings import Settings
from firewarden.store.database import Role, pool

API_VERSION = "1"
_log = structlog.stdlib.get_logger("api")
_DESCRIPTION = """
What needs a person, who has it, how dangerous each venue is, and what just happened.

People sign in (`POST /api/v1/session`) and carry a cookie; programs send `Authorization: Bearer fwk_…`, a key with
scopes. Lists come in pages: pass `next` as `cursor`. Everything that is refused is a problem document (RFC 9457) whose
`type` says what it is. Times are RFC 3339 in UTC.
"""


OnFailed = Callable[[BaseException], None]
"""Told when the event listener ended although nobody asked it to: the process cannot do its work any more."""


def log_failure(error: BaseException) -> None:
    """Write the failure down, where nobody can do more about it."""
    _log.error("live_failed", exc_info=error)


def create_app(settings: Settings, *, on_failed: OnFailed = log_failure, tell: Tell = nobody) -> FastAPI:
    """The application for one process; its lifespan opens the pool and the event listener, and closes them."""
    context = ApiContext(
        pool=pool(settings.database_url, Role.API, name="firewarden api", size_max=POOL_SIZE_MAX),
        live=Live(settings.database_url, tell=tell),
        profiles=_profiles(settings.gb26875_profiles),
        tell=tell,
    )
    return build(context, on_failed=on_failed)


def _profiles(folder: Path | None) -> Profiles:
    """The dialects in which frames are shown; what is wrong with a file is said, as ingest says it."""
    profiles = load_profiles(folder)
    for problem in profiles.problems:
        _log.error(
            "profile_unusable", problem=problem, advice="`firewarden frames profiles` says what is wrong with it"
        )
    return profiles


def build(context: ApiContext, *, on_failed: OnFailed = log_failure) -> FastAPI:
    """The application on a context made elsewhere."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        await context.pool.open(wait=False)
        following = asyncio.create_task(context.live.run(), name="live")
        following.add_done_callback(lambda task: _tell_failure(task, on_failed))
        try:
            yield
        finally:
            following.cancel()
            await asyncio.wait({following})
            await context.health.close()
            await context.pool.close()

    app = FastAPI(
        title="Firewarden",
        version=API_VERSION,
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,  # the stock pages load their scripts from a public host; reference.py needs none
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
    )
    install(app, context)
    errors.install(app, _audit_refused)
    app.add_middleware(Departed)
    app.add_middleware(ApiGuard)
    app.add_middleware(Measuring, tell=context.tell)
    app.add_middleware(RequestId)
    v1 = APIRouter(prefix="/api/v1")
    # risk_acts before risk: "proposals" is no venue.
    places = (incidents, venues, risk_acts, risk, states, devices, frames, commands, proof, register, upkeep)
    pages = (*places, stream, session, accounts)
    for module in pages:
        v1.include_router(module.router)
    app.include_router(v1)
    app.include_router(health.router)
    add_reference(app)
    return app


def _tell_failure(task: asyncio.Task[None], on_failed: OnFailed) -> None:
    error = None if task.cancelled() else task.exception()
    if error is not None:
        on_failed(error)


async def _audit_refused(request: Request, problem: Problem) -> None:
    """Record a refused write. Those of nobody in particular are counted by address and recorded up to a limit."""
    if request.method in SAFE_METHODS:
        return
    context = context_of(request)
    principal: Principal | None = getattr(request.state, "principal", None)
    detail: dict[str, str] = dict(getattr(request.state, "audit_detail", {}))
    if principal is None:
        now = context.now().timestamp()
        address = address_of(request)
        left = context.anonymous_refusals.left(address, now)
        if left == 0:
            return
        context.anonymous_refusals.count(address, now)
        detail["address"] = address
        if left == 1:
            detail["note"] = "further refusals of this address are not recorded for a while"
    entry = Entry(
        actor="anonymous" if principal is None else principal.actor,
        action=_operation(request),
        target=request.url.path,
        detail=detail,
    )
    async with context.pool.connection() as connection:
        await audit.record(connection, entry, audit.refused(problem))


def _operation(request: Request) -> str:
    name = getattr(request.scope.get("route"), "name", None)
    return name if isinstance(name, str) else request.method
