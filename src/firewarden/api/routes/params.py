"""What may stand in a request? Types of parameters that several paths share, each with its bounds."""

from typing import Annotated

from fastapi import Path, Query
from pydantic import AwareDatetime, Field, StringConstraints

from firewarden.api.cursors import BIGINT_MAX, CURSOR_LENGTH_MAX
from firewarden.api.errors import MEDIA_TYPE
from firewarden.api.fetch import LIMIT_MAX

# PostgreSQL keeps no NUL; pydantic refuses lone surrogates itself.
Line = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=200)]

Cursor = Annotated[
    str | None,
    Query(max_length=CURSOR_LENGTH_MAX, description="`next` of the page before; absent for the first page"),
]
Limit = Annotated[int, Query(ge=1, le=LIMIT_MAX, description="rows of a page")]
Id = Annotated[int, Path(ge=1, le=BIGINT_MAX)]
Moment = Annotated[AwareDatetime, Field(examples=["2026-11-01T00:00:00+08:00"])]
IdFilter = Annotated[int | None, Query(ge=1, le=BIGINT_MAX)]

PROBLEM_SCHEMA: dict[str, object] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:firewarden:problem:incident-conflict"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "holder": {"type": "string", "description": "who has it, in conflicts"},
        "state": {"type": "string"},
        "retry_after_s": {"type": "integer"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"where": {"type": "string"}, "why": {"type": "string"}},
            },
        },
    },
}


def problems(*statuses: int) -> dict[int | str, dict[str, object]]:
    """The `responses` of a path that can be refused with `statuses`, besides 401, 403 and 422."""
    content = {MEDIA_TYPE: {"schema": PROBLEM_SCHEMA}}
    return {
        status: {"description": "a problem document (RFC 9457)", "content": content}
        for status in sorted({401, 403, 422, *statuses})
    }
