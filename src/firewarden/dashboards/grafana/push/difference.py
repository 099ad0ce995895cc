"""What is different between what a Grafana has and what it should have, in lines that a person reads?"""

import difflib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Found = Mapping[str, Any]

_SERVERS_OWN = frozenset({"id", "version", "iteration"})
"""What Grafana counts itself at each save."""

_PARTS = frozenset({"panels", "templating", "annotations"})
_WORDS = {
    "targets": "query",
    "fieldConfig": "fields",
    "gridPos": "place",
    "datasource": "data source",
    "transformations": "transformations",
}


def same_board(before: Found, after: Found) -> bool:
    """Whether two boards are the same but for what Grafana counts itself."""
    return _bare(before) == _bare(after)


def _bare(board: Found) -> Any:
    return _without_nulls({key: value for key, value in board.items() if key not in _SERVERS_OWN})


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_without_nulls(each) for each in value]
    return value


def board_lines(before: Found | None, after: Found) -> list[str]:
    """What changes on a board: panels, variables and annotations by name, and which of their parts."""
    if before is None:
        return [f"+ {len(_panels(after))} panels"]
    return [
        *_listed("panel", _panels(before), _panels(after)),
        *_listed("variable", _named(before, "templating"), _named(after, "templating")),
        *_listed("annotation", _named(before, "annotations"), _named(after, "annotations")),
        *_rest(before, after),
    ]


def _panels(board: Found) -> dict[str, Found]:
    """Every panel, those inside of folded rows too, by its id; a title may stand twice."""
    found: dict[str, Found] = {}
    for panel in board.get("panels") or ():
        for each in (panel, *(panel.get("panels") or ())):
            found[str(each.get("id", each.get("title")))] = each
    return found


def _named(board: Found, part: str) -> dict[str, Found]:
    return {str(each.get("name")): each for each in (board.get(part) or {}).get("list") or ()}


def _listed(kind: str, before: Mapping[str, Found], after: Mapping[str, Found]) -> Iterator[str]:
    for key in before.keys() - after.keys():
        yield f"- {kind} {_title(before[key])}"
    for key, each in after.items():
        if key not in before:
            yield f"+ {kind} {_title(each)}"
        elif changed := _changed(before[key], each):
            yield f"~ {kind} {_title(each)}: {', '.join(changed)}"


def _title(part: Found) -> str:
    return f"“{part.get('title') or part.get('name') or part.get('type') or '?'}”"


def _changed(before: Found, after: Found) -> list[str]:
    first: Found = _without_nulls(before)
    second: Found = _without_nulls(after)
    keys: list[str] = sorted(
        key for key in first.keys() | second.keys() if key != "panels" and first.get(key) != second.get(key)
    )
    return [_WORDS.get(key, key) for key in keys]


def _rest(before: Found, after: Found) -> Iterator[str]:
    first, second = _bare(before), _bare(after)
    for key in sorted((first.keys() | second.keys()) - _PARTS):
        if first.get(key) != second.get(key):
            yield f"~ {key}"


def unified(before: Found | None, after: Found) -> list[str]:
    """The same as a unified diff of the JSON, line by line."""
    old, new = ([] if before is None else _printed(before)), _printed(after)
    return list(difflib.unified_diff(old, new, "in Grafana", "in Firewarden", n=2, lineterm=""))


def _printed(board: Found) -> list[str]:
    return json.dumps(_bare(board), ensure_ascii=False, indent=2, sort_keys=True).splitlines()


def holds(present: Any, wanted: Any) -> bool:
    """Whether all that is wanted is there as it is wanted. What Grafana adds of its own is not looked at."""
    if isinstance(wanted, Mapping):
        return isinstance(present, Mapping) and all(
            holds(present.get(key), value) for key, value in wanted.items() if value is not None
        )
    if isinstance(wanted, Sequence) and not isinstance(wanted, str):
        return (
            isinstance(present, Sequence)
            and len(present) == len(wanted)
            and all(holds(*pair) for pair in zip(present, wanted, strict=True))
        )
    return bool(present == wanted)


def wrong_keys(present: Found, wanted: Found) -> list[str]:
    """Which parts of something are not as they are wanted."""
    return sorted(key for key, value in wanted.items() if value is not None and not holds(present.get(key), value))
