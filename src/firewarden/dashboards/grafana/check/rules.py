"""What stands in the provisioning of alerts? Rules with their statements, and whether all that they name is there."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from firewarden.dashboards.grafana.check.board import Board, Json, Query
from firewarden.dashboards.grafana.check.finding import Code, Finding

SOURCE = "fw-timescale"
EXPRESSION = "__expr__"
NO_DATA = frozenset({"OK", "NoData", "Alerting", "KeepLast"})
ON_ERROR = frozenset({"OK", "Error", "Alerting", "KeepLast"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One statement of a rule, and over how long it looks back."""

    query: Query
    look_back: timedelta
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule of a provisioning file."""

    path: str
    uid: str
    title: str
    asks: tuple[Ask, ...]
    raw: Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What rules may refer to: boards by their uids, and names of runbook pages (none: the docs are not installed)."""

    boards: Mapping[str, Board]
    runbooks: frozenset[str]


def read(path: str, raw: Json) -> tuple[Rule, ...]:
    """The rules of a file; none where it holds something else."""
    return tuple(_rule(path, rule) for group in raw.get("groups") or () for rule in group.get("rules") or ())


def _rule(path: str, raw: Json) -> Rule:
    title = str(raw.get("title") or "")
    asks: list[Ask] = []
    for data in raw.get("data") or ():
        model, source = data.get("model") or {}, str(data.get("datasourceUid") or "")
        if source != EXPRESSION:
            span = data.get("relativeTimeRange") or {}
            query = Query(
                what="rule", place=f"rule {raw.get('uid')}", sql=str(model.get("rawSql") or ""), shape="table"
            )
            look_back = timedelta(seconds=int(span.get("from") or 0) - int(span.get("to") or 0))
            asks.append(Ask(query=query, look_back=look_back, source=source))
    return Rule(path=path, uid=str(raw.get("uid") or ""), title=title, asks=tuple(asks), raw=raw)


def findings(rules: Sequence[Rule], around: Around) -> Iterator[Finding]:
    """What is wrong with rules that can be seen without a database."""
    for uid, count in Counter(rule.uid for rule in rules).items():
        if count > 1:
            yield Finding(
                code=Code.UID_TWICE, board=rules[0].path, place=f"rule {uid}", problem=f"{count} rules have it"
            )
    for rule in rules:
        for code, problem in _of_rule(rule, around):
            yield Finding(code=code, board=rule.path, place=f"rule {rule.uid or rule.title}", problem=problem)


def _of_rule(rule: Rule, around: Around) -> Iterator[tuple[Code, str]]:
    if not rule.uid:
        yield Code.UID_MISSING, "it has no uid"
    for ask in rule.asks:
        if ask.source != SOURCE:
            yield Code.SOURCE, f"it asks the data source {ask.source or 'nobody named'}"
    for key, known in (("noDataState", NO_DATA), ("execErrState", ON_ERROR)):
        if rule.raw.get(key) not in known:
            yield Code.RULE, f"its {key} is {rule.raw.get(key)}"
    yield from _expressions(rule)
    yield from _places(rule, around)


def _expressions(rule: Rule) -> Iterator[tuple[Code, str]]:
    letters = {str(data.get("refId")) for data in rule.raw.get("data") or ()}
    if rule.raw.get("condition") not in letters:
        yield Code.RULE, f"its condition {rule.raw.get('condition')} is none of {', '.join(sorted(letters))}"
    for data in rule.raw.get("data") or ():
        expression = (data.get("model") or {}).get("expression")
        if data.get("datasourceUid") == EXPRESSION and expression not in letters:
            yield Code.RULE, f"{data.get('refId')} is made of {expression}, which is not there"


def _places(rule: Rule, around: Around) -> Iterator[tuple[Code, str]]:
    notes = rule.raw.get("annotations") or {}
    page = str(notes.get("runbook_url") or "").rpartition("/")[2].removesuffix(".md")
    if around.runbooks and page not in around.runbooks:
        yield Code.LINK, f"there is no runbook {page or 'named'}"
    uid, panel = notes.get("__dashboardUid__"), notes.get("__panelId__")
    if uid is None and panel is None:
        return
    board = around.boards.get(str(uid))
    if board is None:
        yield Code.LINK, f"no board has the uid {uid}"
    elif board.panel(int(str(panel or 0))) is None:
        yield Code.LINK, f"the board {uid} has no panel {panel}"
