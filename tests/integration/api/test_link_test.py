"""Is a test of the link to 119 kept as it was told, for good, and seen by the alert rule?"""

from collections.abc import Callable

import psycopg
import pytest
from typer.testing import CliRunner

from firewarden.cli.app import build

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def cli(database: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `firewarden desk link-test` against the test's database: exit status, standard output, standard error."""
    monkeypatch.setenv("FIREWARDEN_DATABASE_URL", database)
    app = build("desk")

    def run(*arguments: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(app, ["desk", "link-test", *arguments])
        return result.exit_code, result.stdout, result.stderr

    return run


def state(database: str) -> tuple[bool, bool, float | None]:
    """Whether any test was recorded, whether any went well, and for how many hours none has."""
    with psycopg.connect(database) as connection:
        connection.execute("SET ROLE fw_grafana")
        row = connection.execute(
            "SELECT recorded, ok_at IS NOT NULL, round(without_ok_s / 3600) FROM board.link_test_state"
        ).fetchone()
    assert row is not None
    return row


def test_never_recorded_is_a_state_of_its_own(database: str) -> None:
    """There is a row, and it says that nothing is known."""
    assert state(database) == (False, False, None)


def test_what_a_person_did_is_kept_and_audited(cli: Run, database: str) -> None:
    """The outcome, who, and the audit's row in one transaction."""
    assert cli("--outcome", "ok", "--by", "王工") == (0, "recorded: the link to 119 was tested, ok\n", "")
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT outcome, by FROM board.link_test").fetchall() == [("ok", "王工")]
        rows = connection.execute("SELECT actor, action, target, outcome, detail FROM audit").fetchall()
    assert rows == [("cli", "link_test.record", "119", "done", {"outcome": "ok", "by": "王工"})]
    assert state(database) == (True, True, 0)


def test_a_failed_test_is_no_good_one(cli: Run, database: str) -> None:
    """A test that failed is recorded, and the time without a good one goes on."""
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO link_test (at, outcome, by) VALUES (now() - interval '30 hours', 'ok', 'x')")
    assert cli("--outcome", "failed")[0] == 0
    assert state(database) == (True, True, 30)


def test_only_failures_count_from_the_first(database: str) -> None:
    """Where no test ever went well there is no good one to count from."""
    with psycopg.connect(database) as connection:
        connection.execute(
            "INSERT INTO link_test (at, outcome, by) VALUES (now() - interval '40 hours', 'failed', 'x')"
        )
        connection.execute("INSERT INTO link_test (outcome, by) VALUES ('failed', 'x')")
    assert state(database) == (True, False, 40)


@pytest.mark.parametrize("arguments", [(), ("--outcome", "perhaps"), ("--outcome", "ok", "--by")])
def test_what_is_no_outcome_is_refused(cli: Run, arguments: tuple[str, ...], database: str) -> None:
    """A word that is none of the two, or none at all, records nothing."""
    assert cli(*arguments)[0] == 2
    assert state(database) == (False, False, None)


def test_a_name_has_its_limit(cli: Run) -> None:
    """A name that is no name is refused in one line."""
    status, _, said = cli("--outcome", "ok", "--by", "x" * 101)
    assert (status, said) == (1, "firewarden: a name has at most 100 characters, got 101\n")


def test_nobody_changes_what_was_recorded(cli: Run, database: str) -> None:
    """Not even the owner of the table."""
    assert cli("--outcome", "failed")[0] == 0
    with psycopg.connect(database) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("UPDATE link_test SET outcome = 'ok'")
