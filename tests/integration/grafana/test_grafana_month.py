"""Is the simulated month what a month of a city leaves in a database?"""

from datetime import UTC, datetime

import psycopg
import pytest
from psycopg import sql

from firewarden.dashboards.grafana.month.seed import NotEmptyError, Size, refuse_foreign, seed_month
from firewarden.desk.incidents import Condition
from firewarden.store.database import Role, connect
from firewarden.upkeep.check import check
from tests.integration.grafana.conftest import SIZE, Month

pytestmark = pytest.mark.services


async def test_nothing_is_inconsistent_but_what_is_planted(month: Month) -> None:
    """`firewarden db check` finds the job that failed, and nothing else."""
    async with await connect(month.url, Role.UPKEEP, name="test") as connection:
        found = {one.name: one.found async for one in check(connection, datetime.now(tz=UTC), full=True)}
    wrong = {name: [each.subject for each in some] for name, some in found.items() if some}
    assert wrong == {"jobs": ["retention"]}


def test_every_view_shows_something(owner: psycopg.Connection) -> None:
    """No view of the boards is empty, but for what a person writes down."""
    views = owner.execute(
        "SELECT table_name FROM information_schema.views WHERE table_schema = 'board' ORDER BY 1"
    ).fetchall()
    empty = [
        name
        for (name,) in views
        if owner.execute(sql.SQL("SELECT FROM board.{} LIMIT 1").format(sql.Identifier(name))).fetchone() is None
    ]
    assert empty == []


def test_everything_happens_in_a_month(owner: psycopg.Connection) -> None:
    """Every condition began, and every point's condition holds somewhere; all outcomes of duty checks are there."""
    begun = {str(kind) for (kind,) in owner.execute("SELECT DISTINCT kind::text FROM episode")}
    holds = {str(kind) for (kind,) in owner.execute("SELECT DISTINCT kind::text FROM episode WHERE cleared_at IS NULL")}
    ended = {str(state) for (state,) in owner.execute("SELECT DISTINCT state FROM board.duty_check")}
    assert begun == holds == set(Condition)
    assert ended >= {"answered", "missed", "timed_out", "not_sent", "accepted"}


def test_most_are_heard_now(owner: psycopg.Connection) -> None:
    """However long ago the month was made, its gateways and processes are heard when it is freshened."""
    online = owner.execute("SELECT avg(online::int) FROM board.gateway WHERE connection = 'in_service'").fetchone()
    alive = owner.execute("SELECT count(*) FILTER (WHERE alive) FROM board.process").fetchone()
    assert online is not None
    assert online[0] > 0.9
    assert alive == (6,)


def test_a_seeded_database_is_not_filled_again(month: Month) -> None:
    """The second time the month is there, and only the present has moved."""
    assert seed_month(month.url, SIZE, datetime.now(tz=UTC)) == month.readings


def test_somebody_elses_database_is_left_alone(database: str) -> None:
    """A database with venues of its own is refused, and nothing is written."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("INSERT INTO venue (code, name, use, district) VALUES ('X1', 'x', 'mall', 'x')")
        with pytest.raises(NotEmptyError):
            seed_month(database, Size(readings=1_000, venues=10), datetime.now(tz=UTC))
        with pytest.raises(NotEmptyError):
            refuse_foreign(database)
        assert connection.execute("SELECT count(*) FROM gateway").fetchone() == (0,)
