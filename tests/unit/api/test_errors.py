"""Is every foreseen error one kind of problem, and no other error any?"""

import psycopg
import pytest
from fastapi.exceptions import RequestValidationError
from psycopg_pool import PoolTimeout
from starlette.exceptions import HTTPException

from firewarden.api.cursors import InvalidCursorError
from firewarden.api.errors import Fault, Problem, not_found, problem_of, respond
from firewarden.desk.incidents import IncidentAct, IncidentConflictError, IncidentNotFoundError, IncidentState


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (IncidentNotFoundError(7), 404, "not-found"),
        (IncidentConflictError(7, IncidentAct.TAKE, IncidentState.TAKEN, "zhang"), 409, "incident-conflict"),
        (InvalidCursorError("no"), 400, "invalid-cursor"),
        (HTTPException(405), 405, "method-not-allowed"),
        (RequestValidationError([{"loc": ("body", "x"), "msg": "no", "type": "t"}]), 422, "invalid-request"),
        (PoolTimeout(), 503, "database-unavailable"),
        (psycopg.OperationalError("host secret"), 503, "database-unavailable"),
        (not_found("x"), 404, "not-found"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_foreseen_errors(error: Exception, status: int, code: str) -> None:
    """Each has its status and kind, and tells nothing of the database's."""
    problem = problem_of(error)
    assert problem is not None
    assert (problem.status, problem.code) == (status, code)
    assert "secret" not in str(problem.body("/x"))


@pytest.mark.parametrize("error", [ValueError("x"), psycopg.ProgrammingError("x"), KeyError("x")])
def test_unforeseen_errors(error: Exception) -> None:
    """What nobody foresaw is no problem of the client's."""
    assert problem_of(error) is None


def test_a_conflict_names_the_holder() -> None:
    """The loser of a race learns who won, and in what state it is now."""
    problem = problem_of(IncidentConflictError(7, IncidentAct.TAKE, IncidentState.TAKEN, "zhang"))
    assert problem is not None
    body = problem.body("/api/v1/incidents/7/take")
    assert (body["holder"], body["state"], body["instance"]) == ("zhang", "taken", "/api/v1/incidents/7/take")


def test_faults_do_not_repeat_what_was_sent() -> None:
    """The value of a wrong field may be a password: only its place and the reason are told."""
    error = RequestValidationError(
        [{"loc": ("body", "password"), "msg": "too long", "type": "t", "input": "hunter2hunter2"}]
    )
    problem = problem_of(error)
    assert problem is not None
    assert problem.faults == (Fault(where="body.password", why="too long"),)
    assert "hunter2" not in str(problem.body("/x"))


def test_the_number_of_faults_is_bounded() -> None:
    """A body with thousands of wrong values is not answered with thousands of faults."""
    error = RequestValidationError([{"loc": ("body", n), "msg": "no", "type": "t"} for n in range(5_000)])
    problem = problem_of(error)
    assert problem is not None
    assert len(problem.faults) == 20


def test_a_response_says_when_to_come_back() -> None:
    """Retry-After stands in the header as in the body."""
    problem = Problem(status=429, code="x", title="x", detail="x", retry_after_s=7)
    answer = respond(problem, "/x")
    assert (answer.headers["retry-after"], answer.media_type) == ("7", "application/problem+json")
