"""What has to be done so that a Grafana has everything? Looked up first, for all of it, and done only then.

What is there as it should be is not touched, so that a second push does nothing. What is not ours is left alone: of the
tree of policies only the route of our own label is replaced, and contact points are found by their uids.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from firewarden.dashboards.grafana.alerts import notify, shape
from firewarden.dashboards.grafana.alerts.notify import Addresses
from firewarden.dashboards.grafana.alerts.rule import Group
from firewarden.dashboards.grafana.alerts.rules import GROUPS
from firewarden.dashboards.grafana.alerts.shape import Places
from firewarden.dashboards.grafana.alerts.words import Words
from firewarden.dashboards.grafana.provisioning import Database, data_source
from firewarden.dashboards.grafana.push.difference import board_lines, holds, same_board, unified, wrong_keys
from firewarden.dashboards.grafana.push.errors import PushError
from firewarden.dashboards.grafana.push.remote import Found, Remote

_SOURCE_TYPES = frozenset({shape.SQL_TYPE, "postgres"})
"""Of a PostgreSQL data source; Grafana had the second name before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that is to be made or changed, in words, and how."""

    name: str
    new: bool
    lines: Sequence[str] = ()
    do: Callable[[], None] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the Grafana should have. `addresses` None: contact points and policies are left as they are."""

    folders: Mapping[str, str]
    boards: Mapping[str, Sequence[Found]]
    """By the uid of their folder."""
    rules: Words | None
    places: Places
    addresses: Addresses | None = None
    database: Database | None = None


def steps(remote: Remote, wanted: Wanted, *, message: str, full: bool = False, dry_run: bool = False) -> Iterator[Step]:
    """Everything that is to be done, in the order in which it has to be. Raises PushError where it cannot be done.

    In a dry run a data source that could not be made is no obstacle: what it lacks is said.
    """
    for uid, title in wanted.folders.items():
        yield from _folder(remote, uid, title)
    yield from _data_source(remote, wanted.database, dry_run=dry_run)
    for folder, boards in wanted.boards.items():
        for board in boards:
            yield from _board(remote, board, folder, message=message, full=full)
    if wanted.rules is None:
        return
    yield from _folder(remote, shape.FOLDER_UID, wanted.rules.folder)
    if wanted.addresses is not None:
        yield from _mute_timing(remote)
        yield from _contact_points(remote, wanted.addresses)
        yield from _policies(remote)
    for group in GROUPS:
        yield from _rules(remote, group, wanted.rules, wanted.places)


def _folder(remote: Remote, uid: str, title: str) -> Iterator[Step]:
    present = remote.folder(uid)
    if present is None:
        yield Step(name=f"folder {title} ({uid})", new=True, do=lambda: remote.create_folder(uid, title))
    elif present.get("title") != title:
        lines = [f"~ title, was “{present.get('title')}”"]
        yield Step(name=f"folder {title} ({uid})", new=False, lines=lines, do=lambda: remote.rename_folder(uid, title))


def _data_source(remote: Remote, database: Database | None, *, dry_run: bool) -> Iterator[Step]:
    """Made where it is missing; what is there is the centre's own matter, unless it is no PostgreSQL."""
    wanted = data_source(database or Database())
    uid = str(wanted["uid"])
    present = remote.data_source(uid)
    if present is not None:
        if present.get("type") not in _SOURCE_TYPES:
            raise PushError(f"the data source {uid} is there, but of the type {present.get('type')}, not PostgreSQL")
    elif database is None and not dry_run:
        raise PushError(f"the data source {uid} is missing: --database HOST:PORT/NAME makes it")
    else:
        lines = ["! --database HOST:PORT/NAME is needed to make it"] if database is None else []
        name = f"data source {wanted['name']} ({uid})"
        yield Step(name=name, new=True, lines=lines, do=lambda: remote.create_data_source(wanted))


def _board(remote: Remote, board: Found, folder: str, *, message: str, full: bool) -> Iterator[Step]:
    uid = str(board["uid"])
    present = remote.board(uid)
    before: Found | None = None if present is None else present.get("dashboard", {})
    meta: Mapping[str, Any] = {} if present is None else present.get("meta", {})
    if before is not None and same_board(before, board) and meta.get("folderUid", folder) == folder:
        return
    if meta.get("provisioned"):
        raise PushError(
            f"the board {uid} comes from a provisioned file ({meta.get('provisionedExternalId') or 'of this Grafana'}) "
            "and is locked: change it there, or take it out of the files first"
        )
    lines = unified(before, board) if full else board_lines(before, board)
    if meta.get("folderUid", folder) != folder:
        lines = [f"~ folder, was {meta.get('folderUid')}", *lines]
    yield Step(
        name=f"board {board.get('title')} ({uid})",
        new=before is None,
        lines=lines,
        do=lambda: remote.save_board(board, folder=folder, message=message),
    )


def _rules(remote: Remote, group: Group, words: Words, places: Places) -> Iterator[Step]:
    wanted: Any = shape.group_for_api(group, words, places)
    present = remote.rule_group(shape.FOLDER_UID, group.name)
    lines = _rule_lines(present, wanted)
    if present is not None and not lines:
        return
    if present is not None:
        _not_from_files(f"the rules {group.name}", present.get("rules", ()))
    yield Step(
        name=f"rules {group.name}",
        new=present is None,
        lines=lines,
        do=lambda: remote.save_rule_group(shape.FOLDER_UID, group.name, wanted),
    )


def _rule_lines(present: Found | None, wanted: Found) -> list[str]:
    there: dict[str, Found] = (
        {} if present is None else {rule.get("uid", ""): rule for rule in present.get("rules", ())}
    )
    lines = [f"- rule “{rule.get('title')}”" for uid, rule in there.items() if uid not in _uids(wanted)]
    for rule in wanted["rules"]:
        found = there.get(rule["uid"])
        if found is None:
            lines.append(f"+ rule “{rule['title']}”")
        elif wrong := _wrong(found, rule):
            lines.append(f"~ rule “{rule['title']}”: {', '.join(wrong)}")
    if present is not None and present.get("interval") != wanted["interval"]:
        lines.append("~ interval")
    return lines


def _uids(group: Found) -> set[str]:
    return {rule["uid"] for rule in group["rules"]}


def _wrong(found: Found, rule: Found) -> list[str]:
    """Grafana adds parts of its own to a rule, but none to its annotations and labels: what is more there is wrong."""
    wrong = set(wrong_keys(found, {key: value for key, value in rule.items() if key != "orgID"}))
    wrong |= {key for key in ("annotations", "labels") if found.get(key) != rule[key]}
    return sorted(wrong)


def _contact_points(remote: Remote, addresses: Addresses) -> Iterator[Step]:
    present = {str(each.get("uid")): each for each in remote.contact_points()}
    for name, receivers in notify.receivers(addresses).items():
        for each in receivers:
            wanted: Found = {"name": name, **each}
            found = present.get(str(each["uid"]))
            title = f"contact point {name}, {each['type']}"
            if found is None:
                yield Step(name=title, new=True, do=lambda wanted=wanted: remote.create_receiver(wanted))
            elif wrong := wrong_keys(found, wanted):
                _not_from_files(title, [found])
                lines = [f"~ {', '.join(wrong)}"]
                yield Step(name=title, new=False, lines=lines, do=lambda wanted=wanted: remote.save_receiver(wanted))


def _policies(remote: Remote) -> Iterator[Step]:
    """Our route first in the tree that is there, in the place of the one that was ours; nothing else is changed."""
    tree, ours = remote.policies(), notify.route()
    routes: Sequence[Found] = tree.get("routes") or ()
    mine = [route for route in routes if holds(route.get("object_matchers"), ours["object_matchers"])]
    if len(mine) == 1 and holds(mine[0], ours):
        return
    _not_from_files("the tree of notification policies", [tree])
    changed = {**tree, "routes": [ours, *(route for route in routes if route not in mine)]}
    yield Step(
        name="notification policies",
        new=False,
        lines=[f"{'~' if mine else '+'} route for team = {notify.TEAM}; {len(routes) - len(mine)} others stay"],
        do=lambda: remote.save_policies(changed),
    )


def _mute_timing(remote: Remote) -> Iterator[Step]:
    wanted = notify.mute_timing()
    present = remote.mute_timing(notify.MAINTENANCE)
    if present is None:
        yield Step(name=f"mute timing {notify.MAINTENANCE}", new=True, do=lambda: remote.create_mute_timing(wanted))
    elif wrong := wrong_keys(present, wanted):
        _not_from_files(f"the mute timing {notify.MAINTENANCE}", [present])
        lines = [f"~ {', '.join(wrong)}"]
        name = f"mute timing {notify.MAINTENANCE}"
        yield Step(name=name, new=False, lines=lines, do=lambda: remote.save_mute_timing(wanted))


def _not_from_files(what: str, present: Sequence[Found]) -> None:
    """Raises PushError where something belongs to provisioned files, which alone may change it."""
    if any(each.get("provenance") == "file" for each in present):
        raise PushError(f"{what}: provisioned from files of this Grafana and locked; provision it there instead")
