"""What do the panels of a board show now? As a Grafana would ask for it, with variables as the address says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import LiteralString, cast
from zoneinfo import ZoneInfo

import psycopg

from firewarden.dashboards.grafana.check.board import Board, Panel, Query, Variable, read
from firewarden.dashboards.grafana.check.expand import Chosen, ExpandError, Span, expand
from firewarden.dashboards.grafana.check.intervals import parse_interval
from firewarden.dashboards.grafana.check.selections import Option, Selection, choose, span_of
from firewarden.dashboards.grafana.preview.frames import Frame, Json, plain

DRAWN = 1_000
TODAY = "now/d"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The frames of each panel by its id, or the reason why there are none."""

    frames: Mapping[int, tuple[Frame, ...] | str]

    def of(self, panel: Json) -> Sequence[Frame]:
        """The frames of a panel. Raises LookupError with the reason where there are none."""
        found = self.frames.get(int(cast("int", panel["id"])), ())
        if isinstance(found, str):
            raise LookupError(found)  # noqa: TRY004 - the panel has no answer; nothing has a wrong type
        return found


def answers(url: str, raw: Json, wanted: Mapping[str, str], now: datetime) -> Answers:
    """Ask the database at `url`, as the read-only role, for all panels of a board. `wanted`: values of variables.

    Raises psycopg.OperationalError where the database is away.
    """
    board = read("", raw)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET ROLE fw_grafana")
        connection.execute(
            "SET default_transaction_read_only = on; SET statement_timeout = '10s'; SET search_path = board"
        )
        chosen = _chosen(connection, board, wanted, now)
        frames: dict[int, tuple[Frame, ...] | str] = {
            panel.id: _frames(connection, board, panel, chosen, now) for panel in board.panels if panel.queries
        }
    for panel in board.panels:
        if panel.shared:
            frames[panel.id] = frames.get(panel.shared[0], ())
    return Answers(frames=frames)


def _chosen(
    connection: psycopg.Connection, board: Board, wanted: Mapping[str, str], now: datetime
) -> Mapping[str, Chosen]:
    span = span_of(board, Selection.DEFAULT, now, DRAWN)

    def options(variable: Variable, chosen: Mapping[str, Chosen]) -> Sequence[Option]:
        value = wanted.get(variable.name)
        if value is not None:
            return [Option(value=value, text=value)]
        return list(_options(connection, variable, chosen, span)) if variable.kind == "query" else ()

    # what is asked for is chosen: it is the only option, and a board that opens with All does not take it for all
    variables = tuple(
        replace(variable, current=(wanted[variable.name],)) if variable.name in wanted else variable
        for variable in board.variables
    )
    return choose(replace(board, variables=variables), Selection.DEFAULT, options)


def _options(
    connection: psycopg.Connection, variable: Variable, chosen: Mapping[str, Chosen], span: Span
) -> Iterator[Option]:
    frame = _asked(connection, expand(variable.query, chosen, span).sql)
    value = frame.names.index("__value") if "__value" in frame.names else 0
    text = frame.names.index("__text") if "__text" in frame.names else value
    for row in frame.rows:
        yield Option(value=str(row[value]), text=str(row[text]))


def _frames(
    connection: psycopg.Connection, board: Board, panel: Panel, chosen: Mapping[str, Chosen], now: datetime
) -> tuple[Frame, ...] | str:
    span = _span(board, panel, now)
    try:
        return tuple(_asked(connection, _sql(query, chosen, span)) for query in panel.queries)
    except (ExpandError, psycopg.Error) as error:
        return str(error)


def _span(board: Board, panel: Panel, now: datetime) -> Span:
    """The board's time, or the panel's own: an interval up to now, or the day that is."""
    span = span_of(board, Selection.DEFAULT, now, panel.points)
    own = str(panel.raw.get("timeFrom") or "")
    if own == TODAY:
        local = now.astimezone(ZoneInfo(str(board.raw.get("timezone") or "Asia/Shanghai")))
        return replace(span, begin=local.replace(hour=0, minute=0, second=0, microsecond=0), end=now)
    long = parse_interval(own)
    return span if long is None else replace(span, begin=now - long, end=now)


def _sql(query: Query, chosen: Mapping[str, Chosen], span: Span) -> str:
    return expand(query.sql, chosen, span).sql


def _asked(connection: psycopg.Connection, sql: str) -> Frame:
    cursor = connection.execute(cast("LiteralString", sql))  # of our own boards, to a role that can only read
    names = tuple(column.name for column in cursor.description or ())
    return Frame(names=names, rows=tuple(tuple(plain(cell) for cell in row) for row in cursor.fetchall()))
