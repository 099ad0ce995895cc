"""Is the process alive, and is it ready? Without signing in, for supervisors and load balancers."""

from http import HTTPStatus
from typing import Annotated, Literal

from fastapi import APIRouter, Response
from fastapi import Query as Parameter
from pydantic import BaseModel

from firewarden.api.context import Context
from firewarden.api.health import Readiness

router = APIRouter(tags=["health"])

RETRY_AFTER_S = "2"


class Alive(BaseModel):
    """It answers."""

    status: Literal["alive"]


@router.get("/healthz")
async def healthz() -> Alive:
    """Say that the process answers; nothing else is looked at."""
    return Alive(status="alive")


_NOT_READY = {"description": "what fails, why and since when", "model": Readiness}


@router.get("/readyz", responses={503: _NOT_READY})
async def readyz(
    context: Context,
    response: Response,
    *,
    whole: Annotated[bool, Parameter(description="503 also where the platform behind this process fails")] = False,
) -> Readiness:
    """Say what works and what does not: 503 where this process cannot do its work.

    A balancer takes out what answers 503. Without ingest the console still has to say that there is none, so only
    `whole=true` makes that a 503, for those who watch the platform.
    """
    found = await context.health.look()
    if found.status == "failing" or (whole and found.status == "degraded"):
        response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        response.headers["Retry-After"] = RETRY_AFTER_S
    return found
