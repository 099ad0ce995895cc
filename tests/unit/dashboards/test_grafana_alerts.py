"""Are the alert rules whole, thought through, and in both languages the same?"""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from firewarden.dashboards.grafana import provisioning
from firewarden.dashboards.grafana.alerts import notify, rules, shape
from firewarden.dashboards.grafana.alerts.notify import Addresses
from firewarden.dashboards.grafana.alerts.rule import NoData, OnError, Rule, Severity
from firewarden.dashboards.grafana.alerts.shape import Places
from firewarden.dashboards.grafana.alerts.words import LANGUAGES, words

RUNBOOKS = Path(__file__).parents[3] / "docs" / "runbooks"
PLACES = Places(console="https://desk.example", runbooks="https://pages.example/runbooks/")
LIVENESS = {"process-dead", "work-missing"}
SECTIONS = (
    "What it means",
    "What users see",
    "First look",
    "Causes, the likeliest first",
    "Mend",
    "Silence it honestly",
    "It is over when",
)


def rule_id(rule: Rule) -> str:
    """A readable test id."""
    return rule.name


each_rule = pytest.mark.parametrize("rule", rules.RULES, ids=rule_id)
each_language = pytest.mark.parametrize("language", LANGUAGES)


def provisioned(language: str = "zh") -> dict[str, Any]:
    """The files of a provisioning folder, read again, by their paths."""
    made = provisioning.files(words(language), PLACES, Addresses(), provisioning.Database())
    return {path: yaml.safe_load(text) for path, text in made.items()}


def in_file(language: str = "zh") -> dict[str, dict[str, Any]]:
    """Every rule as the file has it, by its uid."""
    groups = provisioned(language)["alerting/rules.yaml"]["groups"]
    return {rule["uid"]: rule for group in groups for rule in group["rules"]}


@each_rule
def test_no_rows_and_errors_are_thought_through(rule: Rule) -> None:
    """No rows alarm for liveness alone; an error is one message of all, and the watchdog's silence."""
    expected = (
        (NoData.ALERTING, OnError.ALERTING)
        if rule.name in LIVENESS
        else (NoData.OK, OnError.OK)
        if rule.severity is Severity.WATCHDOG
        else (NoData.OK, OnError.ERROR)
    )
    assert (rule.no_data, rule.on_error) == expected


@each_rule
def test_every_rule_has_its_page(rule: Rule) -> None:
    """Whoever is called finds a page with the same sections for every rule."""
    page = (RUNBOOKS / f"{rule.name}.md").read_text(encoding="utf-8")
    assert tuple(re.findall(r"^## (.*)$", page, re.MULTILINE)) == SECTIONS
    assert page.startswith(f"# {words('en').rules[rule.name].title}\n")


def test_every_page_has_its_rule() -> None:
    """No page is left of a rule that is gone, and the index names each once."""
    names = {path.stem for path in RUNBOOKS.glob("*.md")} - {"README"}
    assert names == {rule.name for rule in rules.RULES}
    index = (RUNBOOKS / "README.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"\]\(([a-z-]+)\.md\)", index)) == sorted(names)


def test_uids_and_names_are_unique() -> None:
    """Grafana knows a rule by its uid, which has 40 characters at most."""
    uids = [rule.uid for rule in rules.RULES]
    assert len(set(uids)) == len(uids)
    assert [uid for uid in uids if len(uid) > 40] == []
    assert len({group.name for group in rules.GROUPS}) == len(rules.GROUPS)


@pytest.mark.parametrize("group", rules.GROUPS, ids=lambda group: group.name)
def test_nothing_is_held_for_less_than_an_evaluation(group: rules.Group) -> None:
    """Grafana looks every ten seconds at most, and a rule that holds for a time is asked several times in it."""
    assert group.every_s % 10 == 0
    holds_s = [{"s": 1, "m": 60}[rule.hold[-1]] * int(rule.hold[:-1]) for rule in group.rules]
    assert [hold for hold in holds_s if hold and hold < 2 * group.every_s] == []


@each_language
def test_both_languages_have_the_words_of_every_rule(language: str) -> None:
    """No rule lacks its words, and no words lack their rule."""
    assert set(words(language).rules) == {rule.name for rule in rules.RULES}


@each_rule
@each_language
def test_words_name_labels_that_the_query_has(rule: Rule, language: str) -> None:
    """A summary that names what no row has would be sent with a hole in it."""
    said = words(language).rules[rule.name]
    named = set(re.findall(r'index \$labels "([a-z_]+)"', said.summary + said.description))
    assert [label for label in named if not re.search(rf"\b{label}\b", rule.sql)] == []
    if rule.no_data is NoData.ALERTING:
        assert "$values" not in said.summary, "there is no value where there are no rows"
        assert "{{ else }}" in said.summary, "nor are there labels"


@each_rule
def test_braces_are_closed(rule: Rule) -> None:
    """A template that does not parse is sent as it stands."""
    for language in LANGUAGES:
        said = words(language).rules[rule.name]
        for text in (said.summary, said.description):
            assert text.count("{{") == text.count("}}")
            assert len(re.findall(r"{{ (?:with|if) ", text)) == text.count("{{ end }}")


@each_language
def test_a_rule_leads_to_page_and_console(language: str) -> None:
    """Every alert has its links, whatever the addresses."""
    for uid, rule in in_file(language).items():
        assert rule["annotations"]["runbook_url"] == f"https://pages.example/runbooks/{uid.removeprefix('fw-')}.md"
        assert rule["annotations"]["console"] == "https://desk.example/console/platform"


def test_a_rule_leads_to_its_panel() -> None:
    """Where the platform board shows the same, the alert names its panel in both ways that files have."""
    places = Places(console="http://c", panels={"lag": 7})
    made = provisioning.files(words("zh"), places, Addresses(), provisioning.Database())
    groups = yaml.safe_load(made["alerting/rules.yaml"])["groups"]
    lag = next(rule for group in groups for rule in group["rules"] if rule["uid"] == "fw-alarm-lag")
    assert (lag["dashboardUid"], lag["panelId"]) == ("fw-platform", 7)
    assert (lag["annotations"]["__dashboardUid__"], lag["annotations"]["__panelId__"]) == ("fw-platform", "7")


def test_a_rule_asks_reduces_and_compares() -> None:
    """A asks the one data source that rules may name, B makes a number of each row, C is the condition."""
    for rule in in_file().values():
        asked, reduced, compared = rule["data"]
        assert asked["datasourceUid"] == asked["model"]["datasource"]["uid"] == "fw-timescale"
        assert asked["model"]["format"] == "table"
        assert (reduced["model"]["type"], reduced["model"]["expression"]) == ("reduce", "A")
        assert (compared["model"]["type"], compared["model"]["expression"]) == ("threshold", "B")
        assert rule["condition"] == compared["refId"] == "C"


def test_labels_hold_nothing_that_grafana_would_replace() -> None:
    """In files Grafana puts its environment in for what begins with a dollar, but not in annotations and queries."""
    for rule in in_file().values():
        exposed = [rule["title"], rule["uid"], *rule["labels"].values()]
        assert [text for text in exposed if "$" in text] == []


def test_the_watchdog_repeats_and_nothing_mutes_it() -> None:
    """What always fires goes its own way every five minutes; only what can wait is muted for maintenance."""
    routes = {str(route["object_matchers"]): route for route in _children(notify.route())}
    watchdog = routes["[['severity', '=', 'watchdog']]"]
    assert (watchdog["receiver"], watchdog["repeat_interval"]) == (notify.WATCHDOG, "5m")
    muted = [matchers for matchers, route in routes.items() if "mute_time_intervals" in route]
    assert muted == ["[['severity', '=', 'warning']]"]


def _children(route: Any) -> list[Any]:
    return list(route["routes"])


def test_every_route_has_its_contact_point_and_every_mute_its_hours() -> None:
    """No route leads to a receiver, and none is muted by a timing, that the files do not have."""
    made = provisioned()
    points = {point["name"] for point in made["alerting/contact-points.yaml"]["contactPoints"]}
    timings = {timing["name"] for timing in made["alerting/mute-timings.yaml"]["muteTimes"]}
    (tree,) = made["alerting/policies.yaml"]["policies"]
    receivers, mutes = _named(tree)
    assert receivers == points
    assert mutes == timings


def _named(route: dict[str, Any]) -> tuple[set[str], set[str]]:
    receivers, mutes = {route["receiver"]}, set(route.get("mute_time_intervals", ()))
    for child in route.get("routes", ()):
        more, mutes_more = _named(child)
        receivers |= more
        mutes |= mutes_more
    return receivers, mutes


def test_an_address_is_asked_for_only_where_there_is_one() -> None:
    """Without an e-mail address there is no e-mail receiver: an empty one would keep Grafana from starting."""
    assert [each["type"] for each in notify.receivers(Addresses())[notify.OPERATORS]] == ["webhook"]
    with_mail = notify.receivers(Addresses(email="ops@city.example"))[notify.OPERATORS]
    assert [each["type"] for each in with_mail] == ["webhook", "email"]


@each_language
def test_two_builds_are_the_same_bytes(language: str) -> None:
    """Whoever builds again has nothing to commit."""
    first, second = (
        provisioning.files(words(language), PLACES, Addresses(), provisioning.Database()) for _ in range(2)
    )
    assert first == second


@each_language
def test_the_file_and_the_api_say_the_same(language: str) -> None:
    """A rule that was pushed and one that was provisioned ask, judge and tell alike."""
    by_file = in_file(language)
    for group in rules.GROUPS:
        for rule in group.rules:
            by_api: Any = shape.rule_for_api(rule, group, words(language), PLACES)
            same = by_api.keys() - {"orgID", "folderUID", "ruleGroup"}
            assert {key: by_api[key] for key in same} == by_file[rule.uid]
