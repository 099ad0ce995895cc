"""Is every text there in both languages, and does every value that data brings have a name?"""

import ast
import re
import string
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from firewarden.api.policy import Role
from firewarden.api.proof import Verdict
from firewarden.api.risk_words import rule_name
from firewarden.api.rows import GatewayState, VenueUse
from firewarden.api.sheets.faults import TEXTS, Why
from firewarden.api.upkeep import GapState
from firewarden.dashboards.console.desk_rows import Group
from firewarden.dashboards.console.i18n import CATALOGUES, Language, parse_language
from firewarden.dashboards.console.venue_plot import Span
from firewarden.desk.incidents import Condition, IncidentAct, IncidentClass, IncidentState
from firewarden.ingest.command_words import CommandName
from firewarden.ingest.commanding import CommandState
from firewarden.ingest.facts import LEDGER_LANES, Quantity
from firewarden.risk.catalogue import Grade
from firewarden.risk.proposals import FollowUp, Kind, State
from firewarden.risk.rules.shipped import shipped_rules
from firewarden.risk.scoring.codes import CAUSE_EVIDENCE, DOUBT_EVIDENCE, Cause, DoubtCode, Part, Repair
from firewarden.risk.state.facts import Group as Equipment
from firewarden.risk.state.facts import RecordKind, WaterKind

CONSOLE = Path(__file__).parents[3] / "src" / "firewarden" / "dashboards" / "console"
ZH, EN = CATALOGUES[Language.ZH].by_key, CATALOGUES[Language.EN].by_key

NAMED = {
    "condition": Condition,
    "group": Group,
    "state": IncidentState,
    "class": IncidentClass,
    "act": IncidentAct,
    "role": Role,
    "use": VenueUse,
    "grade": Grade,
    "gateway_state": GatewayState,
    "verdict": Verdict,
    "gap_state": GapState,
    "command": CommandName,
    "command_state": CommandState,
    "fault": Why,
    "part": Part,
    "item": Repair,
    "water_kind": WaterKind,
    "equipment": Equipment,
    "record": RecordKind,
    "proposal": Kind,
    "proposal_state": State,
    "follow_up": FollowUp,
}


def placeholders(text: str) -> set[str]:
    """The names in braces."""
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def literal_keys(path: Path) -> Iterator[str]:
    """Every key that a module asks a catalogue for by name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        first = node.args[0]
        if name in {"texts", "_texts", "_several"} and isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value


def test_faults_of_a_file_are_told_alike_everywhere() -> None:
    """The console's texts take the values that the command line's take."""
    assert {why: placeholders(EN[f"fault.{why}"]) for why in Why} == {why: placeholders(TEXTS[why]) for why in Why}


def test_both_catalogues_have_the_same_keys() -> None:
    """A text that one language has, the other has as well."""
    assert ZH.keys() == EN.keys()


def test_both_texts_take_the_same_values() -> None:
    """No language leaves out a number or a name that the other one says."""
    assert {key: placeholders(ZH[key]) for key in ZH} == {key: placeholders(EN[key]) for key in EN}


def test_no_text_is_empty_or_in_the_other_language() -> None:
    """English texts hold no Chinese, except the switch to it, and none is empty."""
    switch = {"nav.language", "nav.language_title"}
    assert [key for key, text in EN.items() if re.search("[一-鿿]", text) and key not in switch] == []
    assert [key for texts in (ZH, EN) for key, text in texts.items() if not text] == []


@pytest.mark.parametrize(("group", "values"), NAMED.items(), ids=NAMED)
def test_every_value_has_a_name(group: str, values: type[Condition]) -> None:
    """Whatever value the platform knows, a person reads a name and never a code."""
    assert [value.value for value in values if f"{group}.{value.value}" not in ZH] == []


def test_every_reason_of_risk_has_a_name() -> None:
    """Causes, gaps and rules are named in both languages; Chinese names are Chinese."""
    codes = [*Cause, *DoubtCode]
    assert [code for code in codes if f"factor.{code}" not in ZH] == []
    for entry in (*shipped_rules().rules, *shipped_rules().counts):
        assert rule_name(entry.code, "zh") == entry.title_zh
        assert rule_name(entry.code, "en") == entry.title_en
    assert rule_name("offline_72h", "en").startswith("Grade D")
    assert rule_name("from the future", "zh") == "from the future"


@pytest.mark.parametrize("texts", [ZH, EN], ids=["zh", "en"])
def test_every_evidence_has_words(texts: Mapping[str, str]) -> None:
    """Each cause and gap says something with its numbers, and words name only numbers that there are."""
    for code, kind in {**CAUSE_EVIDENCE, **DOUBT_EVIDENCE}.items():
        names = set(kind.__struct_fields__)
        own = {key: text for key, text in texts.items() if key.startswith(f"evidence.{code}.")}
        general = {key for key in texts if key.startswith("evidence.") and key.removeprefix("evidence.") in names}
        assert own or general or code in SAY_NOTHING, code
        assert [key for key, text in own.items() if not placeholders(text) <= names] == []
        assert [key for key in own if key.rsplit(".", 1)[1] not in names] == []


SAY_NOTHING = {DoubtCode.NO_GATEWAY, DoubtCode.NO_POINTS, DoubtCode.NO_SENSORS}
"""Their names say all."""


def test_quantities_connections_and_ranges_have_names() -> None:
    """What a sensor measures, how a gateway stands and how far a plot reaches is named."""
    connections = ("contracted", "installed", "trial", "in_service", "suspended", "retired")
    wanted = [f"quantity.{quantity.name.lower()}" for quantity in Quantity]
    wanted += [f"connection.{name}" for name in connections]
    wanted += [f"venue.range_{span}" for span in Span]
    wanted += [f"lane.{lane}" for lane in LEDGER_LANES]
    assert [key for key in wanted if key not in ZH] == []


@pytest.mark.parametrize("path", sorted(CONSOLE.glob("*.py")), ids=lambda path: path.stem)
def test_every_key_in_the_code_exists(path: Path) -> None:
    """No page fails because a text is missing."""
    assert [key for key in literal_keys(path) if key not in ZH] == []


@pytest.mark.parametrize(
    ("component", "group", "added"),
    [
        ("incident_list", "desk", {"kinds", "classes"}),
        ("live_bar", "live", {"fire"}),
        ("rank_table", "ranking", set[str]()),
    ],
)
def test_every_text_of_a_component_exists(component: str, group: str, added: set[str]) -> None:
    """What a browser component asks its texts for is in the group that it is given."""
    code = (CONSOLE / "components" / f"{component}.js").read_text(encoding="utf-8")
    wanted = set(re.findall(r"\btexts\.(\w+)", code)) - added
    assert wanted - CATALOGUES[Language.ZH].under(group).keys() == set()


def test_a_newer_value_shows_its_code() -> None:
    """A value that this version does not know is shown as it came, not hidden and not an error."""
    assert CATALOGUES[Language.EN].name("factor", "lightning") == "lightning"


def test_english_falls_back_to_the_register() -> None:
    """A venue without an English name keeps its Chinese one; in Chinese the English name is never used."""
    assert CATALOGUES[Language.EN].either("商场", "") == "商场"
    assert CATALOGUES[Language.EN].either("商场", "Mall") == "Mall"
    assert CATALOGUES[Language.ZH].either("商场", "Mall") == "商场"


@pytest.mark.parametrize("text", [None, "", "de", "ZH", "zh-CN"])
def test_other_languages_are_none_of_ours(text: str | None) -> None:
    """A cookie that names another language counts as none."""
    assert parse_language(text) is None
