"""Is every board whole: the same at each build, named in both languages, and within the rules that all boards keep?"""

import json
import tomllib
from collections.abc import Mapping
from importlib.resources import files
from itertools import combinations
from typing import Any

import pytest

from firewarden.dashboards.grafana.catalogue import BOARDS, LANGUAGES, PACKAGE, build_all, queries
from firewarden.dashboards.grafana.commands import GENERATED
from firewarden.dashboards.grafana.kit import colours
from firewarden.dashboards.grafana.kit.links import uid
from firewarden.store.queries import Queries

Json = dict[str, Any]
FILES = build_all()
DASHBOARDS: Mapping[str, Json] = {
    f"{language}/{board.name}.json": json.loads(FILES[f"{language}/{board.name}.json"])
    for language in LANGUAGES
    for board in BOARDS
}
EACH = pytest.mark.parametrize("path", sorted(DASHBOARDS))
TARGETS_MAX = 12


def panels(path: str) -> list[Json]:
    """The panels of a board, without the lines between sections."""
    return [panel for panel in DASHBOARDS[path]["panels"] if panel["type"] != "row"]


def sql_targets(path: str) -> list[Json]:
    """The statements that a board's panels fetch themselves."""
    found = [target for panel in panels(path) for target in panel.get("targets", [])]
    return [target for target in found if "rawSql" in target]


def test_two_builds_are_equal_to_the_byte() -> None:
    """Nothing of the time or the order of a set enters a file."""
    assert build_all() == FILES
    assert list(build_all()) == list(FILES)


def test_the_repository_has_what_the_boards_say() -> None:
    """`firewarden grafana build` was run after the last change, and no file of a former board is left."""
    present = {
        str(file.relative_to(GENERATED)): file.read_text("utf-8") for file in GENERATED.rglob("*") if file.is_file()
    }
    assert sorted(present) == sorted(FILES)
    assert [path for path, text in FILES.items() if present[path] != text] == []


def test_both_languages_have_the_same_keys() -> None:
    """What is said in one language is said in the other."""
    told = [
        tomllib.loads(files(PACKAGE).joinpath("words", f"{language}.toml").read_text("utf-8")) for language in LANGUAGES
    ]
    first, second = (set(_keys(one)) for one in told)
    assert first == second


def _keys(table: Json, prefix: str = "") -> list[str]:
    inner = [
        _keys(value, f"{prefix}{key}.") if isinstance(value, dict) else [f"{prefix}{key}"]
        for key, value in table.items()
    ]
    return [key for keys in inner for key in keys]


def test_every_word_of_a_board_is_shown_by_it() -> None:
    """A panel that went left no text behind: each table below a board's has a panel of that key."""
    told = tomllib.loads(files(PACKAGE).joinpath("words", "en.toml").read_text("utf-8"))
    for board in BOARDS:
        shown = {panel["title"] for panel in DASHBOARDS[f"en/{board.name}.json"]["panels"]}
        said = {key: one["title"] for key, one in told[board.name].items() if isinstance(one, dict) and "title" in one}
        assert {key for key, title in said.items() if title not in shown} == set()


@EACH
def test_a_board_is_the_same_for_everyone(path: str) -> None:
    """Fixed uid, one time zone, nothing to be changed in the browser, no id of some Grafana's database."""
    language, _, name = path.removesuffix(".json").partition("/")
    board = DASHBOARDS[path]
    assert board["uid"] == uid(name, language)
    assert board["timezone"] == "Asia/Shanghai"
    assert board["editable"] is False
    assert board["version"] == 1
    assert board["tags"] == ["firewarden", language]
    assert board["title"]
    assert board["description"]
    assert "id" not in board


def test_uids_are_unique() -> None:
    """Two boards never share a uid."""
    uids = [board["uid"] for board in DASHBOARDS.values()]
    assert len(set(uids)) == len(uids)


@EACH
def test_only_the_chosen_data_source_is_asked(path: str) -> None:
    """Every reference to a data source is `${ds}`, or the rows of another panel."""
    allowed = {("grafana-postgresql-datasource", "${ds}"), ("datasource", "-- Dashboard --")}
    assert {(one["type"], one["uid"]) for one in _sources(DASHBOARDS[path])} <= allowed


def _sources(node: Any) -> list[Json]:
    if isinstance(node, list):
        return [found for item in node for found in _sources(item)]
    if not isinstance(node, dict):
        return []
    own = [value for key, value in node.items() if key == "datasource" and isinstance(value, dict)]
    return own + [found for value in node.values() for found in _sources(value)]


@EACH
def test_a_board_asks_little(path: str) -> None:
    """At most twelve statements, none of them twice."""
    asked = [(target["rawSql"], target["format"]) for target in sql_targets(path)]
    assert 0 < len(asked) <= TARGETS_MAX
    assert len(set(asked)) == len(asked)


@EACH
def test_panels_have_their_own_place(path: str) -> None:
    """Panel ids are unique, and no panel lies on another or outside the grid."""
    every = DASHBOARDS[path]["panels"]
    assert len({panel["id"] for panel in every}) == len(every)
    places = [panel["gridPos"] for panel in every]
    assert all(place["x"] + place["w"] <= 24 for place in places)
    assert [(a, b) for a, b in combinations(places, 2) if _overlap(a, b)] == []


def _overlap(a: Json, b: Json) -> bool:
    beside = a["x"] + a["w"] <= b["x"] or b["x"] + b["w"] <= a["x"]
    return not (beside or a["y"] + a["h"] <= b["y"] or b["y"] + b["h"] <= a["y"])


@EACH
def test_every_panel_says_what_it_is(path: str) -> None:
    """Title, description and, but for notes, a unit."""
    for panel in panels(path):
        assert panel["title"]
        assert panel["description"]
        assert panel["type"] == "text" or panel["fieldConfig"]["defaults"]["unit"]


@EACH
def test_shared_rows_come_from_a_panel_that_fetches_them(path: str) -> None:
    """A panel that shows another's rows names one that asks the database itself."""
    fetching = {panel["id"] for panel in panels(path) if any("rawSql" in target for target in panel.get("targets", []))}
    shared = [target["panelId"] for panel in panels(path) for target in panel.get("targets", []) if "panelId" in target]
    assert set(shared) <= fetching


@pytest.mark.parametrize("board", [board.name for board in BOARDS])
def test_every_statement_is_used(board: str) -> None:
    """No statement of a board's file is left without a panel, and each is one statement."""
    used = {target["rawSql"] for target in sql_targets(f"en/{board}.json")}
    own = Queries(f"{PACKAGE}.boards", f"{board}.sql")
    assert [name for name in own.names() if own[name] not in used] == []
    assert [name for name, sql in queries(board).items() if ";" in _bare(sql)] == []


def _bare(sql: str) -> str:
    return "\n".join(line for line in sql.splitlines() if not line.startswith("--"))


CODED = sorted(
    {colour for group in colours.CODES.values() for colour in group.values()} | set(colours.SERIES) | {colours.WARN}
)


@pytest.mark.parametrize("colour", CODED)
def test_colours_can_be_read_on_dark_and_light(colour: str) -> None:
    """Every colour has a contrast of at least 3 to 1 against both kinds of panel, as large text needs."""
    for panel in (colours.DARK_PANEL, colours.LIGHT_PANEL):
        assert _contrast(colour, panel) >= 3.0


def _contrast(first: str, second: str) -> float:
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
