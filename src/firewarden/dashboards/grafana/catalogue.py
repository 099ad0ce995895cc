"""Which boards are there, and which files do they become? Texts and statements are read here, nowhere below."""

import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import cast

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from firewarden.dashboards.console.i18n import CATALOGUES, Language
from firewarden.dashboards.grafana import provisioning
from firewarden.dashboards.grafana.alerts.notify import Addresses
from firewarden.dashboards.grafana.alerts.shape import Places
from firewarden.dashboards.grafana.alerts.words import words as alert_words
from firewarden.dashboards.grafana.boards import city, duty, gateways, health, platform, risk, venue, water
from firewarden.dashboards.grafana.kit import readings
from firewarden.dashboards.grafana.kit.kit import Kit
from firewarden.dashboards.grafana.kit.page import Page
from firewarden.dashboards.grafana.kit.variables import CONSOLE
from firewarden.dashboards.grafana.kit.words import Words
from firewarden.dashboards.grafana.panels import panel_ids
from firewarden.ingest.wire.gb26875.tables import COMPONENTS, SYSTEMS
from firewarden.store.queries import Queries

PACKAGE = "firewarden.dashboards.grafana"
LANGUAGES = tuple(str(language) for language in Language)
CONSOLE_GROUPS = {"outcome": "platform.outcome", "fact_state": "fact.state"}
"""Groups of names that the console's catalogue has under a longer key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A board's name, which its uid, files and words have, and the function that writes it."""

    name: str
    write: Callable[[Kit], Page]


BOARDS = (
    Board(name="city", write=city.board),
    Board(name="duty", write=duty.board),
    Board(name="venue", write=venue.board),
    Board(name="water", write=water.board),
    Board(name="health", write=health.board),
    Board(name="risk", write=risk.board),
    Board(name="gateways", write=gateways.board),
    Board(name="platform", write=platform.board),
)
"""In the order in which they are offered."""


def build_all() -> Mapping[str, str]:
    """Every generated file: its path below generated/ and its text. The same at every call."""
    boards = dict(_boards())
    return {**boards, **_provisioning(boards)}


def words(language: str) -> Words:
    """The words of a language: the boards' own, and the console's names of coded values."""
    raw = files(PACKAGE).joinpath("words", f"{language}.toml").read_text(encoding="utf-8")
    texts = dict(_flat(tomllib.loads(raw)))
    return Words(language=language, texts=texts, names=_names(Language(language), texts))


def queries(board: str) -> Mapping[str, str]:
    """The statements of a board, and those that all boards share. A name stands in one of the two."""
    common, own = (Queries(f"{PACKAGE}.boards", f"{name}.sql") for name in ("common", board))
    twice = set(common.names()) & set(own.names())
    if twice:
        raise ValueError(f"{own.source}: {', '.join(sorted(twice))} stands in common.sql too")
    found: dict[str, str] = {name: source[name] for source in (common, own) for name in source.names()}
    template = found.pop(readings.STATEMENT)
    return {**found, **readings.statements(template)}


def _boards() -> Iterator[tuple[str, str]]:
    for language in LANGUAGES:
        spoken = words(language)
        for board in BOARDS:
            page = board.write(Kit(board=board.name, words=spoken, queries=queries(board.name)))
            yield f"{language}/{board.name}.json", text_of(page.build())


def _provisioning(boards: Mapping[str, str]) -> dict[str, str]:
    """The files with which the Grafana of compose.yaml starts, in the first language."""
    language = LANGUAGES[0]
    platform = json.loads(boards.get(f"{language}/platform.json", "{}"))
    places = Places(console=CONSOLE, panels=panel_ids(platform, words(language).texts))
    made = provisioning.files(alert_words(language), places, Addresses(), provisioning.Database())
    return {f"provisioning/{path}": text for path, text in made.items()}


def text_of(built: object) -> str:
    """A generated file's text: the keys in order, so that a change of a board is a small change of its file."""
    return json.dumps(built, cls=JSONEncoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _names(language: Language, texts: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
    """Names by group: the console's, the standard's of systems and components, and [names] of words/*.toml."""
    groups: dict[str, dict[str, str]] = {}
    for key, text in CATALOGUES[language].by_key.items():
        group, _, code = key.rpartition(".")
        groups.setdefault(group, {})[code] = text
    groups |= {name: groups[longer] for name, longer in CONSOLE_GROUPS.items()}
    for name, table in (("system_kind", SYSTEMS), ("component", COMPONENTS)):
        groups[name] = {str(code): getattr(said, language) for code, said in table.items()}
    for key, text in texts.items():
        if key.startswith("names."):
            _, group, code = key.split(".")
            groups[group] = {**groups.get(group, {}), code: text}
    return groups


def _flat(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, str):
            yield f"{prefix}{key}", value
        else:
            yield from _flat(cast("Mapping[str, object]", value), f"{prefix}{key}.")
