"""Is the process alive, and is it ready? Without signing in, for supervisors and load balancers."""

from http import HTTPStatus
from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel

from firewarden.api import health
from firewarden.api.context import Context
from firewarden.api.errors import MEDIA_TYPE, Problem, ProblemError
from firewarden.api.routes.params import PROBLEM_SCHEMA

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """All is well."""

    status: Literal["alive", "ready"]


@router.get("/healthz")
async def healthz() -> Health:
    """Say that the process answers; nothing else is looked at."""
    return Health(status="alive")


_NOT_READY = {"description": "what is wrong, in `errors`", "content": {MEDIA_TYPE: {"schema": PROBLEM_SCHEMA}}}


@router.get("/readyz", responses={503: _NOT_READY})
async def readyz(context: Context) -> Health:
    """Say whether the database answers, has this version's tables, and is being followed for events."""
    faults = await health.faults(context)
    if faults:
        problem = Problem(
            status=HTTPStatus.SERVICE_UNAVAILABLE,
            code="not-ready",
            title="Not ready",
            detail="; ".join(f"{fault.where}: {fault.why}" for fault in faults),
            faults=faults,
            retry_after_s=2,
        )
        raise ProblemError(problem)
    return Health(status="ready")
