"""The whole check: files, boards by themselves, and all of it run on a database that holds the month."""

import json
import secrets
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

import psycopg
import yaml
from psycopg import sql
from psycopg.conninfo import make_conninfo

from firewarden.dashboards.grafana.check import rules, static
from firewarden.dashboards.grafana.check.asking import Asker
from firewarden.dashboards.grafana.check.board import Board, Json, read
from firewarden.dashboards.grafana.check.finding import Code, Finding
from firewarden.dashboards.grafana.check.links import PAGES
from firewarden.dashboards.grafana.check.report import Report
from firewarden.dashboards.grafana.check.running import Ran, run_board, run_rules
from firewarden.dashboards.grafana.login import DEFAULTS, LOGIN, READER, rotate
from firewarden.dashboards.grafana.month.seed import freshen

HISTORIES = (
    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = 'board' AND c.relkind = 'v' AND obj_description(c.oid, 'pg_class') LIKE 'history:%'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What is checked: texts by their paths below generated/, and what `grafana build` would write now."""

    texts: Mapping[str, str]
    built: Mapping[str, str]
    runbooks: frozenset[str] = frozenset()

    def boards(self) -> tuple[Board, ...]:
        """The dashboards, by path."""
        return tuple(
            read(path, cast("Json", json.loads(text)))
            for path, text in sorted(self.texts.items())
            if path.endswith(".json")
        )

    def rules(self) -> tuple[rules.Rule, ...]:
        """The alert rules of the provisioning files."""
        return tuple(
            rule
            for path, text in sorted(self.texts.items())
            if path.endswith(".yaml") and "/alerting/" in path
            for rule in rules.read(path, cast("Json", yaml.safe_load(text) or {}))
        )

    def stale(self) -> list[Finding]:
        """Files that are not what the source says."""
        return [
            Finding(code=Code.STALE, board=path, place="file", problem="it is not what `grafana build` writes")
            for path in sorted(self.texts.keys() | self.built.keys())
            if self.texts.get(path) != self.built.get(path)
        ]


def generated(folder: Path, runbooks: Path) -> tuple[dict[str, str], frozenset[str]]:
    """The texts in a folder of generated files, and the names of the runbook pages."""
    texts = {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }
    return texts, frozenset(path.stem for path in runbooks.glob("*.md"))


def check(
    files: Files,
    connection: psycopg.Connection,
    owner: psycopg.Connection,
    *,
    readings: int,
    limit_ms: float,
    now: Callable[[], datetime],
    on_step: Callable[[str], None] = lambda _: None,
) -> Report:
    """Everything that is wrong. `connection` is the reader's; the owner's keeps the month fresh."""
    boards, alerts = files.boards(), files.rules()
    histories = frozenset(str(name) for (name,) in owner.execute(HISTORIES))
    by_uid = {board.uid: board for board in boards}
    found = [
        *files.stale(),
        *static.findings(boards, static.Known(pages=PAGES, histories=histories)),
        *rules.findings(alerts, rules.Around(boards=by_uid, runbooks=files.runbooks)),
    ]
    asker = Asker(connection=connection, limit_ms=limit_ms)
    ran: list[Ran] = []
    for board in boards:
        on_step(board.path)
        freshen(owner)
        ran.append(run_board(board, asker, now()))
    freshen(owner)
    ran += run_rules(alerts, asker, now())
    return Report(
        readings=readings,
        limit_ms=limit_ms,
        runs=tuple(run for each in ran for run in each.runs),
        findings=tuple(dict.fromkeys([*found, *(one for each in ran for one in each.wrong)])),
    )


@contextmanager
def reader(url: str, *, ours: bool) -> Generator[psycopg.Connection]:
    """A connection as Grafana has it. `ours`: the database is thrown away, so that its login may be made.

    In somebody else's the owner takes the role of the reader: a new password would lock that one's Grafana out.
    """
    if ours:
        password = secrets.token_urlsafe()
        rotate(url, password, lambda: None)
        with psycopg.connect(make_conninfo(url, user=LOGIN, password=password)) as connection:
            yield connection
        return
    with psycopg.connect(url) as connection:
        for name, value in DEFAULTS.items():
            values = sql.SQL(", ").join(sql.Literal(part.strip()) for part in value.split(","))
            connection.execute(sql.SQL("SET {} = {}").format(sql.Identifier(name), values))
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(READER)))
        connection.commit()
        yield connection
