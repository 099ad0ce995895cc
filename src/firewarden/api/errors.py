"""What is a client told when something cannot be done? Every refusal of the api is made here, as RFC 9457 problems.

Details of unexpected errors go to the log under an id; the client gets the id.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from uuid import uuid4

import psycopg
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from psycopg_pool import PoolTimeout, TooManyRequests
from starlette.exceptions import HTTPException

from firewarden.api.cursors import InvalidCursorError
from firewarden.desk.incidents import IncidentConflictError, IncidentNotFoundError

TYPE_PREFIX = "urn:firewarden:problem:"
MEDIA_TYPE = "application/problem+json"
VALIDATION_ERRORS_MAX = 20

_log = structlog.stdlib.get_logger("api")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong in a request: where, and why."""

    where: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong. `code` names the kind for programs, `detail` is for people."""

    status: int
    code: str
    title: str
    detail: str
    holder: str | None = None
    """Who has, or has closed, what the request wanted."""
    state: str | None = None
    """The state in which that is."""
    faults: tuple[Fault, ...] = ()
    retry_after_s: int | None = None

    def body(self, instance: str) -> dict[str, object]:
        """The members of the problem document."""
        members: dict[str, object] = {
            "type": TYPE_PREFIX + self.code,
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
        }
        optional = {"holder": self.holder, "state": self.state, "retry_after_s": self.retry_after_s}
        members |= {name: value for name, value in optional.items() if value is not None}
        if self.faults:
            members["errors"] = [{"where": fault.where, "why": fault.why} for fault in self.faults]
        return members


@dataclass(eq=False)
class ProblemError(Exception):
    """A refusal. `audited`: the refusal stands in the audit already."""

    problem: Problem
    audited: bool = field(default=False, kw_only=True)

    def __str__(self) -> str:
        return f"{self.problem.title}: {self.problem.detail}"


def refuse(status: HTTPStatus, code: str, detail: str, *, title: str | None = None) -> ProblemError:
    """The refusal of a request, to be raised. `code` is the last part of the problem's type."""
    return ProblemError(Problem(status=status, code=code, title=title or status.phrase, detail=detail))


def not_found(what: str) -> ProblemError:
    """The refusal where there is no `what`."""
    return refuse(HTTPStatus.NOT_FOUND, "not-found", f"there is no {what}")


def problem_of(error: Exception) -> Problem | None:
    """The problem that an error stands for; None where nobody foresaw it."""
    problem: Problem | None = None
    match error:
        case ProblemError():
            problem = error.problem
        case IncidentNotFoundError():
            problem = not_found(f"incident {error.incident_id}").problem
        case IncidentConflictError():
            problem = _conflict(error)
        case InvalidCursorError():
            problem = refuse(HTTPStatus.BAD_REQUEST, "invalid-cursor", str(error)).problem
        case RequestValidationError():
            problem = _invalid(error)
        case HTTPException():
            problem = _of_framework(error)
        case PoolTimeout() | TooManyRequests() | psycopg.OperationalError():
            problem = _DATABASE_UNAVAILABLE
        case _:
            pass
    return problem


BODY_BYTES_MAX = 64 * 1024
"""Of one request; the longest that is meant to come is a note of some thousand characters."""

BODY_TOO_LARGE = Problem(
    status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    code="body-too-large",
    title="The request is too large",
    detail=f"a body has at most {BODY_BYTES_MAX} bytes",
)
_DATABASE_UNAVAILABLE = Problem(
    status=HTTPStatus.SERVICE_UNAVAILABLE,
    code="database-unavailable",
    title="The database does not answer",
    detail="try again in a few seconds; /readyz says more",
    retry_after_s=2,
)


def _conflict(error: IncidentConflictError) -> Problem:
    return Problem(
        status=HTTPStatus.CONFLICT,
        code="incident-conflict",
        title="Somebody was faster",
        detail=str(error),
        holder=error.holder,
        state=error.state,
    )


def _of_framework(error: HTTPException) -> Problem:
    status = HTTPStatus(error.status_code)
    if status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        return BODY_TOO_LARGE
    code = status.phrase.lower().replace(" ", "-")
    return Problem(status=status, code=code, title=status.phrase, detail=str(error.detail))


def _invalid(error: RequestValidationError) -> Problem:
    """Where and why, without the value that was sent: it may be a password."""
    faults = [Fault(where=".".join(str(part) for part in each["loc"]), why=str(each["msg"])) for each in error.errors()]
    return Problem(
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        code="invalid-request",
        title="The request is not valid",
        detail="; ".join(f"{fault.where}: {fault.why}" for fault in faults[:3]),
        faults=tuple(faults[:VALIDATION_ERRORS_MAX]),
    )


def respond(problem: Problem, instance: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The response of a problem; `instance` says which occurrence."""
    more = dict(headers or {})
    if problem.retry_after_s is not None:
        more["Retry-After"] = str(problem.retry_after_s)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        more["WWW-Authenticate"] = "Bearer"
    return JSONResponse(problem.body(instance), problem.status, headers=more, media_type=MEDIA_TYPE)


OnRefused = Callable[[Request, Problem], Awaitable[None]]
"""Told of each refused write that is not in the audit yet."""


def install(app: FastAPI, on_refused: OnRefused) -> None:
    """Answer every error of `app` with a problem document."""

    async def foreseen(request: Request, error: Exception) -> JSONResponse:
        problem = problem_of(error)
        if problem is None:
            return await unforeseen(request, error)
        if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.warning("request_failed", path=request.url.path, problem=problem.code, error=str(error))
        elif not (isinstance(error, ProblemError) and error.audited):
            await on_refused(request, problem)
        headers = error.headers if isinstance(error, HTTPException) else None
        return respond(problem, request.url.path, headers)

    async def unforeseen(request: Request, error: Exception) -> JSONResponse:
        error_id = uuid4().urn
        _log.error("request_failed", path=request.url.path, error_id=error_id, exc_info=error)
        problem = Problem(
            status=HTTPStatus.INTERNAL_SERVER_ERROR,
            code="internal-error",
            title="Something went wrong here",
            detail="the log has the details under the id given as instance",
        )
        return respond(problem, error_id)

    for kind in (
        ProblemError,
        IncidentNotFoundError,
        IncidentConflictError,
        InvalidCursorError,
        RequestValidationError,
        HTTPException,
        PoolTimeout,
        TooManyRequests,
        psycopg.OperationalError,
    ):
        app.add_exception_handler(kind, foreseen)
    app.add_exception_handler(Exception, unforeseen)
