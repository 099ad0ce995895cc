"""Does a Grafana that reads our files, and the one of compose.yaml, find everything that they name?"""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from firewarden.cli.app import build
from firewarden.dashboards.grafana import shipped
from firewarden.dashboards.grafana.catalogue import build_all
from firewarden.dashboards.grafana.provisioning import FOLDERS, MOUNTED_AT

ROOT = Path(__file__).parents[3]
GENERATED = ROOT / "src/firewarden/dashboards/grafana/generated"
VARIABLE = re.compile(r"\$(?:\{)?([A-Z][A-Z0-9_]+)")


def provision(out: Path, *arguments: str) -> tuple[int, str, str]:
    """Runs `firewarden grafana provision`: exit status, standard output, standard error."""
    result = CliRunner().invoke(build("grafana"), ["grafana", "provision", "--out", str(out), *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def yaml_of(folder: Path) -> dict[str, Any]:
    """Every YAML file below a folder, by its path in it."""
    return {str(path.relative_to(folder)): yaml.safe_load(path.read_text("utf-8")) for path in folder.rglob("*.yaml")}


def grafana_of_compose() -> dict[str, Any]:
    """The service as compose.yaml has it."""
    return yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]["grafana"]


def mounts() -> dict[str, Path]:
    """What the container finds where, of this checkout."""
    pairs = (volume.split(":")[:2] for volume in grafana_of_compose()["volumes"])
    return {inside: ROOT / outside for outside, inside in pairs if outside.startswith("./")}


def test_the_repository_has_what_is_built() -> None:
    """`firewarden grafana build` was run after the last change of a rule."""
    built = {path: text for path, text in build_all().items() if path.startswith("provisioning/")}
    present = {path: (GENERATED / path).read_text(encoding="utf-8") for path in built}
    assert present == built


def test_compose_mounts_what_exists() -> None:
    """A folder that is not there would be made by Docker, empty."""
    assert [str(path) for path in mounts().values() if not any(path.iterdir())] == []


def test_compose_mounts_every_provisioned_file() -> None:
    """No folder of files is left out, and each lies where Grafana looks for it."""
    found = {f"{inside}/{file.name}" for inside, folder in mounts().items() for file in folder.iterdir()}
    wanted = {path.removeprefix("provisioning/") for path in build_all() if path.startswith("provisioning/")}
    boards = {f"boards/{path}" for path in build_all() if not path.startswith("provisioning/")}
    assert found == {f"{MOUNTED_AT}/{path}" for path in wanted | boards}


def test_compose_sets_every_variable_of_the_files() -> None:
    """Grafana puts an empty text in for a variable that it does not have, and may not start on it."""
    text = "".join(path.read_text("utf-8") for path in (GENERATED / "provisioning").rglob("*.yaml"))
    named = {name for name in VARIABLE.findall(text) if name.startswith("FIREWARDEN_")}
    environment = grafana_of_compose()["environment"]
    assert named <= environment.keys()
    assert [name for name in named if "WEBHOOK" in name and ":-http" not in environment[name]] == []


def test_compose_listens_on_this_machine_only_and_names_its_image() -> None:
    """As every service there."""
    service = grafana_of_compose()
    assert all(str(port).startswith("127.0.0.1:") for port in service["ports"])
    assert re.fullmatch(r"grafana/grafana:1[1-9]\.\d+\.\d+", service["image"])


def test_boards_lie_in_the_folder_of_their_language(tmp_path: Path) -> None:
    """Providers name the folders' uids and the places where the boards are written."""
    assert provision(tmp_path)[0] == 0
    providers = yaml_of(tmp_path)["dashboards/firewarden.yaml"]["providers"]
    assert {each["folderUid"]: each["folder"] for each in providers} == dict(FOLDERS.values())
    for provider in providers:
        folder = tmp_path / Path(provider["options"]["path"]).relative_to(MOUNTED_AT)
        assert sorted(path.name for path in folder.iterdir()) == sorted(shipped.boards(folder.name))


def test_one_data_source_is_named_everywhere(tmp_path: Path) -> None:
    """The uid of the files is the one that boards choose first and that rules ask."""
    provision(tmp_path)
    found = yaml_of(tmp_path)
    (source,) = found["datasources/firewarden.yaml"]["datasources"]
    groups = found["alerting/rules.yaml"]["groups"]
    asked = {query["datasourceUid"] for group in groups for rule in group["rules"] for query in rule["data"]}
    assert asked == {source["uid"], "__expr__"}
    for path in (tmp_path / "boards").rglob("*.json"):
        variables = json.loads(path.read_text("utf-8"))["templating"]["list"]
        (chosen,) = [each for each in variables if each["name"] == "ds"]
        assert (chosen["current"]["value"], chosen["query"]) == (source["uid"], source["type"])


def test_no_password_is_ever_written(tmp_path: Path) -> None:
    """Files name the variable; `--database` takes none."""
    assert provision(tmp_path, "--database", "db:5432/firewarden")[0] == 0
    (source,) = yaml_of(tmp_path)["datasources/firewarden.yaml"]["datasources"]
    assert source["secureJsonData"] == {"password": "$FIREWARDEN_GRAFANA_DB_PASSWORD"}
    assert (source["url"], source["jsonData"]["database"]) == ("db:5432", "firewarden")
    assert provision(tmp_path, "--database", "postgresql://u:p@db:5432/firewarden")[0] == 2


def test_addresses_are_everywhere(tmp_path: Path) -> None:
    """Console and runbooks as they were named, in boards and in alerts; the e-mail where it was asked for."""
    assert (
        provision(tmp_path, "--console", "https://desk.example/", "--runbooks", "https://p.example", "--email")[0] == 0
    )
    for path in (tmp_path / "boards").rglob("*.json"):
        variables = json.loads(path.read_text("utf-8"))["templating"]["list"]
        assert [each["query"] for each in variables if each["name"] == "console"] == ["https://desk.example"]
    rules = (tmp_path / "alerting/rules.yaml").read_text("utf-8")
    assert "https://p.example/alarm-lag.md" in rules
    points = yaml_of(tmp_path)["alerting/contact-points.yaml"]["contactPoints"]
    assert [
        each["settings"]["addresses"] for point in points for each in point["receivers"] if each["type"] == "email"
    ] == ["$FIREWARDEN_ALERT_EMAIL"]


def test_what_is_needed_is_said(tmp_path: Path) -> None:
    """Every variable that the files name is named on the screen."""
    for options in ((), ("--email",), ("--database", "db:5432/f")):
        _, out, _ = provision(tmp_path, *options)
        text = "".join(path.read_text("utf-8") for path in tmp_path.rglob("*.yaml"))
        named = {name for name in VARIABLE.findall(text) if name.startswith("FIREWARDEN_")}
        assert {line.strip() for line in out.splitlines()[1:]} == named


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "file").write_text("")
    status, _, said = provision(tmp_path / "file")
    assert (status, said.count("\n")) == (1, 1)


@pytest.mark.parametrize("arguments", [("--language", "de"), ("--database", "db")])
def test_what_is_no_choice_is_refused(tmp_path: Path, arguments: tuple[str, str]) -> None:
    """Nothing is written."""
    assert provision(tmp_path / "out", *arguments)[0] == 2
    assert not (tmp_path / "out").exists()


def test_files_are_those_that_grafana_looks_for() -> None:
    """One folder for each kind, each file of version 1."""
    for path, content in yaml_of(GENERATED / "provisioning").items():
        assert path.split("/")[0] in {"datasources", "dashboards", "alerting"}
        assert content["apiVersion"] == 1
