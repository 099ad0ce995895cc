"""Does a Grafana get everything, once, and is what is not ours left alone? Against a server that plays Grafana."""

from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from firewarden.cli.app import build
from firewarden.dashboards.grafana import shipped
from firewarden.dashboards.grafana.alerts.rules import GROUPS, RULES
from tests.integration.dashboards import fake_grafana
from tests.integration.dashboards.fake_grafana import TOKEN, Answer, FakeGrafana

HOOK = ("--webhook", "http://hook.example/fw")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def grafana() -> Generator[FakeGrafana]:
    """A Grafana without anything of ours but the data source."""
    with fake_grafana.running() as server:
        yield server


@pytest.fixture
def push(grafana: FakeGrafana, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs `firewarden grafana push` against it: exit status, standard output, standard error."""
    monkeypatch.setenv("FIREWARDEN_GRAFANA_TOKEN", TOKEN)
    for name in ("FIREWARDEN_GRAFANA_URL", "FIREWARDEN_GRAFANA_DB_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    app = build("grafana")

    def run(*arguments: str) -> tuple[int, str, str]:
        where = () if "--url" in arguments else ("--url", grafana.url)
        result = CliRunner().invoke(app, ["grafana", "push", *where, *arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.stdout, result.stderr

    return run


def failing(path: str, answer: Answer, verb: str | None = None) -> Callable[[str, str], Answer | None]:
    """Answers one path with a failure."""
    return lambda asked, at: answer if at.startswith(path) and verb in {None, asked} else None


def test_everything_comes_and_a_second_push_does_nothing(grafana: FakeGrafana, push: Run) -> None:
    """Folders, boards, rules, contact points and our route are there after one push; the next finds nothing to do."""
    status, out, _ = push("--language", "both", *HOOK)
    assert status == 0
    assert set(grafana.folders) == {"fw", "fw-en", "fw-alerts"}
    boards = [*shipped.boards("zh").values(), *shipped.boards("en").values()]
    assert set(grafana.boards) == {board["uid"] for board in boards}
    assert {rule["uid"] for group in grafana.groups.values() for rule in group["rules"]} == {rule.uid for rule in RULES}
    assert set(grafana.receivers) == {"fw-operators-webhook", "fw-watchdog-webhook"}
    assert "were made or changed" in out
    done = len(grafana.writes)
    assert push("--language", "both", *HOOK) == (
        0,
        f"Grafana 12.0.0 at {grafana.url}\nnothing to change\n",
        "",
    )
    assert len(grafana.writes) == done


def test_a_dry_run_says_the_same_and_changes_nothing(grafana: FakeGrafana, push: Run) -> None:
    """What it says would be done is what is done."""
    status, dry, _ = push("--dry-run", *HOOK)
    assert (status, grafana.writes) == (0, [])
    _, wet, _ = push(*HOOK)
    assert dry.replace("would be", "were") == wet


def test_a_board_leads_to_the_console_that_was_named(grafana: FakeGrafana, push: Run) -> None:
    """The constant of every board has the address, and alerts have it too."""
    assert push("--console", "https://desk.example/", "--runbooks", "https://pages.example")[0] == 0
    for stored in grafana.boards.values():
        (console,) = [each for each in stored["dashboard"]["templating"]["list"] if each["name"] == "console"]
        assert console["query"] == "https://desk.example"
    for group in grafana.groups.values():
        for rule in group["rules"]:
            assert rule["annotations"]["console"] == "https://desk.example/console/platform"
            assert rule["annotations"]["runbook_url"].startswith("https://pages.example/")


def test_what_somebody_changed_is_named_and_put_right(grafana: FakeGrafana, push: Run) -> None:
    """A panel that was renamed, one that was added and one that was taken away each have their line."""
    push()
    board = grafana.boards["fw-city"]["dashboard"]
    panels: list[Any] = [panel for panel in board["panels"] if panel["type"] != "row"]
    panels[0]["title"] = "mine"
    board["panels"].remove(panels[1])
    board["panels"].append({"id": 99, "title": "extra", "type": "text"})
    _, out, _ = push("--dry-run")
    assert f"    + panel “{panels[1]['title']}”\n" in out
    assert "    - panel “extra”\n" in out
    assert ": title\n" in out
    push()
    assert push()[1].endswith("nothing to change\n")


def test_the_whole_difference_on_demand(grafana: FakeGrafana, push: Run) -> None:
    """`--diff full` shows the lines of the JSON, and no others."""
    push()
    grafana.boards["fw-city"]["dashboard"]["refresh"] = "1h"
    _, out, _ = push("--dry-run", "--diff", "full")
    assert '    -  "refresh": "1h",\n' in out
    assert '    +  "refresh": "10s",\n' in out
    assert len(out.splitlines()) < 20


def test_what_is_not_ours_stays(grafana: FakeGrafana, push: Run) -> None:
    """Other routes and the root of the tree, other receivers, other rules' groups, other boards are as they were."""
    others = [{"receiver": "phones", "object_matchers": [["team", "=", "water"]]}]
    grafana.tree |= {"routes": list(others), "group_by": ["x"]}
    grafana.receivers["theirs"] = {"uid": "theirs", "name": "phones", "type": "email", "settings": {}}
    assert push(*HOOK)[0] == 0
    assert (grafana.tree["receiver"], grafana.tree["group_by"]) == ("grafana-default-email", ["x"])
    assert [route["receiver"] for route in grafana.tree["routes"]] == ["fw-operators", "phones"]
    grafana.tree["routes"][0]["repeat_interval"] = "1m"
    assert push(*HOOK)[0] == 0
    assert [route["receiver"] for route in grafana.tree["routes"]] == ["fw-operators", "phones"]
    assert grafana.receivers["theirs"]["name"] == "phones"


def test_without_an_address_nobody_is_told_and_that_is_said(grafana: FakeGrafana, push: Run) -> None:
    """Contact points and policies are a centre's own matter until it names an address."""
    status, _, said = push()
    assert (status, grafana.receivers, grafana.tree["routes"]) == (0, {}, [])
    assert said == "contact points and policies were left as they are: --webhook URL sets ours\n"


def test_boards_alone(grafana: FakeGrafana, push: Run) -> None:
    """`--no-alerts` touches no alerting at all."""
    assert push("--no-alerts")[0] == 0
    assert [path for _, path in grafana.requests if "/v1/provisioning/" in path] == []
    assert "fw-alerts" not in grafana.folders


@pytest.mark.parametrize(("options", "provenance"), [((), "api"), (("--editable",), "")])
def test_alerting_is_locked_unless_wanted_otherwise(
    grafana: FakeGrafana, push: Run, options: tuple[str, ...], provenance: str
) -> None:
    """Only with `--editable` may rules be changed in Grafana's pages."""
    push(*HOOK, *options)
    stored = [rule["provenance"] for group in grafana.groups.values() for rule in group["rules"]]
    assert {*stored, grafana.tree["provenance"]} == {provenance}


def test_a_rule_that_is_no_more_goes(grafana: FakeGrafana, push: Run) -> None:
    """A group is replaced as a whole, and what more was in its annotations goes too."""
    push()
    name = GROUPS[0].name
    rules = grafana.groups[name]["rules"]
    rules.append({**rules[0], "uid": "fw-old", "title": "old"})
    rules[0]["annotations"] = {**rules[0]["annotations"], "more": "x"}
    _, out, _ = push()
    assert "    - rule “old”\n" in out
    assert ": annotations\n" in out
    assert push()[1].endswith("nothing to change\n")


def test_a_missing_data_source_is_asked_for_or_made(
    grafana: FakeGrafana, push: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an address the push says what is missing and changes nothing; with one it makes it, password and all."""
    grafana.sources.clear()
    status, _, said = push()
    assert (status, grafana.writes) == (1, [])
    assert said == "firewarden: the data source fw-timescale is missing: --database HOST:PORT/NAME makes it\n"
    status, out, _ = push("--dry-run")
    assert (status, "    ! --database HOST:PORT/NAME is needed to make it\n" in out, grafana.writes) == (0, True, [])
    assert "FIREWARDEN_GRAFANA_DB_PASSWORD" in push("--database", "db:5432/firewarden")[2]
    monkeypatch.setenv("FIREWARDEN_GRAFANA_DB_PASSWORD", "hunter2")
    status, out, said = push("--database", "db:5432/firewarden")
    assert (status, "hunter2" in out + said) == (0, False)
    assert grafana.sources["fw-timescale"]["url"] == "db:5432"
    assert grafana.sources["fw-timescale"]["user"] == "fw_grafana_login"


@pytest.mark.parametrize("text", ["db/firewarden", "db:x/firewarden", "db:5432", "postgresql://u:p@db:5432/f", "/"])
def test_what_is_no_database_is_refused(push: Run, grafana: FakeGrafana, text: str) -> None:
    """One line, and nothing was asked of Grafana."""
    assert push("--database", text)[2] == "firewarden: --database: expected HOST:PORT/NAME\n"
    assert grafana.requests == []


def test_a_data_source_of_another_kind_is_refused(grafana: FakeGrafana, push: Run) -> None:
    """The uid is taken by something that cannot answer our queries."""
    grafana.sources["fw-timescale"] = {"type": "influxdb"}
    assert "influxdb, not PostgreSQL" in push()[2]
    assert grafana.writes == []


def test_what_files_provisioned_is_locked_and_nothing_is_half_done(grafana: FakeGrafana, push: Run) -> None:
    """Everything is looked up before anything is changed, so that a locked board, rule or tree leaves all as it was."""
    push(*HOOK)
    grafana.boards["fw-city"]["meta"] |= {"provisioned": True, "provisionedExternalId": "city.json"}
    assert push(*HOOK)[1].endswith("nothing to change\n"), "a locked board that is right is right"
    grafana.boards["fw-city"]["dashboard"]["refresh"] = "1h"
    grafana.folders["fw"]["title"] = "theirs"
    done = len(grafana.writes)
    status, _, said = push(*HOOK)
    assert (status, len(grafana.writes)) == (1, done)
    assert said.startswith("firewarden: the board fw-city comes from a provisioned file (city.json) and is locked")


def test_rules_of_files_are_locked_too(grafana: FakeGrafana, push: Run) -> None:
    """Who provisions rules from files changes them there."""
    push()
    rule = grafana.groups["fw-late"]["rules"][0]
    rule |= {"provenance": "file", "title": "other"}
    assert "the rules fw-late: provisioned from files" in push()[2]


FAILURES = {
    "a wrong token": ("/api/", (401, {"message": "Invalid API key"}), "does not accept the token"),
    "no permission": ("/api/folders", (403, {"message": "You'll need additional permissions"}), "role Admin"),
    "somebody saved it meanwhile": ("/api/dashboards/db", (412, {"status": "version-mismatch"}), "at the same moment"),
    "a name that is taken": ("/api/folders", (409, {"message": "a folder with that name exists"}), "with that name"),
    "a failure of its own": ("/api/dashboards/uid", (500, {"message": "database is locked"}), "Grafana failed (500"),
    "a body that is no JSON": ("/api/folders", (200, "{"), "not as Grafana's API does"),
    "a login page": ("/api/frontend/settings", (200, "<html>Sign in</html>"), "login page or a proxy"),
    "a list for a thing": ("/api/folders", (200, []), "not as Grafana's API does"),
    "another server": ("/api/frontend/settings", (200, {"hello": 1}), "is it a Grafana?"),
    "a path that is not there": ("/api/frontend/settings", (404, "nope"), "does not know it"),
}


@pytest.mark.parametrize(("path", "answer", "expected"), FAILURES.values(), ids=list(FAILURES))
def test_failures_are_one_clear_line(grafana: FakeGrafana, push: Run, path: str, answer: Answer, expected: str) -> None:
    """No trace of the program, no token, status 1."""
    grafana.fail = failing(path, answer)
    status, _, said = push()
    assert (status, said.count("\n")) == (1, 1)
    assert expected in said
    assert TOKEN not in said


def test_a_push_that_broke_is_finished_by_the_next(grafana: FakeGrafana, push: Run) -> None:
    """What was done stays done, and the rest follows."""
    grafana.fail = failing("/api/v1/provisioning/folder/fw-alerts/rule-groups/fw-upkeep", (500, {}), "PUT")
    assert push()[0] == 1
    grafana.fail = lambda _verb, _path: None
    status, out, _ = push()
    assert (status, "board" in out, "rules fw-upkeep" in out) == (0, False, True)


def test_a_slow_grafana_is_given_up(grafana: FakeGrafana, push: Run) -> None:
    """After as long as was said."""
    grafana.fail = failing("/api/folders", (0, None))
    assert "took too long to answer" in push("--timeout", "0.2")[2]


@pytest.mark.parametrize("version", ["10.4.2", "9.5.0"])
def test_an_old_grafana_is_refused(grafana: FakeGrafana, push: Run, version: str) -> None:
    """Before anything is changed."""
    grafana.version = version
    assert push()[2] == f"firewarden: {grafana.url} is Grafana {version}; boards and rules need 11 or newer\n"
    assert grafana.writes == []


@pytest.mark.parametrize("version", ["11.0.0", "12.4.1+security-01", "13.2.0-pre"])
def test_newer_ones_are_not(grafana: FakeGrafana, push: Run, version: str) -> None:
    """Also those with something after the number."""
    grafana.version = version
    assert push()[0] == 0


@pytest.mark.parametrize("url", ["grafana.example", "ftp://x", "http://", "http://[", "http://x:99999", "http://x:0"])
def test_what_is_no_address_is_refused(push: Run, url: str) -> None:
    """In one line."""
    status, _, said = push("--url", url)
    assert (status, said.startswith(f"firewarden: {url} is no address")) == (1, True)


def test_nobody_there(push: Run) -> None:
    """A port on which nobody listens is said to be unreachable."""
    assert "http://127.0.0.1:9 cannot be reached" in push("--url", "http://127.0.0.1:9")[2]


def test_a_grafana_under_a_path(grafana: FakeGrafana, push: Run) -> None:
    """Behind a proxy Grafana often has a path of its own, with or without a slash at its end."""
    push("--url", f"{grafana.url}/grafana")
    assert grafana.requests[0] == ("GET", "/grafana/api/frontend/settings")


def test_an_untrusted_certificate_is_named(push: Run) -> None:
    """TLS to a server whose authority nobody knows ends with what to do about it."""
    tls = Path(__file__).parents[1] / "ingest" / "tls"
    with fake_grafana.running(certificate=(tls / "certificate.pem", tls / "key.pem")) as server:
        said = push("--url", server.url)[2]
    assert "is not trusted; name its authority in SSL_CERT_FILE" in said
