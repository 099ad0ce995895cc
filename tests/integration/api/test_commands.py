"""Does the command line do what it says once, and tell in one line what it cannot do?"""

import re
from collections.abc import Callable

import psycopg
import pytest
import typer
from typer.testing import CliRunner

from firewarden.api.commands import register
from tests.integration.api.seed import City
from tests.integration.api.test_register_import import issue


class Broker:
    """Counts how often it was told to read the credentials anew."""

    def __init__(self) -> None:
        self.told = 0

    def tell(self) -> None:
        """Credentials have changed."""
        self.told += 1


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def broker() -> Broker:
    """A broker that only counts."""
    return Broker()


@pytest.fixture
def cli(database: str, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs one command against the test's database: exit status, standard output, standard error."""
    monkeypatch.setenv("FIREWARDEN_DATABASE_URL", database)
    app = typer.Typer()
    register(app, issue=issue, on_credentials_changed=broker.tell)

    def run(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        result = CliRunner().invoke(app, arguments, input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    return run


def test_the_first_administrator_is_made_once(cli: Run, database: str) -> None:
    """The first call prints a password that must be changed; the second does nothing and prints nothing."""
    status, out, _ = cli("user", "ensure-admin")
    assert status == 0
    assert out.startswith("admin password: ")
    assert cli("user", "ensure-admin", "--name", "other") == (0, "", "")
    with psycopg.connect(database) as connection:
        rows = connection.execute("SELECT name, role::text, must_change FROM app_user").fetchall()
    assert rows == [("admin", "administrator", True)]
    assert out.split()[-1] not in str(rows)


def test_users(cli: Run) -> None:
    """Users are added, listed, given a password and disabled; mistakes are one line and status 1."""
    status, out, _ = cli("user", "add", "wang", "--role", "viewer")
    assert (status, out.startswith("one-time password of wang: ")) == (0, True)
    assert cli("user", "add", "wang", "--role", "viewer") == (1, "", "firewarden: there is a user wang already\n")
    assert cli("user", "add", "li", "--role", "king")[0] == 2
    assert cli("user", "add", "bad name", "--role", "viewer")[0] == 1
    assert cli("user", "set-password", "wang", "--stdin", stdin="a good password\n") == (0, "", "")
    assert "10 to 128 characters" in cli("user", "set-password", "wang", "--stdin", stdin="short\n")[2]
    assert cli("user", "disable", "wang")[0] == 0
    assert cli("user", "list")[1] == "wang\tviewer\tdisabled\n"
    assert cli("user", "disable", "nobody") == (1, "", "firewarden: there is no user nobody\n")


def test_the_last_administrator_stays(cli: Run) -> None:
    """Not even the shell locks everybody out by mistake."""
    cli("user", "ensure-admin")
    status, _, error = cli("user", "disable", "admin")
    assert (status, "only administrator" in error) == (1, True)


def test_keys(cli: Run) -> None:
    """A key is shown once, listed without itself, and revoked by name."""
    status, key, _ = cli("api-key", "create", "--name", "grafana", "--scopes", "risk:read,venues:read")
    assert status == 0
    assert re.fullmatch(r"fwk_[A-Za-z0-9]{43}\n", key)
    assert cli("api-key", "create", "--name", "x", "--scopes", "moon:read")[0] == 2
    assert cli("api-key", "revoke", "grafana")[0] == 0
    assert cli("api-key", "list")[1] == "1\tgrafana\trisk:read,venues:read\trevoked\n"
    assert cli("api-key", "revoke", "nothing") == (1, "", "firewarden: there is no API key nothing\n")


def test_gateways(cli: Run, city: City, broker: Broker) -> None:
    """A gateway is added with a secret shown once, exported by its hash, and given another secret."""
    assert cli("gateway", "add", "--id", "NEW-1", "--venue", "V1") == (0, "secret\n", "")
    assert broker.told == 1
    assert cli("gateway", "export-credentials")[1] == "NEW-1:$7$1$c2FsdA==$aGFzaA==\n"
    assert cli("gateway", "rotate", "NEW-1")[1] == "secret\n"
    assert broker.told == 2
    lines = cli("gateway", "list")[1].splitlines()
    assert [line.split("\t")[:3] for line in lines] == [
        ["G1", "V1", "never_heard"],
        ["G2", "V2", "never_heard"],
        ["G3", "V3", "never_heard"],
        ["NEW-1", "V1", "never_heard"],
    ]
    assert cli("gateway", "add", "--id", "G1", "--venue", "V1")[2] == "firewarden: there is a gateway G1 already\n"
    wrong = cli("gateway", "add", "--id", "X", "--venue", "V9")
    assert wrong == (1, "", "firewarden: there is no venue with the code V9\n")
    assert cli("gateway", "add", "--id", "a b", "--venue", "V1")[0] == 1
    assert cli("gateway", "rotate", "nobody")[0] == 1
    assert broker.told == 2


def test_files_that_cannot_be_imported(cli: Run, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A missing file, a wrong one, and secrets that would overwrite something else are each one clear message."""
    folder = tmp_path_factory.mktemp("files")
    assert cli("register", "import", str(folder / "none.json"))[0] == 1
    wrong = folder / "wrong.json"
    wrong.write_text('{"version": 1, "venues": [{"code": "V1"}]}')
    status, _, error = cli("register", "import", str(wrong))
    assert (status, error) == (1, "firewarden: venues[0]: object missing required field `name`\n")
    good = folder / "good.json"
    good.write_text('{"version": 1, "venues": []}')
    assert cli("register", "import", str(good))[1].startswith("0 venues, 0 gateways, 0 points")
    precious = folder / "precious.txt"
    precious.write_text("my diary")
    assert "not a file of secrets" in cli("register", "import", str(good), "--credentials-out", str(precious))[2]
    assert precious.read_text() == "my diary"


def test_an_unreachable_database_is_one_line(cli: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """No traceback, also where the environment lacks the address altogether."""
    monkeypatch.setenv("FIREWARDEN_DATABASE_URL", "postgresql://127.0.0.1:1/none")
    status, _, error = cli("user", "list")
    assert (status, error.startswith("firewarden: cannot connect to the database")) == (1, True)
    monkeypatch.delenv("FIREWARDEN_DATABASE_URL")
    expected = "firewarden: the environment is not complete: set FIREWARDEN_DATABASE_URL\n"
    assert cli("user", "list") == (1, "", expected)
